"""Acts on many events and stages do what the single acts would, one after the other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.access import visibility
from app.audit.models import AuditEntry, Batch
from app.days import Moment, zone
from app.db import db, transaction
from app.errors import DomainError, RuleViolation
from app.events import operations
from app.events.models import Event, Stage
from app.events.operations import Wish
from app.events.parties import pass_stages_on, settle_event, settle_stage
from app.records.bulk import acts, plans, undo

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
VALUES = (
    "operator_id",
    "due_on",
    "due_at",
    "closed_at",
    "closed_on",
    "closed_by_id",
    "outcome_id",
)
COUNTS = ("closed_upto", "last_pos", "version")


def do(actor, register, name, ids, mode=plans.SKIP, at=NOW, **asked) -> Any:
    """Plan and carry out; returns the plan."""
    with transaction():
        kept = plans.make(actor, acts.find(register, name), ids, asked, at)
    with transaction():
        return plans.carry_out(actor, kept.token, mode, str(kept.number), at)


def state(session, events, *, versions=True) -> list[Any]:
    """What stands in the tables, without what tells twins apart."""
    session.rollback()
    session.expire_all()
    columns = (*VALUES, *(COUNTS if versions else COUNTS[:-1]))
    return [
        [tuple(getattr(row, name) for name in columns) for row in (event, *event.stages)]
        for event in (session.get(Event, one.id) for one in events)
    ]


def audit(session, events) -> list[Any]:
    """What the journal says of each event and its stages since they were made."""
    session.rollback()
    found = []
    for event in (session.get(Event, one.id) for one in events):
        for kind, row in [("event", event), *(("stage", one) for one in event.stages)]:
            entries = select(AuditEntry.changes).where(
                AuditEntry.record_type == kind,
                AuditEntry.record_id == row.id,
                AuditEntry.action == "update",
                AuditEntry.batch_id > event.mark,
            )
            found.append([dict(one) for one in session.scalars(entries.order_by(AuditEntry.id))])
    return found


# --- the same as one by one --------------------------------------------------------------------


SHAPES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["plain", "due", "later", "other"]), max_size=4),
        st.integers(0, 4),
        st.lists(st.booleans(), min_size=5, max_size=5),
    ),
    min_size=1,
    max_size=3,
)


def stage_of(kind: str, bob: Any) -> dict[str, Any]:
    """A stage of this kind."""
    more = {
        "due": {"due": DUE},
        "later": {"start": NOW + timedelta(days=2)},
        "other": {"operator": bob},
    }
    return {"subject": kind, **more.get(kind, {})}


def twins(makers, session, manager, bob, shapes) -> list[list[Event]]:
    """Two like events of each shape."""
    pairs = []
    for kinds, some, _chosen in shapes:
        first_later = kinds.index("later") if "later" in kinds else len(kinds)
        closed = min(some, first_later)
        pairs.append(
            [
                makers.event(manager, [stage_of(one, bob) for one in kinds], closed=closed)
                for _n in "ab"
            ]
        )
    mark = session.scalar(select(func.max(Batch.id))) or 0
    for pair in pairs:
        for event in pair:
            event.mark = mark
    return pairs


def refusals_of(ids, deed: Callable[[int], Any]) -> dict[int, str]:
    """Each id that the single act refuses, with the first reason's code."""
    found = {}
    for number in ids:
        try:
            with transaction():
                deed(number)
        except DomainError as error:
            found[number] = error.reasons[0].code
    return found


def close_one(actor, number: int, *, events: bool) -> None:
    """As the stage's window does it; with `events`, the last one by its event."""
    stage = visibility.find_visible(Stage, number)
    if events and stage.position == stage.last_pos and stage.is_next:
        operations.close_event(actor, stage.event_id, Wish(), NOW)
    else:
        operations.close_stage(actor, number, Wish(), NOW)


def reassign_stage(actor, number: int, user: Any) -> None:
    """As the stage's window does it."""
    stage = operations.locked_stage(number)
    if stage.is_closed:
        raise RuleViolation(operations.rules.already_closed(stage))
    with db.session.no_autoflush:
        stage.operator = db.session.merge(user, load=True)
        settle_stage(stage)
    operations.done()


