"""Writes the journal when a session is flushed; nobody has to remember it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import event as sa_event
from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session

from app.access.current import Actor
from app.audit.models import Audited, AuditEntry, Batch
from app.db import now

FOLLOWING = ("last_pos", "closed_upto", "prev")  # these follow from the order and the closings
Told = tuple[str, int, dict[str, list[Any]]]  # a table, a record's id, what changed in it
Follower = Callable[[Session, int, Sequence[Told]], None]
_followers: dict[Follower, None] = {}
SILENT = frozenset(
    {"id", "version", "created_at", "changed_at", "created_by_id"}
    | {"search_key", "features_key", "number_key"}
) | set(FOLLOWING)


def follow(deed: Follower) -> None:
    """Let a higher area write what follows from the changes of a batch."""
    _followers[deed] = None


def tell(session: Session, batch: int, told: Sequence[Told]) -> None:
    """Let those that follow the journal know what a batch changed."""
    for deed in _followers:
        deed(session, batch, told)


def name_act(
    session: Session, act: str, reason: str | None = None, undoes: int | None = None
) -> None:
    """Say what the present transaction does; its batch carries the words."""
    session.info["act"] = {"act": act, "reason": reason, "undoes_id": undoes}


def batch_id(session: Session) -> int:
    """The batch of the present transaction, made at first need."""
    if "batch" not in session.info:
        actor: Actor | None = session.info.get("actor")
        values: dict[str, Any] = {
            "at": now(),
            "actor_id": actor.id if actor else None,
            "door": actor.door if actor else "setup",
            **session.info.pop("act", {}),
        }
        statement = insert(Batch).values(values).returning(Batch.id)
        session.info["batch"] = session.connection().execute(statement).scalar_one()
    number: int = session.info["batch"]
    return number


def as_json(value: Any) -> Any:
    """A column's value as the journal keeps it: ISO dates, decimals as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def changes_of(record: Any, *, created: bool) -> dict[str, list[Any]]:
    """Column -> [old, new] for what changed; for a new record, what was filled in."""
    state = inspect(record)
    found = {}
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if column.key in SILENT or not (history.added or history.deleted):
            continue
        old = history.deleted[0] if history.deleted and not created else None
        new = history.added[0] if history.added else None
        if old != new:
            found[column.key] = [as_json(old), as_json(new)]
    return found


@sa_event.listens_for(Session, "before_flush")
def _stamp(session: Session, _context: Any, _instances: Any) -> None:
    actor: Actor | None = session.info.get("actor")
    for record in session.new:
        if isinstance(record, Audited) and record.created_by_id is None and actor:
            record.created_by_id = actor.id
    for record in session.dirty:
        if isinstance(record, Audited) and session.is_modified(record):
            record.changed_at = now()


@sa_event.listens_for(Session, "after_flush")
def _write(session: Session, _context: Any) -> None:
    entries = [
        {
            "record_type": record.__tablename__,
            "record_id": record.id,
            "action": action,
            "changes": found,
        }
        for action, records in (("create", session.new), ("update", session.dirty))
        for record in records
        if isinstance(record, Audited)
        and (found := changes_of(record, created=action == "create"))
    ]
    for record in session.deleted:
        if isinstance(record, Audited):
            gone = {name: [as_json(value), None] for name, value in _columns(record).items()}
            entries.append({**_named(record), "action": "delete", "changes": gone})
    if entries:
        number = batch_id(session)
        rows = [{**entry, "batch_id": number} for entry in entries]
        session.connection().execute(insert(AuditEntry), rows)
        names = ("record_type", "record_id", "changes")
        tell(session, number, [tuple(map(one.__getitem__, names)) for one in entries])


def _named(record: Audited) -> dict[str, Any]:
    return {"record_type": record.__tablename__, "record_id": record.id}


def _columns(record: Any) -> dict[str, Any]:
    names = inspect(record).mapper.column_attrs.keys()
    return {name: getattr(record, name) for name in names if name not in SILENT}
