"""Days and times as people type them: "jutro 10", "pt 14:30", "+3d", "5.12", in both languages."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, TypeVar

import holidays

from app.db import fold

DAYS = {"dzis": 0, "dzisiaj": 0, "today": 0, "jutro": 1, "tomorrow": 1, "pojutrze": 2}
WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "pn pon poniedzialek mon monday",
            "wt wto wtorek tue tuesday",
            "sr sro sroda srode wed wednesday",
            "cz czw czwartek thu thursday",
            "pt pia piatek fri friday",
            "so sob sobota sobote sat saturday",
            "nd niedz niedziela niedziele sun sunday",
        )
    )
    for word in words.split()
}
CLOCK_LINKS = frozenset(("o", "at", "godz"))
LINKS = CLOCK_LINKS | frozenset(("na", "w", "we", "do", "on", "by"))
STEP = re.compile(r"\+(\d{1,4})([a-z]*)", re.ASCII)
UNITS = {"": 1, "d": 1, "dni": 1, "days": 1, "t": 7, "w": 7, "tyg": 7}
WORKING = frozenset(("r", "b"))
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?", re.ASCII)
CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
IMPOSSIBLE = re.compile(
    rf"{ISO.pattern}|\d{{1,2}}\.\d{{1,2}}\.\d{{4}}|{CLOCK.pattern}|{STEP.pattern}", re.ASCII
)
HOUR = re.compile(r"\d{1,2}", re.ASCII)
FURTHEST = 3660  # days ahead that a step may lead

Found = TypeVar("Found")
FREE = holidays.country_holidays("PL")


@dataclass(frozen=True)
class Spoken:
    """What was understood, and the words that say something else."""

    day: date | None
    hour: time | None
    rest: tuple[str, ...]

    @property
    def impossible(self) -> str | None:
        """The first word written like a day or a time that there is not, like 31.02.2027."""
        return next((word for word in self.rest if IMPOSSIBLE.fullmatch(_plain(word))), None)


def working_days_after(day: date, count: int) -> date:
    """The day so many working days later: Monday to Friday but for public holidays."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in FREE
    return day


def understand(words: Sequence[str], today: date) -> Spoken:
    """Take the first day and the first time out of the words; the rest says something else."""
    taken: dict[int, date | time] = {}
    day = _take(words, lambda word: read_day(word, today), taken)
    hour = _take(words, read_clock, taken) or _bare_hour(words, taken)
    links = {at - 1 for at in taken if at and _plain(words[at - 1]) in LINKS}
    rest = tuple(word for at, word in enumerate(words) if at not in taken.keys() | links)
    return Spoken(today if day is None and hour is not None else day, hour, rest)


def read_day(word: str, today: date) -> date | None:
    """The day a word says, seen from today; None if it says none."""
    plain = _plain(word)
    if plain in DAYS:
        return today + timedelta(days=DAYS[plain])
    if plain in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS[plain] - today.weekday() - 1) % 7 + 1)
    return _step(plain, today) or _written(plain, today)


def read_clock(word: str) -> time | None:
    """The time of a word like 10:30."""
    match = CLOCK.fullmatch(_plain(word))
    return _time(int(match[1]), int(match[2])) if match else None


def _take(
    words: Sequence[str], read: Callable[[str], Found | None], taken: dict[int, Any]
) -> Found | None:
    for at, word in enumerate(words):
        if at not in taken and (found := read(word)) is not None:
            taken[at] = found
            return found
    return None


def _bare_hour(words: Sequence[str], taken: dict[int, Any]) -> time | None:
    """A number is an hour behind "o" or "at", right behind a day, or last of a line with a day."""
    for at, word in enumerate(words):
        behind_link = at > 0 and _plain(words[at - 1]) in CLOCK_LINKS
        last = at == len(words) - 1 and (bool(taken) or at == 0)
        if at in taken or not HOUR.fullmatch(word) or not (behind_link or at - 1 in taken or last):
            continue
        hour = _time(int(word), 0)
        if hour is not None:
            taken[at] = hour
            return hour
    return None


def _step(plain: str, today: date) -> date | None:
    match = STEP.fullmatch(plain)
    if match is None:
        return None
    count = int(match[1])
    if match[2] in WORKING and count <= FURTHEST // 2:
        return working_days_after(today, count)
    days = count * UNITS.get(match[2], FURTHEST + 1)
    return today + timedelta(days=days) if days <= FURTHEST else None


def _written(plain: str, today: date) -> date | None:
    if match := ISO.fullmatch(plain):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    match = DOTTED.fullmatch(plain)
    if match is None:
        return None
    day, month, year = int(match[1]), int(match[2]), int(match[3] or today.year)
    if match[3]:
        return _date(year + 2000 if year < 100 else year, month, day)
    found = _date(year, month, day)
    return found if found and found >= today else _date(year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1900 <= year <= 2200 else None
    except ValueError:
        return None


def _time(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _plain(word: str) -> str:
    return fold(word).rstrip(".,;")
