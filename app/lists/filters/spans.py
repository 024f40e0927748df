"""Relative dates as spans of days, both ends included; weeks are ISO weeks, from Monday."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.days import today
from app.db import now

Span = tuple[date | None, date | None]
DAY = timedelta(1)


def present_day() -> date:
    """The company's day."""
    return today(now())


def week(day: date) -> Span:
    """The ISO week of a day."""
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(6)


def month(day: date) -> Span:
    """The month of a day."""
    first = day.replace(day=1)
    following = (first + timedelta(31)).replace(day=1)
    return first, following - DAY


def year(day: date) -> Span:
    """The year of a day."""
    return day.replace(month=1, day=1), day.replace(month=12, day=31)


RELATIVE: dict[str, tuple[Any, Callable[[date], Span]]] = {
    "today": (_l("today"), lambda day: (day, day)),
    "yesterday": (_l("yesterday"), lambda day: (day - DAY, day - DAY)),
    "tomorrow": (_l("tomorrow"), lambda day: (day + DAY, day + DAY)),
    "this_week": (_l("this week"), week),
    "last_week": (_l("last week"), lambda day: week(day - 7 * DAY)),
    "next_week": (_l("next week"), lambda day: week(day + 7 * DAY)),
    "this_month": (_l("this month"), month),
    "last_month": (_l("last month"), lambda day: month(day.replace(day=1) - DAY)),
    "this_year": (_l("this year"), year),
}

# Today counts in both: the last 7 days reach from this day a week ago until today.
COUNTED: dict[str, tuple[Any, Callable[[int], Any], Callable[[date, int], Span]]] = {
    "last_days": (
        _l("in the last … days"),
        lambda n: ngettext("in the last %(num)s day", "in the last %(num)s days", n),
        lambda day, n: (day - timedelta(n), day),
    ),
    "next_days": (
        _l("in the next … days"),
        lambda n: ngettext("in the next %(num)s day", "in the next %(num)s days", n),
        lambda day, n: (day, day + timedelta(n)),
    ),
    "before_days": (
        _l("more than … days ago"),
        lambda n: ngettext("more than %(num)s day ago", "more than %(num)s days ago", n),
        lambda day, n: (None, day - timedelta(n + 1)),
    ),
}
