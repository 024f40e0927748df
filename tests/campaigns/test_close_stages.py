"""Closing the stages of a branch at once: the same as one after the other, or not at all."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.access.current import Scope
from app.audit.models import AuditEntry, Batch
from app.campaigns import bulk
from app.campaigns.bulk import Order
from app.campaigns.places import find_place
from app.db import db, transaction
from app.errors import Conflict, DomainError, NotAllowed, RuleViolation
from app.events import operations
from app.events.models import Event, Stage
from app.records.bulk import undo

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
COLUMNS = (
    "position",
    "closed_at",
    "closed_on",
    "closed_by_id",
    "outcome_id",
    "last_pos",
    "closed_upto",
    "version",
)


@pytest.fixture
def spring(make_campaign):
    return make_campaign()


@pytest.fixture
def branch(spring, make_node):
    """A region with a town below it."""
    region = make_node(spring, "Region")
    return region, make_node(spring, "Town", region)


def order(node, below=True, until=None, events=False):
    return Order(find_place(str(node.id)), below, until, events)


def close(actor, wanted, at=NOW):
    token = bulk.preview(actor, wanted, at).token
    with transaction():
        return bulk.apply(actor, wanted, token, at)


def positions(plan, session):
    """Which stages close."""
    return [session.get(Stage, row.id).position for row in plan.rows]


def reasons(plan):
    """Code -> how many are held back by it."""
    return {code: number for code, _text, number in plan.reasons()}


def state(session, events):
    """What stands in the tables, by event."""
    session.rollback()  # an older snapshot would show what stood before
    session.expire_all()
    return [
        (
            event.closed_at,
            event.closed_on,
            event.closed_by_id,
            event.outcome_id,
            event.closed_upto,
            event.last_pos,
            [tuple(getattr(stage, name) for name in COLUMNS[:-1]) for stage in event.stages],
        )
        for event in (session.get(Event, one.id) for one in events)
    ]


def test_open_stages_close_but_the_last_waits_for_its_event(
    branch, make_event, make_membership, manager, acting_as, session
):
    _region, town = branch
    event = make_event(operator=manager, stages=["a", "b", "c"])
    make_membership(town, event)
    with acting_as(manager) as actor:
        found = bulk.preview(actor, order(branch[0]), NOW)
        assert positions(found.plan, session) == [1, 2]
        assert reasons(found.plan) == {"stage.last_closes_with_event": 1}
        assert found.by_child == [("Town", 2)]
        close(actor, order(branch[0]))
    session.refresh(event)
    assert event.is_open
    assert event.closed_upto == 2


def test_events_whose_last_stage_is_reached_close_too(
    branch, make_event, make_membership, manager, acting_as, session
):
    event = make_event(operator=manager, stages=["a", "b"], closed=1)
    make_membership(branch[1], event)
    with acting_as(manager) as actor:
        close(actor, order(branch[0], events=True))
    session.refresh(event)
    assert event.closed_at == event.stages[-1].closed_at == NOW
    assert event.closed_by_id == manager.id


def test_exactly_here_leaves_what_hangs_below(
    branch, make_event, make_membership, manager, acting_as
):
    make_membership(branch[1], make_event(operator=manager, stages=["a", "b"]))
    with acting_as(manager) as actor:
        assert not bulk.preview(actor, order(branch[0], below=False), NOW).plan.rows


def test_only_stages_due_until_the_day_close_and_in_order(
    branch, make_event, make_membership, manager, acting_as, session
):
    stages = [{"subject": "a"}, {"subject": "b", "due": DUE}, {"subject": "c", "due": DUE}]
    make_membership(branch[1], make_event(operator=manager, stages=stages))
    make_membership(
        branch[1], make_event(operator=manager, stages=[{"subject": "a", "due": DUE}, "b"])
    )
    with acting_as(manager) as actor:
        found = bulk.preview(actor, order(branch[0], until=date(2026, 11, 20)), NOW).plan
    assert positions(found, session) == [1]
    assert reasons(found) == {"stage.out_of_order": 2}


def test_a_stage_that_begins_later_holds_back_those_behind_it(
    branch, make_event, make_membership, manager, acting_as, session
):
    stages = ["a", {"subject": "b", "start": NOW + timedelta(days=3)}, "c", "d"]
    make_membership(branch[1], make_event(operator=manager, stages=stages))
    with acting_as(manager) as actor:
        found = bulk.preview(actor, order(branch[0], events=True), NOW).plan
    assert positions(found, session) == [1]
    assert reasons(found) == {"stage.realization_before_start": 1, "stage.out_of_order": 2}


def one_by_one(actor, event_id, *, events):
    """The same wish through the single acts."""
    wish = operations.Wish()
    while True:
        event = db.session.get_one(Event, event_id, populate_existing=True)
        if event.closed_at or not event.stages:
            return
        stage = event.stages[event.closed_upto]
        if stage.is_last and not events:
            return
        try:
            with transaction():
                if stage.is_last:
                    operations.close_event(actor, event_id, wish, NOW)
                else:
                    operations.close_stage(actor, stage.id, wish, NOW)
        except DomainError:
            return


@pytest.mark.parametrize("events", [False, True], ids=["stages", "with events"])
def test_it_leaves_the_same_state_as_closing_one_by_one(
    events, branch, make_event, make_membership, manager, acting_as, session
):
    chance = random.Random(7)
    pairs = []
    for _number in range(25):
        count = chance.randint(0, 5)
        stages = [
            {"subject": "x", "start": NOW + timedelta(days=1)} if chance.random() < 0.15 else "x"
            for _stage in range(count)
        ]
        closed = next((n for n, one in enumerate(stages) if one != "x"), count)
        closed = chance.randint(0, max(closed - 1, 0))
        pairs.append([make_event(manager, stages, closed=closed) for _twin in range(2)])
        make_membership(branch[1], pairs[-1][0])
    with acting_as(manager) as actor:
        close(actor, order(branch[0], events=events))
        for _bulk, single in pairs:
            one_by_one(actor, single.id, events=events)
    assert state(session, [one for one, _two in pairs]) == state(
        session, [two for _one, two in pairs]
    )


def test_undo_restores_every_row_as_it_was(
    branch, make_event, make_membership, manager, acting_as, session
):
    events = [make_event(manager, ["a", "b", "c"], closed=closed) for closed in (0, 1, 2)]
    for event in events:
        make_membership(branch[1], event)
    before = state(session, events)
    with acting_as(manager) as actor:
        batch = close(actor, order(branch[0], events=True))
        assert state(session, events) != before
        with transaction():
            assert undo.undo(actor, batch, datetime.now(UTC))
        with pytest.raises(RuleViolation) as refused, transaction():
            undo.undo(actor, batch, NOW)
    assert refused.value.reasons[0].code == "undo.done"
    assert state(session, events) == before


def test_undo_is_refused_when_something_changed_since_or_late_or_by_another(
    branch, make_event, make_membership, manager, admin, acting_as
):
    event = make_event(manager, ["a", "b", "c"])
    make_membership(branch[1], event)
    with acting_as(manager) as actor:
        batch = close(actor, order(branch[0]))
        with pytest.raises(RuleViolation) as late, transaction():
            undo.undo(actor, batch, datetime.now(UTC) + timedelta(days=8))
    with acting_as(admin) as other, pytest.raises(DomainError), transaction():
        undo.undo(other, batch, NOW)
    with acting_as(manager) as actor:
        with transaction():
            operations.reopen_stage(actor, event.stages[1].id, "again")
        with pytest.raises(RuleViolation) as changed, transaction():
            undo.undo(actor, batch, NOW)
    assert late.value.reasons[0].code == "undo.too_late"
    assert changed.value.reasons[0].code == "undo.changed"


def test_a_preview_that_is_no_longer_true_is_refused(
    branch, make_event, make_membership, manager, acting_as, session
):
    event = make_event(manager, ["a", "b", "c"])
    make_membership(branch[1], event)
    with acting_as(manager) as actor:
        token = bulk.preview(actor, order(branch[0]), NOW).token
        with transaction():
            operations.close_stage(actor, event.stages[0].id, operations.Wish(), NOW)
        with pytest.raises(Conflict), transaction():
            bulk.apply(actor, order(branch[0]), token, NOW)
        other = bulk.preview(actor, order(branch[0]), NOW).token
        with pytest.raises(Conflict), transaction():
            bulk.apply(actor, order(branch[0], events=True), other, NOW)
    session.refresh(event)
    assert event.closed_upto == 1


def test_only_events_the_actor_sees_are_closed(
    branch, make_event, make_membership, make_user, bob, acting_as, session, app
):
    boss = make_user("boss", "Manager")
    hers, his = (make_event(operator=user, stages=["a", "b"]) for user in (boss, bob))
    for event in (hers, his):
        make_membership(branch[1], event)
    with acting_as(boss) as actor:
        narrow = type(actor)(
            actor.user, actor.door, actor.permissions, Scope.OWN, frozenset({boss.id})
        )
        db.session().info["actor"] = narrow
        close(narrow, order(branch[0]))
    session.expire_all()
    assert session.get(Event, hers.id).closed_upto == 1
    assert session.get(Event, his.id).closed_upto == 0


def test_an_operator_may_not_close_in_bulk(branch, ann, acting_as):
    with acting_as(ann) as actor, pytest.raises(NotAllowed):
        bulk.preview(actor, order(branch[0]), NOW)


def test_one_batch_and_an_entry_for_each_closed_row(
    branch, make_event, make_membership, manager, acting_as, session
):
    make_membership(branch[1], make_event(manager, ["a", "b"]))
    with acting_as(manager) as actor:
        batch = close(actor, order(branch[0], events=True))
    entries = session.scalars(select(AuditEntry).where(AuditEntry.batch_id == batch)).all()
    assert sorted(entry.record_type for entry in entries) == ["event", "stage", "stage"]
    assert all(entry.changes["closed_at"] == [None, NOW.isoformat()] for entry in entries)
    assert session.get(Batch, batch).act == "bulk_close"


def test_statements_do_not_grow_with_the_rows(
    branch, make_event, make_membership, manager, acting_as, statements
):
    counts, region = [], branch[0].id
    for number in (1, 12):
        for _event in range(number):
            make_membership(branch[1], make_event(manager, ["a", "b"]))
        with acting_as(manager) as actor, statements() as seen:
            close(actor, Order(find_place(str(region)), True, events=True))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_page_previews_closes_and_offers_undo(
    branch, make_event, make_membership, manager, client_as, session
):
    event = make_event(manager, ["a", "b", "c"])
    make_membership(branch[1], event)
    client = client_as(manager)
    page = client.get(f"/campaigns/closing/?node={branch[0].id}").get_data(as_text=True)
    token = page.split('name="token" value="')[1].split('"')[0]
    sent = {"node": branch[0].id, "scope": "below", "token": token, "stages": "2"}
    assert client.post("/campaigns/closing/", data=sent).status_code == 303
    assert session.get(Event, event.id).closed_upto == 2
    shown = client.get("/campaigns/").get_data(as_text=True)
    address = shown.split('action="/bulk/batch/')[1].split('"')[0]
    client.post(f"/bulk/batch/{address}")
    assert session.get(Event, event.id).closed_upto == 0


def test_a_stale_page_shows_a_new_preview(
    branch, make_event, make_membership, manager, client_as, session
):
    make_membership(branch[1], make_event(manager, ["a", "b", "c"]))
    sent = {"node": branch[0].id, "scope": "below", "token": "old"}
    answer = client_as(manager).post("/campaigns/closing/", data=sent)
    assert answer.status_code == 409
    assert 'name="token"' in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).where(Stage.closed_at.is_not(None))) == 0


def test_odd_requests_are_refused(branch, manager, ann, client_as):
    client = client_as(manager)
    assert client.get("/campaigns/closing/").status_code == 404
    assert client.get("/campaigns/closing/?node=none").status_code == 404
    assert client.get(f"/campaigns/closing/?node={branch[0].id}&until=soon").status_code == 400
    assert client.get(f"/campaigns/closing/?node={branch[0].id}&outcome=x").status_code == 400
    assert client_as(ann).get(f"/campaigns/closing/?node={branch[0].id}").status_code in (302, 403)
