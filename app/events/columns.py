"""The columns of the lists of events and stages, with the orders they give."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.contractors.models import Contractor
from app.days import today
from app.db import db, now
from app.events import delays
from app.events.definitions import Outcome, Series
from app.events.flush import MOST_NUMBERS, number_key
from app.events.models import Event, Stage
from app.lists.columns import Column
from app.lists.paging import BadCursor, Beside, Order, read_moment, read_number
from app.operators.names import last_name_first
from app.persons.models import Person


def named(model: Any, text: Callable[[Any], Any], pk: Any) -> Any:
    """SQL for the name, in Polish order, of a related record given by id."""
    table = model.__table__.alias()
    name = select(text(table.c)).where(table.c.id == pk)
    return name.correlate_except(table).scalar_subquery().collate("polish")


def plain_name(one: Any) -> Any:
    """SQL for the name of what has one."""
    return one.name


def person_name(person: Any) -> Any:
    """SQL for a person's name in the order of lists."""
    return person.last_name + " " + func.coalesce(person.first_name, "")


_event = Event.__table__.alias("event_beside")
OF_STAGE = (_event, _event.c.id == Stage.event_id)


def by_related(
    name: str,
    work: Any,
    model: Any,
    text: Callable[[Any], Any],
    link: str,
    **more: Any,
) -> Order:
    """By the name of a related record, which `link` of an event or a stage gives by id."""
    key, other = getattr(work, link), model.__table__.alias(f"{name}_beside")
    beside = Beside(text(other.c).collate("polish"), key, ((other, other.c.id == key),))
    return Order(name, named(model, text, key), work.id, beside=beside, **more)


def of_event(column: Any) -> Any:
    """SQL for a column of a stage's event."""
    event = Event.__table__.alias()
    value = select(event.c[column.key]).where(event.c.id == Stage.event_id)
    return value.correlate_except(event).scalar_subquery()


def next_stages(events: Sequence[Event]) -> Mapping[int, Stage]:
    """The first open stage of each event."""
    turns = [
        and_(Stage.event_id == event.id, Stage.position == event.closed_upto + 1)
        for event in events
        if event.closed_upto < (event.last_pos or 0)
    ]
    query = select(Stage).where(or_(*turns)).options(joinedload(Stage.event))
    return {stage.event_id: stage for stage in db.session.scalars(query)} if turns else {}


def days(name: str, column: Any, pk: Any, **more: Any) -> Order:
    """The order of a day that has an index."""
    return Order(name, column, pk, read=date.fromisoformat, indexed=True, **more)


DAYS = (
    ("left", _l("Days left"), delays.left),
    ("late", _l("Days late"), delays.late),
    ("left_work", _l("Working days left"), delays.left_work),
    ("late_work", _l("Working days late"), delays.late_work),
)


def in_days(work: Any, name: str, label: Any, count: Callable[[Any], Any]) -> Column:
    """A column of days left or late, counted in SQL."""
    order = Order(name, count(work), work.id, nullable=True, read=read_number)
    return Column(name, label, order, "num", first=False, expression=partial(count, work))


def of_work(work: Any) -> tuple[Column, ...]:
    """The columns that events and stages share beyond those shown first."""
    pk = work.id
    made = Order("created", work.created_at, pk, read=read_moment)
    outcome = by_related("outcome", work, Outcome, plain_name, "outcome_id")
    closer = by_related("closed_by", work, User, last_name_first, "closed_by_id", nullable=True)
    return (
        Column("outcome", _l("Outcome chosen"), outcome, first=False),
        Column(
            "closed_by",
            _l("Closed by"),
            closer,
            "cell-name",
            first=False,
            options=(joinedload(work.closed_by),),
        ),
        *(in_days(work, *one) for one in DAYS),
        Column("description", _l("Description"), first=False),
        Column("created", _l("Created"), made, "cell-date", first=False),
    )


def operator_order(work: Any) -> Order:
    """By the operator's last name."""
    return by_related("operator", work, User, last_name_first, "operator_id")


def contact_order(work: Any) -> Order:
    """By the contact's last name."""
    return by_related("contact", work, Person, person_name, "contact_id", nullable=True)


# --- values in files ----------------------------------------------------------------------------


def party(event: Event) -> Any:
    """The contractor, or that there is none on purpose."""
    return event.contractor or (_("internal") if event.internal else None)


