"""Acts on many rows by page: selecting, planning, carrying out, taking back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditEntry, Batch
from app.contractors.models import Contractor
from app.events.models import Event, Stage
from app.lists.selection import Selection
from app.records.bulk.plans import BulkPlan

DUE = datetime(2024, 3, 8, 10, 0, tzinfo=UTC)


@pytest.fixture
def events(make_event, ann):
    """Ann's events: three stages each, all open and due."""
    return [
        make_event(operator=ann, stages=[{"subject": one, "due": DUE} for one in "abc"])
        for _n in range(3)
    ]


def firsts(events):
    """The first stage of each."""
    return [event.stages[0].id for event in events]


def plan(client, register, name, **form):
    """Post the rows; the plan's page."""
    answer = client.post(f"/bulk/{register}/{name}", data=form)
    return answer.headers.get("Location", ""), answer


def fresh(session, model, number):
    """The row as it stands."""
    session.rollback()
    return session.get(model, number, populate_existing=True)


def test_selected_stages_close_by_one_plan_and_come_back_by_undo(events, ann, client_as, session):
    client = client_as(ann)
    where, _answer = plan(client, "stage", "close", row=firsts(events), back="/stages/?size=50")
    shown = client.get(where).get_data(as_text=True)
    assert shown.count('id="will-stage-') == 3
    done = client.post(f"{where}/done", data={"mode": "all"})
    assert done.headers["Location"] == "/stages/?size=50"
    assert [fresh(session, Event, one.id).closed_upto for one in events] == [1, 1, 1]
    toast = client.get("/stages/?view=all").get_data(as_text=True)
    undo = re.search(r'action="(/bulk/batch/\d+/undoing)[?"]', toast)
    assert undo is not None
    assert client.post(undo[1]).status_code == 303
    assert [fresh(session, Event, one.id).closed_upto for one in events] == [0, 0, 0]


def test_the_plan_says_row_by_row_what_is_held_back_and_why(events, ann, client_as, session):
    rows = [events[0].stages[1].id, events[1].stages[0].id]
    client = client_as(ann)
    where, _answer = plan(client, "stage", "close", row=rows)
    shown = client.get(where).get_data(as_text=True)
    assert 'data-reason="stage.out_of_order"' in shown
    assert f'id="left-stage-{rows[0]}"' in shown
    refused = client.post(f"{where}/done", data={"mode": "all"})
    assert refused.status_code == 409
    assert fresh(session, Event, events[1].id).closed_upto == 0
    assert client.post(f"{where}/done", data={"mode": "skip"}).status_code == 303
    assert fresh(session, Event, events[1].id).closed_upto == 1
    assert fresh(session, Event, events[0].id).closed_upto == 0


def test_rows_changed_since_the_plan_are_left_and_reported(events, ann, client_as, session):
    client = client_as(ann)
    where, _answer = plan(client, "stage", "due", row=firsts(events), days="3")
    touched = firsts(events)[1]
    session.execute(update(Stage).where(Stage.id == touched).values(version=7))
    session.commit()
    assert client.post(f"{where}/done", data={"mode": "all"}).status_code == 409
    done = client.post(f"{where}/done", data={"mode": "skip"})
    assert done.headers["Location"] == where
    report = client.get(f"{where}/report").get_data(as_text=True)
    assert f"stage;{touched};bulk.changed" in report
    moved = [
        fresh(session, Stage, one).due_on == DUE.date() + timedelta(3) for one in firsts(events)
    ]
    assert moved == [True, False, True]


def test_sent_twice_it_is_done_once(events, ann, client_as, session):
    client = client_as(ann)
    where, _answer = plan(client, "stage", "due", row=firsts(events), days="3")
    for _time in range(2):
        assert client.post(f"{where}/done").status_code == 303
    assert fresh(session, Stage, firsts(events)[0]).due_on == DUE.date() + timedelta(3)
    assert session.scalar(select(Batch.id).where(Batch.act == "bulk_due")) is not None


