"""The journal: a batch per act and an entry per changed record."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.db import Document, Instant, Model, now


class Batch(Model):
    """One act of one operator: all that it changed belongs to it."""

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, default=now)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    door: Mapped[str] = mapped_column(String(8))
    act: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), unique=True)

    actor: Mapped[User | None] = relationship(User)


class AuditEntry(Model):
    """What one act changed in one record: field by field, old and new."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_record", "record_type", "record_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    record_type: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(8))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(Document)

    batch: Mapped[Batch] = relationship(Batch)


class Audited:
    """A record whose every change is journalled; it also knows who made and last changed it."""

    if TYPE_CHECKING:
        __tablename__: Any
        id: Mapped[int]

    @declared_attr
    @classmethod
    def created_by_id(cls) -> Mapped[int | None]:
        """The operator who registered the record."""
        return mapped_column(ForeignKey("ab_user.id"), nullable=True)

    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    changed_at: Mapped[datetime] = mapped_column(Instant, default=now)
