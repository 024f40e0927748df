"""Closing a stage by page: in its turn, never the last alone, from the window and from lists."""

from sqlalchemy import select

from app.events.definitions import Outcome
from tests.events.doors import close_stage, codes, state, subjects


def test_the_next_stage_closes_by_one_click(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["materials", "offer"])
    answer = close_stage(client_as(ann), event, 1)
    assert answer.location == f"/events/{event.id}"
    assert state(event) == "coO"
    assert event.stages[0].closed_by_id == ann.id


def test_a_later_stage_waits_and_the_open_ones_are_named(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["materials", "phone", "offer"])
    answer = close_stage(client_as(ann), event, 2)
    assert (answer.status_code, codes(answer)) == (409, ["stage.out_of_order"])
    assert f"ask/close-up-to?stage={event.stages[1].id}" in answer.text


def test_the_last_stage_alone_is_refused_with_two_ways_out(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["materials", "offer"], closed=1)
    answer = close_stage(client_as(ann), event, 2)
    assert (answer.status_code, codes(answer)) == (409, ["stage.last_closes_with_event"])
    assert f'action="/events/{event.id}/closure"' in answer.text
    assert "ask/close-next" in answer.text


def test_close_up_to_closes_all_before_too(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b", "c"])
    close_stage(client_as(ann), event, 2, how="up_to")
    assert state(event) == "ccoO"


def test_close_up_to_never_takes_the_last(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    answer = close_stage(client_as(ann), event, 2, how="up_to")
    assert codes(answer) == ["stage.last_closes_with_event"]


def test_close_and_add_next_goes_on_with_a_new_last_stage(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    fields = {"how": "add_next", "subject": "c", "due": "2026-12-01", "due-time": "10:00"}
    close_stage(client_as(ann), event, 2, **fields)
    assert (state(event), subjects(event)) == ("ccoO", ["a", "b", "c"])
    assert event.due_on.isoformat() == event.stages[2].due_on.isoformat() == "2026-12-01"


def test_a_closed_stage_is_not_closed_again(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    assert codes(close_stage(client_as(ann), event, 1)) == ["stage.already_closed"]


def test_the_chosen_outcome_is_kept(make_event, ann, client_as, session):
    done = session.scalars(select(Outcome).where(~Outcome.system)).first()
    event = make_event(operator=ann, stages=["a", "b"])
    close_stage(client_as(ann), event, 1, outcome=done.id)
    assert event.stages[0].outcome_id == done.id


def test_closing_does_not_make_an_open_event_form_stale(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    before = event.version
    close_stage(client_as(ann), event, 1)
    assert event.version == before


def test_from_a_list_the_operator_comes_back_to_it(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b", "c"])
    back = "/stages/?_flt_0_state=open"
    assert close_stage(client_as(ann), event, 1, back=back).location == back
    for foreign in ("https://example.com/", "//example.com/", "/\\example.com"):
        event = make_event(operator=ann, stages=["a", "b"])
        answer = close_stage(client_as(ann), event, 1, back=foreign)
        assert answer.location == f"/events/{event.id}"


def test_the_hour_before_midnight_belongs_to_the_companys_day(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    close_stage(client_as(ann), event, 1, closed_at="2025-12-31T23:59")
    stage = event.stages[0]
    assert stage.closed_at.isoformat() == "2025-12-31T22:59:00+00:00"
    assert stage.closed_on.isoformat() == "2025-12-31"


def test_another_operators_stage_cannot_be_found(make_event, bob, ann, client_as):
    event = make_event(operator=bob, stages=["a", "b"])
    assert close_stage(client_as(ann), event, 1).status_code == 404


def test_a_reader_may_not(make_event, ann, viewer, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    assert close_stage(client_as(viewer), event, 1).status_code == 403


def test_an_unknown_way_of_closing_is_refused(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    assert close_stage(client_as(ann), event, 1, how="gently").status_code == 400
