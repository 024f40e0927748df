"""Days, months and times: kept as ISO text, so that they sort; moments as UTC."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func
from wtforms import DateField
from wtforms.validators import Optional
from wtforms.widgets import DateTimeLocalInput, MonthInput, TimeInput

from app.days import zone
from app.db import fold
from app.fab.dress import nice_date
from app.features.kinds.base import Kind, Slot, Unreadable, by_value, reader
from app.features.kinds.documents import bytewise
from app.features.pointed import Names
from app.lists import dimensions, filters, periods
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField
from app.lists.filters.kinds import between, midnight
from app.lists.filters.spans import DAY

ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
NUMBERED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
WORDED = re.compile(r"(\d{1,2})\.? ([^\W\d_]{3,12})\.? (\d{4})")
MONTH_FIRST = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
MONTH_LAST = re.compile(r"(\d{1,2})[./-](\d{4})", re.ASCII)
MONTH_WORDED = re.compile(r"([^\W\d_]{3,12})\.? (\d{4})")
CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(:\d\d(\.\d{1,6})?)?", re.ASCII)
MOMENT = re.compile(
    r"(?P<day>.{8,24}?)(?:[T ]| at |, )(?P<clock>\d{1,2}[:.]\d\d(?::\d\d(?:\.\d{1,6})?)?)"
    r" ?(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
SPAN = re.compile(r"(.{8,24}?)(?: ?/ ?| ?\u2013 ?| - | to | do )(.{8,24})")
FIRST_YEAR, LAST_YEAR = 1900, 2200


@cache
def months() -> Mapping[str, int]:
    """The names of months in both languages, in full and short, and their numbers."""
    found: dict[str, int] = {}
    for language in ("pl", "en"):
        for forms in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                found |= {fold(word).rstrip("."): number for number, word in forms[width].items()}
    return found


def day_in(text: str) -> date | None:
    """The day that a text says: 2026-12-31, 31.12.2026, 31 grudnia 2026, 31 Dec 2026."""
    if found := ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := NUMBERED.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := WORDED.fullmatch(text):
        day, year = int(found[1]), int(found[3])
        month = months().get(fold(found[2]), 0)
    else:
        return None
    return calendar_day(year, month, day)


def calendar_day(year: int, month: int, day: int) -> date | None:
    """A day of our times, if there is one."""
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def clock_in(text: str) -> time | None:
    """The time of day that a text says."""
    found = CLOCK.fullmatch(text)
    sane = found and int(found[1]) < 24 and int(found[2]) < 60
    return time(int(found[1]), int(found[2])) if found and sane else None


class Iso(Kind):
    """What is kept as ISO text, whose bytes stand in order."""

    def key(self, value: Any) -> Any:
        """The text."""
        return bytewise(value.as_string())


class Day(Iso):
    """A date."""

    name, label = "date", _l("Date")
    sized = True

    def read(self, value: Any, kept: Any) -> str:
        """ISO text; 31.12.2026 is read, too."""
        day = (
            value if isinstance(value, date) else day_in(value) if isinstance(value, str) else None
        )
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Unreadable(_("Give a date as YYYY-MM-DD or DD.MM.YYYY."))
        return day.isoformat()[:10]

    def show(self, stored: Any, names: Names) -> str:
        """In the reader's way."""
        return nice_date(date.fromisoformat(stored))

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """A date."""
        return {"type": "string", "format": "date"}

    def plain(self, stored: Any) -> date:
        """The date."""
        return date.fromisoformat(stored)

    def control(self, stored: Any, words: Mapping[str, Any]) -> Any:
        """The browser's own control."""
        checked = self.checked(stored, words)
        rules = [Optional(), *checked["validators"]]
        day = date.fromisoformat(stored) if stored else None
        return DateField(**{**checked, "validators": rules}, default=day)

    def filter(self, slot: Slot) -> FilterField:
        """By days and by periods reckoned from today."""
        return filters.iso_days(slot.name, slot.label, self.key(slot.value))

    def equal(self, asked: date) -> str:
        """The day."""
        return asked.isoformat()

    def ways(self, slot: Slot) -> list[Dimension]:
        """By day, week and month."""
        text = self.key(slot.value)
        return dimensions.periods(slot.name, slot.label, text, bound=lambda day: day.isoformat())


