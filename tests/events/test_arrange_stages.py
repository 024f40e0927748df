"""Adding, inserting, moving, deleting and restoring stages by page."""

import pytest
from sqlalchemy import select

from app.events.models import Stage
from tests.events.doors import add_stage, codes, on_stage, state, subjects


def test_one_line_adds_a_stage_that_goes_on_from_the_one_before(
    make_event, make_contractor, make_person, ann, client_as
):
    zefir = make_contractor("Zefir")
    jan = make_person("Fiszki", contractor=zefir)
    event = make_event(operator=ann, stages=["a"], contractor=zefir, contact=jan)
    fields = {"due": "2026-12-01", "contact": jan.id, "operator": ann.id, "contractor": zefir.id}
    answer = add_stage(client_as(ann), event, "b", **fields)
    assert answer.location == f"/events/{event.id}"
    assert subjects(event) == ["a", "b"]
    new = event.stages[1]
    assert (new.operator_id, new.contact_id) == (ann.id, jan.id)
    assert (event.due_on, event.due_at) == (new.due_on, None)


def test_an_empty_subject_is_that_of_the_stage_before_or_the_event(make_event, ann, client_as):
    event = make_event(operator=ann, subject="Offer")
    client = client_as(ann)
    add_stage(client, event)
    add_stage(client, event, "phone")
    add_stage(client, event)
    assert subjects(event) == ["Offer", "phone", "phone"]


def test_a_cleared_contact_stays_cleared(make_event, make_contractor, make_person, ann, client_as):
    zefir = make_contractor("Zefir")
    jan = make_person("Fiszki", contractor=zefir)
    event = make_event(operator=ann, contractor=zefir, contact=jan)
    add_stage(client_as(ann), event, "b", contact="")
    assert event.stages[0].contact_id is None


def test_a_wrong_line_keeps_what_was_typed(make_event, ann, client_as):
    event = make_event(operator=ann)
    answer = add_stage(client_as(ann), event, "typed words", due="soon")
    assert (answer.status_code, codes(answer)) == (422, ["stage.value"])
    assert 'value="typed words"' in answer.text
    assert subjects(event) == []


def test_a_contact_of_another_contractor_is_refused(
    make_event, make_contractor, make_person, ann, client_as
):
    other = make_person("Obcy", contractor=make_contractor("Other"))
    event = make_event(operator=ann, contractor=make_contractor("Zefir"))
    answer = add_stage(client_as(ann), event, "b", contact=other.id)
    assert (answer.status_code, codes(answer)) == (422, ["event.foreign_contact"])


def test_work_is_not_given_to_who_left(make_event, make_user, ann, client_as):
    gone = make_user("gone", active=False)
    event = make_event(operator=ann)
    answer = add_stage(client_as(ann), event, "b", operator=gone.id)
    assert (answer.status_code, codes(answer)) == (422, ["operator.inactive"])


def test_a_stage_is_inserted_before_an_open_one(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "c"], closed=1)
    add_stage(client_as(ann), event, "b", position=2)
    assert (subjects(event), state(event)) == (["a", "b", "c"], "cooO")


def test_nothing_is_inserted_before_a_closed_one(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "c"], closed=1)
    answer = add_stage(client_as(ann), event, "b", position=1)
    assert (answer.status_code, codes(answer)) == (409, ["stage.before_closed"])
    assert 'name="subject" value="b"' in answer.text


