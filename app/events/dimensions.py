"""How lists of events and stages are grouped, and what is counted in each group."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from app.contractors.models import Contractor
from app.days import today
from app.db import now
from app.events.definitions import Outcome, Series
from app.events.models import Event, Stage
from app.events.states import event_in_state, stage_in_state
from app.lists.dimensions import Dimension, choices, flags, operators, periods, records
from app.lists.grouping import Sum
from app.persons.models import Person

STATES = {"open": _l("open"), "overdue": _l("overdue"), "closed": _l("closed")}
EVENT_SUMS = (
    Sum("open", _l("open"), lambda: event_in_state("open")),
    Sum("late", _l("overdue"), lambda: event_in_state("overdue")),
)
STAGE_SUMS = (
    Sum("open", _l("open"), lambda: stage_in_state("open")),
    Sum("late", _l("overdue"), lambda: stage_in_state("overdue")),
)


def of_work(work: Any) -> Iterable[Dimension]:
    """The ways that events and stages share."""
    late = work.due_on < today(now())
    state = case((work.closed_at.is_not(None), "closed"), (late, "overdue"), else_="open")
    yield operators("operator", _("Operator"), work.operator_id)
    yield choices("state", _("State"), state, STATES)
    yield records("outcome", _("Outcome"), work.outcome_id, Outcome, lambda one: one.name)
    yield records(
        "contact",
        _("Contact"),
        work.contact_id,
        Person,
        lambda one: one.last_name + " / " + func.coalesce(one.first_name, ""),
    )
    yield from periods("due", _("Due"), work.due_on)
    yield from periods("start", _("Date"), work.start_on)
    yield from periods("closed", _("Completed"), work.closed_on)


def by_contractor(column: Any) -> Dimension:
    """By the contractor, given by id."""
    return records("contractor", _("Contractor"), column, Contractor, lambda one: one.name)


def of_events() -> list[Dimension]:
    """The ways to group events."""
    series = records("series", _("Series"), Event.series_id, Series, lambda one: one.symbol)
    internal = flags("internal", _("Internal"), Event.internal)
    return [by_contractor(Event.contractor_id), *of_work(Event), series, internal]


def of_stages() -> list[Dimension]:
    """The ways to group stages."""
    leader = operators("event_operator", _("Operator of the event"), None)
    series = records("series", _("Series"), None, Series, lambda one: one.symbol)
    return [
        through_event(by_contractor(None), "contractor_id"),
        *of_work(Stage),
        through_event(leader, "operator_id"),
        through_event(series, "series_id"),
    ]


def through_event(dimension: Dimension, column: str) -> Dimension:
    """The same of a stage's event."""
    event = Event.__table__.alias(f"by_{dimension.name}")
    key = event.c[column]
    pairs = select(event.c.id.label("record"), key.label("key")).where(key.is_not(None))
    return replace(dimension, pairs=pairs.subquery(), owner=Stage.event_id)
