"""Pages by position in the order, not by counting: the last is as quick as the first.

A cursor names the row at the edge of a page by its sort value and id. Empty values stand last in
both directions; they are read by a statement of their own, so that each half can use its index.
"""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Date, DateTime, Select, String, func, select, tuple_
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


def read_moment(value: str) -> datetime:
    """A moment; a day or a time without a zone is the company's."""
    moment = datetime.fromisoformat(value)
    if not 1900 <= moment.year <= 2200:
        raise BadCursor(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone())


@dataclass(frozen=True)
class Order:
    """Sort column, direction and the id that breaks ties; `nullable` if it may be empty."""

    name: str
    column: Any
    pk: Any
    descending: bool = False
    nullable: bool = False
    read: Any = read_text

    def turned(self, descending: bool) -> "Order":
        """The same order in this direction."""
        return replace(self, descending=descending)

    @property
    def jump(self) -> str:
        """What one may jump to in this order: a date, a text, or nothing."""
        if isinstance(self.column.type, Date | DateTime | Instant):
            return "date"
        return "text" if isinstance(self.column.type, String) else ""


@dataclass(frozen=True)
class Page:
    """The ids of one page and the cursors at its edges."""

    ids: list[int]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Edge:
    """Where a page begins: behind this row, or at this value if `pk` is None."""

    value: Any
    pk: int | None

    def beyond(self, order: Order, keys: list[Any], *, down: bool) -> ColumnElement[bool]:
        """The rows on the far side of the edge."""
        if self.pk is None:
            at = order.column <= self.value if down else order.column >= self.value
            return cast("ColumnElement[bool]", at)
        values = [self.pk] if len(keys) == 1 else [self.value, self.pk]
        here = tuple_(*keys)
        there = tuple_(*values, types=[key.type for key in keys])
        return here < there if down else here > there


def encode(value: Any, pk: int) -> str:
    """A cursor for the row with this sort value and id."""
    text = value.isoformat() if isinstance(value, date | datetime) else value
    raw = json.dumps([text, pk], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str, order: Order) -> Edge:
    """Sort value and id of a cursor; raises BadCursor."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        value, pk = json.loads(raw)
        if type(pk) is not int or not 0 <= pk < 2**31:
            raise BadCursor(cursor)
        if value is None and not order.nullable:
            raise BadCursor(cursor)
        return Edge(None if value is None else order.read(value), pk)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor(cursor) from error


def fetch(
    session: Session,
    query: Select[Any],
    order: Order,
    limit: int,
    cursor: str | None = None,
    direction: Direction = "next",
) -> Page:
    """One page of the ids of `query`; for direction "at", `cursor` is the value to jump to."""
    flip = direction in ("prev", "last")
    edge: Edge | None = None
    if cursor is not None and direction != "last":
        edge = Edge(order.read(cursor), None) if direction == "at" else decode(cursor, order)
    walk = Walk(session, query.with_only_columns(order.pk, order.column), order, flip)
    rows = walk.rows(edge, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    if flip:
        rows.reverse()
    return _page(rows, more, direction, at_start=edge is None)


@dataclass(frozen=True)
class Walk:
    """A walk through the two halves of a list, filled values and empty ones."""

    session: Session
    query: Select[Any]
    order: Order
    flip: bool

    def rows(self, edge: Edge | None, limit: int) -> list[Any]:
        """The next rows beyond the edge, in the direction of the walk."""
        halves = [False, True] if self.order.nullable else [False]
        if self.flip:
            halves.reverse()
        if edge is not None:
            halves = halves[halves.index(edge.value is None) :]
        found: list[Any] = []
        for empty in halves:
            if len(found) < limit:
                found += self._half(edge, limit - len(found), empty=empty)
            edge = None
        return found

    def _half(self, edge: Edge | None, limit: int, *, empty: bool) -> list[Any]:
        column, pk = self.order.column, self.order.pk
        down = self.order.descending != self.flip
        keys: list[ColumnElement[Any]] = [pk] if empty else [column, pk]
        query = self.query.where(column.is_(None)) if empty else self._filled()
        if edge is not None:
            query = query.where(edge.beyond(self.order, keys, down=down))
        query = query.order_by(*(key.desc() if down else key.asc() for key in keys)).limit(limit)
        return list(self.session.execute(query))

    def _filled(self) -> Select[Any]:
        if not self.order.nullable:
            return self.query
        return self.query.where(self.order.column.is_not(None))


def _page(rows: list[Any], more: bool, direction: Direction, *, at_start: bool) -> Page:
    first = encode(rows[0][1], rows[0][0]) if rows else None
    last = encode(rows[-1][1], rows[-1][0]) if rows else None
    if direction in ("prev", "last"):
        before, after = first if more else None, None if direction == "last" else last
    else:
        before, after = None if at_start else first, last if more else None
    return Page([row[0] for row in rows], before, after)


def capped_count(query: Select[Any]) -> int:
    """The number of rows, counted no further than one past the cap."""
    some = query.with_only_columns(1, maintain_column_froms=True).order_by(None).limit(COUNTED + 1)
    return db.session.execute(select(func.count()).select_from(some.subquery())).scalar_one()
