"""How many stages and events are closed, and opened again, by statements over whole sets of them.

The stages of an event and the event itself carry the count of its closed stages: they follow it in
the same statements that close and open, as the tables demand (docs/adr/0008).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Integer, and_, case, func, literal, null, select, union, update

from app.access.current import Actor
from app.audit.sets import Entry, given, given_ids, journal, run
from app.days import Moment, zone
from app.db import db
from app.events.models import Event, Stage
from app.events.operations import chosen_outcome

EVENTS: Any = Event.__table__
STAGES: Any = Stage.__table__


@dataclass(frozen=True)
class Closing:
    """How all of them are closed; with `events`, last stages close their events."""

    by_id: int
    at: datetime
    outcome_id: int
    events: bool = False

    @classmethod
    def by(cls, actor: Actor, at: datetime, outcome_id: int | None, *, events: bool) -> "Closing":
        """Closed by the actor, now, with the chosen outcome or the usual one."""
        return cls(actor.id, at, chosen_outcome(outcome_id).id, events)

    @cached_property
    def moment(self) -> Moment:
        """The company's day and the moment."""
        return Moment.at_instant(self.at, zone())

    @cached_property
    def common(self) -> dict[str, list[Any]]:
        """What changes alike in all rows."""
        return {
            "closed_on": [None, self.moment.on.isoformat()],
            "closed_at": [None, self.at.isoformat()],
            "closed_by_id": [None, self.by_id],
        }

    def changes(self, old_outcome: int) -> dict[str, list[Any]]:
        """What changes in a row that closes."""
        if old_outcome == self.outcome_id:
            return self.common
        return {**self.common, "outcome_id": [old_outcome, self.outcome_id]}

    def values(self, table: Any) -> dict[str, Any]:
        """The columns of a row that closes."""
        return {
            "closed_at": literal(self.at, table.c.closed_at.type),
            "closed_on": literal(self.moment.on, table.c.closed_on.type),
            "closed_by_id": self.by_id,
            "outcome_id": self.outcome_id,
        }


OPEN: dict[str, Any] = {"closed_at": null(), "closed_on": null(), "closed_by_id": null()}


def write(closing: Closing, entries: Sequence[Entry]) -> None:
    """Close what the entries name, and journal it."""
    rows = _counts(entries, step=1)
    run(_events(rows, closing.values(EVENTS), closing.at))
    run(_stages(rows, closing.values(STAGES), closing.at))
    journal(entries)


def put_back(entries: Sequence[Entry], at: datetime) -> None:
    """Open again what the entries closed; the outcomes are those of before."""
    rows = _counts(entries, step=-1)
    run(_events(rows, OPEN, at))
    run(_stages(rows, OPEN, at))
    for table in (EVENTS, STAGES):
        _old_outcomes(table, [one for one in entries if one.kind == table.name])
    journal([one.reversed() for one in entries])


def still_closed(entries: Sequence[Entry]) -> bool:
    """Whether each event's closed stages still end with those of the entries."""
    ids = [one.record for one in entries if one.kind == "stage"]
    stage = STAGES.c
    ends = (
        select(stage.event_id)
        .where(stage.id.in_(given_ids(ids)))
        .group_by(stage.event_id, stage.closed_upto)
        .having(func.max(stage.position) != stage.closed_upto)
    )
    return db.session.execute(ends.limit(1)).first() is None


def _counts(entries: Sequence[Entry], step: int) -> Any:
    """The events with the new count of closed stages, and whether the event itself is meant."""
    stages = [one.record for one in entries if one.kind == "stage"]
    whole = {one.record for one in entries if one.kind == "event"}
    found = db.session.execute(_counted(stages, sorted(whole)))
    rows = [(event, upto + step * number, int(event in whole)) for event, upto, number in found]
    return given(rows, event_id=Integer(), upto=Integer(), whole=Integer())


def _counted(stages: Sequence[int], events: Sequence[int]) -> Any:
    """SELECT of (event, its count of closed stages, how many of the stages are its own)."""
    own = STAGES.c.id.in_(given_ids(stages))
    ids = union(select(STAGES.c.event_id.label("id")).where(own), given_ids(events)).subquery()
    mine = and_(STAGES.c.event_id == EVENTS.c.id, own)
    return (
        select(EVENTS.c.id, EVENTS.c.closed_upto, func.count(STAGES.c.id))
        .join_from(ids, EVENTS, EVENTS.c.id == ids.c.id)
        .outerjoin(STAGES, mine)
        .group_by(EVENTS.c.id, EVENTS.c.closed_upto)
    )


def _events(rows: Any, values: dict[str, Any], at: datetime) -> Any:
    """Each event takes its count; whole ones the values."""
    event, whole = EVENTS.c, rows.c.whole == 1
    return (
        update(EVENTS)
        .where(event.id == rows.c.event_id)
        .values(
            **{name: case((whole, value), else_=event[name]) for name, value in values.items()},
            closed_upto=rows.c.upto,
            version=event.version + rows.c.whole,
            changed_at=at,
        )
    )


def _stages(rows: Any, values: dict[str, Any], at: datetime) -> Any:
    """All living stages take their event's count; those between old and new count the values."""
    stage = STAGES.c
    turns = _turning(stage, rows.c.upto)
    taken = {**values, "changed_at": literal(at, stage.changed_at.type)}
    return (
        update(STAGES)
        .where(stage.event_id == rows.c.event_id, stage.position.is_not(None))
        .values(
            **{name: case((turns, value), else_=stage[name]) for name, value in taken.items()},
            closed_upto=rows.c.upto,
            version=stage.version + case((turns, 1), else_=0),
        )
    )


def _turning(stage: Any, upto: Any) -> Any:
    """The stages that the new count closes, or opens."""
    closes = and_(stage.position > stage.closed_upto, stage.position <= upto)
    return closes | and_(stage.position > upto, stage.position <= stage.closed_upto)


def _old_outcomes(table: Any, entries: Sequence[Entry]) -> None:
    """Give rows the outcomes they had."""
    old = [
        (one.record, one.changes["outcome_id"][0])
        for one in entries
        if "outcome_id" in one.changes
    ]
    if old:
        rows = given(old, record=Integer(), outcome=Integer())
        run(update(table).where(table.c.id == rows.c.record).values(outcome_id=rows.c.outcome))
