"""What lists are grouped by: fields, periods of days, and what higher areas add."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Subquery, and_, func, select

from app.db import db
from app.lists.filters import FilterField, Operator, Takes, Unreadable
from app.lists.filters.readers import one_of, read_date, read_flag, read_id
from app.lists.periods import called, last_of, month_of, week_of

Shown = Mapping[Any, str]
LONGEST = 2_000
PERIODS = {"day": _l("by day"), "week": _l("by week"), "month": _l("by month")}


@dataclass(frozen=True)
class Dimension:
    """A way to group a list: `key` is the SQL of a row's value.

    `read` reads a value from an address, `show` says several in words, `word` is the SQL by which
    they stand in order, `within` the question for the rows that have one. A row that may have
    several values has them in `pairs`, a SELECT of (record, key) joined by the column `owner`.
    Many are offered by `group`.
    """

    name: str
    label: Any
    key: Any
    read: Callable[[Any], Any]
    show: Callable[[Sequence[Any]], Shown]
    word: Callable[[Any], Any] | None = None
    within: Callable[[Any], ColumnElement[bool]] | None = None
    pairs: Subquery | None = None
    owner: Any = None
    several: bool = False
    group: str = ""

    def has(self, value: Any) -> ColumnElement[bool]:
        """Whether a row has this value."""
        if self.within is not None:
            return self.within(value)
        if self.pairs is not None:
            records = select(self.pairs.c.record).where(self.pairs.c.key == value)
            found: ColumnElement[bool] = self.owner.in_(records)
            return found
        same: ColumnElement[bool] = self.key == value
        return same

    def lacks(self) -> ColumnElement[bool]:
        """Whether a row has no value."""
        if self.pairs is None:
            empty: ColumnElement[bool] = self.key.is_(None)
            return empty
        return ~select(1).where(self.pairs.c.record == self.owner).exists()

    def filter(self) -> FilterField:
        """The filter that opens one group, or that of the rows without a value, as a list."""
        tests = (
            Operator("eq", _l("is"), self.has),
            Operator("empty", _l("is empty"), self.lacks, Takes.NOTHING),
        )
        return FilterField(
            f"by_{self.name}", self.label, "group", tests, self.read, show=self.words
        )

    def words(self, value: Any) -> str:
        """One value in words."""
        return self.show([value]).get(value, str(value))


More = Callable[[], Iterable[Dimension]]
_more: dict[type[Any], dict[str, More]] = {}


def add_dimensions(model: type[Any], name: str, dimensions: More) -> None:
    """Let the list of `model` be grouped in more ways; a higher area registers them."""
    _more.setdefault(model, {})[name] = dimensions


def added_dimensions(model: type[Any]) -> list[Dimension]:
    """The ways that higher areas added to the list of `model`."""
    return [one for dimensions in _more.get(model, {}).values() for one in dimensions()]


# --- makers -------------------------------------------------------------------------------------


def texts(name: str, label: Any, column: Any) -> Dimension:
    """By a text, in Polish order."""
    return Dimension(
        name, label, column, read_text, as_they_are, lambda key: key.collate("polish")
    )


def read_text(value: Any) -> str:
    """A text of any length that a column holds."""
    if not isinstance(value, str) or "\x00" in value or len(value) > LONGEST:
        raise Unreadable(value)
    return value


def as_they_are(keys: Sequence[Any]) -> Shown:
    """Values that are their own words."""
    return {key: str(key) for key in keys}


def choices(name: str, label: Any, key: Any, words: Mapping[str, Any]) -> Dimension:
    """By one of a few words."""
    return Dimension(name, label, key, one_of(lambda: words), partial(_worded, words))


def _worded(words: Mapping[Any, Any], keys: Sequence[Any]) -> Shown:
    return {key: str(words.get(key, key)) for key in keys}


def flags(name: str, label: Any, column: Any) -> Dimension:
    """By yes or no."""
    words = {True: _l("yes"), False: _l("no")}
    return Dimension(name, label, column, read_flag, partial(_worded, words))


def records(
    name: str,
    label: Any,
    column: Any,
    model: Any,
    text: Callable[[Any], Any],
    order: Callable[[Any], Any] | None = None,
) -> Dimension:
    """By a related record, given by its id; `text` is its name in SQL, `order` where it stands."""
    table = model.__table__.alias()

    def word(key: Any) -> Any:
        name = select((order or text)(table.c)).where(table.c.id == key).correlate_except(table)
        return name.scalar_subquery().collate("polish")

    def show(keys: Sequence[Any]) -> Shown:
        query: Any = select(table.c.id, text(table.c)).where(table.c.id.in_(keys))
        return dict(db.session.execute(query).all())

    return Dimension(name, label, column, read_id, show, word)


def operators(name: str, label: Any, column: Any) -> Dimension:
    """By an operator, in the order of last names."""

    def full(user: Any) -> Any:
        return func.trim(user.first_name + " " + user.last_name)

    return records(name, label, column, User, full, lambda user: user.last_name + user.first_name)


def periods(
    name: str, label: Any, column: Any, bound: Callable[[date], Any] = lambda day: day
) -> list[Dimension]:
    """By day, week and month of a day; `bound` makes a day what the column holds."""
    keys = {"day": column, "week": week_of(column), "month": month_of(column)}
    return [
        Dimension(
            f"{period}_{name}",
            f"{label}, {words}",
            keys[period],
            partial(first_day, period, bound),
            partial(_called, period),
            within=partial(_in_period, period, column, bound),
        )
        for period, words in PERIODS.items()
    ]


def first_day(period: str, bound: Callable[[date], Any], value: Any) -> Any:
    """The first day of a period; of a single day as the column holds it."""
    day = read_date(value)
    return bound(day) if period == "day" else day


def _called(period: str, keys: Sequence[Any]) -> Shown:
    return {key: called(period, _day(key)) for key in keys}


def _in_period(
    period: str, column: Any, bound: Callable[[date], Any], first: Any
) -> ColumnElement[bool]:
    day = _day(first)
    last = last_of(period, day)
    return and_(column >= bound(day), column <= bound(last))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def none_words() -> str:
    """How the group of rows without a value is called."""
    return _("(none)")
