"""References: a record of another register; documents hold its id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.db import db, fold
from app.fab.forms import RemoteField
from app.fab.pickers import picker
from app.features.kinds.base import Kind, Slot, Unreadable, ordered
from app.features.kinds.documents import has_any
from app.features.pointed import Key, Names, found, names_of
from app.lists import filters
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField
from app.lists.filters.readers import read_id
from app.lists.paging import Beside, Order, read_text

LOOKED_AT = 50  # records whose names may be alike


@dataclass(frozen=True)
class Target:
    """A register that features may point at: its picker's kind, its words and its names in SQL.

    `code` is the column by which files name a record.
    """

    kind: str
    label: Any
    model: type[Any]
    word: Callable[[Any], Any]
    code: Any = None

    def word_of(self, key: Any) -> Any:
        """SQL for the name of the record with an id."""
        table = self.model.__table__.alias()
        word = select(self.word(table.c)).where(table.c.id == key).correlate_except(table)
        return word.scalar_subquery().collate("polish")


TARGETS: dict[str, Target] = {}


def offer(target: Target) -> None:
    """Let features point at a register; its area says so."""
    TARGETS[target.kind] = target


class Reference(Kind):
    """A contractor, person, operator or event."""

    name, label = "reference", _l("Reference to a record")
    longest = 400
    pointing, shapes = True, (int,)

    @property
    def target(self) -> Target:
        """What the feature points at."""
        return TARGETS[self.feature.target or ""]

    def read(self, value: Any, kept: Any) -> int:
        """The record's id; it must be one that may be chosen, or be there already."""
        pk = self.id_in(value)
        if pk is None or (pk != kept and found(self.points(pk))[self.target.kind, pk] is None):
            raise Unreadable(_("There is no such record, or you may not see it."))
        return pk

    def id_in(self, value: Any) -> int | None:
        """The id in a number, an object with one, a record, a code or a name."""
        if isinstance(value, dict):
            value = value.get("id")
        if isinstance(value, self.target.model):
            value = value.id
        if isinstance(value, str):
            return self.by_text(value)
        plain = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
        return value if plain else None

    def by_text(self, text: str) -> int | None:
        """The one record with this code, or called so, among those on offer."""
        chosen = picker(self.target.kind)
        if chosen is None:
            return None
        if self.target.code is not None:
            coded = chosen.query().where(self.target.code == text).limit(1)
            if (row := db.session.scalars(coded).one_or_none()) is not None:
                return int(row.id)
        words = "".join(sign if sign.isalnum() else " " for sign in fold(text))
        query = chosen.narrow(chosen.query(), words, {}).limit(LOOKED_AT)
        alike = [row.id for row in db.session.scalars(query) if chosen.text(row) == text]
        return alike[0] if len(alike) == 1 else None

    def show(self, stored: Any, names: Names) -> str:
        """The record's name."""
        return names.get((self.target.kind, stored), f"#{stored}")

    def as_json(self, stored: Any, names: Names) -> dict[str, Any]:
        """Id and name; given back, the id counts."""
        return {"id": stored, "text": self.show(stored, names)}

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """Id and name; the id, the code or the name alone are read, too."""
        whole = {"$ref": "#/components/schemas/Named"}
        return {"anyOf": [whole, {"type": "integer"}, {"type": "string"}]}

    def points(self, stored: Any) -> list[Key]:
        """At the record."""
        return [(self.target.kind, stored)]

    def control(self, stored: Any, words: Mapping[str, Any]) -> Any:
        """A select that searches on the server."""
        chosen = found(self.points(stored))[self.target.kind, stored] if stored else None
        checked = self.checked(stored, words)
        return RemoteField(**checked, kind=self.target.kind, default=chosen)

    # --- lists ------------------------------------------------------------------------------

    def key(self, value: Any) -> Any:
        """The record's id."""
        return value.as_integer()

    def filter(self, slot: Slot) -> FilterField:
        """By records; of operators also me and my team."""
        key = self.key(slot.value)
        any_of = lambda ids: has_any(slot, ids, key.in_(ids))  # noqa: E731 - one expression
        return filters.related(slot.name, slot.label, self.target.kind, any_of, key.is_(None))

    def order(self, slot: Slot) -> Order:
        """By name, in Polish order."""
        key, table = self.key(slot.value), self.target.model.__table__.alias()
        word = self.target.word(table.c).collate("polish")
        beside = Beside(word, key, ((table, table.c.id == key),))
        return ordered(slot, self.target.word_of(key), read_text, beside=beside)

    def indexed(self, slot: Slot) -> Any:
        """The record's id."""
        return self.key(slot.value)

    def ways(self, slot: Slot) -> list[Dimension]:
        """By record."""
        key = self.key(slot.value)
        return [Dimension(slot.name, slot.label, key, read_id, self.shown, self.target.word_of)]

    def shown(self, keys: Sequence[int]) -> Mapping[int, str]:
        """Records by their names."""
        names = names_of(one for key in keys for one in self.points(key))
        return {key: self.show(key, names) for key in keys}