def test_all_that_match_is_frozen_when_it_is_selected(events, ann, make_event, client_as, session):
    client = client_as(ann)
    found = client.post("/bulk/event/selection", data={"list": "_flt_0_state=open"}).json
    assert found["count"] == 3
    make_event(operator=ann)
    where, _answer = plan(
        client, "event", "due", selection=found["token"], day="2026-12-01", asked="1"
    )
    kept = session.scalars(select(BulkPlan).where(BulkPlan.token == where.split("/")[-1])).one()
    assert len(kept.ids) == 3
    assert kept.rows


def test_rows_unticked_since_are_left_out(events, ann, client_as, session):
    client = client_as(ann)
    token = client.post("/bulk/event/selection", data={"list": ""}).json["token"]
    first, *others = sorted(one.id for one in events)
    asked = {"day": "2026-12-01", "asked": "1", "without": [first, "x"]}
    where, _answer = plan(client, "event", "due", selection=token, **asked)
    kept = session.scalars(select(BulkPlan).where(BulkPlan.token == where.split("/")[-1])).one()
    assert sorted(kept.ids) == others
    asked["without"] = [first, *others]
    assert plan(client, "event", "due", selection=token, **asked)[1].status_code == 422


def test_without_a_script_all_that_match_is_a_box(
    events, ann, bob, make_event, client_as, session
):
    make_event(operator=bob)
    where, answer = plan(client_as(ann), "event", "close", all="1", list="_flt_0_state=open")
    assert answer.status_code == 303
    kept = session.scalars(select(BulkPlan).where(BulkPlan.token == where.split("/")[-1])).one()
    assert sorted(kept.ids) == sorted(one.id for one in events)


def test_a_filter_that_cannot_be_read_selects_nothing(events, ann, client_as):
    answer = client_as(ann).post("/bulk/event/selection", data={"list": "_flt_0_due=soon"})
    assert answer.status_code == 422


def test_rows_of_others_are_not_touched(events, ann, bob, make_event, client_as, session):
    his = make_event(operator=bob, stages=["a", "b"])
    rows = [his.stages[0].id, firsts(events)[0]]
    client = client_as(ann)
    where, _answer = plan(client, "stage", "close", row=rows)
    client.post(f"{where}/done")
    assert fresh(session, Event, his.id).closed_upto == 0
    assert fresh(session, Event, events[0].id).closed_upto == 1
    stranger = client_as(bob)
    assert stranger.get(where).status_code == 404
    assert stranger.post(f"{where}/done").status_code == 404


def test_what_an_act_needs_is_asked_and_wrong_values_stay_typed(events, ann, client_as):
    client = client_as(ann)
    _where, asked = plan(client, "stage", "due", row=firsts(events))
    assert asked.status_code == 200
    assert 'name="days"' in asked.get_data(as_text=True)
    _where, wrong = plan(client, "stage", "due", row=firsts(events), days="99999", asked="1")
    assert wrong.status_code == 422
    assert 'value="99999"' in wrong.get_data(as_text=True)
    _where, none = plan(client, "stage", "close")
    assert none.status_code == 422


def test_above_a_thousand_rows_the_number_is_typed(make_contractor, manager, client_as, session):
    one = make_contractor()
    many = [
        {"code": f"X{number}", "name": "x", "status": "prospect", "search_key": "x"}
        for number in range(1_001)
    ]
    session.execute(Contractor.__table__.insert(), [{**columns_of(one), **row} for row in many])
    session.commit()
    client = client_as(manager)
    found = client.post("/bulk/contractor/selection", data={"list": ""}).json
    where, _answer = plan(
        client, "contractor", "status", selection=found["token"], status="client"
    )
    assert client.post(f"{where}/done", data={"count": "1"}).status_code == 422
    assert client.post(f"{where}/done", data={"count": "1002"}).status_code == 303
    assert fresh(session, Contractor, one.id).status == "client"


