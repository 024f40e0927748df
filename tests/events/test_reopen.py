"""Reopening events and stages: with permission and reason; the history keeps the old times."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry, Batch
from tests.events.doors import add_stage, codes, on_stage, state, subjects


def reopen(client, event, **fields):
    return client.post(f"/events/{event.id}/reopening", data=fields)


def test_event_and_last_stage_are_open_again(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b"], closed=2)
    assert reopen(client_as(manager), event, reason="asked again").status_code == 303
    assert state(event) == "coO"


def test_the_history_keeps_the_old_completion_and_the_reason(
    make_event, manager, client_as, session
):
    event = make_event(operator=manager, stages=["a"], closed=1)
    session.expire(event)
    closed_at = event.closed_at.isoformat()
    reopen(client_as(manager), event, reason="asked again")
    batch = session.scalars(select(Batch).order_by(Batch.id.desc())).first()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.batch_id == batch.id)).all()
    assert (batch.act, batch.reason) == ("reopen_event", "asked again")
    assert [entry.changes["closed_at"] for entry in entries] == [[closed_at, None]] * 2


def test_reopen_and_add_leaves_the_old_last_stage_closed(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b"], closed=2)
    closed_at = event.stages[1].closed_at
    reopen(client_as(manager), event, reason="more to do", add="1", subject="c")
    assert (state(event), subjects(event)) == ("ccoO", ["a", "b", "c"])
    assert event.stages[1].closed_at == closed_at


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_it_is_refused_and_asked_again(make_event, manager, client_as, reason):
    event = make_event(operator=manager, stages=["a"], closed=1)
    answer = reopen(client_as(manager), event, reason=reason, asked="reopen")
    assert (answer.status_code, codes(answer)) == (422, ["reason_required"])
    assert "<dialog" in answer.text
    assert state(event) == "cC"


def test_an_open_event_is_not_reopened(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a"])
    assert codes(reopen(client_as(manager), event, reason="x")) == ["event.not_closed"]


def test_an_operator_without_the_right_may_not(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"], closed=1)
    assert reopen(client_as(ann), event, reason="x").status_code == 403


def test_a_stranger_cannot_find_it(make_event, make_user, bob, client_as):
    boss = make_user("boss", "Manager")
    event = make_event(operator=bob, stages=["a"], closed=1)
    assert reopen(client_as(boss), event, reason="x").status_code == 303
    assert client_as(boss).post("/events/999999/reopening").status_code == 404


def test_the_last_closed_stage_is_reopened(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b", "c"], closed=2)
    on_stage(client_as(manager), event, 2, "reopening", reason="not done")
    assert state(event) == "cooO"


def test_an_earlier_one_only_with_those_after_it(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b", "c"], closed=2)
    client = client_as(manager)
    answer = on_stage(client, event, 1, "reopening", reason="x")
    assert (answer.status_code, codes(answer)) == (409, ["stage.not_top"])
    assert f"ask/reopen-down-to?stage={event.stages[0].id}" in answer.text
    on_stage(client, event, 1, "reopening", reason="x", down_to="1")
    assert state(event) == "oooO"


def test_a_closed_event_takes_no_stage_but_offers_to_reopen(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a"], closed=1)
    answer = add_stage(client_as(manager), event, "b")
    assert (answer.status_code, codes(answer)) == (409, ["event.closed"])
    assert "ask/reopen-add" in answer.text


def test_the_command_line_reopens(make_event, manager, ann, command):
    event = make_event(operator=ann, stages=["a", "b"], closed=2)
    words = ("events", "reopen", event.number, "--reason", "again")
    refused = command(*words, "--as", "ann")
    assert (refused.exit_code, "not_allowed.reopen" in refused.stderr) == (1, True)
    assert command(*words, "--as", "manager").exit_code == 0
    assert state(event) == "coO"
    assert command(*words, "--as", "manager", "--stage", "1").exit_code == 0
    assert state(event) == "ooO"
