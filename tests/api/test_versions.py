"""Lost updates and double requests: ETag, If-Match, Idempotency-Key."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import now
from app.events.models import Event
from app.fab.once import IdempotentReply
from tests.api.conftest import codes

WRONG_VERSIONS = (
    ({}, 428, "if_match.missing"),
    ({"If_Match": '"77"'}, 412, "conflict"),
    ({"If_Match": "nonsense"}, 412, "conflict"),
)


@pytest.mark.parametrize("resource", ["contractor", "person", "event", "stage"])
def test_a_change_says_which_version_it_is_made_from(
    resource, as_program, manager, makers, statements
):
    event = makers.event(manager, stages=["a", "b"])
    ids = {"contractor": makers.contractor().id, "person": makers.person().id}
    ids |= {"event": event.id, "stage": event.stages[1].id}
    path, program = f"/{resource}/{ids[resource]}", as_program(manager)
    for method, body in (("PUT", {}), ("PATCH", {}), ("DELETE", None)):
        etag = program.ask("GET", path).headers["ETag"]
        for header, status, code in WRONG_VERSIONS:
            with statements() as seen:
                answer = program.ask(method, path, body, **header)
            assert (answer.status_code, codes(answer)) == (status, [code])
            assert not seen.writes
        assert program.ask(method, path, body, If_Match=f"W/{etag}").status_code == 200


def test_the_second_of_two_editors_is_told(as_program, ann, make_contractor):
    program, path = as_program(ann), f"/contractor/{make_contractor().id}"
    etag = program.ask("GET", path).headers["ETag"]
    first = program.ask("PUT", path, {"city": "Łódź"}, If_Match=etag)
    second = program.ask("PUT", path, {"city": "Kraków"}, If_Match=etag)
    assert (first.status_code, second.status_code) == (200, 412)
    assert program.ask("GET", path).json["result"]["city"] == "Łódź"


def test_a_stage_act_does_not_make_an_open_event_stale(as_program, ann, make_event):
    event = make_event(ann, stages=["a", "b"])
    program, path = as_program(ann), f"/event/{event.id}"
    etag = program.ask("GET", path).headers["ETag"]
    assert program.ask("POST", f"/stage/{event.stages[0].id}/closure").status_code == 200
    assert program.ask("PUT", path, {"subject": "new"}, If_Match=etag).status_code == 200


def test_an_act_may_say_its_version_too(as_program, ann, make_event):
    event = make_event(ann, stages=["a"])
    program, path = as_program(ann), f"/event/{event.id}"
    etag = program.ask("GET", path).headers["ETag"]
    assert program.ask("POST", f"{path}/closure", {}, If_Match='"77"').status_code == 412
    assert program.ask("POST", f"{path}/closure", {}, If_Match=etag).status_code == 200


def test_the_same_key_gives_the_first_answer_again(as_program, ann, session):
    program, body = as_program(ann), {"subject": "once"}
    first = program.ask("POST", "/event/", body, Idempotency_Key="k1")
    second = program.ask("POST", "/event/", body, Idempotency_Key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    for header in ("Location", "ETag"):
        assert first.headers[header] == second.headers[header]
    other = program.ask("POST", "/event/", {"subject": "other"}, Idempotency_Key="k1")
    assert (other.status_code, codes(other)) == (422, ["idempotency.reused"])
    assert session.scalar(select(func.count()).select_from(Event)) == 1


def test_a_closing_with_a_key_is_done_once(as_program, ann, make_event):
    event = make_event(ann, stages=["a", "b"])
    program, path = as_program(ann), f"/stage/{event.stages[0].id}/closure"
    answers = [program.ask("POST", path, {}, Idempotency_Key="close") for _try in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json == answers[2].json
    assert codes(program.ask("POST", path, {})) == ["stage.already_closed"]


def test_a_key_belongs_to_its_account(as_program, ann, bob, session):
    for user in (ann, bob):
        answer = as_program(user).ask("POST", "/event/", {"subject": "x"}, Idempotency_Key="same")
        assert answer.status_code == 201
    assert session.scalar(select(func.count()).select_from(Event)) == 2


def test_a_refused_request_may_be_tried_again_with_its_key(as_program, ann, make_event, session):
    event = make_event(ann, stages=["a", "b"])
    program, path = as_program(ann), f"/stage/{event.stages[1].id}/closure"
    body = {"how": "add_next"}
    assert program.ask("POST", path, body, Idempotency_Key="k").status_code == 409
    assert session.scalars(select(IdempotentReply)).all() == []
    assert program.ask("POST", f"/stage/{event.stages[0].id}/closure").status_code == 200
    assert program.ask("POST", path, body, Idempotency_Key="k").status_code == 200


def test_a_key_has_an_end(as_program, ann):
    answer = as_program(ann).ask("POST", "/event/", {"subject": "x"}, Idempotency_Key="k" * 121)
    assert (answer.status_code, codes(answer)) == (422, ["idempotency.key"])


@pytest.mark.parametrize(("headers", "events"), [({"Idempotency-Key": "race"}, 1), ({}, 8)])
def test_equal_requests_at_once_make_one_event(headers, events, api_as, ann, session):
    def ask(client: Any) -> Any:
        return client.post("/api/v1/event/", json={"subject": "x"}, headers=headers)

    answers = at_once([ask] * 8, lambda: api_as(ann))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == events
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Event)) == events


def test_of_many_racing_editors_each_wins_or_is_told(api_as, ann, makers):
    contractor = makers.contractor()
    path = f"/api/v1/contractor/{contractor.id}"

    def edit(number: int) -> Any:
        body = {"city": f"town {number}"}
        return lambda client: client.put(path, json=body, headers={"If-Match": '"1"'})

    answers = at_once([edit(number) for number in range(8)], lambda: api_as(ann))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    (winner,) = [answer for answer in answers if answer.status_code == 200]
    assert api_as(ann).get(path).json["result"]["city"] == winner.json["result"]["city"]


def at_once(tasks: list[Any], login: Any) -> list[Any]:
    """What the tasks answer, each in a thread with a client of its own, started together."""
    clients = [login() for _task in tasks]
    gate, answers = threading.Barrier(len(tasks)), []

    def work(task: Any, client: Any) -> None:
        client.session = None  # the test's own session is not for threads
        gate.wait()
        answers.append(task(client))

    pairs = zip(tasks, clients, strict=True)
    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(tasks)
    return answers


def test_old_answers_are_cleared_away_bit_by_bit(as_program, ann, session, monkeypatch):
    monkeypatch.setattr("app.fab.once.CLEARED", 2)
    for number, days in enumerate((1, 3, 4, 5)):
        at = now() - timedelta(days=days)
        kept = IdempotentReply(
            key=f"k{number}", user_id=ann.id, request_hash="", status=200, at=at
        )
        session.add(kept)
    session.commit()
    program = as_program(ann)
    for left in (["k0", "k1", "new0"], ["k0", "new0", "new1"]):
        key = left[-1]
        answer = program.ask("POST", "/event/", {"subject": "x"}, Idempotency_Key=key)
        assert answer.status_code == 201
        assert sorted(session.scalars(select(IdempotentReply.key))) == left
