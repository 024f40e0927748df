"""What acts on definitions changed, with all that stood there before."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import Batch
from app.db import Document, Instant, Model
from app.features.models import Feature

UNDOABLE = timedelta(days=30)
RETYPED = "retype_feature"
MARKINGS = ("mark_campaign", "unmark_campaign")


class FeatureChange(Model):
    """One act on a feature or its values; `batch_id` says who did it and when.

    `definitions` are the changed rows of features and nodes, `counts` says how many values of each
    kind of record were rewritten. A `whole` change rewrote every value that there was.
    """

    __tablename__ = "feature_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    feature_id: Mapped[int] = mapped_column(ForeignKey("feature.id"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(400))
    whole: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, int]] = mapped_column(Document, default=dict)
    definitions: Mapped[list[Any]] = mapped_column(Document, default=list)
    undone_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), unique=True)

    feature: Mapped[Feature] = relationship()
    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])


class ChangedValue(Model):
    """A value before and after a change, as text: of a document JSON, of a membership its end.

    None says that there was none.
    """

    __tablename__ = "changed_value"

    change_id: Mapped[int] = mapped_column(ForeignKey("feature_change.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
