"""The rows of a file: which ones, read in chunks, and the plain value of each cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Select

from app.access import visibility
from app.days import Moment, zone
from app.db import db
from app.fab.schemas import user_name
from app.lists.columns import Column, values_of
from app.lists.paging import Order, fetch

MOST = 100_000
STEP, CHUNK = 20_000, 500
Cell = str | int | float | Decimal | bool | date | datetime | None
Row = Sequence[Cell]


@dataclass(frozen=True)
class Chosen:
    """The ids of a file's rows in their order, and whether more were left out."""

    ids: Sequence[int]
    cut: bool


def choose(query: Select[Any], orders: Sequence[Order], most: int = MOST) -> Chosen:
    """Walk through the query by cursor, a step at a time."""
    ids: list[int] = []
    cursor: str | None = None
    with visibility.as_a_set():
        while len(ids) < most:
            page = fetch(db.session(), query, orders, min(STEP, most - len(ids)), cursor)
            ids += page.ids
            cursor = page.after
            if cursor is None:
                break
    return Chosen(ids, cut=cursor is not None)


def rows_of(page: Any, columns: Sequence[Column], ids: Sequence[int]) -> Iterator[Row]:
    """The rows with these ids, loaded a chunk at a time; those gone meanwhile are left out."""
    for start in range(0, len(ids), CHUNK):
        rows = page.load(ids[start : start + CHUNK], columns)
        computed = values_of(page.model, columns, rows)
        for row in rows:
            yield [cell(column, row, computed) for column in columns]


def cell(column: Column, row: Any, computed: Mapping[str, Mapping[int, Any]]) -> Cell:
    """The plain value of a column in a row."""
    if column.value is not None:
        return plain(column.value(row))
    if column.computed:
        return plain(computed[column.name].get(row.id))
    return plain(attribute(row, column.name))


def attribute(row: Any, name: str) -> Any:
    """A row's value under a column's name, which may be kept as a day with a time."""
    if hasattr(row, f"{name}_on"):
        on = getattr(row, f"{name}_on")
        return Moment(on, getattr(row, f"{name}_at")) if on else None
    return getattr(row, f"{name}_at") if hasattr(row, f"{name}_at") else getattr(row, name)


def plain(value: Any) -> Cell:
    """A value as a file holds it: moments on the company's clock, records by their names."""
    if isinstance(value, Moment):
        value = value.at or value.on
    if isinstance(value, datetime):
        return value.astimezone(zone())
    if value is None or isinstance(value, str | int | float | Decimal | date):
        return value or None if isinstance(value, str) else value
    return user_name(value) if isinstance(value, User) else str(value)
