"""Many operators close and reopen the same events at once: nothing breaks, losers are told why."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import visibility
from app.access.current import Actor
from app.audit.models import Batch
from app.db import db, now, transaction
from app.errors import DomainError
from app.events import operations as ops
from app.events.models import Event, Stage
from app.events.operations import Wish
from tests.events.invariants import broken
from tests.makers import CLOSING

THREADS = 8


@pytest.fixture
def boss(acting_as: Any, admin: Any) -> Actor:
    """An actor with all rights."""
    with acting_as(admin) as actor:
        return actor


@pytest.fixture
def events(make_event: Callable[..., Event], admin: Any) -> list[Event]:
    """A few events, so that threads meet at them."""
    return [make_event(operator=admin, stages=["a", "b", "c"], closed=1) for _ in range(4)]


class Crowd:
    """Threads that act at random on the events; counts what each act came to."""

    def __init__(self, app: Flask, actor: Actor, events: list[Event]) -> None:
        self.app, self.actor = app, actor
        self.targets = [(event.id, [stage.id for stage in event.stages]) for event in events]
        self.outcomes: Counter[str] = Counter()

    def work(self, seed: int, acts: int) -> list[str]:
        """One operator at work."""
        chance = Random(seed)
        return [self.act(chance) for _ in range(acts)]

    def act(self, chance: Random) -> str:
        """One act: "done", the code that refused it, or the name of a technical fault."""
        event_id, stages = chance.choice(self.targets)
        stage_id, wish, at = chance.choice(stages), Wish(), CLOSING + timedelta(days=1)
        deeds = [
            lambda: ops.close_stage(self.actor, stage_id, wish, at),
            lambda: ops.close_up_to(self.actor, stage_id, wish, at),
            lambda: ops.close_event(self.actor, event_id, wish, at),
            lambda: ops.reopen_event(self.actor, event_id, "why"),
            lambda: ops.reopen_stage(self.actor, stage_id, "why", down_to=True),
            lambda: ops.move_stage(self.actor, stage_id, 3),
        ]
        return attempt(self.app, self.actor, chance.choice(deeds))

    def run(self, acts: int) -> None:
        """All at once."""
        with ThreadPoolExecutor(THREADS) as pool:
            for found in pool.map(lambda seed: self.work(seed, acts), range(THREADS)):
                self.outcomes.update(found)

    @property
    def faults(self) -> int:
        """How many acts ended in a technical fault."""
        return sum(count for name, count in self.outcomes.items() if name.startswith("!"))


def attempt(app: Flask, actor: Actor, deed: Callable[[], int]) -> str:
    """Do the act in a transaction of its own."""
    with app.app_context():
        db.session().info["actor"] = actor
        try:
            with transaction():
                deed()
        except DomainError as error:
            return error.reasons[0].code
        except Exception as error:
            return f"!{type(error).__name__}"
        return "done"


def check(session: Session, crowd: Crowd, acts: int) -> None:
    """No event is broken, no act was lost, none failed for technical reasons."""
    session.expire_all()
    for event in session.scalars(select(Event)):
        assert broken(event) == []
    assert crowd.faults == 0, crowd.outcomes
    assert sum(crowd.outcomes.values()) == acts
    batches = select(func.count()).select_from(Batch).where(Batch.act.is_not(None))
    assert session.scalar(batches) == crowd.outcomes["done"]


def test_acts_at_the_same_time_leave_every_event_whole(
    app: Flask, session: Session, boss: Actor, events: list[Event]
) -> None:
    crowd = Crowd(app, boss, events)
    crowd.run(acts=40)
    check(session, crowd, THREADS * 40)


@pytest.mark.full
def test_ten_thousand_acts_leave_every_event_whole(
    app: Flask, session: Session, boss: Actor, events: list[Event]
) -> None:
    crowd = Crowd(app, boss, events)
    crowd.run(acts=1_250)
    check(session, crowd, THREADS * 1_250)


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_without_the_lock_acts_collide(
    app: Flask,
    session: Session,
    boss: Actor,
    events: list[Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visibility, "lock_visible", visibility.find_visible)
    crowd = Crowd(app, boss, events)
    crowd.run(acts=40)
    assert crowd.faults > 0, crowd.outcomes


def test_of_two_who_close_an_event_one_is_told_that_it_is_closed(
    app: Flask, session: Session, boss: Actor, make_event: Callable[..., Event], admin: Any
) -> None:
    for _ in range(10):
        event = make_event(operator=admin, stages=["a"])
        barrier = Barrier(2)

        def close(event: Event = event, barrier: Barrier = barrier) -> str:
            barrier.wait()
            return attempt(app, boss, lambda: ops.close_event(boss, event.id, Wish(), now()))

        with ThreadPoolExecutor(2) as pool:
            found = [one.result() for one in [pool.submit(close), pool.submit(close)]]
        assert sorted(found) == ["done", "event.already_closed"]


def test_a_stage_added_while_the_event_closes_waits_and_is_refused(
    app: Flask, session: Session, boss: Actor, make_event: Callable[..., Event], admin: Any
) -> None:
    event = make_event(operator=admin, stages=["a"])
    locked, release = Barrier(2), Barrier(2)

    def close() -> str:
        def deed() -> int:
            done = ops.close_event(boss, event.id, Wish(), now())
            locked.wait()
            release.wait()
            return done

        return attempt(app, boss, deed)

    def add() -> str:
        locked.wait()

        def deed() -> int:
            found = ops.locked_event(event.id)
            found.add_stage(ops.next_stage(found, None, now()))
            return ops.done()

        with ThreadPoolExecutor(1) as helper:
            adding = helper.submit(attempt, app, boss, deed)
            release.wait()
            return adding.result()

    with ThreadPoolExecutor(2) as pool:
        results = [one.result() for one in [pool.submit(close), pool.submit(add)]]
    assert results == ["done", "event.closed"]
    assert session.scalar(select(func.count()).select_from(Stage)) == 1
