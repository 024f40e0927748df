"""The questions behind the states of events and stages, the same in lists, figures and the API."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, false, select, union

from app.days import today
from app.db import now
from app.events.models import Event, Stage


def event_in_state(word: str) -> ColumnElement[bool]:
    """The question behind each state of an event."""
    is_open, day = Event.closed_at.is_(None), today(now())
    questions: dict[str, ColumnElement[bool]] = {
        "open": is_open,
        "closed": Event.closed_at.is_not(None),
        "closed_late": Event.closed_on > Event.due_on,
        "overdue": and_(is_open, Event.due_on < day),
        "partly": and_(is_open, Event.closed_upto > 0),
        "no_stage": and_(is_open, Event.last_pos.is_(None)),
    }
    return questions.get(word, false())


def stage_in_state(word: str) -> ColumnElement[bool]:
    """The question behind each state of a stage."""
    is_open, day = Stage.closed_at.is_(None), today(now())
    questions: dict[str, ColumnElement[bool]] = {
        "open": is_open,
        "closed": Stage.closed_at.is_not(None),
        "overdue": and_(is_open, Stage.due_on < day),
        "today": and_(is_open, Stage.due_on == day),
    }
    return questions.get(word, false())


_event, _stage = Event.__table__.alias("met_event"), Stage.__table__.alias("met_stage")


def with_contacts(ids: Collection[int]) -> ColumnElement[bool]:
    """Events in which one of the persons takes part, also by a stage; two indexes find them."""
    events = select(_event.c.id).where(_event.c.contact_id.in_(ids))
    stages = select(_stage.c.event_id).where(
        _stage.c.contact_id.in_(ids), _stage.c.position.is_not(None)
    )
    return Event.id.in_(union(events, stages))


def has_no_contact() -> ColumnElement[bool]:
    """Events in which nobody from outside takes part."""
    stage = exists().where(Stage.event_id == Event.id, Stage.contact_id.is_not(None))
    alone: ColumnElement[bool] = Event.contact_id.is_(None)
    return alone & ~stage


def of_contractors(ids: Collection[int]) -> ColumnElement[bool]:
    """Stages of the contractors' events."""
    return Stage.event_id.in_(select(Event.id).where(Event.contractor_id.in_(ids)))


def of_no_contractor() -> ColumnElement[bool]:
    """Stages of events without a contractor."""
    return Stage.event_id.in_(select(Event.id).where(Event.contractor_id.is_(None)))