class Clock(Iso):
    """A time of day."""

    name, label = "time", _l("Time")
    sized = True
    input = TimeInput()

    def read(self, value: Any, kept: Any) -> str:
        """HH:MM."""
        found = (
            value
            if isinstance(value, time)
            else clock_in(value)
            if isinstance(value, str)
            else None
        )
        if found is None:
            raise Unreadable(_("Give a time as HH:MM."))
        return f"{found:%H:%M}"

    def filter(self, slot: Slot) -> FilterField:
        """By comparing."""
        text, read = self.key(slot.value), reader(self)
        return filters.number(slot.name, slot.label, text, read, str, str)

    def equal(self, asked: Any) -> Any:
        """The time."""
        return asked


class DateTime(Iso):
    """A moment: a day with its time, in the company's zone."""

    name, label = "datetime", _l("Date and time")
    sized = True
    input = DateTimeLocalInput()

    def read(self, value: Any, kept: Any) -> str:
        """ISO text in UTC, to the minute."""
        moment = value if isinstance(value, datetime) else self.heard(value)
        if moment is None:
            raise Unreadable(_("Give a day and a time, such as 2026-12-31 14:30."))
        if kept and moment.tzinfo is None and self.local(kept).replace(tzinfo=None) == moment:
            return str(kept)  # the browser's control can't tell the second of two like hours
        return utc_text(moment if moment.tzinfo else moment.replace(tzinfo=zone()))

    def heard(self, value: Any) -> datetime | None:
        """The moment that a text says; the zone is the company's unless it says another."""
        found = MOMENT.fullmatch(value) if isinstance(value, str) else None
        day = day_in(found["day"]) if found else None
        clock = clock_in(found["clock"]) if found else None
        if found is None or day is None or clock is None:
            return None
        plain = datetime.combine(day, clock)
        try:
            return datetime.fromisoformat(f"{plain.isoformat()}{found['zone'] or ''}")
        except ValueError:
            return None

    def local(self, stored: Any) -> datetime:
        """The moment on the company's clock."""
        return datetime.fromisoformat(stored).astimezone(zone())

    def show(self, stored: Any, names: Names) -> str:
        """Day and time; of an hour that comes twice also the zone."""
        local = self.local(stored)
        return f"{nice_date(local.date())} {local:%H:%M}{second_hour(local)}"

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """A moment."""
        return {"type": "string", "example": "2026-12-31T14:30Z"}

    def plain(self, stored: Any) -> datetime:
        """The moment."""
        return datetime.fromisoformat(stored)

    def typed(self, stored: Any) -> str:
        """As the browser's control holds it."""
        return f"{self.local(stored):%Y-%m-%dT%H:%M}"

    def filter(self, slot: Slot) -> FilterField:
        """By the company's days."""
        text = self.key(slot.value)

        def span(first: date | None, last: date | None) -> ColumnElement[bool]:
            until = [text < utc_text(midnight(last + DAY))] if last else []
            since = [text >= utc_text(midnight(first))] if first else []
            return and_(text.is_not(None), *since, *until)

        return filters.spanned(slot.name, slot.label, span, text.is_(None))

    def ways(self, slot: Slot) -> list[Dimension]:
        """By the company's day, week and month."""
        day = periods.local_day(self.key(slot.value), str(zone()))
        return dimensions.periods(slot.name, slot.label, day)