def reassign_event(actor, number: int, user: Any) -> None:
    """As the event's form does it, with the open stages of the former operator."""
    event = operations.locked_event(number)
    if event.is_closed:
        raise RuleViolation(*operations.rules.closed_event(event))
    former = event.operator_id
    with db.session.no_autoflush:
        event.operator = db.session.merge(user, load=True)
        settle_event(event)
        pass_stages_on(event, former)
    operations.done()


def move_stage(actor, number: int) -> None:
    """As the stage's form does it: three days later, at the same time of day."""
    stage = operations.locked_stage(number)
    if stage.is_closed:
        raise RuleViolation(operations.rules.already_closed(stage))
    if stage.due_on is None:
        raise RuleViolation(operations.Reason("due.none", ""))
    hour = stage.due_at.astimezone(zone()).time() if stage.due_at else None
    operations.plan_stage(actor, stage, Moment.of(stage.due_on + timedelta(3), hour, zone()))
    operations.done()


STAGE_ACTS = {
    "close": ("close", {}, lambda actor, _bob: lambda n: close_one(actor, n, events=False)),
    "close with events": (
        "close",
        {"events": True},
        lambda actor, _bob: lambda n: close_one(actor, n, events=True),
    ),
    "reassign": (
        "reassign",
        {"operator": "bob"},
        lambda actor, bob: lambda n: reassign_stage(actor, n, bob),
    ),
    "due": ("due", {"days": 3}, lambda actor, _bob: lambda n: move_stage(actor, n)),
}
EVENT_ACTS = {
    "close": (
        "close",
        {},
        lambda actor, _bob: lambda n: operations.close_event(actor, n, Wish(), NOW),
    ),
    "reassign": (
        "reassign",
        {"operator": "bob", "pass_on": True},
        lambda actor, bob: lambda n: reassign_event(actor, n, bob),
    ),
}


@pytest.mark.parametrize("name", STAGE_ACTS)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shapes=SHAPES)
def test_stages_change_as_by_the_single_acts(
    name, shapes, makers, manager, bob, acting_as, session
) -> None:
    act, asked, single = STAGE_ACTS[name]
    pairs = twins(makers, session, manager, bob, shapes)
    chosen: list[list[int]] = [[], []]
    for pair, (_kinds, _closed, picks) in zip(pairs, shapes, strict=True):
        for which, event in enumerate(pair):
            chosen[which] += [s.id for s, pick in zip(event.stages, picks, strict=False) if pick]
    same_way(act, "stage", asked, single, pairs, chosen, manager, bob, acting_as, session)


@pytest.mark.parametrize("name", EVENT_ACTS)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shapes=SHAPES)
def test_events_change_as_by_the_single_acts(
    name, shapes, makers, manager, bob, acting_as, session
) -> None:
    act, asked, single = EVENT_ACTS[name]
    pairs = twins(makers, session, manager, bob, shapes)
    chosen = [[pair[which].id for pair in pairs] for which in (0, 1)]
    same_way(act, "event", asked, single, pairs, chosen, manager, bob, acting_as, session)


def same_way(
    act, register, asked, single, pairs, chosen, manager, bob, acting_as, session
) -> None:
    """The first twins in bulk, the second one by one: rows, journal and refusals agree."""
    asked = {key: bob.id if one == "bob" else one for key, one in asked.items()}
    first, second = ([pair[which] for pair in pairs] for which in (0, 1))
    before = state(session, first)
    with acting_as(manager) as actor:
        with transaction():
            kept = plans.make(actor, acts.find(register, act), chosen[0], asked, NOW)
        if kept.rows:
            with transaction():
                plans.carry_out(actor, kept.token, plans.SKIP, "", NOW)
        refused = refusals_of(chosen[1], single(actor, bob))
        told = {number: code for _kind, number, code in kept.held}
        assert [told.get(one) for one in chosen[0]] == [refused.get(one) for one in chosen[1]]
        assert state(session, first) == state(session, second)
        assert audit(session, first) == audit(session, second)
        if kept.rows:
            with transaction():
                undo.undo(actor, kept.batch_id, datetime.now(UTC))
        old = [[row[:-1] for row in event] for event in before]
        assert state(session, first, versions=False) == old
