"""Taking back what was done to many records: the inverse batch, if nothing in it changed since."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased, joinedload

from app.access.current import Actor
from app.audit import sets
from app.audit.journal import batch_id, name_act
from app.audit.models import AuditEntry, Batch
from app.audit.sets import Entry
from app.db import db
from app.errors import NotFound, Reason, RuleViolation, refuse_if
from app.fab.dress import nice
from app.records.bulk import acts
from app.records.history import user_names

WINDOW, REMEMBERED = timedelta(seconds=60), timedelta(days=7)
LISTED, TOLD = 25, 20
PutBack = Callable[[Sequence[Entry], datetime], None]


@dataclass(frozen=True)
class Way:
    """How batches of an act are taken back; after a minute only with the right `late`."""

    put_back: PutBack
    late: tuple[str, str] | None = None
    still: Callable[[Sequence[Entry]], bool] = lambda _entries: True


@dataclass(frozen=True)
class Since:
    """A record that was changed since, with by whom and when."""

    id: int
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Recent:
    """A batch in the operator's own list."""

    batch: Batch
    number: int
    undone: bool


def turned_round(entries: Sequence[Entry], at: datetime) -> None:
    """Write what stood there before."""
    sets.write([one.reversed() for one in entries], at)


PLAIN = Way(turned_round)
_ways: dict[str, Way] = {}


def can_be_undone(batch_act: str, way: Way = PLAIN) -> None:
    """Let batches of this act be taken back."""
    _ways[batch_act] = way


def undo(actor: Actor, number: int, at: datetime) -> int:
    """Take the batch back; returns the batch that did. Raises RuleViolation `undo.*`."""
    batch = own(actor, number)
    way = _ways[batch.act or ""]
    refuse_late(actor, batch, way, at)
    entries = entries_of(batch)
    lock(entries)
    refuse_if(changed_since(batch, entries))
    if not way.still(entries):
        raise RuleViolation(Reason("undo.changed", _("It has been changed since.")))
    name_act(db.session(), f"undo_{batch.act}"[:40], undoes=batch.id)
    way.put_back(entries, at)
    db.session.flush()
    db.session.expire_all()
    return batch_id(db.session())


def own(actor: Actor, number: int) -> Batch:
    """The actor's own batch, if it can be taken back at all; raises NotFound."""
    batch = db.session.get(Batch, number)
    if batch is None or batch.actor_id != actor.id or batch.act not in _ways:
        raise NotFound(Reason("not_found", _("There is no such record, or you may not see it.")))
    return batch


def refuse_late(actor: Actor, batch: Batch, way: Way, at: datetime) -> None:
    """Raise if the time is over: after a minute opening again is an act that needs its right."""
    age = at - batch.at
    allowed = way.late is None or actor.may(*acts.through(actor.door, *way.late))
    if age > REMEMBERED or (age > WINDOW and not allowed):
        raise RuleViolation(Reason("undo.too_late", _("It is too late to undo this; reopen it.")))


def entries_of(batch: Batch) -> list[Entry]:
    """What the batch changed."""
    query = select(AuditEntry.record_type, AuditEntry.record_id, AuditEntry.changes)
    rows = db.session.execute(query.where(AuditEntry.batch_id == batch.id).order_by(AuditEntry.id))
    return [Entry(kind, number, changes) for kind, number, changes in rows]


def lock(entries: Sequence[Entry]) -> None:
    """Lock all records, kind by kind in the order of all locks."""
    found: dict[str, list[int]] = defaultdict(list)
    for one in entries:
        found[one.kind].append(one.record)
    for kind in sorted(found):
        acts.kind_of(kind).lock(found[kind])


def changed_since(batch: Batch, entries: Sequence[Entry]) -> list[Reason]:
    """The reason that others have built on it, with the records and who changed them."""
    undone = db.session.scalar(select(Batch.id).where(Batch.undoes_id == batch.id))
    if undone is not None:
        return [Reason("undo.done", _("This was taken back already."))]
    later = aliased(AuditEntry)
    same = and_(
        later.record_type == AuditEntry.record_type,
        later.record_id == AuditEntry.record_id,
        later.batch_id > batch.id,
    )
    query = select(later).join(AuditEntry, same).where(AuditEntry.batch_id == batch.id)
    with_batch = query.options(joinedload(later.batch)).order_by(later.id).limit(TOLD)
    found = db.session.scalars(with_batch).all()
    rows = since(found)
    return [Reason("undo.changed", _("It has been changed since."), rows=rows)] if rows else []


def since(entries: Sequence[AuditEntry]) -> list[Since]:
    """The later changes in words."""
    who = user_names({one.batch.actor_id for one in entries if one.batch.actor_id})
    names = names_of((one.record_type, one.record_id) for one in entries)
    return [
        Since(
            one.record_id,
            _(
                "%(record)s: %(who)s, %(at)s",
                record=names.get((one.record_type, one.record_id), ("#", ""))[0],
                who=who.get(one.batch.actor_id or 0, _("the system")),
                at=nice(one.batch.at),
            ),
        )
        for one in entries
    ]


def names_of(keys: Any) -> dict[tuple[str, int], tuple[str, str]]:
    """(words, address) of each record that the actor may see, by kind and id."""
    found: dict[str, set[int]] = defaultdict(set)
    for kind, number in keys:
        found[kind].add(number)
    return {
        (kind, number): words
        for kind, ids in found.items()
        for number, words in acts.kind_of(kind).words(sorted(ids)).items()
    }


def recent(actor: Actor, at: datetime) -> list[Recent]:
    """The actor's batches of the last week, newest first, with how many records each changed."""
    mine = select(Batch).where(Batch.actor_id == actor.id, Batch.act.in_(list(_ways)))
    fresh = mine.where(Batch.at > at - REMEMBERED).order_by(Batch.id.desc()).limit(LISTED)
    batches = db.session.scalars(fresh).all()
    ids = [one.id for one in batches]
    counted = select(AuditEntry.batch_id, func.count()).where(AuditEntry.batch_id.in_(ids))
    counts = dict(db.session.execute(counted.group_by(AuditEntry.batch_id)).all())
    done = set(db.session.scalars(select(Batch.undoes_id).where(Batch.undoes_id.in_(ids))))
    return [Recent(one, counts.get(one.id, 0), one.id in done) for one in batches]
