"""The register of persons and their links to contractors."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.access import visibility
from app.access.current import Actor
from app.audit.models import Audited
from app.contractors.models import Contractor
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
from app.persons import rules


class Person(Audited, Checked, Versioned, Model):
    """A person on the contractors' side: whom we talk to."""

    __tablename__ = "person"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            search_index("person"),
            feature_index("person"),
            document_index("person"),
            polish_index(cls, "person", "last_name"),
        )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str | None] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    position: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(40))
    mobile: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(254))
    notes: Mapped[str | None] = mapped_column(Text)
    features: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    search_key: Mapped[str] = mapped_column(Text, default="")
    features_key: Mapped[str] = mapped_column(Text, deferred=True, default="", server_default="")
    trashed_at: Mapped[datetime | None] = mapped_column(Instant)

    affiliations: Mapped[list["Affiliation"]] = relationship(
        back_populates="person", order_by="Affiliation.id", cascade="all, delete-orphan"
    )

    __allow_unmapped__ = True
    seen_links: Sequence["Affiliation"] = ()  # filled by the pages, with what the reader sees

    @property
    def full_name(self) -> str:
        """Last name first, as the stage table shows it: Fiszki / Jan."""
        return " / ".join(part for part in (self.last_name, self.first_name) if part)

    def check(self) -> None:
        """Refuse a person without a last name."""
        refuse_if(rules.reasons_not_to_keep(self), InvalidValue)

    def __repr__(self) -> str:
        return self.full_name


class Affiliation(Audited, Checked, Model):
    """A person serves a contractor in a role, from one day to another."""

    __tablename__ = "affiliation"
    __table_args__ = (UniqueConstraint("person_id", "contractor_id", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    contractor_id: Mapped[int] = mapped_column(ForeignKey("contractor.id"), index=True)
    role: Mapped[str | None] = mapped_column(String(120))
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="affiliations")
    contractor: Mapped[Contractor] = relationship()

    @property
    def version(self) -> str:
        """What tells two states of the link apart."""
        return self.changed_at.isoformat()

    def is_past(self, day: date) -> bool:
        """Whether the person no longer serves the contractor on this day."""
        return self.to_on is not None and self.to_on < day

    def check(self) -> None:
        """Refuse days in the wrong order."""
        refuse_if(rules.reasons_not_to_link(self), InvalidValue)


def person_key(person: Person) -> str:
    """What global search looks in."""
    parts = (person.last_name, person.first_name, person.last_name, person.email)
    return fold(" ".join(part for part in parts if part))


@sa_event.listens_for(Person, "before_insert")
@sa_event.listens_for(Person, "before_update")
def _fill_key(_mapper: Any, _connection: Any, person: Person) -> None:
    person.search_key = person_key(person)


_link = Affiliation.__table__.alias("seen_link")
_party = Contractor.__table__.alias("seen_party")


def _serves_visible(person: Any, actor: Actor) -> ColumnElement[bool]:
    near = visibility.within(Contractor, actor, _party.c)
    party = visibility.any_row(_party, _party.c.id == _link.c.contractor_id, near)
    return visibility.any_row(_link, _link.c.person_id == person.id, party)


def _own_and_unlinked(person: Any, actor: Actor) -> ColumnElement[bool]:
    linked = visibility.any_row(_link, _link.c.person_id == person.id)
    mine: ColumnElement[bool] = person.created_by_id == actor.id
    return mine & ~linked


visibility.living(Person, lambda person: person.trashed_at.is_(None))
visibility.reach(Person, _serves_visible)
visibility.reach(Person, _own_and_unlinked)