def columns_of(one):
    """A contractor's values but for those of its own."""
    own = {"id", "code", "name", "status", "search_key"}
    return {c.name: getattr(one, c.name) for c in one.__table__.columns if c.name not in own}


def test_undo_says_what_changed_since(events, ann, client_as, session):
    client = client_as(ann)
    where, _answer = plan(client, "stage", "due", row=firsts(events), days="3")
    client.post(f"{where}/done")
    batch = session.scalars(select(Batch.id).where(Batch.act == "bulk_due")).one()
    again, _answer = plan(client, "stage", "due", row=firsts(events)[:1], days="1")
    client.post(f"{again}/done")
    refused = client.post(f"/bulk/batch/{batch}/undoing")
    assert refused.status_code == 409
    assert f"{events[0].number}" in refused.get_data(as_text=True)


def test_recent_acts_are_listed_and_closings_need_a_right_later(events, ann, client_as, session):
    client = client_as(ann)
    where, _answer = plan(client, "stage", "close", row=firsts(events))
    client.post(f"{where}/done")
    batch = session.scalars(select(Batch).where(Batch.act == "bulk_close")).one()
    assert f'id="batch-{batch.id}"' in client.get("/bulk/").get_data(as_text=True)
    batch.at = batch.at - timedelta(minutes=2)
    session.commit()
    assert client.post(f"/bulk/batch/{batch.id}/undoing").status_code == 409


def test_a_batch_of_somebody_else_is_not_there(events, ann, bob, client_as, session):
    where, _answer = plan(client_as(ann), "stage", "close", row=firsts(events))
    client_as(ann).post(f"{where}/done")
    batch = session.scalars(select(Batch.id).where(Batch.act == "bulk_close")).one()
    assert client_as(bob).post(f"/bulk/batch/{batch}/undoing").status_code == 404


def test_statements_do_not_grow_with_the_rows(make_event, ann, client_as, statements):
    counts, client = [], client_as(ann)
    for number in (1, 9):
        rows = firsts(
            [make_event(ann, [{"subject": "a", "due": DUE}, "b"]) for _n in range(number)]
        )
        with statements() as seen:
            where, _answer = plan(client, "stage", "due", row=rows, days="2")
            client.post(f"{where}/done")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_expired_selections_and_plans_go(events, ann, client_as, session):
    client = client_as(ann)
    client.post("/bulk/event/selection", data={"list": ""})
    session.execute(update(Selection).values(expires_at=DUE))
    session.commit()
    token = session.scalars(select(Selection.token)).one()
    _where, gone = plan(client, "event", "close", selection=token)
    assert gone.status_code == 422
    client.post("/bulk/event/selection", data={"list": ""})
    assert session.scalars(select(Selection.token)).one() != token


def test_the_bar_offers_what_the_operator_may_do(events, ann, viewer, client_as):
    hers = client_as(ann).get("/stages/?view=all").get_data(as_text=True)
    assert 'formaction="/bulk/stage/close"' in hers
    assert hers.count("data-select-row") == 9
    theirs = client_as(viewer).get("/stages/?view=all").get_data(as_text=True)
    assert "data-select-row" not in theirs
    assert client_as(viewer).post("/bulk/stage/close", data={"row": "1"}).status_code in (302, 403)


def test_the_journal_holds_one_batch_with_an_entry_for_each_row(events, ann, client_as, session):
    client = client_as(ann)
    where, _answer = plan(client, "stage", "due", row=firsts(events), days="-2", note="later")
    client.post(f"{where}/done")
    batch = session.scalars(select(Batch).where(Batch.act == "bulk_due")).one()
    assert (batch.actor_id, batch.reason) == (ann.id, "later")
    entries = session.scalars(select(AuditEntry).where(AuditEntry.batch_id == batch.id)).all()
    assert sorted(one.record_id for one in entries) == sorted(firsts(events))
