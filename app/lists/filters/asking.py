"""What filters mean: read, their records looked up, asked of the database, said in words."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, or_
from werkzeug.datastructures import MultiDict

from app.lists.filters import where
from app.lists.filters.fields import (
    MOST_VALUES,
    FilterField,
    Operator,
    Picked,
    Takes,
    Unreadable,
)
from app.lists.filters.readers import read_count
from app.lists.filters.where import BadWhere, Group, Leaf

KEY = re.compile(r"_flt_(\d{1,2})_([a-z][a-z0-9_]*)")
WHERE = "where"
SILENT = {"eq", "ct"}  # "Operator: Ann" is read without "is"
Pair = tuple[str, str]


class Problem(StrEnum):
    """Why a condition selects nothing."""

    UNKNOWN = "unknown"
    VALUE = "value"
    GONE = "gone"


@dataclass(frozen=True)
class Condition:
    """A condition that was read: field, operator and values, or the problem with it."""

    leaf: Leaf
    field: FilterField | None = None
    operator: Operator | None = None
    values: tuple[Any, ...] = ()
    texts: tuple[str, ...] = ()
    problem: Problem | None = None

    def test(self) -> ColumnElement[bool]:
        """What it asks of the database; nothing at all if there is a problem."""
        if self.problem is not None or self.operator is None:
            return false()
        return self.operator.test(*self.values)

    def words(self) -> str:
        """The condition as people say it."""
        label = str(self.field.label) if self.field else self.leaf.f
        if self.problem is Problem.GONE:
            return _("%(filter)s: gone, or not for you to see", filter=label)
        if self.problem is not None or self.operator is None:
            return _("%(filter)s: “%(value)s” can't be read", filter=label, value=self.raw)
        if self.operator.words is not None:
            return f"{label}: {self.operator.words(*self.values)}"
        return f"{self.compared(label)}: {self.shown}"

    def compared(self, label: str) -> str:
        """The field and, unless it goes without saying, how it is compared."""
        operator, field = self.operator, self.field
        if field is None or operator is None or operator.takes is Takes.NOTHING:
            return label
        usual = operator is field.operators[0] and operator.name in SILENT
        return label if usual or operator.takes is Takes.TWO else f"{label} {operator.label}"

    @property
    def shown(self) -> str:
        """The values in the reader's words."""
        if self.operator is not None and self.operator.takes is Takes.NOTHING:
            return str(self.operator.label)
        two = self.operator is not None and self.operator.takes is Takes.TWO
        return (" – " if two else ", ").join(self.texts)

    @property
    def raw(self) -> str:
        """The value as it was written."""
        value = self.leaf.v
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


# --- understanding ----------------------------------------------------------------------


def understood(fields: Iterable[FilterField], trees: Sequence[Any]) -> list[Any]:
    """The trees with their conditions read; picked records are looked up once for each kind."""
    known = {one.name: one for one in fields}
    read = [where.each(tree, lambda leaf: _read(known, leaf)) for tree in trees]
    found = _look_up([one for tree in read for one in where.leaves(tree)])
    return [where.each(tree, lambda one: _settled(one, found)) for tree in read]


def _read(known: Mapping[str, FilterField], leaf: Leaf) -> Condition:
    field = known.get(leaf.f)
    if field is not None and leaf.d is not None:
        field = field.as_of(leaf.d) if field.as_of else None
    operator = field.operator(leaf.o) if field else None
    if field is None or operator is None:
        return Condition(leaf, field, problem=Problem.UNKNOWN)
    try:
        return Condition(leaf, field, operator, _values(field, operator, leaf.v))
    except Unreadable:
        return Condition(leaf, field, operator, problem=Problem.VALUE)


def _values(field: FilterField, operator: Operator, raw: Any) -> tuple[Any, ...]:
    takes = operator.takes
    if takes is Takes.NOTHING:
        return ()
    if takes is Takes.COUNT:
        return (read_count(raw),)
    if takes is Takes.ONE:
        return (field.read(raw),)
    several = raw if isinstance(raw, list) else [raw]
    if (takes is Takes.TWO and len(several) != 2) or not 0 < len(several) <= MOST_VALUES:
        raise Unreadable(raw)
    return tuple(field.read(one) for one in several)


def _look_up(conditions: Sequence[Condition]) -> dict[str, Mapping[Any, Picked]]:
    wanted: dict[str, tuple[Any, set[Any]]] = {}
    for one in conditions:
        if one.field and one.field.find and one.values:
            wanted.setdefault(one.field.kind, (one.field.find, set()))[1].update(one.values)
    return {kind: find(values) for kind, (find, values) in wanted.items()}


def _settled(one: Condition, found: Mapping[str, Mapping[Any, Picked]]) -> Condition:
    if one.field is None or not one.values or one.operator is None or one.operator.words:
        return one
    if one.field.find is None:
        return replace(one, texts=tuple(map(_shown(one), one.values)))
    picked = [found[one.field.kind].get(value) for value in one.values]
    there = [pick for pick in picked if pick is not None]
    if len(there) < len(picked):
        return replace(one, problem=Problem.GONE)
    values, texts = (tuple(getattr(pick, name) for pick in there) for name in ("value", "text"))
    return replace(one, values=values, texts=texts)


