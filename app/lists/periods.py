"""Weeks and months of days, in SQL and in words."""

from datetime import date, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.fab.dress import nice_date


class week_of(GenericFunction[date]):  # noqa: N801 - the name of an SQL function
    """The Monday of a day's week; the day may be ISO text."""

    type = Date()
    inherit_cache = True


class month_of(GenericFunction[date]):  # noqa: N801 - the name of an SQL function
    """The first of a day's month; the day may be ISO text."""

    type = Date()
    inherit_cache = True


class local_day(GenericFunction[date]):  # noqa: N801 - the name of an SQL function
    """The day of a moment kept as ISO text, on the clock of a zone."""

    type = Date()
    inherit_cache = True


@compiles(local_day, "postgresql")
def _postgres_day(element: Any, compiler: Any, **more: Any) -> str:
    moment, place = (compiler.process(one, **more) for one in element.clauses)
    return f"CAST(timezone({place}, CAST({moment} AS TIMESTAMPTZ)) AS DATE)"


@compiles(week_of, "sqlite")
def _sqlite_week(element: Any, compiler: Any, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '-6 days', 'weekday 1')"


@compiles(month_of, "sqlite")
def _sqlite_month(element: Any, compiler: Any, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, 'start of month')"


@compiles(week_of, "postgresql")
def _postgres_week(element: Any, compiler: Any, **more: Any) -> str:
    day = compiler.process(element.clauses, **more)
    return f"CAST(date_trunc('week', CAST({day} AS DATE)) AS DATE)"


@compiles(month_of, "postgresql")
def _postgres_month(element: Any, compiler: Any, **more: Any) -> str:
    day = compiler.process(element.clauses, **more)
    return f"CAST(date_trunc('month', CAST({day} AS DATE)) AS DATE)"


def last_of(period: str, first: date) -> date:
    """The last day of the day, week or month that begins on this one."""
    if period == "month":
        return (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    return first + timedelta(6 if period == "week" else 0)


def called(period: str, first: date) -> str:
    """How a day, week or month is called."""
    if period == "month":
        return str(format_date(first, "LLLL yyyy"))
    if period == "day":
        return nice_date(first)
    year, week, _day = first.isocalendar()
    words = {"year": year, "week": week, "day": nice_date(first)}
    return _("%(year)s, week %(week)s, from %(day)s", **words)