def utc_text(moment: datetime) -> str:
    """A moment as documents hold it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def second_hour(local: datetime) -> str:
    """The zone, where the clock alone would mean the hour before."""
    return f" {local:%z}" if local.fold else ""


class Month(Iso):
    """A month of a year."""

    name, label = "month", _l("Month")
    sized = True
    input = MonthInput()

    def read(self, value: Any, kept: Any) -> str:
        """YYYY-MM; 12.2026 and names of months are read, too."""
        first = self.first(value) if isinstance(value, str) else None
        if first is None:
            raise Unreadable(_("Give a month as YYYY-MM or MM.YYYY."))
        return first.isoformat()[:7]

    def first(self, text: str) -> date | None:
        """The first day of the month that a text says."""
        if found := MONTH_FIRST.fullmatch(text):
            return calendar_day(int(found[1]), int(found[2]), 1)
        if found := MONTH_LAST.fullmatch(text):
            return calendar_day(int(found[2]), int(found[1]), 1)
        if found := MONTH_WORDED.fullmatch(text):
            return calendar_day(int(found[2]), months().get(fold(found[1]), 0), 1)
        return None

    def show(self, stored: Any, names: Names) -> str:
        """The month's name and the year."""
        return periods.called("month", date.fromisoformat(f"{stored}-01"))

    def plain(self, stored: Any) -> str:
        """YYYY-MM."""
        return str(stored)

    typed = plain

    def filter(self, slot: Slot) -> FilterField:
        """By the months of days."""
        text = self.key(slot.value)

        def span(first: date | None, last: date | None) -> ColumnElement[bool]:
            return between(text, first and f"{first:%Y-%m}", last and f"{last:%Y-%m}")

        return filters.spanned(slot.name, slot.label, span, text.is_(None))


class DateRange(Iso):
    """Days from one to another, both included."""

    name, label = "daterange", _l("Days from – to")
    sample = "01.12.2026 – 31.12.2026"

    def read(self, value: Any, kept: Any) -> str:
        """Two ISO days with a slash between, as ISO 8601 has it."""
        ends = [day_in(str(one).strip()) for one in self.ends(value)]
        if len(ends) != 2 or None in ends or ends[0] > ends[1]:  # type: ignore[operator]
            raise Unreadable(_("Give two days, such as 01.12.2026 – 31.12.2026."))
        return "/".join(day.isoformat() for day in ends if day)

    def ends(self, value: Any) -> list[Any]:
        """The two ends as they were written."""
        if isinstance(value, dict):
            return [str(value.get(name))[:40] for name in ("from", "to")]
        found = SPAN.fullmatch(value) if isinstance(value, str) else None
        return list(found.groups()) if found else []

    def show(self, stored: Any, names: Names) -> str:
        """Both days in the reader's way."""
        first, last = (nice_date(date.fromisoformat(one)) for one in stored.split("/"))
        return f"{first} \u2013 {last}"

    def plain(self, stored: Any) -> str:
        """As it is kept."""
        return str(stored)

    def as_json(self, stored: Any, names: Names) -> dict[str, str]:
        """Its two days."""
        return dict(zip(("from", "to"), stored.split("/"), strict=True))

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """Two days."""
        day = {"type": "string", "format": "date"}
        whole = {"type": "object", "properties": {"from": day, "to": day}}
        return {"anyOf": [whole, {"type": "string"}]}

    def filter(self, slot: Slot) -> FilterField:
        """By the days that it has in common with those asked for."""
        text = self.key(slot.value)
        starts, ends = func.substr(text, 1, 10), func.substr(text, 12, 10)

        def span(first: date | None, last: date | None) -> ColumnElement[bool]:
            since = [ends >= first.isoformat()] if first else []
            until = [starts <= last.isoformat()] if last else []
            return and_(text.is_not(None), *since, *until)

        return filters.spanned(slot.name, slot.label, span, text.is_(None))

    def ways(self, slot: Slot) -> list[Dimension]:
        """By the very days."""
        return [by_value(self, slot, self.key(slot.value))]
