"""Taking back a closing just done: the inverse batch, by the same operator, if nothing changed since."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select

from app.access.current import Actor
from app.audit.journal import name_act
from app.audit.models import AuditEntry, Batch
from app.db import db
from app.errors import Reason, RuleViolation
from app.events.models import Event, Stage
from app.events.operations import locked_event, not_found

WINDOW = timedelta(seconds=60)
ACTS = ("close_stage", "close_up_to", "close_and_add_next", "close_event", "close_cascade")


def undo_closing(actor: Actor, batch_id: int, at: datetime) -> int:
    """Undo the closing; returns the event's id. Raises RuleViolation `undo.*` if it is too late."""
    batch = db.session.get(Batch, batch_id)
    if batch is None or batch.actor_id != actor.id or batch.act not in ACTS:
        raise not_found()
    entries = _entries(batch)
    event = locked_event(_event_id(entries))
    if at - batch.at > WINDOW:
        raise RuleViolation(Reason("undo.too_late", _("It is too late to undo this; reopen it.")))
    if _touched_since(batch, entries):
        raise RuleViolation(Reason("undo.changed", _("It has been changed since.")))
    name_act(db.session(), f"undo_{batch.act}", undoes=batch.id)
    _put_back(event, entries, at)
    return event.id


def _entries(batch: Batch) -> dict[str, dict[int, AuditEntry]]:
    found: dict[str, dict[int, AuditEntry]] = defaultdict(dict)
    for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.batch_id == batch.id)):
        found[entry.record_type].setdefault(entry.record_id, entry)
    return found


def _event_id(entries: dict[str, dict[int, AuditEntry]]) -> int:
    stage_id = next(iter(entries["stage"]), None)
    if stage_id is None:
        return next(iter(entries["event"]))
    query = select(Stage.event_id).where(Stage.id == stage_id)
    return db.session.scalars(query, execution_options={"unscoped": True}).one()


def _touched_since(batch: Batch, entries: dict[str, dict[int, AuditEntry]]) -> bool:
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


def _put_back(event: Event, entries: dict[str, dict[int, AuditEntry]], at: datetime) -> None:
    stages = event.stages
    for stage in stages:
        entry = entries["stage"].get(stage.id)
        if entry and entry.action == "create":
            stage.leave(at)
        elif entry:
            _restore(stage, entry)
    if own := entries["event"].get(event.id):
        _restore(event, own)
    event.renumber()


def _restore(record: Event | Stage, entry: AuditEntry) -> None:
    for name in ("closed_at", "closed_on", "closed_by_id", "outcome_id"):
        if name in entry.changes:
            setattr(record, name, _value(name, entry.changes[name][0]))


def _value(name: str, stored: Any) -> Any:
    if stored is None or name.endswith("_id"):
        return stored
    return date.fromisoformat(stored) if name.endswith("_on") else datetime.fromisoformat(stored)
