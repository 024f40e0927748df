"""Acts on persons that look at their other links."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import contains_eager

from app.access import visibility
from app.access.current import current_actor
from app.contractors.models import Contractor
from app.db import db, now
from app.errors import InvalidValue, Reason, refuse_if
from app.persons.models import Affiliation, Person


@dataclass(frozen=True)
class Link:
    """A link as somebody wants it."""

    contractor_id: int
    role: str | None = None
    from_on: date | None = None
    to_on: date | None = None

    def meets(self, other: "Link") -> bool:
        """Whether both are with one contractor and have days in common."""
        first = max(self.from_on or date.min, other.from_on or date.min)
        last = min(self.to_on or date.max, other.to_on or date.max)
        return self.contractor_id == other.contractor_id and first <= last


_served = Affiliation.__table__.alias("served_link").c
_party = Contractor.__table__.alias("served_party").c


def serves(contractor_ids: Collection[int]) -> ColumnElement[bool]:
    """Whether a person is linked to one of the contractors, which the actor must see."""
    near = visibility.within(Contractor, current_actor(), _party)
    return exists().where(
        _served.person_id == Person.id,
        _served.contractor_id.in_(contractor_ids),
        _party.id == _served.contractor_id,
        near,
    )


def refuse_double(link: Affiliation) -> None:
    """Raise InvalidValue if the person already serves the contractor in these days."""
    first, last = link.from_on or date.min, link.to_on or date.max
    query = select(Affiliation.id).where(
        Affiliation.person_id == link.person_id,
        Affiliation.contractor_id == link.contractor_id,
        or_(Affiliation.from_on.is_(None), Affiliation.from_on <= last),
        or_(Affiliation.to_on.is_(None), Affiliation.to_on >= first),
        Affiliation.id != (link.id or 0),
    )
    with db.session.no_autoflush:
        if db.session.scalars(query.limit(1)).first():
            text = _("This person already works for the contractor at that time.")
            raise InvalidValue(Reason("affiliation.double", text, field="person"))


def visible_links(person_ids: Collection[int]) -> dict[int, list[Affiliation]]:
    """The links of each person to contractors that the actor may see, with the contractor."""
    query = (
        select(Affiliation)
        .join(Affiliation.contractor)
        .options(contains_eager(Affiliation.contractor))
        .where(
            Affiliation.person_id.in_(person_ids),
            visibility.within(Contractor, current_actor()),
        )
        .order_by(Affiliation.id)
    )
    found: dict[int, list[Affiliation]] = {number: [] for number in person_ids}
    for link in db.session.scalars(query):
        found[link.person_id].append(link)
    return found


def replace_links(person: Person, wanted: Sequence[Link]) -> None:
    """Let the person serve just these contractors; links the actor can't see stay."""
    refuse_if(reasons_against_doubles(wanted), InvalidValue)
    seen = visible_links([person.id])[person.id] if person.id else []
    known = {(link.contractor_id, link.from_on): link for link in seen}
    kept = [link for link in person.affiliations if link not in seen]
    person.affiliations = [*kept, *(_link(known, one) for one in wanted)]
    person.changed_at = now()


def _link(known: dict[tuple[int, date | None], Affiliation], wanted: Link) -> Affiliation:
    new = Affiliation(contractor_id=wanted.contractor_id, from_on=wanted.from_on)
    link = known.get((wanted.contractor_id, wanted.from_on), new)
    link.role, link.to_on = wanted.role, wanted.to_on
    return link


def reasons_against_doubles(wanted: Sequence[Link]) -> list[Reason]:
    """Nobody serves a contractor twice at the same time."""
    pairs = combinations(wanted, 2)
    if not any(one.meets(other) for one, other in pairs):
        return []
    text = _("This person already works for the contractor at that time.")
    return [Reason("affiliation.double", text, field="affiliations")]
