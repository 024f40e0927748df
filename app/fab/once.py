"""A request that carries a key is done once: sent again, it gets the first answer again."""

import hashlib
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Instant, Model, db, now
from app.errors import InvalidValue, Reason

LONGEST = 120


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
    at: Mapped[datetime] = mapped_column(Instant, default=now)


def digest(*parts: bytes) -> str:
    """A fingerprint of what was asked."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def earlier_reply(key: str, user_id: int, asked: str) -> IdempotentReply | None:
    """The first answer to this key; raises InvalidValue if it belonged to another request."""
    if len(key) > LONGEST:
        raise InvalidValue(Reason("idempotency.key", _("The key is too long.")))
    found = db.session.get(IdempotentReply, (key, user_id))
    if found is not None and found.request_hash != asked:
        text = _("This key was used for another request.")
        raise InvalidValue(Reason("idempotency.reused", text))
    return found
