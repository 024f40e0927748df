"""Undo takes back a closing: by the same operator, within a minute, if nothing changed."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import Batch
from tests.events.doors import add_stage, close_event, close_stage, codes, state, subjects


def last_batch(session):
    return session.scalars(select(Batch).order_by(Batch.id.desc())).first()


def undo(client, batch):
    return client.post(f"/events/undoing/{batch.id}")


@pytest.mark.parametrize(
    ("closed", "how"),
    [
        pytest.param(0, "alone", id="one stage"),
        pytest.param(0, "up_to", id="several stages"),
        pytest.param(2, "event", id="the event"),
        pytest.param(2, "add_next", id="closed and gone on"),
        pytest.param(0, "cascade", id="all"),
    ],
)
def test_every_closing_is_taken_back(makers, manager, client_as, session, closed, how):
    event = makers.event(operator=manager, stages=["a", "b", "c"], closed=closed)
    client, before = client_as(manager), state(event)
    if how == "event":
        close_event(client, event)
    elif how == "cascade":
        close_event(client, event, named=[stage.id for stage in event.stages])
    else:
        close_stage(client, event, {"alone": 1, "up_to": 2}.get(how, 3), how=how)
    assert state(event) != before
    assert undo(client, last_batch(session)).status_code == 303
    assert (state(event), subjects(event)) == (before, ["a", "b", "c"])
    assert last_batch(session).undoes_id is not None


def test_the_toast_offers_it_for_ten_seconds(make_event, ann, client_as, session):
    event = make_event(operator=ann, stages=["a", "b"])
    client = client_as(ann)
    close_stage(client, event, 1)
    page = client.get(f"/events/{event.id}").text
    assert f'action="/events/undoing/{last_batch(session).id}"' in page
    assert re.search(r'data-toast="undo" data-seconds="10"', page)


def test_after_a_minute_it_is_too_late(make_event, ann, client_as, session):
    event = make_event(operator=ann, stages=["a", "b"])
    client = client_as(ann)
    close_stage(client, event, 1)
    batch = last_batch(session)
    batch.at -= timedelta(seconds=61)
    answer = undo(client, batch)
    assert (answer.status_code, codes(answer)) == (409, ["undo.too_late"])


def test_a_closing_others_were_built_on_stays(make_event, ann, client_as, session):
    event = make_event(operator=ann, stages=["a", "b", "c"])
    client = client_as(ann)
    close_stage(client, event, 1)
    batch = last_batch(session)
    close_stage(client, event, 2)
    assert codes(undo(client, batch)) == ["undo.changed"]
    assert state(event) == "ccoO"


def test_a_stage_edited_since_stays(make_event, manager, client_as, session):
    event = make_event(operator=manager, stages=["a", "b"])
    client = client_as(manager)
    close_stage(client, event, 1)
    batch = last_batch(session)
    event.stages[0].description = "written since"
    session.commit()
    stage = event.stages[0]
    client.post(
        f"/stages/{stage.id}/edit",
        data={
            "version": stage.version,
            "start": stage.start_on,
            "operator": manager.id,
            "outcome_id": stage.outcome_id,
            "subject": "another",
            "closed": stage.closed_on,
            "closed-time": f"{stage.closed_at.astimezone():%H:%M}",
        },
    )
    assert codes(undo(client, batch)) == ["undo.changed"]


def test_a_stage_added_since_does_not_matter(make_event, ann, client_as, session):
    event = make_event(operator=ann, stages=["a", "b"])
    client = client_as(ann)
    close_stage(client, event, 1)
    batch = last_batch(session)
    add_stage(client, event, "c")
    undo(client, batch)
    assert (state(event), subjects(event)) == ("oooO", ["a", "b", "c"])


def test_nothing_is_undone_twice(make_event, ann, client_as, session):
    event = make_event(operator=ann, stages=["a", "b"])
    client = client_as(ann)
    close_stage(client, event, 1)
    batch = last_batch(session)
    undo(client, batch)
    assert codes(undo(client, batch)) == ["undo.changed"]


def test_only_who_closed_may(make_event, ann, make_user, client_as, session):
    colleague = make_user("carol", "Operator", "North")
    event = make_event(operator=ann, stages=["a", "b"])
    close_stage(client_as(ann), event, 1)
    assert undo(client_as(colleague), last_batch(session)).status_code == 404
    assert client_as(ann).post("/events/undoing/999999").status_code == 404