def _shown(one: Condition) -> Callable[[Any], str]:
    """Texts are shown as they were typed, other values as their field writes them."""
    if one.field is None or one.field.widget == "text":
        return lambda _value: one.raw
    return one.field.show


def test_of(tree: Any) -> ColumnElement[bool]:
    """What a tree asks of the database."""
    if not isinstance(tree, Group):
        asked: ColumnElement[bool] = tree.test()
        return asked
    parts = [test_of(part) for part in tree.parts]
    return and_(*parts) if tree.how == "all" else or_(*parts)


def words_of(tree: Any, *, inside: bool = False) -> str:
    """The tree as people say it; a group inside another stands in brackets."""
    if not isinstance(tree, Group):
        words: str = tree.words()
        return words
    joined = (_(" AND ") if tree.how == "all" else _(" OR ")).join(
        words_of(part, inside=len(tree.parts) > 1) for part in tree.parts
    )
    return f"({joined})" if inside and len(tree.parts) > 1 else joined


def problem_of(tree: Any) -> Problem | None:
    """The first problem in a tree."""
    return next((one.problem for one in where.leaves(tree) if one.problem), None)


def editable(active: Iterable["Active"]) -> dict[str, Any]:
    """The tree of an address for the builder; conditions know how their values are called."""
    trees = (one.tree for one in active if one.key == WHERE and one.tree is not None)
    return {"all": [_editable(tree) for tree in trees if not _is_odd(tree)]}


def _editable(tree: Any) -> dict[str, Any]:
    if isinstance(tree, Group):
        return {tree.how: [_editable(part) for part in tree.parts if not _is_odd(part)]}
    raw = tree.leaf.v if isinstance(tree.leaf.v, list) else [tree.leaf.v]
    values = [] if tree.leaf.v is None else raw
    leaf = {"f": tree.leaf.f, "o": tree.leaf.o, "v": values, "t": tree.texts}
    return {**leaf, "d": tree.leaf.d.isoformat()} if tree.leaf.d else leaf


def _is_odd(tree: Any) -> bool:
    """Whether it is a condition that no builder could show."""
    return isinstance(tree, Condition) and tree.problem is Problem.UNKNOWN


# --- the address ------------------------------------------------------------------------


@dataclass(frozen=True)
class Active:
    """A filter in force, as a chip shows it; `rest` is its parameter without it."""

    key: str
    value: str
    tree: Any = None
    rest: str = ""

    @property
    def readable(self) -> bool:
        """Whether it asks what it was meant to."""
        return self.tree is not None and problem_of(self.tree) is None

    @property
    def text(self) -> str:
        """The whole chip."""
        return words_of(self.tree) if self.tree is not None else _("Conditions can't be read")

    @property
    def words(self) -> str:
        """The value alone, in the reader's words."""
        return self.tree.shown if isinstance(self.tree, Condition) else ""

    def left_out(self, pairs: Iterable[Pair]) -> list[Pair]:
        """The address's parameters without this filter."""
        kept = [pair for pair in pairs if pair != (self.key, self.value)]
        return [*kept, (self.key, self.rest)] if self.rest else kept

    def test(self) -> ColumnElement[bool]:
        """What it asks of the database."""
        return test_of(self.tree) if self.tree is not None else false()


def in_force(
    fields: Sequence[FilterField], args: "MultiDict[str, str]"
) -> list[tuple[Active, ColumnElement[bool]]]:
    """The filters of an address with what they ask; odd ones select nothing."""
    known = {one.name: one for one in fields}
    written = [one for key, value in args.items(multi=True) for one in _asked(known, key, value)]
    trees = iter(understood(fields, [one.tree for one in written if one.tree is not None]))
    active = [replace(one, tree=next(trees)) if one.tree is not None else one for one in written]
    return [(one, one.test()) for one in active]


def _asked(known: Mapping[str, FilterField], key: str, value: str) -> list[Active]:
    """The filters that one parameter of the address stands for."""
    if not value.strip():
        return []
    if key == WHERE:
        return _parts(value)
    match = KEY.fullmatch(key)
    return [Active(key, value, _simple(known, match, key, value.strip()))] if match else []


def _simple(known: Mapping[str, FilterField], match: Any, key: str, value: str) -> Leaf:
    field, place = known.get(match[2]), int(match[1])
    if field is None or place >= len(field.operators):
        return Leaf(key, "", value)
    operator = field.operators[place]
    several = operator.takes in (Takes.TWO, Takes.SEVERAL)
    return Leaf(field.name, operator.name, value.split(",") if several else value)


def _parts(value: str) -> list[Active]:
    """A tree's conditions that must all hold, one by one."""
    try:
        tree = where.parse(value)
    except BadWhere:
        return [Active(WHERE, value)]
    if not isinstance(tree, Group) or tree.how == "any":
        return [Active(WHERE, value, tree)]
    return [
        Active(WHERE, value, part, _without(tree, place)) for place, part in enumerate(tree.parts)
    ]


def _without(tree: Group, place: int) -> str:
    rest = [part for number, part in enumerate(tree.parts) if number != place]
    return where.written(Group(tree.how, rest)) if rest else ""
