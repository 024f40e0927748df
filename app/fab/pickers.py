"""Pickers: a relation is chosen by searching on the server, among what the operator may see."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.access.current import acting
from app.access.visibility import scoped_models, visible
from app.db import db

PAGE = 20
Narrow = Callable[[Select[Any], str, Mapping[str, str]], Select[Any]]


@dataclass(frozen=True)
class Picker:
    """How records of one kind are searched and written.

    `narrow` gets the SELECT, the folded search text and the other arguments of the request
    (such as the chosen contractor); `permission` names the page whose list right is needed.
    """

    kind: str
    model: type[Any]
    narrow: Narrow
    text: Callable[[Any], str]
    permission: tuple[str, str]
    note: Callable[[Any], str] = lambda _row: ""
    prepare: Callable[[list[Any]], None] = lambda _rows: None
    rows: Callable[[], Select[Any]] | None = None

    def query(self) -> Select[Any]:
        """The rows on offer, before the search."""
        if self.rows is not None:
            return self.rows()
        return visible(self.model) if self.model in scoped_models() else select(self.model)

    def find(self, pk: int) -> Any | None:
        """The row with this id, if it is on offer at all."""
        row = db.session.scalars(self.query().where(self.model.id == pk)).one_or_none()
        if row is not None:
            self.prepare([row])
        return row

    def find_all(self, ids: Collection[int]) -> list[Any]:
        """The rows with these ids that are on offer."""
        rows = list(db.session.scalars(self.query().where(self.model.id.in_(sorted(ids)))))
        self.prepare(rows)
        return rows


_pickers: dict[str, Picker] = {}
_families: dict[str, Callable[[int], Picker | None]] = {}


def register(picker: Picker) -> None:
    """Make a picker known; its address is /picker/<kind>."""
    _pickers[picker.kind] = picker


def register_family(family: str, make: Callable[[int], Picker | None]) -> None:
    """Make pickers known that differ by a number: /picker/<family>-<number>."""
    _families[family] = make


def picker(kind: str) -> Picker | None:
    """The picker of this kind."""
    family, _dash, number = kind.partition("-")
    if family in _families and number.isascii() and number.isdigit() and len(number) < 10:
        return _families[family](int(number))
    return _pickers.get(kind)


def offer(chosen: Picker, text: str, page: int, more: Mapping[str, str]) -> dict[str, Any]:
    """One page of matches: {"results": [{"id", "text", "note"}], "more": bool}."""
    acting().require(*chosen.permission)
    query = chosen.narrow(chosen.query(), text, more).limit(PAGE + 1).offset(page * PAGE)
    rows = list(db.session.scalars(query))
    chosen.prepare(rows)
    found = [
        {"id": row.id, "text": chosen.text(row), "note": chosen.note(row)} for row in rows[:PAGE]
    ]
    return {"results": found, "more": len(rows) > PAGE}
