"""Acts on many records by program: select, plan, apply, undo."""

from datetime import UTC, datetime, timedelta

import pytest

from app.events.models import Event, Stage

DUE = datetime(2024, 3, 8, 10, 0, tzinfo=UTC)


@pytest.fixture
def stages(make_event, ann):
    """The first stages of three events of Ann's, due on a Friday."""
    made = [make_event(ann, [{"subject": "a", "due": DUE}, "b"]) for _n in range(3)]
    return [event.stages[0].id for event in made]


def post(client, path, **body):
    """What the API answers."""
    answer = client.post(f"/api/v1/{path}", json=body)
    return answer.status_code, answer.json


def fresh(session, model, number):
    """The row as it stands."""
    session.rollback()
    return session.get(model, number, populate_existing=True)


def test_a_selection_is_planned_applied_and_taken_back(stages, ann, api_as, session):
    client = api_as(ann)
    filters = {"filters": [{"col": "state", "opr": "eq", "value": "open"}]}
    status, chosen = post(client, "selection", register="stage", q=filters)
    assert (status, chosen["count"]) == (201, 6)
    status, plan = post(client, "stage/bulk/close/plan", selection=chosen["selection"])
    assert (status, plan["will_change"], len(plan["held"])) == (200, 3, 3)
    assert {one["code"] for one in plan["held"]} == {"stage.last_closes_with_event"}
    assert post(client, "stage/bulk/close/apply", plan=plan["plan"])[0] == 409
    status, done = post(client, "stage/bulk/close/apply", plan=plan["plan"], skip_held=True)
    assert (status, done["done"], done["skipped"]) == (200, 3, [])
    assert fresh(session, Stage, stages[0]).is_closed
    again = post(client, "stage/bulk/close/apply", plan=plan["plan"], skip_held=True)[1]
    assert again["batch"] == done["batch"]
    assert client.delete(f"/api/v1/batch/{done['batch']}").status_code == 200
    assert fresh(session, Stage, stages[0]).is_open


def test_due_dates_move_by_working_days(stages, ann, api_as, session):
    client = api_as(ann)
    options = {"days": 1, "working": True}
    _status, plan = post(client, "stage/bulk/due/plan", ids=stages, options=options)
    assert post(client, "stage/bulk/due/apply", plan=plan["plan"])[0] == 200
    stage = fresh(session, Stage, stages[0])
    assert stage.due_on == DUE.date() + timedelta(3)
    assert stage.due_at == DUE + timedelta(3)


def test_wrong_options_are_named_by_field(stages, ann, api_as):
    client = api_as(ann)
    status, wrong = post(client, "stage/bulk/due/plan", ids=stages, options={"days": "x"})
    assert status == 422
    assert {one["field"] for one in wrong["reasons"]} >= {"days"}
    status, wrong = post(client, "stage/bulk/reassign/plan", ids=stages, options={"operator": 0})
    assert (status, wrong["reasons"][0]["field"]) == (422, "operator")


def test_nothing_chosen_is_not_everything(stages, ann, api_as):
    client = api_as(ann)
    assert post(client, "stage/bulk/close/plan")[0] == 422
    assert post(client, "selection", register="stage")[0] == 422
    assert post(client, "stage/bulk/nothing/plan", ids=stages)[0] == 404
    assert post(client, "series/bulk/close/plan", ids=stages)[0] == 404


def test_rows_and_plans_of_others_are_not_there(stages, ann, bob, viewer, api_as, session):
    _status, plan = post(api_as(ann), "stage/bulk/close/plan", ids=stages)
    stranger = api_as(bob)
    assert post(stranger, "stage/bulk/close/plan", ids=stages)[0] == 422
    assert post(stranger, "stage/bulk/close/apply", plan=plan["plan"], skip_held=True)[0] == 404
    assert post(api_as(viewer), "stage/bulk/close/plan", ids=stages)[0] == 403
    assert fresh(session, Event, fresh(session, Stage, stages[0]).event_id).closed_upto == 0
