"""What values point at, nodes and records of other registers: read at once, called by name."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from app.db import db
from app.fab.pickers import picker
from app.features import nodes

NODE = "node"
Key = tuple[str, int]  # the picker's kind, or NODE, and the id
Names = Mapping[Key, str]


def found(keys: Iterable[Key]) -> Mapping[Key, Any]:
    """The nodes, and of records those one may see; None for the others. One statement a kind."""
    known: dict[Key, Any] = db.session().info.setdefault("pointed", {})
    wanted: dict[str, set[int]] = {}
    for kind, pk in set(keys) - set(known):
        wanted.setdefault(kind, set()).add(pk)
    for kind, ids in wanted.items():
        rows = {row.id: row for row in _read(kind, ids)}
        known |= {(kind, pk): rows.get(pk) for pk in ids}
    return known


def _read(kind: str, ids: set[int]) -> list[Any]:
    if kind == NODE:
        known = nodes.named(ids)
        return [known[pk] for pk in ids if pk in known]
    chosen = picker(kind)
    return chosen.find_all(ids) if chosen else []


def names_of(keys: Iterable[Key]) -> dict[Key, str]:
    """How they are called; a record that one may not see stays nameless."""
    wanted = list(keys)
    rows = found(wanted) if wanted else {}
    return {key: _name(key[0], rows[key]) for key in wanted}


def _name(kind: str, row: Any) -> str:
    if row is None:
        return _("(not visible)")
    if kind == NODE:
        return str(row.trail)
    chosen = picker(kind)
    return chosen.text(row) if chosen else ""
