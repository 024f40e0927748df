"""Pages by position in the order, not by counting: the last is as quick as the first.

A cursor names the row at the edge of a page by its sort values and id. Empty values stand last in
both directions; those of the first column are read by a statement of their own, so that each half
can use its index.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Select,
    String,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from app.days import zone
from app.db import Instant, db

COUNTED = 1_000
Direction = Literal["next", "prev", "last", "at"]


class BadCursor(ValueError):
    """A cursor that nobody gave out."""


def read_number(value: Any) -> int:
    """A whole number that a column can hold."""
    number = int(value)
    if not abs(number) < 2**62:
        raise BadCursor(str(value)[:40])
    return number


def read_text(value: Any) -> str:
    """A text that a database can hold: no NUL, no lone surrogates."""
    if not isinstance(value, str) or "\x00" in value or len(value.encode()) > 2_000:
        raise BadCursor(str(value)[:40])
    return value


def read_flag(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise BadCursor(str(value)[:40])
    return value


def read_moment(value: str) -> datetime:
    """A moment; a day or a time without a zone is the company's."""
    moment = datetime.fromisoformat(value)
    if not 1900 <= moment.year <= 2200:
        raise BadCursor(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone())


@dataclass(frozen=True)
class Beside:
    """Where the value of an order stands: in the last of the tables that joins lead to.

    An index of that table can then be walked. `link` is the key of its row, empty without one.
    """

    column: Any
    link: Any
    joins: tuple[tuple[Any, ColumnElement[bool]], ...]


@dataclass(frozen=True)
class Order:
    """A sort column with its direction and the id that breaks ties; `nullable` if it may be empty.

    `indexed` says that an index gives this order at once, however long the list. `kept` is what a
    cursor keeps of a value and `compared` makes it a value again, where that is not the same.
    `typed` reads a value to jump to, where `read` does not; `sample` shows how one is typed.
    `beside` is the same column by joins: the list is walked by it if it is the first.
    """

    name: str
    column: Any
    pk: Any
    descending: bool = False
    nullable: bool = False
    read: Any = read_text
    indexed: bool = False
    kept: Any = None
    compared: Callable[[Any], ColumnElement[Any]] | None = None
    typed: Callable[[str], Any] | None = None
    sample: str = ""
    beside: Beside | None = None

    def turned(self, descending: bool) -> "Order":
        """The same order in this direction."""
        return replace(self, descending=descending)

    @property
    def jump(self) -> str:
        """What one may jump to in this order: a date, a number, a text, or nothing."""
        kind = self.column.type
        if isinstance(kind, Date | DateTime | Instant):
            return "date"
        if isinstance(kind, Integer | Numeric) and not self.sample:
            return "number"
        return "text" if isinstance(kind, String) or self.sample else ""

    def to_jump(self, text: str) -> Any:
        """The value that is typed to jump to; raises ValueError."""
        return (self.typed or self.read)(text)

    @property
    def stored(self) -> Any:
        """What a cursor keeps of the column."""
        return self.column if self.kept is None else self.kept

    def value(self, given: Any) -> ColumnElement[Any]:
        """A value to compare the column with."""
        if self.compared is not None:
            return self.compared(given)
        return literal(given, self.column.type)

    def beyond(self, given: Any, *, flip: bool) -> ColumnElement[bool]:
        """The rows whose value stands behind this one; before it in a walk backwards."""
        if given is None:
            return cast("ColumnElement[bool]", self.column.is_not(None)) if flip else false()
        value = self.value(given)
        after: ColumnElement[bool] = (
            self.column < value if self.descending != flip else self.column > value
        )
        return or_(after, self.column.is_(None)) if self.nullable and not flip else after

    def same(self, given: Any) -> ColumnElement[bool]:
        """The rows with this very value."""
        if given is None:
            return cast("ColumnElement[bool]", self.column.is_(None))
        return cast("ColumnElement[bool]", self.column == self.value(given))

    def sort(self, *, flip: bool) -> ColumnElement[Any]:
        """The ORDER BY of a walk."""
        way = self.column.desc() if self.descending != flip else self.column.asc()
        if not self.nullable:
            return cast("ColumnElement[Any]", way)
        return cast("ColumnElement[Any]", way.nulls_first() if flip else way.nulls_last())


