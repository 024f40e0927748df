"""Taking back a bulk closing: the inverse batch, by the same operator, if nothing changed."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, case, func, literal, null, select, update
from sqlalchemy.orm import aliased

from app.access.current import Actor
from app.audit.journal import name_act
from app.audit.models import AuditEntry, Batch
from app.campaigns.bulk import ACT, EVENTS, STAGES, journal, run
from app.campaigns.given import given
from app.campaigns.operations import not_found
from app.db import db
from app.errors import Reason, RuleViolation
from app.events.models import Event

WINDOW = timedelta(seconds=60)
Changes = dict[str, list[Any]]


def undo_bulk(actor: Actor, batch_number: int, at: datetime) -> int:
    """Undo the closing; returns how many stages are open again. Raises RuleViolation `undo.*`."""
    batch = db.session.get(Batch, batch_number)
    if batch is None or batch.actor_id != actor.id or batch.act != ACT:
        raise not_found()
    if at - batch.at > WINDOW:
        raise RuleViolation(Reason("undo.too_late", _("It is too late to undo this; reopen it.")))
    events = _locked_events(batch)
    if _undone(batch) or _touched_since(batch) or _moved_on(events):
        raise RuleViolation(Reason("undo.changed", _("It has been changed since.")))
    name_act(db.session(), f"undo_{ACT}", undoes=batch.id)
    entries = _entries(batch)
    _put_back(events, entries, at)
    db.session.expire_all()
    return len(entries["stage"])


def _locked_events(batch: Batch) -> list[tuple[int, int, int, int]]:
    """(event, its count now, first and last stage of the batch) of each event, locked."""
    mine = select(AuditEntry.record_id).where(
        AuditEntry.batch_id == batch.id, AuditEntry.record_type == "stage"
    )
    stage = STAGES.c
    ids = select(stage.event_id).where(stage.id.in_(mine))
    lock = select(Event.id).where(Event.id.in_(ids)).order_by(Event.id)
    unscoped = {"unscoped": True}
    db.session.execute(lock.with_for_update(key_share=True), execution_options=unscoped).all()
    bounds = (
        select(Event.id, Event.closed_upto, func.min(stage.position), func.max(stage.position))
        .join(STAGES, stage.event_id == Event.id)
        .where(stage.id.in_(mine))
        .group_by(Event.id, Event.closed_upto)
    )
    rows = db.session.execute(bounds, execution_options=unscoped)
    return [(event, upto, first or 0, last or 0) for event, upto, first, last in rows]


def _undone(batch: Batch) -> bool:
    return db.session.scalar(select(Batch.id).where(Batch.undoes_id == batch.id)) is not None


def _touched_since(batch: Batch) -> bool:
    later = aliased(AuditEntry)
    same = and_(
        later.record_type == AuditEntry.record_type,
        later.record_id == AuditEntry.record_id,
        later.batch_id > batch.id,
    )
    query = select(later.id).join(AuditEntry, same).where(AuditEntry.batch_id == batch.id).limit(1)
    return db.session.scalar(query) is not None


def _moved_on(events: list[tuple[int, int, int, int]]) -> bool:
    """Whether an event has closed more, or fewer, than the batch left."""
    return any(upto != last for _event, upto, _first, last in events)


def _entries(batch: Batch) -> dict[str, dict[int, Changes]]:
    query = select(AuditEntry.record_type, AuditEntry.record_id, AuditEntry.changes)
    found: dict[str, dict[int, Changes]] = defaultdict(dict)
    for kind, record, changes in db.session.execute(query.where(AuditEntry.batch_id == batch.id)):
        found[kind][record] = changes
    return found


def _put_back(
    events: list[tuple[int, int, int, int]], entries: dict[str, dict[int, Changes]], at: datetime
) -> None:
    rows = given(
        (
            (event, first - 1, int(event in entries["event"]))
            for event, _upto, first, _last in events
        ),
        ("event_id", "upto", "whole"),
    )
    run(_open_events(rows, at))
    run(_open_stages(rows, at))
    for table, kind in ((EVENTS, "event"), (STAGES, "stage")):
        _old_outcomes(table, entries[kind])
    journal(
        [
            (kind, record, {name: [new, old] for name, (old, new) in changes.items()})
            for kind, some in entries.items()
            for record, changes in some.items()
        ]
    )


def _open_events(rows: Any, at: datetime) -> Any:
    event = EVENTS
    return (
        update(event)
        .where(event.c.id == rows.c.event_id)
        .values(
            closed_upto=rows.c.upto,
            closed_at=null(),
            closed_on=null(),
            closed_by_id=null(),
            version=event.c.version + rows.c.whole,
            changed_at=at,
        )
    )


def _open_stages(rows: Any, at: datetime) -> Any:
    stage = STAGES
    opens = and_(stage.c.position > rows.c.upto, stage.c.closed_at.is_not(None))
    nothing = {
        name: case((opens, null()), else_=stage.c[name])
        for name in ("closed_at", "closed_on", "closed_by_id")
    }
    moment = literal(at, stage.c.changed_at.type)
    return (
        update(stage)
        .where(stage.c.event_id == rows.c.event_id, stage.c.position.is_not(None))
        .values(
            **nothing,
            closed_upto=rows.c.upto,
            version=stage.c.version + case((opens, 1), else_=0),
            changed_at=case((opens, moment), else_=stage.c.changed_at),
        )
    )


def _old_outcomes(table: Any, entries: dict[int, Changes]) -> None:
    old = [
        (record, found["outcome_id"][0])
        for record, found in entries.items()
        if "outcome_id" in found
    ]
    if old:
        rows = given(old, ("record", "outcome"))
        run(update(table).where(table.c.id == rows.c.record).values(outcome_id=rows.c.outcome))
