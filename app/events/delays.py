"""Days left and days late of events and stages, in SQL: the same in lists, filters and figures.

Left (Pozostaje) is due - today while open; late (Zwłoka) is (closed or today) - due, at least 0.
Without a due day both are empty. `_work` counts working days. Today is asked at each execution.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, and_, bindparam, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.days import today
from app.db import now
from app.events.workdays import Workday

TODAY: ColumnElement[date] = bindparam("today", callable_=lambda: today(now()), type_=Date())


class days_between(GenericFunction[int]):  # noqa: N801 - the name of an SQL function
    """How many days the first day is after the second."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    later, earlier = (compiler.process(one, **more) for one in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _postgres(element: Any, compiler: Any, **more: Any) -> str:
    later, earlier = (compiler.process(one, **more) for one in element.clauses)
    return f"({later} - {earlier})"


def left(work: Any) -> ColumnElement[int]:
    """Days until an open event or stage is due; below zero afterwards, empty once closed."""
    return case((work.closed_on.is_(None), days_between(work.due_on, TODAY)))


def late(work: Any) -> ColumnElement[int]:
    """Days by which it was, or is by now, done too late."""
    end = func.coalesce(work.closed_on, TODAY)
    return _late(work, end, days_between(end, work.due_on))


def left_work(work: Any) -> ColumnElement[int]:
    """Working days until an open event or stage is due."""
    return case((work.closed_on.is_(None), number_of(work.due_on) - number_of(TODAY)))


def late_work(work: Any) -> ColumnElement[int]:
    """Working days by which it was, or is by now, done too late."""
    end = func.coalesce(work.closed_on, TODAY)
    return _late(work, end, number_of(end) - number_of(work.due_on))


def _late(work: Any, end: Any, days: Any) -> ColumnElement[int]:
    return case((end > work.due_on, days), (work.due_on.is_not(None), 0))


def number_of(day: Any) -> Any:
    """The number of a day among the working days; empty outside the table."""
    number = select(Workday.number).where(Workday.day == day)
    return number.correlate_except(Workday).scalar_subquery()


# --- the same as ranges of the due day, which an index serves ------------------------------------


def left_within(work: Any, least: int | None, most: int | None) -> ColumnElement[bool]:
    """Whether the days left are between the two."""
    day = today(now())
    bounds = [work.closed_on.is_(None), work.due_on.is_not(None)]
    if least is not None:
        bounds.append(work.due_on >= day + timedelta(least))
    if most is not None:
        bounds.append(work.due_on <= day + timedelta(most))
    return and_(*bounds)


def left_work_within(work: Any, least: int | None, most: int | None) -> ColumnElement[bool]:
    """Whether the working days left are between the two."""
    first, last = select(func.min(Workday.day)), select(func.max(Workday.day))
    if least is not None:
        first = first.where(Workday.number >= number_of(TODAY) + least)
    if most is not None:
        last = last.where(Workday.number <= number_of(TODAY) + most)
    due = work.due_on.between(first.scalar_subquery(), last.scalar_subquery())
    return and_(work.closed_on.is_(None), due)