def test_stages_change_places_behind_the_closed_ones(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b", "c"], closed=1)
    client = client_as(ann)
    on_stage(client, event, 3, "position", position=2)
    assert subjects(event) == ["a", "c", "b"]
    answer = on_stage(client, event, 2, "position", position=1)
    assert (answer.status_code, codes(answer)) == (409, ["stage.closed_prefix"])


@pytest.mark.parametrize("position", ["", "x", "-1", "²"])
def test_an_odd_place_is_refused(make_event, ann, client_as, position):
    event = make_event(operator=ann, stages=["a", "b"])
    assert on_stage(client_as(ann), event, 1, "position", position=position).status_code == 400


def test_an_open_stage_goes_to_the_trash_and_back_to_the_end(make_event, ann, client_as, session):
    event = make_event(operator=ann, stages=["a", "b", "c"])
    client = client_as(ann)
    gone = event.stages[0]
    on_stage(client, event, 1, "delete")
    assert subjects(event) == ["b", "c"]
    page = client.get(f"/events/{event.id}").text
    assert f"/stages/{gone.id}/restoring" in page
    client.post(f"/stages/{gone.id}/restoring")
    assert subjects(event) == ["b", "c", "a"]


def test_the_only_stage_leaves_the_due_date_to_the_event(make_event, ann, client_as):
    event = make_event(operator=ann)
    client = client_as(ann)
    add_stage(client, event, "a", due="2026-12-01")
    on_stage(client, event, 1, "delete")
    assert (subjects(event), event.due_on.isoformat()) == ([], "2026-12-01")


def test_behind_a_closed_one_the_last_goes_only_by_choice(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    answer = on_stage(client_as(ann), event, 2, "delete")
    assert (answer.status_code, codes(answer)) == (409, ["stage.choose_new_last"])
    assert answer.text.count(f'action="/stages/{event.stages[1].id}/delete"') == 2


@pytest.mark.parametrize(
    ("choice", "after"),
    [
        pytest.param("reopen_previous", "oO", id="the one before opens again"),
        pytest.param("close_event", "cC", id="the event closes"),
    ],
)
def test_the_choice_is_done(make_event, ann, client_as, choice, after):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    before = event.stages[0].closed_at
    on_stage(client_as(ann), event, 2, "delete", choice=choice)
    assert state(event) == after
    assert event.closed_at == (before if choice == "close_event" else None)


def test_a_closed_stage_goes_only_with_right_and_reason(make_event, ann, manager, client_as):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    assert codes(on_stage(client_as(ann), event, 1, "delete", reason="x")) == [
        "not_allowed.delete_history"
    ]
    boss = client_as(manager)
    assert codes(on_stage(boss, event, 1, "delete")) == ["reason_required"]
    on_stage(boss, event, 1, "delete", reason="entered twice")
    assert (subjects(event), state(event)) == (["b"], "oO")


def test_a_closed_event_keeps_its_stages(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b"], closed=2)
    client = client_as(manager)
    for position in (1, 2):
        answer = on_stage(client, event, position, "delete", reason="x")
        assert (answer.status_code, codes(answer)) == (409, ["event.closed"])
    assert codes(on_stage(client, event, 2, "position", position=1)) == ["event.closed"]


@pytest.mark.parametrize("act", ["closure", "reopening", "position", "delete"])
def test_a_stranger_finds_nothing(make_event, make_user, bob, client_as, act):
    boss = make_user("boss", "Manager")
    event = make_event(operator=bob, stages=["a", "b"])
    stage_id = event.stages[0].id
    fields = {"position": 1, "reason": "x"}
    assert client_as(boss).post(f"/stages/{stage_id + 999}/{act}", data=fields).status_code == 404


def test_another_teams_stages_stay_untouched(make_event, bob, ann, client_as, session):
    event = make_event(operator=bob, stages=["a", "b", "c"])
    client = client_as(ann)
    assert add_stage(client, event, "x").status_code == 404
    assert on_stage(client, event, 1, "position", position=2).status_code == 404
    assert on_stage(client, event, 1, "delete").status_code == 404
    on_stage(client_as(bob), event, 1, "delete")
    gone = session.scalars(select(Stage).where(Stage.position.is_(None))).one()
    assert client.post(f"/stages/{gone.id}/restoring").status_code == 404


@pytest.mark.parametrize("act", ["position", "delete", "restoring"])
def test_a_reader_arranges_nothing(make_event, ann, viewer, client_as, act):
    event = make_event(operator=ann, stages=["a", "b"])
    client = client_as(viewer)
    assert on_stage(client, event, 1, act, position=2).status_code == 403
    assert add_stage(client, event, "x").status_code == 403