def closed_of_all(event: Event) -> str:
    """How many of the stages are closed; not as 3/4, which is a date to a spreadsheet."""
    return _("%(done)s of %(total)s closed", done=event.closed_upto, total=event.last_pos or 0)


def subject_of_stage(stage: Stage) -> str:
    """The stage's own subject, or the event's."""
    return stage.subject or stage.event.subject


# --- events -------------------------------------------------------------------------------------


def read_document(text: str) -> int:
    """The place in the order of numbers of 12/2026, 0012/2026/CRM, or 12: of this year."""
    runs = [int(run) for run in re.findall(r"\d+", text[:80], re.ASCII)]
    years = [run for run in runs if 1900 <= run <= 2200] if len(runs) > 1 else []
    year = years[-1] if years else today(now()).year
    if years:
        runs.remove(year)
    if not runs or runs[0] >= MOST_NUMBERS:
        raise BadCursor(text[:40])
    return number_key(year, runs[0])


_typed: Any = {"read": read_number, "typed": read_document, "sample": "12/2026"}
by_number = Order("number", Event.number_key, Event.id, indexed=True, **_typed)
by_start = days("start", Event.start_on, Event.id)
by_due = days("due", Event.due_on, Event.id, nullable=True)
by_closed = Order(
    "closed", Event.closed_at, Event.id, nullable=True, read=read_moment, indexed=True
)
_contractor = by_related(
    "contractor", Event, Contractor, plain_name, "contractor_id", nullable=True, indexed=True
)
_series = named(Series, lambda one: one.symbol, Event.series_id)

EVENT_COLUMNS = (
    Column("number", _l("Number"), by_number),
    Column("subject", _l("Subject"), style="note"),
    Column(
        "contractor",
        _l("Contractor"),
        _contractor,
        value=party,
    ),
    Column("contact", _l("Contact"), contact_order(Event), "cell-name"),
    Column("operator", _l("Operator"), operator_order(Event), "cell-name"),
    Column("start", _l("Date"), by_start, "cell-date"),
    Column("steps", _l("Stages"), style="cell-nowrap", value=closed_of_all),
    Column("due", _l("Due"), by_due, "cell-status"),
    Column("closed", _l("Completed"), by_closed, "cell-date"),
    Column("next", _l("Next stage"), first=False, values=next_stages),
    *of_work(Event),
    Column(
        "series",
        _l("Series"),
        Order("series", _series, Event.id),
        first=False,
        options=(joinedload(Event.series),),
    ),
    Column("internal", _l("Internal"), first=False),
)

# --- stages -------------------------------------------------------------------------------------

stages_by_start = days("start", Stage.start_on, Stage.id)
stages_by_due = days("due", Stage.due_on, Stage.id, nullable=True)
stages_by_closed = Order(
    "closed", Stage.closed_at, Stage.id, nullable=True, read=read_moment, indexed=True
)
_number = Order(
    "event",
    of_event(Event.number_key),
    Stage.id,
    indexed=True,
    beside=Beside(_event.c.number_key, Stage.event_id, (OF_STAGE,)),
    **_typed,
)
_firm = Contractor.__table__.alias("contractor_beside")
_party = Order(
    "contractor",
    named(Contractor, plain_name, of_event(Event.contractor_id)),
    Stage.id,
    nullable=True,
    indexed=True,
    beside=Beside(
        _firm.c.name.collate("polish"),
        _event.c.contractor_id,
        (OF_STAGE, (_firm, _firm.c.id == _event.c.contractor_id)),
    ),
)

STAGE_COLUMNS = (
    Column("position", _l("No."), Order("position", Stage.position, Stage.id, read=read_number)),
    Column("start", _l("Date"), stages_by_start, "cell-date"),
    Column("subject", _l("Subject"), style="note", value=subject_of_stage),
    Column(
        "event",
        _l("Event"),
        _number,
        "cell-nowrap on-desk",
        value=lambda stage: stage.event.number,
    ),
    Column(
        "contractor",
        _l("Contractor"),
        _party,
        value=lambda stage: party(stage.event),
    ),
    Column("contact", _l("Contact"), contact_order(Stage), "cell-name"),
    Column("operator", _l("Operator"), operator_order(Stage), "cell-name"),
    Column("due", _l("Due"), stages_by_due, "cell-status"),
    Column("closed", _l("Completed"), stages_by_closed, "cell-date"),
    *of_work(Stage),
    Column(
        "event_subject",
        _l("Subject of the event"),
        first=False,
        value=lambda stage: stage.event.subject,
    ),
)
