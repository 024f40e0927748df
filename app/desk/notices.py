"""Tells operators what others did to their work: one row for each act, whatever the door.

It is read from the journal at the end of the transaction, so that acts on many rows by one
statement are told like those on one record.
"""

from typing import Any

from sqlalchemy import String, cast, func, insert, literal, select, union_all
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

from app.access.current import Actor, Door
from app.audit.models import AuditEntry, Batch
from app.db import now
from app.desk.models import ASSIGNED, BULK, Notice
from app.events.models import Event, Stage

RECORD = func.min(AuditEntry.record_type + ":" + cast(AuditEntry.record_id, String))
WORK = {"event": Event.__table__, "stage": Stage.__table__}
GIVEN_TO = AuditEntry.changes[("operator_id", 1)].as_integer()


@sa_event.listens_for(Session, "before_commit")
def tell(session: Session) -> None:
    """Write the notices of the present act."""
    actor: Actor | None = session.info.get("actor")
    if actor is None or actor.door is Door.SETUP or not session.info.get("writing"):
        return
    session.flush()
    batch: int | None = session.info.get("batch")
    if batch is not None:
        columns = ("user_id", "kind", "rows", "record", "batch_id", "at")
        notices = union_all(given(batch), *(changed(batch, kind) for kind in WORK)).subquery()
        others = select(*notices.c, literal(batch), literal(now(), Notice.at.type)).where(
            notices.c.user_id != actor.id
        )
        session.connection().execute(insert(Notice).from_select(columns, others))


def given(batch: int) -> Any:
    """Whom the act gave events and stages, and how many."""
    return (
        select(GIVEN_TO.label("user_id"), literal(ASSIGNED), func.count(), RECORD)
        .where(AuditEntry.batch_id == batch, AuditEntry.record_type.in_(WORK))
        .where(GIVEN_TO.is_not(None))
        .group_by(GIVEN_TO)
    )


def changed(batch: int, kind: str) -> Any:
    """Whose events or stages an act in bulk changed, without giving them to somebody."""
    work = WORK[kind].c
    mine = (work.id == AuditEntry.record_id, AuditEntry.record_type == kind)
    return (
        select(work.operator_id, literal(BULK), func.count(), RECORD)
        .select_from(AuditEntry)
        .join(Batch, Batch.id == AuditEntry.batch_id)
        .join(WORK[kind], mine[0])
        .where(AuditEntry.batch_id == batch, mine[1], Batch.act.startswith("bulk_"))
        .where(GIVEN_TO.is_(None))
        .group_by(work.operator_id)
    )
