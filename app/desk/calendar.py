"""The calendar's grid: days of a day, week or month, the stages due on them, and clashes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from holidays import country_holidays
from sqlalchemy import Select, func, select

from app.days import zone
from app.db import db
from app.desk.today import shown_with
from app.events.models import Stage
from app.fab.dress import language
from app.spoken import FREE

SPANS = ("day", "week", "month")
SHOWN = {"day": 100, "week": 20, "month": 3}  # stages a day
HOLIDAYS = {
    "pl": country_holidays("PL", language="pl"),
    "en": country_holidays("PL", language="en_US"),
}
CLASH = timedelta(minutes=30)
FIRST_HOUR, LAST_HOUR = 8, 17


@dataclass
class Day:
    """A day of the grid with the stages that are shown of it, and how many there are."""

    on: date
    rows: list[Stage] = field(default_factory=list)
    count: int = 0
    outside: bool = False  # of the month shown

    @property
    def is_free(self) -> bool:
        """Whether nobody works."""
        return self.on.weekday() > 4 or self.on in FREE

    @property
    def holiday(self) -> str:
        """The name of the public holiday, if it is one."""
        return str(HOLIDAYS[language()].get(self.on) or "")

    @property
    def more(self) -> int:
        """How many stages are not shown."""
        return self.count - len(self.rows)

    def at(self, hour: int | None) -> list[Stage]:
        """The stages of an hour; None for those of the whole day."""
        return [row for row in self.rows if hour_of(row) == hour]


def hour_of(stage: Stage) -> int | None:
    """The hour at which a stage is due, in the company's zone."""
    return stage.due_at.astimezone(zone()).hour if stage.due_at else None


def bounds(span: str, on: date) -> tuple[date, date]:
    """The first and last day shown; a month in whole weeks."""
    if span == "day":
        return on, on
    if span == "week":
        monday = on - timedelta(days=on.weekday())
        return monday, monday + timedelta(days=6)
    first = on.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def step(span: str, on: date, by: int) -> date:
    """The day from which the span before or after is shown."""
    if span == "month":
        middle = on.replace(day=15) + timedelta(days=30 * by)
        return middle.replace(day=1)
    return on + timedelta(days=by * (7 if span == "week" else 1))


def days_of(span: str, on: date, query: Select[Any]) -> list[Day]:
    """The days with their stages, in two statements: how many, and the first of each day."""
    first, last = bounds(span, on)
    within = query.where(Stage.due_on.between(first, last))
    days = [Day(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    counts, rows = counts_by_day(within), first_rows(within, SHOWN[span])
    for day in days:
        day.count, day.rows = counts.get(day.on, 0), rows.get(day.on, [])
        day.outside = span == "month" and day.on.month != on.month
    return days


def counts_by_day(query: Select[Any]) -> Mapping[date, int]:
    """How many stages are due on each day."""
    counted = query.with_only_columns(Stage.due_on, func.count(), maintain_column_froms=True)
    rows = db.session.execute(counted.group_by(Stage.due_on)).all()
    return {day: count for day, count in rows if day}


def first_rows(query: Select[Any], limit: int) -> Mapping[date, list[Stage]]:
    """The first stages of each day, whole days ahead."""
    order = (Stage.due_at.nulls_first(), Stage.id)
    place = func.row_number().over(partition_by=Stage.due_on, order_by=order)
    ranked = query.with_only_columns(Stage.id, place.label("place"), maintain_column_froms=True)
    found = ranked.subquery()
    chosen = select(found.c.id).where(found.c.place <= limit)
    rows = select(Stage).where(Stage.id.in_(chosen)).options(*shown_with())
    by_day: dict[date, list[Stage]] = {}
    for stage in db.session.scalars(rows.order_by(Stage.due_on, *order)):
        if stage.due_on:
            by_day.setdefault(stage.due_on, []).append(stage)
    return by_day


def clashes(days: Sequence[Day]) -> frozenset[int]:
    """The open stages that one operator would have to do within half an hour of another."""
    timed = sorted(
        (row.operator_id, row.due_at, row.id)
        for day in days
        for row in day.rows
        if row.due_at is not None and row.is_open
    )
    near = (
        {pk, other_pk}
        for (who, at, pk), (other, other_at, other_pk) in pairwise(timed)
        if who == other and other_at - at < CLASH
    )
    return frozenset().union(*near)


def hours_of(days: Sequence[Day]) -> range:
    """The hours that the grid shows: the working day, and earlier or later if something is due."""
    hours = [hour for day in days for row in day.rows if (hour := hour_of(row)) is not None]
    return range(min([FIRST_HOUR, *hours]), max([LAST_HOUR, *hours]) + 1)