@dataclass(frozen=True)
class Page:
    """The ids of one page and the cursors at its edges."""

    ids: list[int]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Edge:
    """Where a page begins: behind the row with these values, or at a value if `pk` is None."""

    values: Sequence[Any]
    pk: int | None


def encode(values: Sequence[Any], pk: int) -> str:
    """A cursor for the row with these sort values and id."""
    plain = [one.isoformat() if isinstance(one, date | datetime) else one for one in values]
    raw = json.dumps([*plain, pk], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str, orders: Sequence[Order]) -> Edge:
    """Sort values and id of a cursor; raises BadCursor."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        *values, pk = json.loads(raw)
        if type(pk) is not int or not 0 <= pk < 2**31:
            raise BadCursor(cursor)
        pairs = zip(orders, values, strict=True)
        return Edge([_read(order, value) for order, value in pairs], pk)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor(cursor) from error


def _read(order: Order, value: Any) -> Any:
    if value is None and not order.nullable:
        raise BadCursor(order.name)
    return None if value is None else order.read(value)


def fetch(
    session: Session,
    query: Select[Any],
    orders: Sequence[Order],
    limit: int,
    cursor: str | None = None,
    direction: Direction = "next",
) -> Page:
    """One page of the ids of `query`; for direction "at", `cursor` is the value to jump to."""
    flip = direction in ("prev", "last")
    edge: Edge | None = None
    if cursor is not None and direction != "last":
        at = direction == "at"
        edge = Edge([orders[0].to_jump(cursor)], None) if at else decode(cursor, orders)
    rows = Walk(session, query, orders, flip).rows(edge, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    if flip:
        rows.reverse()
    return _page(rows, more, direction, at_start=edge is None)


@dataclass(frozen=True)
class Walk:
    """A walk through the two halves of a list: rows with the first value and rows without."""

    session: Session
    query: Select[Any]
    orders: Sequence[Order]
    flip: bool

    def rows(self, edge: Edge | None, limit: int) -> list[Any]:
        """The next rows (id, values) beyond the edge, in the direction of the walk."""
        halves = [False, True] if self.orders[0].nullable else [False]
        if self.flip:
            halves.reverse()
        if edge is not None:
            halves = halves[halves.index(edge.values[0] is None) :]
        found: list[Any] = []
        for empty in halves:
            if len(found) < limit:
                walk = self._joined(empty=empty)
                found += walk._half(edge, limit - len(found), empty=empty)
            edge = None
        return found

    def _joined(self, *, empty: bool) -> "Walk":
        """The same walk by the tables beside, if the first value stands in one of them."""
        first, *rest = self.orders
        if first.beside is None:
            return self
        *before, last = first.beside.joins
        query = self.query
        for table, link in before if empty else (*before, last):
            query = query.join(table, link)
        column = first.beside.link if empty else first.beside.column
        return replace(self, query=query, orders=[replace(first, column=column), *rest])

    def _half(self, edge: Edge | None, limit: int, *, empty: bool) -> list[Any]:
        first, *rest = self.orders
        query = self.query.with_only_columns(first.pk, *(one.stored for one in self.orders))
        if first.nullable:
            query = query.where(first.column.is_(None) if empty else first.column.is_not(None))
        if edge is not None:
            query = query.where(self._beyond(edge, empty=empty))
        sorts = [one.sort(flip=self.flip) for one in rest]
        if not empty:
            sorts.insert(0, first.column.desc() if self._down else first.column.asc())
        last = first.pk.desc() if self._down else first.pk.asc()
        return list(self.session.execute(query.order_by(*sorts, last).limit(limit)))

    def passed(self, edge: Edge) -> ColumnElement[bool]:
        """All rows on the far side of the edge, of both halves."""
        first, empty = self.orders[0], edge.values[0] is None
        beyond = self._beyond(edge, empty=empty)
        if not first.nullable:
            return beyond
        halves = {True: first.column.is_(None), False: first.column.is_not(None)}
        here = and_(halves[empty], beyond)
        return or_(here, halves[not empty]) if empty == self.flip else here

    @property
    def _down(self) -> bool:
        """Whether the first column and the id are walked downwards."""
        return self.orders[0].descending != self.flip

    def _beyond(self, edge: Edge, *, empty: bool) -> ColumnElement[bool]:
        """The rows on the far side of the edge; in the first column by a bound an index knows."""
        first = self.orders[0]
        if empty:
            return self._behind(edge, 1)
        value = first.value(edge.values[0])
        bound = first.column <= value if self._down else first.column >= value
        if edge.pk is None:
            return cast("ColumnElement[bool]", bound)
        if len(self.orders) > 1 or first.beside is not None:
            return and_(bound, self._behind(edge, 0))
        here, there = tuple_(first.column, first.pk), tuple_(value, literal(edge.pk))
        return here < there if self._down else here > there

    def _behind(self, edge: Edge, place: int) -> ColumnElement[bool]:
        """The rows behind the edge by the columns from this place on, and at last by the id."""
        if place == len(self.orders):
            pk: Any = self.orders[0].pk
            return cast("ColumnElement[bool]", pk < edge.pk if self._down else pk > edge.pk)
        order, value = self.orders[place], edge.values[place]
        further = and_(order.same(value), self._behind(edge, place + 1))
        return or_(order.beyond(value, flip=self.flip), further)


def beside(
    session: Session, query: Select[Any], orders: Sequence[Order], row: Any
) -> tuple[int | None, int | None]:
    """The ids before and after the row (id, values) in the order; one statement each as a rule."""
    edge = Edge(row[1:], row[0])
    found = [Walk(session, query, orders, flip).rows(edge, 1) for flip in (True, False)]
    before, after = (rows[0][0] if rows else None for rows in found)
    return before, after


def place_of(query: Select[Any], orders: Sequence[Order], row: Any) -> tuple[int, int] | None:
    """(place of the row (id, values) from 1, how many there are), both capped, by one statement.

    None if the list does not have the row.
    """
    walk = Walk(db.session(), query, orders, True)
    parts = [orders[0].pk == row[0], walk.passed(Edge(row[1:], row[0])), true()]
    counts = [_counted(query.where(part), COUNTED).scalar_subquery() for part in parts]
    found, before, total = db.session.execute(select(*counts)).one()
    return (before + 1, total) if found else None


def _page(rows: list[Any], more: bool, direction: Direction, *, at_start: bool) -> Page:
    first = encode(rows[0][1:], rows[0][0]) if rows else None
    last = encode(rows[-1][1:], rows[-1][0]) if rows else None
    if direction in ("prev", "last"):
        before, after = first if more else None, None if direction == "last" else last
    else:
        before, after = None if at_start else first, last if more else None
    return Page([row[0] for row in rows], before, after)


def capped_count(query: Select[Any], cap: int = COUNTED) -> int:
    """The number of rows, counted no further than one past the cap."""
    return db.session.execute(_counted(query, cap)).scalar_one()


def _counted(query: Select[Any], cap: int) -> Select[Any]:
    some = query.with_only_columns(1, maintain_column_froms=True).order_by(None).limit(cap + 1)
    return select(func.count()).select_from(some.subquery())


def total_of(page: Page, query: Select[Any]) -> int:
    """How many rows the query has, capped; a page with nothing beside it needs no question."""
    is_all = bool(page.ids) and page.before is None and page.after is None
    return len(page.ids) if is_all else capped_count(query)


def exact_count(query: Select[Any]) -> int:
    """The number of rows."""
    rows = query.with_only_columns(1, maintain_column_froms=True).order_by(None)
    return db.session.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
