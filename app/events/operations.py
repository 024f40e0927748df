"""Acts on events and stages, the same for every door: lock, rights, verb.

Each is called inside a `transaction()`. Records are found through the actor's visibility;
what cannot be found is `NotFound`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from app.access import visibility
from app.access.current import Actor
from app.audit.journal import batch_id, name_act
from app.days import Moment, zone
from app.db import db
from app.errors import InvalidValue, NotFound, Reason, refuse_if
from app.events import rules
from app.events.definitions import Outcome
from app.events.models import Event, Stage
from app.events.work import Closing
from app.records.trash import find_trashed


@dataclass(frozen=True)
class Wish:
    """What the operator says when closing: outcome, time (None: now) and words."""

    outcome_id: int | None = None
    at: datetime | None = None
    note: str | None = None


def not_found() -> NotFound:
    """The refusal that tells nothing."""
    return NotFound(Reason("not_found", _("There is no such record, or you may not see it.")))


def locked_event(event_id: int) -> Event:
    """The event, locked and freshly read, with all its stages, those in the trash too."""
    event = visibility.lock_visible(Event, event_id)
    if event is None:
        raise not_found()
    query = select(Stage).where(Stage.event_id == event.id).order_by(Stage.position, Stage.id)
    fresh = {"populate_existing": True, "unscoped": True}
    stages = db.session.scalars(query, execution_options=fresh).all()
    set_committed_value(event, "all_stages", list(stages))
    return event


def locked_stage(stage_id: int) -> Stage:
    """The stage of a locked event."""
    query = visibility.visible(Stage).where(Stage.id == stage_id).with_only_columns(Stage.event_id)
    event_id = db.session.scalar(query)
    if event_id is None:
        raise not_found()
    stages = {stage.id: stage for stage in locked_event(event_id).stages}
    if stage_id not in stages:
        raise not_found()
    return stages[stage_id]


def closing(actor: Actor, wish: Wish, at: datetime) -> Closing:
    """How it is closed: by the actor, at the wished time or now, with a living outcome."""
    moment = Moment.at_instant(wish.at or at, zone())
    return Closing(moment, at, actor.id, chosen_outcome(wish.outcome_id).id)


def chosen_outcome(outcome_id: int | None) -> Outcome:
    """The outcome with this id, or the system's own."""
    which = Outcome.system if outcome_id is None else Outcome.id == outcome_id
    found = db.session.scalar(select(Outcome).where(which))
    if found is None or found.archived_at:
        text = _("Choose an outcome from the list.")
        raise InvalidValue(Reason("outcome.unknown", text, field="outcome"))
    return found


def following(stage: Stage, subject: str | None, at: datetime) -> Stage:
    """A new stage after this one: its operator, contact and subject go on."""
    return begun(stage, (subject or "").strip() or stage.subject, at)


def begun(model: Event | Stage, subject: str | None, at: datetime) -> Stage:
    """A stage begun at this minute with the operator and contact of `model`."""
    moment = Moment.at_instant(at.replace(second=0, microsecond=0), zone())
    return Stage(
        subject=subject,
        operator_id=model.operator_id,
        contact_id=model.contact_id,
        start_on=moment.on,
        start_at=moment.at,
        outcome_id=chosen_outcome(None).id,
    )


def done() -> int:
    """Flush what was done; returns the batch, by which it can be undone."""
    db.session.flush()
    return batch_id(db.session())


# --- closing -----------------------------------------------------------------------------------


def close_stage(actor: Actor, stage_id: int, wish: Wish, at: datetime) -> int:
    """Close a stage in its turn."""
    stage = locked_stage(stage_id)
    name_act(db.session(), "close_stage", wish.note)
    stage.event.close_stage(stage, closing(actor, wish, at))
    return done()


def close_up_to(actor: Actor, stage_id: int, wish: Wish, at: datetime) -> int:
    """Close all open stages up to this one."""
    stage = locked_stage(stage_id)
    name_act(db.session(), "close_up_to", wish.note)
    stage.event.close_up_to(stage, closing(actor, wish, at))
    return done()


def close_and_add_next(
    actor: Actor,
    stage_id: int,
    wish: Wish,
    at: datetime,
    subject: str | None = None,
    due: Moment | None = None,
) -> int:
    """Close the last stage and go on with a new one."""
    stage = locked_stage(stage_id)
    name_act(db.session(), "close_and_add_next", wish.note)
    new = following(stage, subject, at)
    new.due_on, new.due_at = (due.on, due.at) if due else (None, None)
    stage.event.close_and_add_next(stage, closing(actor, wish, at), new)
    return done()


def close_event(actor: Actor, event_id: int, wish: Wish, at: datetime) -> int:
    """Close the event with its last stage."""
    event = locked_event(event_id)
    name_act(db.session(), "close_event", wish.note)
    event.close(closing(actor, wish, at))
    return done()


def close_cascade(
    actor: Actor, event_id: int, wish: Wish, at: datetime, named: Sequence[int]
) -> int:
    """Close the event with all its open stages, which are named."""
    event = locked_event(event_id)
    actor.require("bulk_close", "EventView")
    name_act(db.session(), "close_cascade", wish.note)
    event.close_cascade(named, closing(actor, wish, at))
    return done()


# --- reopening ---------------------------------------------------------------------------------


def reopen_event(actor: Actor, event_id: int, reason: str | None) -> int:
    """Open a closed event and its last stage."""
    event = locked_event(event_id)
    _may_reopen(actor, reason, "EventView")
    name_act(db.session(), "reopen_event", reason)
    event.reopen()
    return done()


