"""Closing an event, by page and command line: with its last stage, with all, and who may."""

from sqlalchemy import select

from app.audit.models import AuditEntry, Batch
from app.events.definitions import Outcome
from tests.events.doors import close_event, codes, state


def test_the_page_closes_event_and_last_stage_at_one_moment(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["materials", "offer"], closed=1)
    answer = close_event(client_as(ann), event)
    assert answer.location == f"/events/{event.id}"
    assert state(event) == "ccC"
    assert event.closed_at == event.stages[-1].closed_at
    assert event.closed_by_id == event.stages[-1].closed_by_id == ann.id


def test_an_event_without_stages_closes_alone(make_event, ann, client_as):
    event = make_event(operator=ann)
    close_event(client_as(ann), event)
    assert state(event) == "C"


def test_outcome_time_and_note_are_kept(make_event, ann, client_as, session):
    done = session.scalars(select(Outcome).where(~Outcome.system)).first()
    event = make_event(operator=ann, stages=["offer"])
    wish = {"outcome": done.id, "closed_at": "2024-03-05T12:30", "note": "signed"}
    close_event(client_as(ann), event, **wish)
    assert event.outcome_id == event.stages[0].outcome_id == done.id
    assert event.closed_at.isoformat() == "2024-03-05T11:30:00+00:00"
    assert event.closed_on.isoformat() == "2024-03-05"
    assert session.scalars(select(Batch).order_by(Batch.id.desc())).first().reason == "signed"


def test_one_audit_batch_tells_of_event_and_stage(make_event, ann, client_as, session):
    event = make_event(operator=ann, stages=["offer"])
    close_event(client_as(ann), event)
    batch = session.scalars(select(Batch).order_by(Batch.id.desc())).first()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.batch_id == batch.id)).all()
    assert (batch.act, batch.door, batch.actor_id) == ("close_event", "page", ann.id)
    assert {entry.record_type for entry in entries} == {"event", "stage"}
    assert all("closed_at" in entry.changes for entry in entries)


def test_open_stages_before_the_last_refuse_it_and_are_named(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["materials", "phone", "offer"], closed=1)
    answer = close_event(client_as(manager), event)
    assert answer.status_code == 409
    assert codes(answer) == ["event.open_stages"]
    assert "phone" in answer.text
    assert "ask/cascade" in answer.text
    assert state(event) == "cooO"


def test_all_open_stages_close_with_it_when_they_are_named(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b", "c"], closed=1)
    named = [stage.id for stage in event.stages[1:]]
    answer = close_event(client_as(manager), event, named=named)
    assert answer.status_code == 303
    assert state(event) == "cccC"
    assert len({stage.closed_at for stage in event.stages[1:]}) == 1


def test_other_stages_than_the_named_ones_refuse_it(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b", "c"])
    answer = close_event(client_as(manager), event, named=[event.stages[0].id])
    assert (answer.status_code, codes(answer)) == (409, ["event.stages_changed"])


def test_closing_with_all_stages_needs_its_own_right(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    answer = close_event(client_as(ann), event, named=[stage.id for stage in event.stages])
    assert (answer.status_code, codes(answer)) == (403, ["not_allowed.bulk_close"])
    assert state(event) == "ooO"


def test_a_closed_event_is_not_closed_again(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"], closed=1)
    assert codes(close_event(client_as(ann), event)) == ["event.already_closed"]


def test_a_time_to_come_is_refused_and_the_question_stays_open(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"])
    wish = {"asked": "close", "closed_at": "2199-01-01T10:00", "note": "typed words"}
    answer = close_event(client_as(ann), event, **wish)
    assert (answer.status_code, codes(answer)) == (422, ["stage.realization_future"])
    assert "<dialog" in answer.text
    assert "typed words" in answer.text


def test_an_event_without_stages_has_no_time_of_its_own_choice(make_event, ann, client_as):
    event, client = make_event(operator=ann), client_as(ann)
    future = close_event(client, event, closed_at="2199-01-01T10:00")
    assert codes(future) == ["event.realization_future"]
    early = close_event(client, event, closed_at="2024-03-03T10:00")
    assert codes(early) == ["event.realization_before_start"]
    assert state(event) == "O"


def test_an_odd_time_or_outcome_is_refused(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"])
    client = client_as(ann)
    assert codes(close_event(client, event, closed_at="yesterday")) == ["value.moment"]
    assert codes(close_event(client, event, outcome="999999")) == ["outcome.unknown"]
    assert close_event(client, event, outcome="x").status_code == 400


def test_another_operators_event_cannot_be_found(make_event, bob, ann, client_as):
    event = make_event(operator=bob)
    assert close_event(client_as(ann), event).status_code == 404
    assert state(event) == "O"


def test_a_reader_may_not(make_event, ann, viewer, client_as):
    event = make_event(operator=ann)
    assert close_event(client_as(viewer), event).status_code == 403


def test_the_command_line_closes_as_the_named_operator(make_event, ann, command):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    result = command("events", "close", event.number, "--as", "ann")
    assert result.exit_code == 0, result.output
    assert state(event) == "ccC"
    assert event.closed_by_id == ann.id


def test_the_command_line_names_the_code_and_the_stages_in_the_way(make_event, ann, command):
    event = make_event(operator=ann, stages=["first", "b"])
    result = command("events", "close", event.number, "--as", "ann")
    assert result.exit_code == 1
    assert "event.open_stages: " in result.stderr
    assert "first" in result.stderr
    result = command("events", "close", event.number, "--as", "ann", "--stage", "2")
    assert "stage.out_of_order: " in result.stderr
    assert state(event) == "ooO"


def test_the_command_line_closes_a_stage_or_all(make_event, manager, command):
    event = make_event(operator=manager, stages=["a", "b", "c"])
    as_manager = ("--as", "manager")
    assert command("events", "close", event.number, *as_manager, "--stage", "1").exit_code == 0
    assert state(event) == "cooO"
    assert command("events", "close", event.number, *as_manager, "--cascade").exit_code == 0
    assert state(event) == "cccC"


def test_the_command_line_sees_no_more_than_its_operator(make_event, ann, bob, command):
    event = make_event(operator=bob)
    result = command("events", "close", event.number, "--as", "ann")
    assert (result.exit_code, "not_found" in result.stderr) == (1, True)
    assert "operator.unknown" in command("events", "close", "1", "--as", "nobody").stderr
