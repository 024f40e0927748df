"""A request that carries a key is done once: sent again, it gets the first answer again.

Answers are kept for two days; each new one clears away a few that are older.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, String, Text, delete, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Instant, Model, db, now, transaction
from app.errors import InvalidValue, Reason

LONGEST = 120
KEPT, CLEARED = timedelta(days=2), 20


class IdempotentReply(Model):
    """What was answered to a request with a key."""

    __tablename__ = "idempotent_reply"

    key: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id"), primary_key=True, autoincrement=False
    )
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text, default="")
    location: Mapped[str | None] = mapped_column(String(400))
    at: Mapped[datetime] = mapped_column(Instant, default=now, index=True)


@dataclass(frozen=True)
class Reply:
    """An answer that can be kept and given again."""

    status: int
    body: str = ""
    location: str | None = None

    @classmethod
    def of(cls, status: int, location: str | None = None, **values: Any) -> "Reply":
        """An answer in JSON."""
        return cls(status, current_app.json.dumps(values), location)


@dataclass(frozen=True)
class Key:
    """The key of a request, whose it is and a fingerprint of what was asked."""

    text: str
    user_id: int
    asked: str


class Taken(Exception):
    """Somebody with the same key was first."""


def digest(*parts: bytes) -> str:
    """A fingerprint of what was asked."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def do_once(key: Key | None, deed: Callable[[], Reply]) -> Reply:
    """Do the deed in a transaction, together with keeping its answer; or give the kept one.

    The key's row is written first: a second request with it waits for the first, at any number of
    workers. A deed that is refused keeps nothing, so it may be tried again with the same key.
    """
    if key is None:
        with transaction():
            return deed()
    try:
        with transaction():
            return earlier_reply(key) or _do_and_keep(key, deed)
    except Taken:
        return earlier_reply(key) or do_once(key, deed)


def earlier_reply(key: Key) -> Reply | None:
    """The first answer to this key; raises InvalidValue if it belonged to another request."""
    if len(key.text) > LONGEST:
        raise InvalidValue(Reason("idempotency.key", _("The key is too long.")))
    found = db.session.get(IdempotentReply, (key.text, key.user_id), populate_existing=True)
    if found is None:
        return None
    if found.request_hash != key.asked:
        text = _("This key was used for another request.")
        raise InvalidValue(Reason("idempotency.reused", text))
    return Reply(found.status, found.body, found.location)


def _do_and_keep(key: Key, deed: Callable[[], Reply]) -> Reply:
    row = IdempotentReply(key=key.text, user_id=key.user_id, request_hash=key.asked, status=0)
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Taken from error
    reply = deed()
    clear_old()
    row.status, row.body, row.location = reply.status, reply.body, reply.location
    return reply


def clear_old() -> None:
    """Delete some answers that nobody will ask for any more; those that others delete are left."""
    key = (IdempotentReply.key, IdempotentReply.user_id)
    old = select(*key).where(IdempotentReply.at < now() - KEPT).order_by(IdempotentReply.at)
    some = old.limit(CLEARED).with_for_update(skip_locked=True)
    gone = delete(IdempotentReply).where(tuple_(*key).in_(some))
    db.session.execute(gone, execution_options={"synchronize_session": False})
