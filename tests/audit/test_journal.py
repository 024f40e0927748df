"""Every change is in the journal: who, when, by which door, and what, in one transaction."""

from typing import Any

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import journal
from app.audit.models import AuditEntry, Batch
from app.contractors.models import Contractor
from app.db import db, now, transaction
from app.events import operations as ops
from app.events.operations import Wish


def entries(session: Session, record: Any) -> list[AuditEntry]:
    """The journal of a record, oldest first."""
    session.commit()
    query = select(AuditEntry).where(
        AuditEntry.record_type == record.__tablename__, AuditEntry.record_id == record.id
    )
    return list(session.scalars(query.order_by(AuditEntry.id)))


def rename(pk: int, name: str) -> None:
    """Change a contractor, whatever the scope."""
    record = db.session.get_one(Contractor, pk, execution_options={"unscoped": True})
    record.name = name
    db.session.flush()


def fail_after(deed: Any, *arguments: Any) -> None:
    """Do it, and fail before the end of the transaction."""
    deed(*arguments)
    raise ZeroDivisionError


def test_a_change_is_kept_with_old_and_new_value(
    session: Session, acting_as: Any, ann: Any, make_contractor: Any
) -> None:
    contractor = make_contractor("Old name", keeper=ann)
    before = now()
    with acting_as(ann), transaction():
        rename(contractor.id, "New name")
    first, second = entries(session, contractor)
    assert (first.action, first.changes["name"]) == ("create", [None, "Old name"])
    assert (second.action, second.changes) == ("update", {"name": ["Old name", "New name"]})
    assert (second.batch.actor_id, second.batch.door) == (ann.id, "page")
    assert before <= second.batch.at <= now()


def test_what_is_rolled_back_leaves_no_entry(
    session: Session, acting_as: Any, ann: Any, make_contractor: Any
) -> None:
    contractor = make_contractor("Old name", keeper=ann)
    count = session.scalar(select(func.count()).select_from(Batch))
    with acting_as(ann), pytest.raises(ZeroDivisionError), transaction():
        fail_after(rename, contractor.id, "New name")
    assert len(entries(session, contractor)) == 1
    assert session.scalar(select(func.count()).select_from(Batch)) == count


def test_the_same_value_again_is_no_change(
    session: Session, acting_as: Any, ann: Any, make_contractor: Any
) -> None:
    contractor = make_contractor("Same", keeper=ann)
    with acting_as(ann), transaction():
        rename(contractor.id, "Same")
    assert len(entries(session, contractor)) == 1


def test_one_act_is_one_batch_with_its_name_and_words(
    session: Session, acting_as: Any, ann: Any, make_event: Any
) -> None:
    event = make_event(operator=ann, stages=["a"])
    with acting_as(ann) as actor, transaction():
        batch = ops.close_event(actor, event.id, Wish(note="done by phone"), now())
    found = [entries(session, one)[-1] for one in (event, event.stages[0])]
    assert {one.batch_id for one in found} == {batch}
    assert (found[0].batch.act, found[0].batch.reason) == ("close_event", "done by phone")


def test_the_journal_keeps_no_bookkeeping(session: Session, ann: Any, make_event: Any) -> None:
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    fields = {name for one in entries(session, event) for name in one.changes}
    assert not fields & {"last_pos", "closed_upto", "search_key", "number_key", "version", "id"}
    assert {"subject", "operator_id", "start_on"} <= fields


@pytest.mark.parametrize("door", ["page", "api"])
def test_the_door_is_kept(
    door: str, session: Session, client_as: Any, api_as: Any, ann: Any, make_event: Any
) -> None:
    event = make_event(operator=ann, stages=["a"])
    if door == "page":
        client_as(ann).post(f"/events/{event.id}/closure")
    else:
        api_as(ann).post(f"/api/v1/event/{event.id}/closure", json={})
    last = entries(session, event)[-1]
    assert (last.batch.door, last.batch.actor_id, last.batch.act) == (door, ann.id, "close_event")


def test_a_password_is_not_in_the_journal(session: Session, ann: Any, admin: Any) -> None:
    ann.password = "pbkdf2:sha256:1$salt$secret"
    session.commit()
    texts = [str(one.changes) for one in entries(session, ann)]
    assert texts
    assert not [text for text in texts if "pbkdf2" in text]


def test_without_the_listener_changes_go_unnoticed(
    session: Session, acting_as: Any, ann: Any, make_contractor: Any
) -> None:
    contractor = make_contractor("Old name", keeper=ann)
    sa_event.remove(Session, "after_flush", journal._write)
    try:
        with acting_as(ann), transaction():
            rename(contractor.id, "New name")
    finally:
        sa_event.listen(Session, "after_flush", journal._write)
    assert len(entries(session, contractor)) == 1