def reopen_and_add(
    actor: Actor, event_id: int, reason: str | None, at: datetime, subject: str | None = None
) -> int:
    """Open a closed event by a new last stage."""
    event = locked_event(event_id)
    _may_reopen(actor, reason, "EventView")
    name_act(db.session(), "reopen_and_add", reason)
    event.reopen_and_add(next_stage(event, subject, at))
    return done()


def reopen_stage(actor: Actor, stage_id: int, reason: str | None, *, down_to: bool = False) -> int:
    """Open the last closed stage, or all closed ones down to this."""
    stage = locked_stage(stage_id)
    _may_reopen(actor, reason, "StageView")
    name_act(db.session(), "reopen_stage", reason)
    verb = stage.event.reopen_down_to if down_to else stage.event.reopen_stage
    verb(stage)
    return done()


def _may_reopen(actor: Actor, reason: str | None, view: str) -> None:
    actor.require("reopen", view)
    refuse_if(rules.missing_reason(reason), InvalidValue)


# --- arranging ---------------------------------------------------------------------------------


def next_stage(event: Event, subject: str | None, at: datetime) -> Stage:
    """A new stage for the event: it goes on from the last one, else from the event itself."""
    if event.stages:
        return following(event.stages[-1], subject, at)
    return begun(event, (subject or "").strip() or event.subject, at)


def delete_stage(
    actor: Actor, stage_id: int, at: datetime, choice: str | None = None, reason: str | None = None
) -> int:
    """Move a stage to the trash; a closed one only with the right and a reason."""
    stage = locked_stage(stage_id)
    if stage.is_closed:
        actor.require("delete_history", "StageView")
        refuse_if(rules.missing_reason(reason), InvalidValue)
    name_act(db.session(), "delete_stage", reason)
    stage.event.delete_stage(stage, at=at, choice=choice)
    return done()


def trashed_stages(event: Event) -> Sequence[Stage]:
    """The stages of a visible event that are in the trash, the latest first."""
    query = select(Stage).where(Stage.event_id == event.id, Stage.position.is_(None))
    latest = query.order_by(Stage.trashed_at.desc())
    return db.session.scalars(latest, execution_options={"unscoped": True}).all()


def event_of_trashed(stage_id: int) -> int | None:
    """The event of a stage in the trash; whether it may be seen is asked elsewhere."""
    query = select(Stage.event_id).where(Stage.id == stage_id, Stage.position.is_(None))
    found: int | None = db.session.scalar(query, execution_options={"unscoped": True})
    return found


def restore_stage(actor: Actor, stage_id: int) -> Stage:
    """Take a stage out of the trash; returns it."""
    event_id = event_of_trashed(stage_id)
    if event_id is None:
        raise not_found()
    event = locked_event(event_id)
    stage = next(stage for stage in event.all_stages if stage.id == stage_id)
    name_act(db.session(), "restore_stage")
    event.restore_stage(stage)
    done()
    return stage


def move_stage(actor: Actor, stage_id: int, position: int) -> int:
    """Give an open stage another place."""
    stage = locked_stage(stage_id)
    name_act(db.session(), "move_stage")
    stage.event.move_stage(stage, position)
    return done()


def plan_stage(actor: Actor, stage: Stage, due: Moment | None) -> None:
    """Set when a stage is due; for a closed stage that is history."""
    if stage.is_closed and (stage.due_on, stage.due_at) != (due and due.on, due and due.at):
        actor.require("edit_history", "StageView")
    stage.due_on, stage.due_at = (due.on, due.at) if due else (None, None)
    stage.event.follow_last_stage()


def begin_stage(actor: Actor, stage: Stage, start: Moment, at: datetime) -> None:
    """Set when a stage begins; a closed one had begun when it was closed."""
    stage.start_on, stage.start_at = start.on, start.at
    if stage.closed_at and stage.closed_on:
        actor.require("edit_history", "StageView")
        moment = Moment(stage.closed_on, stage.closed_at)
        refuse_if(rules.reasons_against_closing_time(stage, moment, at), InvalidValue)


def correct_closing(actor: Actor, stage: Stage, closed_at: datetime | None, at: datetime) -> None:
    """Set when a closed stage was closed, between its neighbours; the event follows its last."""
    actor.require("edit_history", "StageView")
    refuse_if([] if stage.is_closed else rules.reasons_not_to_reopen_down_to(stage))
    if closed_at is None:
        text = _("Give the time as well.")
        raise InvalidValue(Reason("stage.realization_time", text, field="closed"))
    moment = Moment.at_instant(closed_at, zone())
    refuse_if(rules.reasons_against_closing_time(stage, moment, at), InvalidValue)
    stage.closed_at, stage.closed_on = moment.at, moment.on
    if stage.is_last and stage.event.is_closed:
        stage.event.closed_at, stage.event.closed_on = moment.at, moment.on


def correct_outcome(actor: Actor, stage: Stage, outcome_id: int) -> None:
    """Set a stage's outcome; of a closed stage that is history, and the event follows its last."""
    if stage.is_closed:
        actor.require("edit_history", "StageView")
    stage.outcome_id = outcome_id
    if stage.is_last and stage.event.is_closed:
        stage.event.outcome_id = outcome_id


def trash_event(actor: Actor, event_id: int, at: datetime) -> int:
    """Move an event with its stages to the trash; its number stays taken."""
    event = locked_event(event_id)
    name_act(db.session(), "trash_event")
    event.trashed_at = at
    return done()


def restore_event(actor: Actor, event_id: int) -> int:
    """Take an event with its stages out of the trash."""
    found = find_trashed(Event, event_id, actor)
    if found is None:
        raise not_found()
    name_act(db.session(), "restore_event")
    found.trashed_at = None
    return done()
