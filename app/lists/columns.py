"""The columns of a list: what a register offers, which are shown, and the orders they give."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm.interfaces import ORMOption

from app.db import db
from app.lists.paging import Order
from app.lists.remembered import once

SORTED = 4  # as many columns one may sort by
Values = Mapping[int, Any]


@dataclass(frozen=True)
class Column:
    """A column of a list: name, heading, the order it offers, and its style: a class of the cell.

    The style `note` puts the value on a line of its own, under the row. `first` columns are shown
    until others are chosen. What the row itself does not hold comes for a whole page at once: by
    loader `options`, as `values` by the row's id, or by an SQL `expression`. `value` is what a
    file of the list holds: text, number, day, Moment, yes or no; by default the row's attribute.
    Many columns are offered by `group`. What is not `editable` can't be changed in its cell.
    """

    name: str
    label: Any
    order: Order | None = None
    style: str = ""
    first: bool = True
    options: tuple[ORMOption, ...] = ()
    values: Callable[[Sequence[Any]], Values] | None = None
    expression: Callable[[], ColumnElement[Any]] | None = None
    value: Callable[[Any], Any] | None = None
    group: str = ""
    editable: bool = True

    @property
    def computed(self) -> bool:
        """Whether the values are not the row's own."""
        return self.values is not None or self.expression is not None


More = Callable[[], Sequence[Column]]
_more: dict[type[Any], dict[str, More]] = {}


def add_columns(model: type[Any], name: str, columns: More) -> None:
    """Give the list of `model` more columns; a higher area registers them, asked per request."""
    _more.setdefault(model, {})[name] = columns


def added_columns(model: type[Any]) -> list[Column]:
    """The columns that higher areas added to the list of `model`."""
    more = _more.get(model, {}).values()
    return once(("columns", model), lambda: [column for columns in more for column in columns()])


def chosen(offered: Sequence[Column], names: str) -> list[Column]:
    """The columns named, in that order; the first ones if none is. What is gone is left out.

    The register's first column opens the record: it is always there.
    """
    known = {column.name: column for column in offered}
    found = [known[name] for name in dict.fromkeys(names.split(",")) if name in known]
    if not found:
        return [column for column in offered if column.first]
    return found if offered[0] in found else [offered[0], *found]


def values_of(
    model: Any, columns: Iterable[Column], rows: Sequence[Any]
) -> dict[str, Mapping[int, Any]]:
    """The computed values by column and row; all expressions take one statement."""
    if not rows:
        return {}
    wanted = list(columns)
    found = {one.name: one.values(rows) for one in wanted if one.values is not None}
    by_sql = [(one.name, one.expression()) for one in wanted if one.expression is not None]
    if by_sql:
        query = select(model.id, *(expression for _name, expression in by_sql))
        answer = db.session.execute(query.where(model.id.in_([row.id for row in rows]))).all()
        for place, (name, _expression) in enumerate(by_sql, 1):
            found[name] = {row[0]: row[place] for row in answer}
    return found


def chosen_orders(
    offered: Iterable[Column], names: Sequence[str], ways: Sequence[str]
) -> list[Order]:
    """The orders named with their directions; raises ValueError for one that is not offered.

    The order of a feature that is no more is left out: a saved address stays good.
    """
    known = {column.name: column.order for column in offered if column.order is not None}
    if len(names) > SORTED or len(set(names)) < len(names):
        raise ValueError(names)
    pairs = zip(names, [*ways, *[""] * len(names)], strict=False)
    living = [(name, way) for name, way in pairs if name in known or not is_added(name)]
    if lost := [name for name, _way in living if name not in known]:
        raise ValueError(lost)
    return [known[name].turned(way == "desc") for name, way in living]


def is_added(name: str) -> bool:
    """Whether a column of this name comes and goes with a definition."""
    return name.startswith("feature_")
