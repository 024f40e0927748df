"""The register of contractors."""

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship
from stdnum.pl import nip as tax_number

from app.access import visibility
from app.access.current import Actor
from app.audit.models import Audited
from app.contractors import rules
from app.db import (
    Checked,
    Document,
    Instant,
    Model,
    Versioned,
    document_index,
    feature_index,
    fold,
    polish_index,
    search_index,
)
from app.errors import InvalidValue, refuse_if


class Contractor(Audited, Checked, Versioned, Model):
    """A party we work with or hope to: prospect, client or inactive."""

    __tablename__ = "contractor"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint("status in ('prospect', 'client', 'inactive')", name="status"),
            search_index("contractor"),
            feature_index("contractor"),
            document_index("contractor"),
            polish_index(cls, "contractor", "name"),
            polish_index(cls, "contractor", "city"),
        )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(10), default="prospect")
    nip: Mapped[str | None] = mapped_column(String(20), index=True)
    regon: Mapped[str | None] = mapped_column(String(14))
    street: Mapped[str | None] = mapped_column(String(120))
    postcode: Mapped[str | None] = mapped_column(String(12))
    city: Mapped[str | None] = mapped_column(String(80))
    country: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(40))
    mobile: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(254))
    web: Mapped[str | None] = mapped_column(String(200))
    notes: Mapped[str | None] = mapped_column(Text)
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    features: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    search_key: Mapped[str] = mapped_column(Text, default="")
    features_key: Mapped[str] = mapped_column(Text, deferred=True, default="", server_default="")
    trashed_at: Mapped[datetime | None] = mapped_column(Instant)

    keeper: Mapped[User | None] = relationship(User, foreign_keys=[keeper_id])

    @property
    def full_name(self) -> str:
        """The name with the code in brackets, as documents show it."""
        return f"{self.name} ({self.code})"

    @property
    def nip_shown(self) -> str:
        """The tax number as people write it: 856-734-62-15."""
        return tax_number.format(self.nip) if self.nip and len(self.nip) == 10 else self.nip or ""

    @property
    def address(self) -> list[str]:
        """The lines of the address that are known."""
        town = " ".join(part for part in (self.postcode, self.city) if part)
        return [line for line in (self.street, town, self.country) if line]

    @property
    def status_words(self) -> Any:
        """The status in the reader's language."""
        return rules.STATUS_WORDS.get(self.status, self.status)

    def check(self) -> None:
        """Clean the numbers and refuse wrong data."""
        self.nip, self.regon = rules.clean_nip(self.nip), rules.clean_regon(self.regon)
        refuse_if(rules.reasons_not_to_keep(self), InvalidValue)

    def __repr__(self) -> str:
        return self.full_name


def contractor_key(contractor: Contractor) -> str:
    """What global search looks in."""
    parts = (contractor.code, contractor.name, contractor.nip, contractor.city, contractor.email)
    return fold(" ".join(part for part in parts if part))


@sa_event.listens_for(Contractor, "before_insert")
@sa_event.listens_for(Contractor, "before_update")
def _fill_key(_mapper: Any, _connection: Any, contractor: Contractor) -> None:
    contractor.search_key = contractor_key(contractor)


def _kept(contractor: Any, actor: Actor) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = contractor.keeper_id.in_(sorted(actor.peers))
    return mine | contractor.keeper_id.is_(None)


visibility.living(Contractor, lambda contractor: contractor.trashed_at.is_(None))
visibility.reach(Contractor, _kept)
