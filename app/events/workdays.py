"""Working days: a table that numbers them, so that SQL reckons in them by subtraction."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import holidays
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Model, db, transaction

FIRST_YEAR, LAST_YEAR = 2000, 2050


class Workday(Model):
    """A day, working or not, and the number of working days up to its end."""

    __tablename__ = "workday"

    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(index=True)


def shift(days: int) -> Callable[[date], date]:
    """What moves a day by working days; beyond the table there is only the end of time."""
    query = select(Workday.day, Workday.number).order_by(Workday.day)
    numbers = dict(db.session.execute(query).all())
    first = {number: day for day, number in reversed(numbers.items())}

    def moved(day: date) -> date:
        return first.get(numbers[day] + days, date.max) if day in numbers else date.max

    return moved


def numbered(last_year: int = LAST_YEAR) -> Iterator[dict[str, Any]]:
    """The rows of the table: Monday to Friday but for Poland's public holidays."""
    years = range(FIRST_YEAR, last_year + 1)
    free, number = holidays.country_holidays("PL", years=years), 0
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    for step in range((last - first).days + 1):
        day = first + timedelta(step)
        number += day.weekday() < 5 and day not in free
        yield {"day": day, "number": number}


def renew(last_year: int = LAST_YEAR) -> int:
    """Write the table anew, as holidays are known today; how many days it holds."""
    rows = list(numbered(last_year))
    with transaction() as session:
        session.execute(delete(Workday))
        session.execute(insert(Workday), rows)
    return len(rows)
