"""Numbers of events: none twice, none missing, none changed, whoever writes at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.days import Moment
from app.db import transaction
from app.errors import InvalidValue
from app.events import flush
from app.events.definitions import Numbering, Series
from app.events.models import Event
from tests.makers import WARSAW, Makers


class Failure(Exception):
    """What a transaction may meet after its number was drawn."""


def create(app: Flask, values: dict[str, Any], failing: bool = False) -> None:
    """Create an event as the pages do; a failing one is rolled back with its number."""
    with app.app_context(), transaction() as session:
        session.add(Event(**values))
        session.flush()
        if failing:
            raise Failure


def numbers(session: Session, year: int = 2024) -> list[int]:
    """The counters in use, in order."""
    session.commit()
    return list(session.scalars(select(Event.no).where(Event.year == year).order_by(Event.no)))


@pytest.fixture
def values(makers: Makers, ann: Any) -> dict[str, Any]:
    """What every new event needs."""
    return makers.event_values(ann)


def crowd(app: Flask, values: dict[str, Any], threads: int, each: int) -> int:
    """Create events from many threads, one in twenty failing; returns how many stayed."""

    def work(seed: int) -> Iterator[bool]:
        chance = Random(seed)
        for _ in range(each):
            failing = chance.random() < 0.05
            try:
                create(app, values, failing)
            except Failure:
                yield False
            else:
                yield True

    with ThreadPoolExecutor(threads) as pool:
        return sum(sum(one) for one in pool.map(lambda seed: list(work(seed)), range(threads)))


def test_many_at_once_get_every_number_once(
    app: Flask, values: dict[str, Any], session: Session
) -> None:
    kept = crowd(app, values, threads=14 if on_postgres(session) else 6, each=12)
    assert numbers(session) == list(range(1, kept + 1))


@pytest.mark.full
def test_very_many_at_once_get_every_number_once(
    app: Flask, values: dict[str, Any], session: Session
) -> None:
    threads = 14 if on_postgres(session) else 8
    session.commit()  # no transaction of the test's stays open meanwhile
    kept = crowd(app, values, threads, each=250)
    assert numbers(session) == list(range(1, kept + 1))


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_a_counter_that_is_only_read_would_give_numbers_twice(
    app: Flask, values: dict[str, Any], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_one(session: Session, series_id: int, year: int) -> int:
        query = select(Event.no).where(Event.series_id == series_id, Event.year == year)
        return max(session.connection().scalars(query), default=0) + 1

    monkeypatch.setattr(flush, "draw_number", next_one)
    with pytest.raises(InvalidValue) as found:
        crowd(app, values, threads=8, each=10)
    assert "uq_event" in str(found.value.__cause__)


def on_postgres(session: Session) -> bool:
    """Whether this run is on PostgreSQL, where many may write at once."""
    return session.get_bind().dialect.name == "postgresql"


def test_the_year_turns_at_midnight_of_the_company(
    app: Flask, values: dict[str, Any], session: Session
) -> None:
    eve = datetime(2024, 12, 31, 22, 59, tzinfo=UTC)
    for instant in (eve, eve.replace(hour=23, minute=1), eve.replace(hour=23, minute=2)):
        moment = Moment.at_instant(instant, WARSAW)
        create(app, {**values, "start_on": moment.on, "start_at": moment.at})
    session.commit()
    found = session.scalars(select(Event.number).order_by(Event.number_key)).all()
    assert found == ["0001/2024/CRM", "0001/2025/CRM", "0002/2025/CRM"]


def test_a_number_stays_when_the_date_moves_to_another_year(
    make_event: Callable[..., Event], ann: Any, session: Session
) -> None:
    event = make_event(operator=ann)
    event.start_on, event.start_at = date(2025, 1, 2), None
    session.commit()
    session.refresh(event)
    assert (event.number, event.year) == ("0001/2024/CRM", 2024)


def test_the_number_of_a_trashed_event_is_not_used_again(
    make_event: Callable[..., Event], ann: Any, session: Session
) -> None:
    make_event(operator=ann).trashed_at = datetime.now(UTC)
    session.commit()
    assert make_event(operator=ann).number == "0002/2024/CRM"


def test_each_series_counts_for_itself(
    make_event: Callable[..., Event], ann: Any, session: Session
) -> None:
    session.add(Series(id=77, symbol="SRV", name="Service", pattern="{symbol}-{rok}-{nr:5}"))
    session.commit()
    found = [make_event(operator=ann, **more).number for more in ({}, {"series_id": 77}, {})]
    assert found == ["0001/2024/CRM", "SRV-2024-00001", "0002/2024/CRM"]


def test_the_counter_grows_past_its_width(
    make_event: Callable[..., Event], ann: Any, session: Session
) -> None:
    series = session.scalars(select(Series)).first()
    session.add(Numbering(series_id=series.id, year=2024, last=9999))
    session.commit()
    assert make_event(operator=ann).number == "10000/2024/CRM"


@pytest.mark.parametrize(("imported", "following"), [([500], 501), ([500, 20], 501)])
def test_the_counter_goes_on_behind_imported_numbers(
    make_event: Callable[..., Event], ann: Any, imported: list[int], following: int
) -> None:
    for no in imported:
        make_event(operator=ann, no=no, year=2024, number=f"{no}/2024/CRM")
    assert make_event(operator=ann).no == following


def test_numbers_sort_by_year_and_counter(
    make_event: Callable[..., Event], ann: Any, session: Session
) -> None:
    make_event(operator=ann, no=10_000, year=2023, number="10000/2023/CRM")
    make_event(operator=ann, no=9_999, year=2023, number="9999/2023/CRM")
    make_event(operator=ann)
    found = session.scalars(select(Event.number).order_by(Event.number_key)).all()
    assert found == ["9999/2023/CRM", "10000/2023/CRM", "0001/2024/CRM"]


def test_a_refused_event_takes_no_number(
    app: Flask, values: dict[str, Any], session: Session
) -> None:
    with pytest.raises(InvalidValue):
        create(app, {**values, "subject": " "})
    create(app, values)
    assert numbers(session) == [1]
