"""What the desk does with one press or one line: close, put off, add a stage."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _

from app.access.current import Actor
from app.audit.journal import name_act
from app.days import Moment, today, zone
from app.db import db, now
from app.desk.entry import Entry, take_apart
from app.errors import InvalidValue, Reason, RuleViolation
from app.events import operations
from app.events.models import Stage
from app.events.operations import Wish
from app.events.parties import settle_stage
from app.fab.forms import not_a_date
from app.spoken import understand

STEPS = ("+1d", "+3d", "+7d", "mon")


def close(actor: Actor, stage: Stage, how: str, wish: Wish, at: datetime) -> int:
    """Close a stage: alone, up_to it with all before, or event; returns the batch."""
    if how == "event":
        actor.require("close", "EventView")
        return operations.close_event(actor, stage.event_id, wish, at)
    deed = operations.close_up_to if how == "up_to" else operations.close_stage
    return deed(actor, stage.id, wish, at)


def put_off(actor: Actor, stage_id: int, text: str, at: datetime) -> int:
    """Give an open stage another due date; returns the batch, by which it can be undone."""
    stage = operations.locked_stage(stage_id)
    if stage.is_closed:
        words = _("The stage is already closed.")
        raise RuleViolation(Reason("stage.already_closed", words, rows=(stage,)))
    name_act(db.session(), "plan_stage")
    operations.plan_stage(actor, stage, new_due(stage, text, today(at)))
    return operations.done()


def new_due(stage: Stage, text: str, day: date) -> Moment:
    """When the stage is due then; the time of day stays unless another is said.

    A ready step leads on from the due date, or from today if that is later.
    """
    base = max(day, stage.due_on or day) if text in STEPS else day
    said = understand(text.split(), base)
    if said.rest or said.day is None:
        raise InvalidValue(Reason("value.moment", not_a_date(text), field="text"))
    kept = stage.due_at.astimezone(zone()).time() if stage.due_at else None
    return Moment.of(said.day, said.hour or kept, zone())


def read_line(text: str) -> Entry:
    """A typed line as it is understood today."""
    return take_apart(text, today(now()))


def reasons_against(entry: Entry) -> Sequence[Reason]:
    """What is wrong with a line, whatever event it means."""
    if entry.impossible is None:
        return ()
    text = _("There is no such date or time: %(word)s.", word=entry.impossible)
    return (Reason("entry.impossible", text),)


def due_of(entry: Entry) -> Moment | None:
    """When the line says, in the company's zone."""
    return Moment.of(entry.day, entry.hour, zone()) if entry.day else None


def add_stage(event_id: int, subject: str, due: Moment | None, at: datetime) -> Stage:
    """Add a stage at the end of an event; what is not said is as in its last stage."""
    event = operations.locked_event(event_id)
    stage = operations.next_stage(event, subject[:255], at)
    stage.due_on, stage.due_at = (due.on, due.at) if due else (None, None)
    event.add_stage(stage)
    settle_stage(stage)
    db.session.flush()
    return stage
