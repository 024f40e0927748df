"""The tree of groups in an address: `where=(any:!((f:due,o:this_week),(f:operator,o:me)))`.

Rison; {any: [...]} or {all: [...]} of groups and conditions {f: field, o: operator, v: value}, at
most four deep and forty conditions in all. Anything else makes the whole unreadable.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import prison

from app.lists.filters.fields import LONGEST, MOST_VALUES, Unreadable
from app.lists.filters.readers import read_date

DEEPEST, MOST, MOST_LETTERS = 4, 40, 8_000
NOTHING: Any = None


class BadWhere(ValueError):
    """A tree that can't be read."""


@dataclass(frozen=True)
class Leaf:
    """A condition as it was written; `v` is a value, a list of values, or None.

    `d` is the day of which it is asked, where the field has a history.
    """

    f: str
    o: str
    v: Any = NOTHING
    d: date | None = None


@dataclass(frozen=True)
class Group:
    """Conditions and groups of which all must hold, or any."""

    how: str
    parts: Sequence[Any]


Tree = Leaf | Group


def parse(text: str) -> Tree:
    """The tree written in Rison; raises BadWhere."""
    if len(text) > MOST_LETTERS:
        raise BadWhere("long")
    try:
        data = prison.loads(text)
    except Exception as error:  # its parser fails in many ways
        raise BadWhere("rison") from error
    return from_data(data)


def from_data(data: Any) -> Tree:
    """The tree of plain dicts and lists; raises BadWhere."""
    found = _node(data, 1)
    if sum(1 for _leaf in leaves(found)) > MOST:
        raise BadWhere("conditions")
    return found


def _node(data: Any, depth: int) -> Tree:
    if not isinstance(data, dict):
        raise BadWhere("node")
    if "f" in data:
        return _leaf(data)
    (how, parts), *rest = data.items() or [("", ())]
    if rest or how not in ("any", "all") or not isinstance(parts, list) or not parts:
        raise BadWhere("group")
    if depth > DEEPEST or len(parts) > MOST:
        raise BadWhere("deep")
    return Group(how, tuple(_node(part, depth + 1) for part in parts))


def _leaf(data: dict[str, Any]) -> Leaf:
    if not {"f", "o"} <= set(data) <= {"f", "o", "v", "d"}:
        raise BadWhere("condition")
    if not all(isinstance(data[name], str) and len(data[name]) <= 80 for name in ("f", "o")):
        raise BadWhere("names")
    value = data.get("v")
    several = value if isinstance(value, list) else [value]
    if len(several) > MOST_VALUES or not all(map(_plain, several)):
        raise BadWhere("value")
    return Leaf(data["f"], data["o"], value, _day(data["d"]) if "d" in data else None)


def _day(text: Any) -> date:
    try:
        return read_date(text)
    except Unreadable as error:
        raise BadWhere("day") from error


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST and "\x00" not in value
    return value is None or isinstance(value, bool | int | float)


def written(tree: Tree) -> str:
    """The tree in Rison."""
    return str(prison.dumps(as_data(tree)))


def as_data(tree: Tree) -> dict[str, Any]:
    """The tree as plain dicts and lists."""
    if isinstance(tree, Group):
        return {tree.how: [as_data(part) for part in tree.parts]}
    plain: dict[str, Any] = {"f": tree.f, "o": tree.o}
    value = {} if tree.v is NOTHING else {"v": tree.v}
    return {**plain, **value, **({"d": tree.d.isoformat()} if tree.d else {})}


def leaves(tree: Any) -> Iterator[Any]:
    """The conditions of a tree, in order."""
    if not isinstance(tree, Group):
        yield tree
        return
    for part in tree.parts:
        yield from leaves(part)


def each(tree: Any, change: Callable[[Any], Any]) -> Any:
    """The same tree with every condition changed."""
    if not isinstance(tree, Group):
        return change(tree)
    return Group(tree.how, tuple(each(part, change) for part in tree.parts))
