"""A value changed in its cell of a list obeys the rules of the record's form."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry, Batch
from app.events.models import Event, Stage

DUE = datetime(2024, 3, 8, 10, 0, tzinfo=UTC)


@pytest.fixture
def event(make_event, ann):
    """Ann's event with two open stages."""
    return make_event(operator=ann, stages=[{"subject": one, "due": DUE} for one in "ab"])


def version_in(page):
    """The version that the control carries."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def change(client, url, **values):
    """Open the control and send it back."""
    version = version_in(client.get(url).get_data(as_text=True))
    return client.post(url, data={"version": version, **values})


def fresh(session, model, number):
    """The row as it stands."""
    session.rollback()
    return session.get(model, number, populate_existing=True)


def test_a_due_date_is_changed_in_the_cell_and_nothing_else(event, ann, client_as, session):
    stage = event.stages[-1]
    before = (stage.subject, stage.operator_id, stage.start_at, stage.outcome_id)
    url = f"/stages/{stage.id}/cell/due"
    answer = change(client_as(ann), url, due="2024-04-01", **{"due-time": "12:30"})
    assert answer.status_code == 200
    assert "/bulk/batch/" in answer.get_data(as_text=True)
    stage = fresh(session, Stage, stage.id)
    assert stage.due_on == date(2024, 4, 1)
    assert before == (stage.subject, stage.operator_id, stage.start_at, stage.outcome_id)
    assert stage.event.due_on == date(2024, 4, 1)
    batch = session.scalars(select(Batch).where(Batch.act == "inline_edit")).one()
    kinds = select(AuditEntry.record_type).where(AuditEntry.batch_id == batch.id)
    assert sorted(session.scalars(kinds)) == ["event", "stage"]


def test_it_is_undone_as_any_batch(event, ann, client_as, session):
    stage, client = event.stages[-1], client_as(ann)
    change(client, f"/stages/{stage.id}/cell/due", due="2024-04-01")
    batch = session.scalars(select(Batch.id).where(Batch.act == "inline_edit")).one()
    assert client.post(f"/bulk/batch/{batch}/undoing").status_code == 303
    stage = fresh(session, Stage, stage.id)
    assert (stage.due_at, stage.event.due_at) == (DUE, DUE)


def test_operator_and_outcome_are_chosen_in_the_cell(
    event, ann, make_user, client_as, session, makers
):
    eve = make_user("eve", team="North")
    client, stage = client_as(ann), event.stages[0]
    change(client, f"/stages/{stage.id}/cell/operator", operator=eve.id)
    assert fresh(session, Stage, stage.id).operator_id == eve.id
    wrong = change(client, f"/stages/{stage.id}/cell/operator", operator="99999")
    assert wrong.status_code == 422
    wrong = change(client, f"/stages/{stage.id}/cell/closed", outcome_id="99999")
    assert wrong.status_code == 422


def test_a_stale_cell_is_refused_and_keeps_what_was_typed(event, ann, client_as, session):
    stage, client = event.stages[0], client_as(ann)
    url = f"/stages/{stage.id}/cell/due"
    version = version_in(client.get(url).get_data(as_text=True))
    change(client, url, due="2024-04-02")
    late = client.post(url, data={"version": version, "due": "2024-05-05"})
    assert late.status_code == 409
    assert 'value="2024-05-05"' in late.get_data(as_text=True)
    assert fresh(session, Stage, stage.id).due_on == date(2024, 4, 2)


def test_wrong_values_stay_in_the_cell(event, ann, client_as):
    url = f"/stages/{event.stages[0].id}/cell/due"
    wrong = change(client_as(ann), url, due="soon")
    assert wrong.status_code == 422
    assert "invalid-feedback" in wrong.get_data(as_text=True)


def test_closed_history_needs_its_right(make_event, ann, manager, client_as, session):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    url = f"/stages/{event.stages[0].id}/cell/due"
    assert change(client_as(ann), url, due="2024-04-01").status_code == 403
    assert change(client_as(manager), url, due="2024-04-01").status_code == 200
    assert fresh(session, Stage, event.stages[0].id).due_on == date(2024, 4, 1)


def test_an_event_with_stages_is_due_as_the_last_one(event, ann, make_event, client_as, session):
    client = client_as(ann)
    assert client.get(f"/events/{event.id}/cell/due").status_code == 404
    alone = make_event(operator=ann)
    assert change(client, f"/events/{alone.id}/cell/due", due="2024-04-01").status_code == 200
    assert fresh(session, Event, alone.id).due_on == date(2024, 4, 1)


def test_other_columns_and_records_of_others_have_no_cells(event, ann, bob, viewer, client_as):
    url = f"/stages/{event.stages[0].id}/cell/"
    assert client_as(ann).get(f"{url}subject").status_code == 404
    assert client_as(ann).get(f"{url}feature_none").status_code == 404
    assert client_as(bob).get(f"{url}due").status_code == 404
    assert client_as(bob).post(f"{url}due", data={"due": "2024-04-01"}).status_code == 404
    assert client_as(viewer).get(f"{url}due").status_code in (302, 403)


def test_a_feature_is_changed_in_the_cell(make_feature, make_event, ann, client_as, session):
    feature = make_feature("budget", "number", on_events=True)
    event = make_event(operator=ann)
    url = f"/events/{event.id}/cell/feature_budget"
    client = client_as(ann)
    assert change(client, url, feature_budget="x").status_code == 422
    assert change(client, url, feature_budget="12").status_code == 200
    assert fresh(session, Event, event.id).features[feature.key] == "12"
    batch = session.scalars(select(Batch.id).where(Batch.act == "inline_edit")).one()
    assert client.post(f"/bulk/batch/{batch}/undoing").status_code == 303
    assert feature.key not in fresh(session, Event, event.id).features
