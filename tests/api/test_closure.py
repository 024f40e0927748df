"""Closing and reopening through the API: the rules of the page, with codes for programs."""

from typing import Any

import pytest

from app.events.models import Event, Stage
from tests.api.conftest import codes


@pytest.fixture
def event(makers: Any, ann: Any) -> Event:
    """An event of Ann's with two open stages."""
    return makers.event(ann, stages=["materials", "offer"])


def test_stages_and_event_close_in_order_and_reopen(as_program, manager, event, session):
    program, first, last = as_program(manager), *event.stages
    refused = program.ask("POST", f"/stage/{last.id}/closure", {})
    assert (refused.status_code, codes(refused)) == (409, ["stage.out_of_order"])
    assert refused.json["reasons"][0]["rows"][0]["id"] == first.id
    closed = program.ask("POST", f"/stage/{first.id}/closure", {"note": "sent"})
    assert closed.status_code == 200, closed.json
    assert closed.json["result"]["closed_by"]["id"] == manager.id
    alone = program.ask("POST", f"/stage/{last.id}/closure")
    assert codes(alone) == ["stage.last_closes_with_event"]
    assert alone.json["reasons"][0]["offers"] == ["close_event", "close_and_add_next"]
    done = program.ask("POST", f"/event/{event.id}/closure")
    assert done.status_code == 200, done.json
    result = done.json["result"]
    assert result["closed_at"] == result["stages"][1]["closed_at"] is not None
    assert (result["stages_closed"], result["stages_total"]) == (2, 2)
    again = program.ask("POST", f"/event/{event.id}/closure")
    assert codes(again) == ["event.already_closed"]
    silent = program.ask("DELETE", f"/event/{event.id}/closure")
    assert (silent.status_code, codes(silent)) == (422, ["reason_required"])
    opened = program.ask("DELETE", f"/event/{event.id}/closure?reason=mistake")
    assert (opened.status_code, opened.json["result"]["closed_at"]) == (200, None)
    assert session.get(Event, event.id).closed_upto == 1


def test_an_event_reopens_by_a_new_stage(as_program, manager, make_event, ann):
    event = make_event(ann, stages=["one"], closed=1)
    path = f"/event/{event.id}/closure?reason=more&add=second+visit"
    result = as_program(manager).ask("DELETE", path).json["result"]
    assert [stage["subject"] for stage in result["stages"]] == ["one", "second visit"]
    assert (result["stages_closed"], result["closed_at"]) == (1, None)


def test_a_cascade_names_the_stages_and_needs_the_right(as_program, ann, manager, event):
    ids = [stage.id for stage in event.stages]
    path = f"/event/{event.id}/closure"
    assert codes(as_program(ann).ask("POST", path, {"cascade": ids})) == ["not_allowed.bulk_close"]
    stale = as_program(manager).ask("POST", path, {"cascade": ids[:1]})
    assert (stale.status_code, codes(stale)) == (409, ["event.stages_changed"])
    done = as_program(manager).ask("POST", path, {"cascade": ids})
    assert (done.status_code, done.json["result"]["stages_closed"]) == (200, 2)


def test_a_stage_closes_with_those_before_it_or_going_on(as_program, ann, make_event):
    event = make_event(ann, stages=["a", "b", "c"])
    program = as_program(ann)
    path = f"/stage/{event.stages[1].id}/closure"
    body = {"how": "up_to", "closed_at": "2024-03-05"}
    assert codes(program.ask("POST", path, body)) == ["value.moment"]
    body["closed_at"] += "T08:00:00Z"
    assert program.ask("POST", path, body).status_code == 200
    path = f"/stage/{event.stages[2].id}/closure"
    body = {"how": "add_next", "subject": "d", "closed_at": "2024-03-06T12:00:00"}
    closed = program.ask("POST", path, body)
    assert closed.json["result"]["closed_at"] == "2024-03-06T12:00:00+01:00"
    stages = program.ask("GET", f"/event/{event.id}").json["result"]["stages"]
    assert [stage["subject"] for stage in stages] == ["a", "b", "c", "d"]
    assert [bool(stage["closed_at"]) for stage in stages] == [True, True, True, False]


