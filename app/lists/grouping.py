"""Groups of a list with their counts, from SQL over all the rows that its filters select."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2s
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from app.access.visibility import asked_once
from app.db import db
from app.lists.address import words_of
from app.lists.dimensions import Dimension, none_words
from app.lists.listing import Shown

GROUPS = 200  # as many on a page
DEEP = 3
OPENED = 20  # as many groups an address may open
COMING = ("feature_", "level_", "campaign")  # they come and go with definitions


@dataclass(frozen=True)
class Sum:
    """What is counted in each group beside all rows."""

    name: str
    label: Any
    test: Callable[[], ColumnElement[bool]]


@dataclass(frozen=True)
class Group:
    """A group: its words, its filter in an address, and its figures, all rows first."""

    words: str
    filter: tuple[str, str]
    figures: Sequence[int]

    @cached_property
    def mark(self) -> str:
        """Its name among the groups that an address opens: short, whatever the value."""
        return blake2s("=".join(self.filter).encode(), digest_size=4).hexdigest()


@dataclass(frozen=True)
class Grouped(Shown):
    """A page of groups; `figures` are those of the whole list, each row once."""

    dimension: Dimension
    rest: Sequence[Dimension]
    groups: Sequence[Group]
    sums: Sequence[Sum]
    figures: Sequence[int]
    count: int
    number: int
    capped = False

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.figures[0]

    @property
    def pages(self) -> int:
        """How many pages of groups there are."""
        return -(-self.count // GROUPS)

    @property
    def asked_open(self) -> Sequence[str]:
        """The ways to the groups that the address opens: marks from the outermost group on."""
        return words_of(self.args, "open")

    def is_open(self, group: Group) -> bool:
        """Whether the address opens this group."""
        return group.mark in self.asked_open[:OPENED]

    @property
    def not_opened(self) -> int:
        """How many groups the address opens that are not here, or are too many."""
        asked = {way.partition(".")[0] for way in self.asked_open[:OPENED]}
        here = {group.mark for group in self.groups}
        return len(asked - here) + len(self.asked_open[OPENED:])

    def opened(self, group: Group) -> str:
        """The list of one group, grouped by what comes next."""
        rest = ",".join(one.name for one in self.rest)
        return self.link(**{"by": rest or None, group.filter[0]: group.filter[1]})


def chosen(offered: Sequence[Dimension], names: Sequence[str]) -> list[Dimension]:
    """The dimensions named; raises ValueError. What is gone with its definition is left out."""
    known = {one.name: one for one in offered}
    lost = [name for name in names if name not in known and not any(map(name.count, COMING))]
    if lost or len(names) > DEEP or len(set(names)) < len(names):
        raise ValueError(names)
    return [known[name] for name in names if name in known]


def grouped(
    query: Select[Any], dimension: Dimension, sums: Sequence[Sum], number: int = 1
) -> tuple[list[Group], list[int], int]:
    """(a page of groups, the figures of the whole list, how many groups there are)."""
    counts = counted(query, dimension, sums).subquery()
    names = ["n", *(one.name for one in sums)]
    figures = [counts.c[name] for name in names]
    word = dimension.word(counts.c.key) if dimension.word is not None else counts.c.key
    ordered = (
        select(counts.c.key, *figures, *(func.sum(one).over() for one in figures))
        .add_columns(func.count().over())
        .order_by(counts.c.key.is_(None), word, counts.c.key)
    )
    once = asked_once(query)
    page = ordered.limit(GROUPS).offset(GROUPS * (number - 1))
    rows = db.session.execute(page, execution_options=once).all()
    if not rows:
        return [], [0] * len(names), 0
    whole = rows[0][1 + len(names) : -1]
    if dimension.several:
        whole = db.session.execute(all_counted(query, sums), execution_options=once).one()
    return _groups(dimension, rows, len(names)), list(map(int, whole)), rows[0][-1]


def counted(query: Select[Any], dimension: Dimension, sums: Sequence[Sum]) -> Select[Any]:
    """SELECT of key and figures by key."""
    key = dimension.key
    if dimension.pairs is not None:
        pairs = dimension.pairs
        query, key = query.outerjoin(pairs, pairs.c.record == dimension.owner), pairs.c.key
    tests = [one.test().label(one.name) for one in sums]
    rows = query.with_only_columns(key.label("key"), *tests, maintain_column_froms=True).subquery()
    figures: Any = _figures(rows, sums)
    return select(rows.c.key, *figures).group_by(rows.c.key)


def all_counted(query: Select[Any], sums: Sequence[Sum]) -> Select[Any]:
    """SELECT of the figures of all rows."""
    tests = [one.test().label(one.name) for one in sums]
    one = literal(1).label("one")
    rows = query.with_only_columns(one, *tests, maintain_column_froms=True).subquery()
    figures: Any = _figures(rows, sums)
    found: Select[Any] = select(*figures)
    return found


def _figures(rows: Any, sums: Sequence[Sum]) -> list[ColumnElement[int]]:
    return [
        func.count().label("n"),
        *(func.count().filter(rows.c[one.name]).label(one.name) for one in sums),
    ]


def _groups(dimension: Dimension, rows: Sequence[Any], width: int) -> list[Group]:
    words = dimension.show([row[0] for row in rows if row[0] is not None])
    return [
        Group(
            none_words() if row[0] is None else words.get(row[0], str(row[0])),
            filter_of(dimension, row[0]),
            row[1 : 1 + width],
        )
        for row in rows
    ]


def filter_of(dimension: Dimension, key: Any) -> tuple[str, str]:
    """The filter of an address that selects the rows of a group."""
    if key is None:
        return f"_flt_1_by_{dimension.name}", "1"
    plain = {True: "yes", False: "no"}[key] if isinstance(key, bool) else str(key)
    return f"_flt_0_by_{dimension.name}", plain
