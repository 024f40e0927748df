"""What any record may carry: notes with mentions, files, and unsaved text of forms.

A note or file names its record by table and id, as the journal does; `subjects.py` says which
registers carry them, and ties who sees them to who sees the record.
"""

from datetime import datetime
from typing import Any, ClassVar

from flask_appbuilder.security.sqla.models import User
from flask_babel import format_decimal
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import Audited
from app.db import Checked, Document, Instant, Model, Versioned, now
from app.errors import InvalidValue, refuse_if
from app.records import rules
from app.records.filetypes import INLINE


class Note(Audited, Checked, Versioned, Model):
    """What somebody wrote about a record, in Markdown; shared by all who see the record."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_record", "record_type", "record_id", "id"),)
    unversioned: ClassVar[frozenset[str]] = frozenset({"changed_at"})

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    pinned: Mapped[bool] = mapped_column(default=False)
    trashed_at: Mapped[datetime | None] = mapped_column(Instant)

    author: Mapped[User | None] = relationship(
        User, primaryjoin="foreign(Note.created_by_id) == User.id", viewonly=True
    )
    mentions: Mapped[list["Mention"]] = relationship(cascade="all, delete-orphan")

    @property
    def is_changed(self) -> bool:
        """Whether it was edited after it was written."""
        return self.version > 1

    @property
    def mentioned(self) -> list[User]:
        """The operators who are told of it."""
        return [mention.user for mention in self.mentions]

    def check(self) -> None:
        """Refuse an empty note."""
        refuse_if(rules.reasons_not_to_keep_note(self.text), InvalidValue)


class Mention(Model):
    """An operator named in a note, who is to be told of it."""

    __tablename__ = "mention"
    __table_args__ = (Index("ix_mention_user", "user_id", "seen_at"),)

    note_id: Mapped[int] = mapped_column(ForeignKey("note.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(Instant, default=now)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)

    note: Mapped[Note] = relationship(back_populates="mentions")
    user: Mapped[User] = relationship(User)


class Attachment(Audited, Versioned, Model):
    """A file of a record: its name and kind; the content lies in the store under its digest."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_record", "record_type", "record_id", "id"),)
    unversioned: ClassVar[frozenset[str]] = frozenset({"changed_at"})

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    record_type: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    trashed_at: Mapped[datetime | None] = mapped_column(Instant)

    author: Mapped[User | None] = relationship(
        User, primaryjoin="foreign(Attachment.created_by_id) == User.id", viewonly=True
    )

    @property
    def is_picture(self) -> bool:
        """Whether it may be looked at in the browser."""
        return self.content_type in INLINE

    @property
    def size_words(self) -> str:
        """The size as people write it."""
        small = self.size < 2**20
        amount = format_decimal(max(1, self.size // 1024) if small else self.size / 2**20, "0.#")
        return f"{amount} {'KB' if small else 'MB'}"


class Draft(Model):
    """What an operator typed into a form and has not saved yet."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("user_id", "token"),
        Index("ix_draft_form", "user_id", "form"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    token: Mapped[str] = mapped_column(String(32))
    form: Mapped[str] = mapped_column(String(300))
    record_version: Mapped[str | None] = mapped_column(String(80))
    fields: Mapped[list[Any]] = mapped_column(Document)
    at: Mapped[datetime] = mapped_column(Instant, default=now)
