"""Days left and late, of calendar and working days, in SQL as in plain Python, wherever we are."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from sqlalchemy import func, select, update

from app.db import db
from app.events import delays
from app.events.models import Event
from app.events.workdays import Workday

FREE = holidays.country_holidays("PL", years=range(2000, 2051))
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
DUE = [date(2026, 3, 29) + timedelta(days) for days in (-400, -9, -2, -1, 0, 1, 2, 8, 33, 300)]


def working(first: date, last: date) -> int:
    """The working days after the first day, up to the last."""
    days = [first + timedelta(n) for n in range(1, (last - first).days + 1)]
    return sum(day.weekday() < 5 and day not in FREE for day in days)


def model(due: date | None, closed: date | None, today: date) -> tuple[int | None, ...]:
    """(left, late, left_work, late_work), as people reckon them."""
    if due is None:
        return (None, None, None, None)
    end = closed or today
    late = max((end - due).days, 0), working(due, end)
    left = (due - today).days, working(today, due) - working(due, today)
    return (None, late[0], None, late[1]) if closed else (left[0], late[0], left[1], late[1])


@pytest.fixture
def events(make_event: Any, ann: Any, session: Any) -> list[Any]:
    """Open and closed ones, due on many days and on none."""
    made = []
    for due in (*DUE, None):
        for closed in (None, NOON.date(), NOON.date() - timedelta(3)):
            event = make_event(ann, due_on=due, done=closed is not None)
            values = {"closed_on": closed, "closed_at": closed and NOON}
            session.execute(update(Event).where(Event.id == event.id).values(**values))
            made.append(event)
    session.commit()
    return made


def asked(acting: Any) -> dict[int, tuple[Any, ...]]:
    """What the database says of each event."""
    columns = (delays.left, delays.late, delays.left_work, delays.late_work)
    query = select(Event.id, *(column(Event) for column in columns))
    with acting:
        return {pk: tuple(rest) for pk, *rest in db.session.execute(query)}


MOMENTS = [
    ("Europe/Warsaw", datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
    ("Europe/Warsaw", datetime(2026, 3, 28, 23, 1, tzinfo=UTC), date(2026, 3, 29)),
    ("Europe/Warsaw", datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
    ("Europe/Warsaw", datetime(2026, 3, 29, 22, 1, tzinfo=UTC), date(2026, 3, 30)),
    ("Europe/Warsaw", datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
    ("Europe/Warsaw", datetime(2026, 10, 25, 23, 1, tzinfo=UTC), date(2026, 10, 26)),
    ("Pacific/Auckland", datetime(2026, 4, 4, 10, 59, tzinfo=UTC), date(2026, 4, 4)),
    ("Pacific/Auckland", datetime(2026, 4, 5, 12, 1, tzinfo=UTC), date(2026, 4, 6)),
    ("America/Los_Angeles", datetime(2026, 3, 8, 7, 59, tzinfo=UTC), date(2026, 3, 7)),
    ("America/Los_Angeles", datetime(2026, 11, 2, 7, 59, tzinfo=UTC), date(2026, 11, 1)),
]


def test_days_are_right_in_every_zone_and_across_both_clock_changes(
    app, events, admin, acting_as, monkeypatch, session
):
    rows = {event.id: (event.due_on, event.closed_on) for event in events}
    for zone, moment, today in MOMENTS:
        monkeypatch.setitem(app.config, "COMPANY_ZONE", ZoneInfo(zone))
        monkeypatch.setattr(delays, "now", lambda moment=moment: moment)
        found = asked(acting_as(admin))
        wanted = {pk: model(due, closed, today) for pk, (due, closed) in rows.items()}
        assert found == wanted, (zone, moment)


def test_due_today_is_neither_left_nor_late(events, admin, acting_as, monkeypatch):
    monkeypatch.setattr(delays, "now", lambda: NOON)
    found = asked(acting_as(admin))
    today = [event.id for event in events if event.due_on == NOON.date() and not event.closed_on]
    assert [found[pk] for pk in today] == [(0, 0, 0, 0)]


BOUNDS = [(None, 0), (0, None), (1, 3), (-2, -1), (-1, 5), (None, -9), (0, 0), (25, None)]


def test_ranges_of_days_left_say_the_same(events, admin, acting_as, monkeypatch):
    monkeypatch.setattr(delays, "now", lambda: NOON)
    pairs = ((delays.left, delays.left_within), (delays.left_work, delays.left_work_within))
    with acting_as(admin):
        for column, within in pairs:
            for least, most in BOUNDS:
                days = column(Event)
                low = days >= least if least is not None else days.is_not(None)
                high = days <= most if most is not None else days.is_not(None)
                plain = db.session.scalars(select(Event.id).where(low, high)).all()
                ranged = db.session.scalars(select(Event.id).where(within(Event, least, most)))
                assert sorted(ranged) == sorted(plain), (column, least, most)


def numbers_in(session: Any) -> dict[date, int]:
    """The table of working days."""
    return {row.day: row.number for row in session.execute(select(Workday.day, Workday.number))}


def test_the_working_days_are_those_of_poland(session, command):
    numbers = numbers_in(session)
    for first, last, days in (
        (date(2026, 12, 23), date(2026, 12, 28), 1),  # Christmas Eve is free since 2025
        (date(2024, 12, 23), date(2024, 12, 27), 2),
        (date(2026, 4, 3), date(2026, 4, 7), 1),  # Easter
        (date(2026, 10, 30), date(2026, 11, 2), 1),
    ):
        assert numbers[last] - numbers[first] == days == working(first, last)
    before = session.scalar(select(func.count()).select_from(Workday))
    assert command("setup", "workdays").output == f"{before} days are numbered.\n"
    assert numbers_in(session) == numbers
