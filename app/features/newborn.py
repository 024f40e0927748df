"""New records, whichever door they come through: initial values, and what is always required."""

from typing import Any

from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session, object_session

from app.features.catalog import registers
from app.features.values import begin, refuse_missing

NEW = "new_carriers"


def is_new(record: Any) -> bool:
    """Whether the record was made in this transaction."""
    session = object_session(record)
    return session is not None and id(record) in session.info.get(NEW, ())


@sa_event.listens_for(Session, "before_flush")
def _begin(session: Session, *_more: Any) -> None:
    """Operators' new records get their initial values; set-up and demo bring whole ones."""
    carriers = tuple(registers())
    if session.info.get("actor") is None or not carriers:
        return
    made: dict[int, Any] = session.info.setdefault(NEW, {})
    for record in session.new:
        if isinstance(record, carriers) and id(record) not in made:
            made[id(record)] = record
            if not getattr(record, "features_given", False):
                begin(record)


@sa_event.listens_for(Session, "before_commit")
def _refuse(session: Session) -> None:
    for record in session.info.get(NEW, {}).values():
        if record in session and record.trashed_at is None:
            refuse_missing(record, always=True)


@sa_event.listens_for(Session, "after_commit")
@sa_event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, *_more: Any) -> None:
    session.info.pop(NEW, None)
