"""Events and their open stages as the rules read them, many at once and without the mapper."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from app.access import visibility
from app.access.current import Actor
from app.audit.sets import given_ids
from app.db import db
from app.events.models import Event, Stage


@dataclass(eq=False, slots=True)
class LightStage:
    """A stage, with what the rules ask of one."""

    id: int
    version: int
    position: int
    due_on: date | None
    due_at: datetime | None
    start_on: date
    operator_id: int
    outcome_id: int
    closed_at: datetime | None
    event: "LightEvent"
    index: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.closed_at is None

    @property
    def is_closed(self) -> bool:
        """Whether it is done."""
        return self.closed_at is not None

    @property
    def is_last(self) -> bool:
        """Whether no stage follows."""
        return self.event.stages[-1] is self


@dataclass(eq=False, slots=True)
class LightEvent:
    """An event with its last closed stage, all its open ones and those asked for."""

    id: int
    version: int
    due_on: date | None
    due_at: datetime | None
    start_on: date
    operator_id: int
    outcome_id: int
    closed_at: datetime | None
    closed_upto: int
    last_pos: int | None
    stages: list[LightStage] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.closed_at is None

    @property
    def is_closed(self) -> bool:
        """Whether it is done."""
        return self.closed_at is not None


EVENT = [
    getattr(Event, name)
    for name in (
        *("id", "version", "due_on", "due_at", "start_on", "operator_id", "outcome_id"),
        *("closed_at", "closed_upto", "last_pos"),
    )
]
STAGE = [
    getattr(Stage.__table__.c, name)
    for name in (
        *("id", "version", "position", "due_on", "due_at", "start_on", "operator_id"),
        *("outcome_id", "closed_at"),
    )
]


def load(
    actor: Actor,
    which: ColumnElement[bool],
    asked: Collection[int] = (),
    most: int | None = None,
) -> list[LightEvent]:
    """The visible events with their last closed stage, the open and the asked ones, in order."""
    stage = Stage.__table__.c
    wanted = stage.position >= Event.closed_upto
    if asked:
        wanted |= stage.id.in_(given_ids(asked))
    near = and_(stage.event_id == Event.id, stage.position.is_not(None), wanted)
    query = (
        select(*EVENT, *STAGE)
        .outerjoin(Stage.__table__, near)
        .where(visibility.within(Event, actor), which)
        .order_by(Event.id, stage.position)
        .limit(most)
    )
    return built(db.session.execute(query, execution_options={"unscoped": True}))


def built(rows: Iterable[Sequence[Any]]) -> list[LightEvent]:
    """The events of the rows."""
    found = []
    for _id, some in groupby(rows, key=lambda row: row[0]):
        together = list(some)
        event = LightEvent(*together[0][: len(EVENT)])
        parts = [row[len(EVENT) :] for row in together]
        event.stages = [LightStage(*(*part, event)) for part in parts if part[0] is not None]
        for index, stage in enumerate(event.stages):
            stage.index = index
        found.append(event)
    return found


def with_ids(ids: Sequence[int]) -> ColumnElement[bool]:
    """The events with these ids."""
    return Event.id.in_(given_ids(ids))


def of_stages(ids: Sequence[int]) -> ColumnElement[bool]:
    """The events of the stages with these ids."""
    stage = Stage.__table__.c
    return Event.id.in_(select(stage.event_id).where(stage.id.in_(given_ids(ids))))


def lock_events(which: ColumnElement[bool]) -> None:
    """Lock the events, in the order of their ids."""
    lock = select(Event.id).where(which).order_by(Event.id).with_for_update(key_share=True)
    db.session.execute(lock, execution_options={"unscoped": True}).all()
