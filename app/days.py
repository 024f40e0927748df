"""Days with an optional time of day, in the company's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import current_app

from app.spoken import understand


@dataclass(frozen=True)
class Moment:
    """A day and, if a time is known, the moment in it; `at` is None for a whole day."""

    on: date
    at: datetime | None = None

    @classmethod
    def of(cls, day: date, hour: time | None, zone: ZoneInfo) -> "Moment":
        """A day and time as people write them, in the company's zone."""
        return cls(day, datetime.combine(day, hour, zone) if hour else None)

    @classmethod
    def at_instant(cls, instant: datetime, zone: ZoneInfo) -> "Moment":
        """The company's day of an instant, with the instant."""
        return cls(instant.astimezone(zone).date(), instant)


def is_before(one: Moment, other: Moment) -> bool:
    """Whether `one` is earlier; by the moment where both have one, else by the day."""
    if one.at and other.at:
        return one.at < other.at
    return one.on < other.on


def in_words(text: str, at: datetime) -> Moment | None:
    """The day and time that words like "jutro 10" say, and nothing else; None if they don't."""
    said = understand(text.split(), today(at))
    if said.day is None or said.rest:
        return None
    return Moment.of(said.day, said.hour, zone())


def zone() -> ZoneInfo:
    """The company's time zone."""
    company: ZoneInfo = current_app.config["COMPANY_ZONE"]
    return company


def today(now: datetime) -> date:
    """The company's day."""
    return now.astimezone(zone()).date()