WRONG_CLOSINGS = [
    ({"outcome": 777777}, "outcome.unknown"),
    ({"closed_at": "2099-01-01T10:00:00Z"}, "stage.realization_future"),
    ({"closed_at": "2001-01-01T10:00:00Z"}, "stage.realization_before_start"),
    ({"closed_at": "2001-01-01"}, "value.moment"),
    ({"closed_at": None}, "value.null"),
    ({"how": "quickly"}, "value.choice"),
    ({"closed": True}, "value.unknown"),
]


def test_a_wrong_closing_is_422(as_program, ann, event):
    program, path = as_program(ann), f"/stage/{event.stages[0].id}/closure"
    for body, code in WRONG_CLOSINGS:
        answer = program.ask("POST", path, body)
        assert (answer.status_code, codes(answer)) == (422, [code]), body


def test_stages_reopen_down_to_one(as_program, ann, manager, make_event):
    event = make_event(ann, stages=["a", "b", "c"], closed=2)
    path = f"/stage/{event.stages[0].id}/closure?reason=again"
    assert as_program(ann).ask("DELETE", path).status_code == 403
    program = as_program(manager)
    refused = program.ask("DELETE", path)
    assert (codes(refused), refused.json["reasons"][0]["offers"]) == (
        ["stage.not_top"],
        ["reopen_down_to"],
    )
    assert program.ask("DELETE", f"{path}&down_to=true").status_code == 200
    assert program.ask("GET", f"/event/{event.id}").json["result"]["stages_closed"] == 0


def test_stages_are_added_inserted_moved_removed_and_restored(as_program, ann, event, session):
    program, path = as_program(ann), f"/event/{event.id}/stage"
    made = program.ask("POST", path, {"subject": "third", "due": "2030-05-05"})
    assert made.status_code == 201, made.json
    assert made.json["result"]["position"] == 3
    assert made.headers["Location"] == f"/api/v1/stage/{made.json['id']}"
    inserted = program.ask("POST", path, {"subject": "zeroth", "position": 1})
    assert inserted.json["result"]["position"] == 1
    moved = program.ask("PUT", f"/stage/{inserted.json['id']}/position", {"position": 4})
    assert (moved.status_code, moved.json["result"]["position"]) == (200, 4)
    far = program.ask("PUT", f"/stage/{inserted.json['id']}/position", {"position": 9})
    assert codes(far) == ["stage.no_such_position"]
    gone = program.ask("DELETE", f"/stage/{inserted.json['id']}", If_Match=moved.headers["ETag"])
    assert gone.status_code == 200, gone.json
    assert session.get(Stage, inserted.json["id"]).position is None
    back = program.ask("POST", f"/stage/{inserted.json['id']}/restoration")
    assert (back.status_code, back.json["result"]["position"]) == (200, 4)


def test_removing_the_last_open_stage_asks_what_then(as_program, ann, make_event):
    event = make_event(ann, stages=["a", "b"], closed=1)
    program, path = as_program(ann), f"/stage/{event.stages[1].id}"
    etag = program.ask("GET", path).headers["ETag"]
    refused = program.ask("DELETE", path, If_Match=etag)
    assert codes(refused) == ["stage.choose_new_last"]
    assert refused.json["reasons"][0]["offers"] == ["reopen_previous", "close_event"]
    assert program.ask("DELETE", f"{path}?choice=close_event", If_Match=etag).status_code == 200
    assert program.ask("GET", f"/event/{event.id}").json["result"]["closed_at"] is not None


def test_history_of_a_closed_stage_needs_the_right(as_program, ann, manager, make_event):
    event = make_event(ann, stages=["a", "b"], closed=1)
    path = f"/stage/{event.stages[0].id}"
    body = {"closed_at": "2024-03-07T08:00:00+01:00"}
    assert codes(as_program(ann).change(path, body)) == ["not_allowed.edit_history"]
    changed = as_program(manager).change(path, body)
    assert (changed.status_code, changed.json["result"]["closed_at"]) == (200, body["closed_at"])


def test_an_event_goes_to_the_trash_with_its_stages_and_comes_back(as_program, manager, event):
    program, path = as_program(manager), f"/event/{event.id}"
    assert program.ask("DELETE", path, If_Match="*").status_code == 200
    assert program.ask("GET", path).status_code == 404
    assert program.ask("GET", f"/stage/{event.stages[0].id}").status_code == 404
    assert program.ask("POST", f"{path}/restoration").json["result"]["stages_total"] == 2
    history = program.ask("GET", f"{path}/history").json["result"]
    assert [one["act"] for one in history[:2]] == ["restore_event", "trash_event"]
