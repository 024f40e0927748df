"""Long random histories of an event, on real databases, beside the plain operation table.

After every act: the same answer as the table, the same stages, and the invariants I1-I6.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy.orm import Session

from app.access.current import Actor
from app.db import db, now, transaction
from app.errors import DomainError
from app.events import operations as ops
from app.events import rules, undo
from app.events.models import Event
from app.events.operations import Wish
from tests.databases import engine_of
from tests.events.invariants import broken
from tests.events.plain import Plain, Refused, Step
from tests.makers import CLOSING, START, WARSAW, Makers

LOT = st.sampled_from(["next", "last", "top", 1, 2, 3])  # first open, last, last closed stage
AGO = st.sampled_from(
    [None, None, None, timedelta(hours=3), timedelta(days=2), -timedelta(hours=1)]
)
CHOICE = st.sampled_from([None, "reopen_previous", "close_event"])
Lot = str | int
DAILY = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FULL = settings(DAILY, max_examples=700, derandomize=False, print_blob=True)


class Closure(RuleBasedStateMachine):
    """One event and what happens to it; acts go through the operations that all doors use."""

    app: Flask
    actor: Actor
    transactions = 0

    @initialize(steps=st.integers(0, 4))
    def begin(self, steps: int) -> None:
        """An event with some open stages."""
        with self.session() as session:
            event = Makers(session).event(self.actor.user, stages=["step"] * steps)
            self.event_id, self.number = event.id, event.number
            keys = [stage.id for stage in event.stages]
        self.plain = Plain(START.date(), [Step(START.date(), key) for key in keys])
        self.clock, self.last = CLOSING, None

    def session(self) -> Session:
        """A session that sees everything."""
        every = {"unscoped": True}
        return Session(engine_of(self.app), expire_on_commit=False, execution_options=every)

    # --- the acts --------------------------------------------------------------------------

    @rule(position=st.none() | st.integers(1, 6))
    def add(self, position: int | None) -> None:
        def deed() -> int:
            event = ops.locked_event(self.event_id)
            event.add_stage(ops.next_stage(event, None, self.clock), position)
            return ops.done()

        self.run(deed, lambda plain: plain.add(self.step(), position))

    @rule(lot=LOT, ago=AGO)
    def close_stage(self, lot: Lot, ago: timedelta | None) -> None:
        self.closing(ops.close_stage, lot, ago, Plain.close_step)

    @rule(lot=LOT, ago=AGO)
    def close_up_to(self, lot: Lot, ago: timedelta | None) -> None:
        self.closing(ops.close_up_to, lot, ago, Plain.close_up_to)

    @rule(lot=LOT, ago=AGO)
    def close_and_add_next(self, lot: Lot, ago: timedelta | None) -> None:
        self.closing(ops.close_and_add_next, lot, ago, Plain.close_and_add, self.step())

    @rule(ago=AGO)
    def close_event(self, ago: timedelta | None) -> None:
        at = self.moment(ago)
        self.run(
            lambda: ops.close_event(self.actor, self.event_id, self.wish(ago), self.clock),
            lambda plain: plain.close(at, self.clock),
            undoable=True,
        )

    @rule(ago=AGO, slip=st.sampled_from([0, 0, 0, 1]))
    def cascade(self, ago: timedelta | None, slip: int) -> None:
        named = range(self.plain.c + 1 + slip, self.plain.n + 1)
        keys = [self.plain.steps[k - 1].key or 0 for k in named]
        self.run(
            lambda: ops.close_cascade(self.actor, self.event_id, self.wish(ago), self.clock, keys),
            lambda plain: plain.cascade(named, self.moment(ago), self.clock),
            undoable=True,
        )

    @rule(adding=st.booleans())
    def reopen_event(self, adding: bool) -> None:
        if adding:
            self.run(
                lambda: ops.reopen_and_add(self.actor, self.event_id, "why", self.clock),
                lambda plain: plain.reopen_and_add(self.step()),
            )
        else:
            self.run(
                lambda: ops.reopen_event(self.actor, self.event_id, "why"),
                lambda plain: plain.reopen(),
            )

    @rule(lot=LOT, down_to=st.booleans())
    def reopen_stage(self, lot: Lot, down_to: bool) -> None:
        if self.plain.n:
            k, key = self.stage(lot)
            self.run(
                lambda: ops.reopen_stage(self.actor, key, "why", down_to=down_to),
                lambda plain: plain.reopen_step(k, down_to=down_to),
            )

    @rule(lot=LOT, choice=CHOICE)
    def delete_stage(self, lot: Lot, choice: str | None) -> None:
        if self.plain.n:
            k, key = self.stage(lot)
            self.run(
                lambda: ops.delete_stage(self.actor, key, self.clock, choice, "why"),
                lambda plain: plain.delete(k, choice),
            )

    @rule(which=st.integers(0, 3))
    def restore_stage(self, which: int) -> None:
        if which < len(self.plain.gone):
            key = self.plain.gone[which].key or 0
            self.run(
                lambda: ops.restore_stage(self.actor, key).id, lambda plain: plain.restore(which)
            )

    @rule(lot=LOT, position=st.integers(1, 6))
    def move(self, lot: Lot, position: int) -> None:
        if self.plain.n:
            k, key = self.stage(lot)
            self.run(
                lambda: ops.move_stage(self.actor, key, position),
                lambda plain: plain.move(k, position),
            )

    @rule(lot=st.integers(0, 9))
    def trash_and_restore_event(self, lot: int) -> None:
        if lot != 9:
            return
        self.run(
            lambda: ops.trash_event(self.actor, self.event_id, self.clock), lambda _plain: None
        )
        assert (
            self.perform(lambda: ops.reopen_event(self.actor, self.event_id, "why")) == "not_found"
        )
        self.run(lambda: ops.restore_event(self.actor, self.event_id), lambda _plain: None)

    @rule()
    def undo_last_closing(self) -> None:
        """Just done, it leaves no trace; later, only what is still possible is taken back."""
        if self.last is None:
            return
        batch, before = self.last
        code = self.perform(lambda: undo.undo_closing(self.actor, batch, now()))
        if before is not None:
            assert code is None
            self.plain = before
        elif code is None:
            self.copy_from_database()
        else:
            assert code.startswith("undo."), code
        self.last = None

    # --- what they share -------------------------------------------------------------------

    def closing(
        self, act: Callable[..., int], lot: Lot, ago: timedelta | None, table: Any, *more: Step
    ) -> None:
        """Close a stage in one of the three ways."""
        if self.plain.n:
            k, key = self.stage(lot)
            at = self.moment(ago)
            self.run(
                lambda: act(self.actor, key, self.wish(ago), self.clock),
                lambda plain: table(plain, k, at, self.clock, *more),
                undoable=True,
            )

    def run(
        self, deed: Callable[[], int], table: Callable[[Plain], None], undoable: bool = False
    ) -> None:
        """Do the act and ask the table; both must answer the same."""
        before, expected = deepcopy(self.plain), None
        try:
            table(self.plain)
        except Refused as refused:
            self.plain, expected = before, refused.code
        assert self.perform(deed) == expected
        if expected is None:
            self.name_new_steps()
            kept = self.last and (self.last[0], None)
            self.last = (self.done, before) if undoable else kept
        self.clock += timedelta(minutes=17)

    def perform(self, deed: Callable[[], int]) -> str | None:
        """Do the act in a transaction; returns the code that refused it, if any."""
        type(self).transactions += 1
        with self.app.app_context():
            db.session().info["actor"] = self.actor
            try:
                with transaction():
                    self.done = deed()
            except DomainError as error:
                return error.reasons[0].code
        return None

    def stage(self, lot: Lot) -> tuple[int, int]:
        """(Lp, id) of the stage on which the lot falls."""
        plain = self.plain
        named = {"next": plain.c + 1, "last": plain.n, "top": plain.c}
        k = min(max(named.get(lot, lot), 1), plain.n)  # type: ignore[call-overload]
        return k, plain.steps[k - 1].key or 0

    def step(self) -> Step:
        """What the table adds: a step that begins now."""
        return Step(self.clock.astimezone(WARSAW).date())

    def moment(self, ago: timedelta | None) -> datetime:
        """The closing time asked for."""
        return self.clock - (ago or timedelta(0))

    def wish(self, ago: timedelta | None) -> Wish:
        """The closing time asked for, unless it is now."""
        return Wish(at=self.moment(ago) if ago else None)

    def stored(self) -> Event:
        """The event as any other program would read it."""
        with self.session() as session:
            event = session.get_one(Event, self.event_id)
            assert event.all_stages is not None
            return event

    def name_new_steps(self) -> None:
        """New steps get the ids of their stages."""
        if any(step.key is None for step in self.plain.steps):
            for step, stage in zip(self.plain.steps, self.stored().stages, strict=True):
                step.key = step.key or stage.id

    def copy_from_database(self) -> None:
        """Go on from what is there; the invariants still watch it."""
        event = self.stored()
        trashed = [stage for stage in event.all_stages if stage.trashed_at]
        self.plain = Plain(
            event.start_on,
            [Step(one.start_on, one.id, one.closed_at) for one in event.stages],
            [Step(one.start_on, one.id, one.closed_at) for one in trashed],
            event.closed_at,
        )

    @invariant()
    def holds(self) -> None:
        """I1-I5, the table's stages, and a number that never changes."""
        event = self.stored()
        assert broken(event) == []
        assert [(one.id, one.closed_at) for one in event.stages] == [
            (step.key, step.closed_at) for step in self.plain.steps
        ]
        assert (event.closed_at, event.number) == (self.plain.closed_at, self.number)


