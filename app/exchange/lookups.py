"""Relations of rows: the records that texts of a file name, among those the actor may see."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.visibility import scoped_models, visible
from app.contractors.models import Contractor
from app.contractors.rules import clean_nip
from app.db import db
from app.exchange.sources import Source, Unreadable
from app.persons.models import Affiliation, Person

PIECE = 500
KINDS: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "contractor": (Contractor, ("code", "nip", "name", "email")),
    "operator": (User, ("username", "email")),
    "keeper": (User, ("username", "email")),
}


def pieces(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values, each once, in lists short enough for a statement."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), PIECE):
        yield ordered[start : start + PIECE]


class Lookup:
    """Finds records of one kind by the text of one column; asks for many at once."""

    def __init__(self, name: str, source: Source) -> None:
        self.model, allowed = KINDS[name]
        self.by = source.by[0] if source.by else allowed[0]
        self.known = len(source.by) < 2 and self.by in allowed
        self.found: dict[str, list[Any]] = {}

    def load(self, texts: Iterable[str | None]) -> None:
        """Read the records these texts name."""
        column = getattr(self.model, self.by)
        query = visible(self.model) if self.model in scoped_models() else select(self.model)
        for some in pieces(self.clean(text) for text in texts if text):
            for record in db.session.scalars(query.where(column.in_(some))):
                self.found.setdefault(getattr(record, self.by), []).append(record)

    def clean(self, text: str) -> str:
        """The text as the column has it."""
        return (clean_nip(text) or "") if self.by == "nip" else text

    def find(self, text: str) -> Any:
        """The one record of this text; raises Unreadable."""
        records = self.found.get(self.clean(text), [])
        if not records:
            raise Unreadable(_("“%(text)s” is not to be found.", text=text[:60]))
        if len(records) > 1:
            raise Unreadable(_("“%(text)s” could mean several records.", text=text[:60]))
        return records[0]


class People:
    """The persons of contractors: a contact is always one of them."""

    def __init__(self) -> None:
        self.of: dict[int, list[Person]] = {}

    def load(self, contractors: Iterable[Contractor]) -> None:
        """Read the visible persons of these contractors."""
        linked = visible(Person).join(Affiliation, Affiliation.person_id == Person.id)
        query: Any = linked.add_columns(Affiliation.contractor_id)
        for some in pieces(one.id for one in contractors if one.id not in self.of):
            self.of |= {number: [] for number in some}
            rows = db.session.execute(query.where(Affiliation.contractor_id.in_(some)))
            for person, contractor_id in rows:
                if person not in self.of[contractor_id]:
                    self.of[contractor_id].append(person)

    def only(self, contractor: Contractor) -> Person | None:
        """The contractor's person, if there is just one."""
        found = self.of.get(contractor.id, [])
        return found[0] if len(found) == 1 else None

    def named(self, contractor: Contractor, text: str, by: str) -> Person:
        """The contractor's person with this e-mail or name; raises Unreadable."""
        wanted = " ".join(text.split()).casefold()
        people = self.of.get(contractor.id, [])
        found = [one for one in people if wanted in spellings(one, by)]
        if len(found) == 1:
            return found[0]
        words = _("“%(text)s” is not one person of this contractor.", text=text[:60])
        raise Unreadable(words)


def spellings(person: Person, by: str) -> set[str]:
    """How a file may write the person."""
    if by == "email":
        return {(person.email or "").casefold()}
    first, last = (person.first_name or "").casefold(), person.last_name.casefold()
    return {f"{first} {last}".strip(), f"{last} {first}".strip()}
