"""Which events and stages an actor sees, and what that opens: contractors with a visible event."""

from typing import Any

from sqlalchemy import ColumnElement, exists, select

from app.access import visibility
from app.access.current import Actor
from app.access.visibility import any_row
from app.contractors.models import Contractor
from app.events.models import Event, Stage

_event, _stage = Event.__table__.alias("seen_event"), Stage.__table__.alias("seen_stage")


def _own(event: Any, actor: Actor) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = event.operator_id.in_(sorted(actor.peers))
    return mine


def _own_stage(event: Any, actor: Actor) -> ColumnElement[bool]:
    stage = _stage.c
    mine = stage.operator_id.in_(sorted(actor.peers))
    return any_row(_stage, stage.event_id == event.id, stage.position.is_not(None), mine)


def _of_visible_event(stage: Any, actor: Actor) -> ColumnElement[bool]:
    mine = stage.position.is_not(None) & stage.operator_id.in_(sorted(actor.peers))
    return visibility.reachable_by(stage.event_id, Event, actor, surely=mine)


def _in_living_event(stage: Any) -> ColumnElement[bool]:
    trashed = exists().where(_event.c.id == stage.event_id, _event.c.trashed_at.is_not(None))
    placed: ColumnElement[bool] = stage.position.is_not(None)
    return placed & ~trashed


def _has_visible_event(contractor: Any, actor: Actor) -> ColumnElement[bool]:
    if (events := visibility.gathered(Event)) is not None:
        found: ColumnElement[bool] = contractor.id.in_(select(events.c.contractor_id))
        return found
    near = visibility.within(Event, actor, _event.c)
    return any_row(_event, _event.c.contractor_id == contractor.id, near)


visibility.living(Event, lambda event: event.trashed_at.is_(None))
visibility.reach(Event, _own)
visibility.reach(Event, _own_stage)
visibility.living(Stage, _in_living_event)
visibility.reach(Stage, _of_visible_event)
visibility.reach(Contractor, _has_visible_event)
