"""Definitions of features and the nodes of their dictionaries and trees."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import Audited, Batch
from app.db import Checked, Document, Instant, Model, Versioned
from app.errors import InvalidValue, refuse_if
from app.features import rules

LIVING = text("archived_at is null")
STANDING = text("taken_back_id is null")
Path = String(2000).with_variant(String(2000, collation="C"), "postgresql")


def fold_name(name: str | None) -> str:
    """The form in which names of siblings are compared: blanks and case don't matter."""
    return " ".join((name or "").split()).casefold()


class Feature(Audited, Checked, Versioned, Model):
    """A typed attribute of records; a tree marked as campaign is a campaign."""

    __tablename__ = "feature"
    __table_args__ = (
        CheckConstraint(f"kind in {rules.KINDS}", name="kind"),
        CheckConstraint("(kind = 'reference') = (target is not null)", name="target"),
        CheckConstraint("not campaign or kind = 'tree'", name="campaign"),
        CheckConstraint("required in ('', 'visible', 'always')", name="required"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name_pl: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    units: Mapped[str | None] = mapped_column(String(200))
    target: Mapped[str | None] = mapped_column(String(12))
    on_contractors: Mapped[bool] = mapped_column(default=False)
    on_persons: Mapped[bool] = mapped_column(default=False)
    on_events: Mapped[bool] = mapped_column(default=False)
    on_stages: Mapped[bool] = mapped_column(default=False)
    campaign: Mapped[bool] = mapped_column(default=False)
    several: Mapped[bool] = mapped_column(default=False)
    required: Mapped[str] = mapped_column(String(8), default="")
    read_only: Mapped[bool] = mapped_column(default=False)
    dated: Mapped[bool] = mapped_column(default=False, server_default=false())
    fast: Mapped[bool] = mapped_column(default=False, server_default=false())
    initial: Mapped[str | None] = mapped_column(Text)
    least: Mapped[str | None] = mapped_column(String(40))
    most: Mapped[str | None] = mapped_column(String(40))
    longest: Mapped[int | None]
    access: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    category_pl: Mapped[str | None] = mapped_column(String(80))
    category_en: Mapped[str | None] = mapped_column(String(80))
    series: Mapped[list[int]] = mapped_column(Document, default=list, server_default="[]")
    pattern: Mapped[str | None] = mapped_column(String(200))
    pattern_help: Mapped[str | None] = mapped_column(String(200))
    open_list: Mapped[bool] = mapped_column(default=False, server_default=false())
    searchable: Mapped[bool] = mapped_column(default=False, server_default=false())
    help_text: Mapped[str | None] = mapped_column(Text)
    place: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def key(self) -> str:
        """The key of the feature's value in a record's document: its stable id."""
        return str(self.id)

    @property
    def has_nodes(self) -> bool:
        """Whether values come from a dictionary or tree."""
        return self.kind in rules.FLAT + rules.DEEP

    @property
    def is_flat(self) -> bool:
        """Whether values come from a dictionary of one level."""
        return self.kind in rules.FLAT

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_pl if locale == "pl" else self.name_en

    def category(self, locale: str) -> str:
        """The category in the reader's language; empty without one."""
        return (self.category_pl if locale == "pl" else self.category_en) or ""

    def check(self) -> None:
        """Refuse a definition that contradicts itself."""
        refuse_if(rules.reasons_not_to_keep_feature(self), InvalidValue)

    def __repr__(self) -> str:
        return self.code


class FeatureNode(Audited, Checked, Versioned, Model):
    """A value in a feature's dictionary or tree; in a campaign, a level of its realisation.

    `path` is the ids from the root down, `/3/17/`: all below a node share its prefix.
    """

    __tablename__ = "feature_node"
    __table_args__ = (
        UniqueConstraint("feature_id", "id"),
        CheckConstraint("parent_id is null or parent_id <> id", name="parent"),
        Index("ix_feature_node_path", "path"),
        Index(
            "uq_feature_node_sibling",
            "feature_id",
            "root_or_parent",
            "folded",
            unique=True,
            postgresql_where=LIVING,
            sqlite_where=LIVING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    feature_id: Mapped[int] = mapped_column(ForeignKey("feature.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("feature_node.id"), index=True)
    root_or_parent: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(120))
    folded: Mapped[str] = mapped_column(String(160))
    path: Mapped[str] = mapped_column(Path, default="")
    depth: Mapped[int] = mapped_column(default=1)
    place: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)

    feature: Mapped[Feature] = relationship()
    parent: Mapped["FeatureNode | None"] = relationship(remote_side=[id])

    trail = ""  # the names from the root down, where a page needs them

    def check(self) -> None:
        """Keep the folded name and the sibling key, and refuse an empty name."""
        self.name = " ".join((self.name or "").split())
        self.folded = fold_name(self.name)
        self.root_or_parent = self.parent_id or 0
        refuse_if(rules.reasons_not_to_keep_node(self), InvalidValue)

    def __repr__(self) -> str:
        return self.name


class DatedValue(Model):
    """What a dated feature of a record is from a day on, until the next day that says otherwise.

    `features` holds the value as the record's document would, nothing if it is empty. Of one day
    the newest row counts. The batches tell when a row became known or was taken back, and by whom.
    """

    __tablename__ = "dated_value"
    __table_args__ = (
        Index(
            "ix_dated_value_record",
            *("feature_id", "register", "record_id", "valid_from", "id"),
            postgresql_where=STANDING,
            sqlite_where=STANDING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    register: Mapped[str] = mapped_column(String(12))
    record_id: Mapped[int]
    feature_id: Mapped[int] = mapped_column(ForeignKey("feature.id"))
    valid_from: Mapped[date]
    features: Mapped[dict[str, Any]] = mapped_column(Document)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    taken_back_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)

    batch: Mapped[Batch] = relationship(foreign_keys=[batch_id])
