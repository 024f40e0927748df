"""What the bell keeps: acts of others on an operator's work, and what was seen of them."""

from datetime import datetime

from flask_appbuilder.security.sqla.models import Group, User
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import Batch
from app.db import Instant, Model, now

ASSIGNED, BULK = "assigned", "bulk"


class Notice(Model):
    """One act by which somebody gave an operator work, or changed their work in bulk."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_user", "user_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    kind: Mapped[str] = mapped_column(String(12))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    rows: Mapped[int]
    record: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Instant, default=now)

    batch: Mapped[Batch] = relationship(Batch)
    user: Mapped[User] = relationship(User)


class BellSetting(Model):
    """What an operator wants to hear of, and when they last looked."""

    __tablename__ = "bell_setting"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    muted: Mapped[str] = mapped_column(String(80), default="")
    seen_at: Mapped[datetime | None] = mapped_column(Instant)


class CalendarFeed(Model):
    """A secret address under which a calendar program reads an operator's or a team's stages."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_group.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)

    user: Mapped[User] = relationship(User)
    group: Mapped[Group | None] = relationship(Group)
