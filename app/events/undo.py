"""Taking back a closing just done: the inverse batch, by the same operator, if nothing changed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select

from app.access.current import Actor
from app.audit.journal import name_act
from app.audit.models import AuditEntry, Batch
from app.db import db
from app.errors import Reason, RuleViolation, refuse_if
from app.events.models import Event, Stage
from app.events.operations import locked_event, not_found
from app.events.rules import is_whole

WINDOW = timedelta(seconds=60)
RESTORED = ("closed_at", "closed_on", "closed_by_id", "outcome_id", "due_on", "due_at")
ACTS = (
    *("close_stage", "close_up_to", "close_and_add_next", "close_event", "close_cascade"),
    "plan_stage",
)


@dataclass(frozen=True)
class Before:
    """What an act did to a record (create, update) and the values it replaced."""

    action: str
    values: dict[str, Any]


Entries = dict[str, dict[int, Before]]


def undo_closing(actor: Actor, batch_id: int, at: datetime) -> int:
    """Undo the closing; returns the event's id. RuleViolation `undo.*` if it is too late."""
    batch = _own_closing(actor, batch_id)
    if batch is None:
        raise not_found()
    entries = _entries(batch)
    event = locked_event(_event_id(entries))
    if at - batch.at > WINDOW:
        raise RuleViolation(Reason("undo.too_late", _("It is too late to undo this; reopen it.")))
    refuse_if([changed()] if _touched_since(batch, entries) else [])
    name_act(db.session(), f"undo_{batch.act}", undoes=batch.id)
    with db.session.no_autoflush:
        _put_back(event, entries, at)
        refuse_if([] if is_whole(event) else [changed()])
        event.renumber()
    db.session.flush()
    return event.id


def changed() -> Reason:
    """The reason that others have built on the closing."""
    return Reason("undo.changed", _("It has been changed since."))


def event_of(actor: Actor, batch_id: int) -> int | None:
    """The event of the actor's own closing; None if it is nothing of the kind."""
    batch = _own_closing(actor, batch_id)
    return _event_id(_entries(batch)) if batch else None


def _own_closing(actor: Actor, batch_id: int) -> Batch | None:
    batch = db.session.get(Batch, batch_id)
    own = batch is not None and batch.actor_id == actor.id and batch.act in ACTS
    return batch if own else None


def _entries(batch: Batch) -> Entries:
    """Per record the first entry of the batch, with what stood there before in its changes."""
    found: Entries = defaultdict(dict)
    query = select(AuditEntry).where(AuditEntry.batch_id == batch.id).order_by(AuditEntry.id)
    for entry in db.session.scalars(query):
        first = found[entry.record_type].setdefault(entry.record_id, Before(entry.action, {}))
        for name, (old, _new) in entry.changes.items():
            first.values.setdefault(name, old)
    return found


def _event_id(entries: Entries) -> int:
    stage_id = next(iter(entries["stage"]), None)
    if stage_id is None:
        return next(iter(entries["event"]))
    query = select(Stage.event_id).where(Stage.id == stage_id)
    return db.session.scalars(query, execution_options={"unscoped": True}).one()


def _touched_since(batch: Batch, entries: Entries) -> bool:
    conditions = [
        exists().where(
            AuditEntry.record_type == kind,
            AuditEntry.record_id.in_(list(found)),
            AuditEntry.batch_id > batch.id,
        )
        for kind, found in entries.items()
        if kind in ("event", "stage")
    ]
    return any(db.session.scalar(select(condition)) for condition in conditions)


def _put_back(event: Event, entries: Entries, at: datetime) -> None:
    stages = event.stages
    for stage in stages:
        entry = entries["stage"].get(stage.id)
        if entry and entry.action == "create":
            stage.leave(at)
        elif entry:
            _restore(stage, entry)
    if own := entries["event"].get(event.id):
        _restore(event, own)


def _restore(record: Event | Stage, before: Before) -> None:
    for name in RESTORED:
        if name in before.values:
            setattr(record, name, _value(name, before.values[name]))


def _value(name: str, stored: Any) -> Any:
    if stored is None or name.endswith("_id"):
        return stored
    return date.fromisoformat(stored) if name.endswith("_on") else datetime.fromisoformat(stored)
