"""Rows chosen in a list, frozen: what comes later or matches later is not among them."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Select, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.access.current import Actor
from app.db import Document, Instant, Model, db, metadata
from app.errors import InvalidValue, Reason

MOST = 100_000
LASTS = timedelta(hours=12)


class Selection(Model):
    """The ids of chosen rows, for who chose them, for half a day."""

    __tablename__ = "selection"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    register: Mapped[str] = mapped_column(String(40))
    ids: Mapped[list[int]] = mapped_column(Document)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)

    @property
    def count(self) -> int:
        """How many rows were chosen."""
        return len(self.ids)


def freeze(actor: Actor, register: str, query: Select[Any], at: datetime) -> Selection:
    """Keep the ids that the query finds now; at most 100,000. Inside a transaction."""
    table = metadata.tables[register]
    chosen = query.with_only_columns(table.c.id, maintain_column_froms=True).order_by(None)
    return keep(actor, register, db.session.scalars(chosen.limit(MOST + 1)).all(), at)


def keep(actor: Actor, register: str, ids: Sequence[int], at: datetime) -> Selection:
    """Keep these ids; those that have expired go."""
    if not ids:
        raise InvalidValue(Reason("selection.empty", _("Select rows first.")))
    if len(ids) > MOST:
        text = _("At most %(most)s rows at once; narrow the filters.", most=MOST)
        raise InvalidValue(Reason("selection.too_many", text))
    db.session.execute(delete(Selection).where(Selection.expires_at < at))
    found = Selection(
        token=secrets.token_urlsafe(16),
        user_id=actor.id,
        register=register,
        ids=sorted(set(ids)),
        expires_at=at + LASTS,
    )
    db.session.add(found)
    db.session.flush()
    return found


def frozen(actor: Actor, register: str, token: str, at: datetime) -> Selection:
    """The actor's selection with this token; raises InvalidValue if there is none any more."""
    mine = select(Selection).where(Selection.token == token[:32], Selection.user_id == actor.id)
    live = mine.where(Selection.register == register, Selection.expires_at >= at)
    found = db.session.scalars(live).one_or_none()
    if found is None:
        text = _("This selection has expired. Select the rows again.")
        raise InvalidValue(Reason("selection.gone", text))
    return found


def left_of(found: Selection, unticked: Sequence[str]) -> list[int]:
    """The chosen ids without those that were unticked since."""
    gone = set(unticked)
    return [one for one in found.ids if str(one) not in gone]
