"""The notes in which an operator is named: what a bell shows and marks as seen."""

from collections.abc import Iterable

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import contains_eager, joinedload

from app.access import visibility
from app.access.current import Actor
from app.db import db, now
from app.records.models import Mention, Note


def mentions_of(actor: Actor, *, unseen: bool = False) -> Select[Mention]:
    """SELECT of the actor's mentions in notes they may see, newest first, with note and author."""
    query = (
        select(Mention)
        .join(Mention.note)
        .where(Mention.user_id == actor.id, visibility.within(Note, actor))
        .options(contains_eager(Mention.note).options(joinedload(Note.author)))
        .order_by(Mention.at.desc(), Mention.note_id.desc())
    )
    return query.where(Mention.seen_at.is_(None)) if unseen else query


def count_unseen(actor: Actor, most: int = 100) -> int:
    """How many mentions wait, counted no further than `most`."""
    waiting = mentions_of(actor, unseen=True).with_only_columns(Mention.note_id).limit(most)
    query = select(func.count()).select_from(waiting.order_by(None).subquery())
    return db.session.scalar(query) or 0


def mark_seen(actor: Actor, note_ids: Iterable[int]) -> None:
    """Note, inside a transaction, that the actor has seen these mentions."""
    mine = (Mention.user_id == actor.id, Mention.note_id.in_(sorted(set(note_ids))))
    db.session.execute(
        update(Mention).where(*mine, Mention.seen_at.is_(None)).values(seen_at=now())
    )