def machine(app: Flask, actor: Actor) -> type[Closure]:
    """The machine on this application."""
    return type("Machine", (Closure,), {"app": app, "actor": actor, "transactions": 0})


@pytest.fixture
def boss(acting_as, admin) -> Actor:
    """An actor with all rights."""
    with acting_as(admin) as actor:
        return actor


def test_no_history_breaks_an_event(app: Flask, boss: Actor) -> None:
    found = machine(app, boss)
    run_machine(found, settings=DAILY)
    assert found.transactions >= 300


@pytest.mark.full
def test_no_long_history_breaks_an_event(app: Flask, boss: Actor) -> None:
    found = machine(app, boss)
    run_machine(found, settings=FULL)
    assert found.transactions >= 10_000


@pytest.mark.parametrize(
    "rule_name",
    [
        "reasons_not_to_close_next",
        "reasons_not_to_close_event",
        "reasons_not_to_reopen_stage",
        "last_stage",
        "leaves_closed_last",
        "between_neighbours",
    ],
)
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_machine_finds_a_missing_rule(
    app: Flask, boss: Actor, rule_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, rule_name, lambda *_arguments: [])
    with pytest.raises(BaseException) as found:  # noqa: PT011 - rule broken, or refused by the database
        run_machine(machine(app, boss), settings=settings(DAILY, max_examples=700))
    assert not isinstance(found.value, KeyboardInterrupt)
