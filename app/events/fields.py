"""What one may filter events and stages by; pages and programs ask the same fields."""

from collections.abc import Collection
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select

from app.db import db
from app.events import delays
from app.events.definitions import Outcome, Series
from app.events.models import Event, Stage
from app.events.states import (
    event_in_state,
    has_no_contact,
    of_contractors,
    of_no_contractor,
    stage_in_state,
    with_contacts,
)
from app.lists import filters

EVENT_STATES = {
    "open": _l("open"),
    "closed": _l("closed"),
    "closed_late": _l("closed late"),
    "overdue": _l("overdue"),
    "partly": _l("partly done"),
    "no_stage": _l("open without a planned stage"),
}
STAGE_STATES = {
    "open": _l("open"),
    "closed": _l("closed"),
    "overdue": _l("overdue"),
    "today": _l("due today"),
}


def all_series() -> list[tuple[str, Any]]:
    """Every series, archived ones too."""
    return [(str(one.id), str(one)) for one in db.session.scalars(select(Series))]


def all_outcomes() -> list[tuple[str, Any]]:
    """Every outcome, archived ones too."""
    query = select(Outcome).order_by(Outcome.place, Outcome.id)
    return [(str(one.id), one.label) for one in db.session.scalars(query)]


def few(name: str, label: Any, column: Any, choices: Any) -> filters.FilterField:
    """A definition of which there are few."""
    return filters.one_of_few(name, label, column.in_, column.is_(None), choices)


def delay_fields(work: Any) -> tuple[filters.FilterField, ...]:
    """Days left and late, of calendar and working days."""
    left, late = partial(delays.left_within, work), _l("Days late")
    left_work = partial(delays.left_work_within, work)
    return (
        filters.whole_number("left", _l("Days left"), delays.left(work), left),
        filters.whole_number("late", late, delays.late(work)),
        filters.whole_number(
            "left_work", _l("Working days left"), delays.left_work(work), left_work
        ),
        filters.whole_number("late_work", _l("Working days late"), delays.late_work(work)),
    )


def work_fields(work: Any) -> tuple[filters.FilterField, ...]:
    """What events and stages share beside their quick fields."""
    return (
        *delay_fields(work),
        filters.text("description", _l("Description"), work.description),
        few("outcome", _l("Outcome"), work.outcome_id, all_outcomes),
        filters.record("closed_by", _l("Closed by"), work.closed_by_id, "operator"),
        *filters.stamps(work),
    )


def in_event(test: Any) -> Any:
    """A question about the stage's event."""

    def asked(*values: Any) -> ColumnElement[bool]:
        return Stage.event_id.in_(select(Event.id).where(test(*values)))

    return asked


def led_by(ids: Collection[int]) -> ColumnElement[bool]:
    """Stages of events with one of these operators."""
    found: ColumnElement[bool] = in_event(Event.operator_id.in_)(ids)
    return found


event_open, stage_open = Event.closed_at.is_(None), Stage.closed_at.is_(None)

event_fields = (
    *filters.quick(
        filters.found_by("subject", _l("Number or subject"), partial(filters.words_in, Event)),
        filters.choice("state", _l("State"), list(EVENT_STATES.items()), event_in_state),
        filters.record("contractor", _l("Contractor"), Event.contractor_id, "contractor"),
        filters.related("contact", _l("Contact"), "person", with_contacts, has_no_contact()),
        filters.record("operator", _l("Operator"), Event.operator_id, "operator"),
        filters.days("start", _l("Date"), Event.start_on),
        filters.days("due", _l("Due"), Event.due_on, event_open),
        filters.days("closed", _l("Closed on"), Event.closed_on),
    ),
    filters.code("number", _l("Number"), Event.number),
    filters.text("title", _l("Subject"), Event.subject),
    few("series", _l("Series"), Event.series_id, all_series),
    filters.flag("internal", _l("Internal"), Event.internal),
    filters.whole_number("stages", _l("Number of stages"), func.coalesce(Event.last_pos, 0)),
    filters.whole_number("done", _l("Number of closed stages"), Event.closed_upto),
    *work_fields(Event),
)

stage_fields = (
    *filters.quick(
        filters.found_by(
            "subject",
            _l("Number or subject of the event"),
            in_event(partial(filters.all_words, Event.search_key)),
        ),
        filters.choice("state", _l("State"), list(STAGE_STATES.items()), stage_in_state),
        filters.record("event", _l("Event"), Stage.event_id, "event"),
        filters.related(
            "contractor", _l("Contractor"), "contractor", of_contractors, of_no_contractor()
        ),
        filters.record("contact", _l("Contact"), Stage.contact_id, "person"),
        filters.record("operator", _l("Operator"), Stage.operator_id, "operator"),
        filters.days("start", _l("Date"), Stage.start_on),
        filters.days("due", _l("Due"), Stage.due_on, stage_open),
        filters.days("closed", _l("Closed on"), Stage.closed_on),
    ),
    filters.text("title", _l("Subject"), Stage.subject),
    filters.related(
        "led_by", _l("Operator of the event"), "operator", led_by, Stage.event_id.is_(None)
    ),
    filters.one_of_few(
        "series",
        _l("Series of the event"),
        in_event(Event.series_id.in_),
        Stage.event_id.is_(None),
        all_series,
    ),
    filters.whole_number("position", _l("No."), Stage.position),
    filters.flag("next", _l("Next in turn"), Stage.position == Stage.closed_upto + 1),
    *work_fields(Stage),
)
