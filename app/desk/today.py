"""What there is to do: open stages by how soon they are due, and events nobody has planned for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select, true, union_all
from sqlalchemy.orm import joinedload

from app.access.visibility import visible
from app.days import zone
from app.db import db
from app.desk.whose import Whose
from app.events.models import Event, Stage
from app.events.states import event_in_state

SHOWN, COUNTED = 10, 1_000
Span = tuple[date | None, date | None]
SHOWN_EVENTS = 6


@dataclass(frozen=True)
class Group:
    """Open stages due within the same days; `url` is the list that has them all."""

    name: str
    label: str
    rows: Sequence[Stage]
    count: int
    url: str


@dataclass(frozen=True)
class Counts:
    """How much there is of everything; no further than one past the cap."""

    groups: Mapping[str, int]
    done: int
    unplanned: int

    @property
    def of_today(self) -> int:
        """What was or is to be done by tonight."""
        return self.done + self.groups["overdue"] + self.groups["today"]


def spans(day: date) -> dict[str, Span]:
    """The groups with their first and last days; the week ends on its Sunday."""
    tomorrow = day + timedelta(days=1)
    sunday = day + timedelta(days=6 - day.weekday())
    found: dict[str, Span] = {
        "overdue": (None, day - timedelta(days=1)),
        "today": (day, day),
        "tomorrow": (tomorrow, tomorrow),
    }
    rest = (tomorrow + timedelta(days=1), sunday)
    if rest[0] <= sunday:
        found["week"] = rest
    return {**found, "undated": (None, None)}


def label_of(name: str) -> str:
    """What a group is called."""
    words = {
        "overdue": _("Overdue"),
        "today": _("Today"),
        "tomorrow": _("Tomorrow"),
        "week": _("This week"),
        "undated": _("Without a due date"),
    }
    return words[name]


def due_within(first: date | None, last: date | None) -> ColumnElement[bool]:
    """Open stages due within these days; without a last day, those that are never due."""
    by_then = Stage.due_on.is_(None) if last is None else Stage.due_on <= last
    since = true() if first is None else Stage.due_on >= first
    return and_(Stage.closed_at.is_(None), by_then, since)


def groups_of(whose: Whose, day: date, counts: Counts) -> list[Group]:
    """The first stages of each group with what a row shows, in one statement."""
    mine, wanted = Stage.operator_id.in_(whose.ids), spans(day)
    soonest = (Stage.due_on, Stage.due_at.nulls_first(), Stage.id)
    firsts = [
        select(
            visible(Stage)
            .where(mine, due_within(*span))
            .with_only_columns(Stage.id)
            .order_by(*soonest)
            .limit(SHOWN)
            .subquery()
            .c.id
        )
        for span in wanted.values()
    ]
    query = select(Stage).where(Stage.id.in_(union_all(*firsts))).options(*shown_with())
    rows = db.session.scalars(query.order_by(*soonest)).all()
    return [
        Group(
            name,
            label_of(name),
            [row for row in rows if is_within(row, span)],
            counts.groups[name],
            list_url(whose, name, span),
        )
        for name, span in wanted.items()
    ]


def is_within(row: Stage, span: Span) -> bool:
    """Whether the stage is due within these days."""
    first, last = span
    if row.due_on is None or last is None:
        return row.due_on is None and last is None
    return row.due_on <= last and (first is None or row.due_on >= first)


def shown_with() -> tuple[Any, ...]:
    """The relations a row of the desk shows."""
    event = joinedload(Stage.event).joinedload(Event.contractor)
    return event, joinedload(Stage.contact), joinedload(Stage.operator)


def counts_of(whose: Whose, day: date) -> Counts:
    """Everything that is counted, in one statement."""
    mine, midnight = Stage.operator_id.in_(whose.ids), beginning_of(day)
    stages = visible(Stage).where(mine)
    found = {name: stages.where(due_within(*span)) for name, span in spans(day).items()}
    asked = {**found, "done": stages.where(Stage.closed_at >= midnight, Stage.closed_on == day)}
    counted = [capped(query) for query in (*asked.values(), unplanned(whose))]
    numbers = db.session.execute(select(*counted)).one()
    groups = dict(zip(found, numbers, strict=False))
    return Counts(groups, numbers[-2], numbers[-1])


def capped(query: Any) -> Any:
    """The number of rows as a part of a statement, counted no further than one past the cap."""
    some = query.with_only_columns(1, maintain_column_froms=True).order_by(None)
    counted = select(func.count()).select_from(some.limit(COUNTED + 1).subquery())
    return counted.scalar_subquery()


def beginning_of(day: date) -> datetime:
    """The moment at which a company day begins."""
    return datetime.combine(day, time(), zone())


def unplanned(whose: Whose) -> Any:
    """SELECT of the open events without a planned stage."""
    mine = Event.operator_id.in_(whose.ids)
    return visible(Event).where(mine, event_in_state("no_stage"))


def unplanned_events(whose: Whose) -> Sequence[Event]:
    """The first of them, the soonest due ahead."""
    query = unplanned(whose).options(joinedload(Event.contractor))
    soonest = query.order_by(Event.due_on.is_(None), Event.due_on, Event.id)
    return db.session.scalars(soonest.limit(SHOWN_EVENTS)).all()


def unplanned_url(whose: Whose) -> str:
    """The list of all of them."""
    return url_for("EventView.list", _flt_0_state="no_stage", **whose.filter)


def list_url(whose: Whose, name: str, span: Span) -> str:
    """The list of a group's stages."""
    first, last = span
    if last is None:
        return stages_url(whose, "open", _flt_6_due="1")
    if first is None:
        return stages_url(whose, name)
    return stages_url(whose, "open", _flt_0_due=first.isoformat(), _flt_1_due=last.isoformat())


def stages_url(whose: Whose, state: str, **more: str) -> str:
    """The list of the operators' stages in this state."""
    asked: dict[str, Any] = {"_flt_0_state": state, **more, **whose.filter}
    return url_for("StageView.list", **asked)
