"""The bell: what is due, what others did to my work, what was seen, and what rings at all."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.access.current import Door
from app.audit.journal import name_act
from app.audit.models import Batch
from app.days import today
from app.db import db, now, transaction
from app.desk import bell
from app.desk.models import BellSetting, Notice
from app.events.models import Event
from app.operators.models import LoginSession
from app.records.models import Mention, Note
from tests.makers import WARSAW

PAST = date(2024, 5, 1)


@pytest.fixture
def rung(client_as):
    """`rung(user)`: the number at the bell."""
    clients = {}

    def count(user):
        client = clients.get(user) or clients.setdefault(user, client_as(user))
        return client.get("/bell/count").json["count"]

    return count


def give(client, event, user, **more):
    """Give the event, and its open stages, to another operator."""
    data = {"version": str(event.version), "subject": event.subject, "operator": user.id}
    start = {"start": event.start_on.isoformat(), "start-time": "09:55"}
    return client.post(f"/events/{event.id}/edit", data={**data, **start, "pass_on": "y", **more})


def test_work_given_rings_once_for_each_act(makers, manager, ann, client_as, rung, session):
    event = makers.event(operator=manager, stages=["a", "b"])
    assert give(client_as(manager), event, ann).status_code == 303
    notice = session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.kind, notice.rows) == (ann.id, "assigned", 3)
    assert rung(ann) == 1
    page = client_as(ann).get("/bell/").text
    assert f'href="/events/{event.id}">{event.number}</a>' in page
    assert "Manager Tester" in page


def test_ones_own_acts_are_silent(makers, ann, client_as, rung, session):
    event = makers.event(operator=ann, stages=["a"])
    client_as(ann).post(f"/stages/in/{event.id}", data={"subject": "b"})
    assert rung(ann) == 0
    assert session.scalars(select(Notice)).all() == []


def test_a_stage_added_for_me_rings(makers, manager, ann, client_as, rung):
    event = makers.event(operator=ann, stages=["a"])
    client_as(manager).post(f"/stages/in/{event.id}", data={"subject": "b"})
    assert rung(ann) == 1


def test_what_was_seen_rings_no_more(makers, manager, ann, client_as, rung):
    give(client_as(manager), makers.event(operator=manager), ann)
    assert client_as(ann).post("/bell/seen").status_code == 303
    assert rung(ann) == 0
    assert "is-new" not in client_as(ann).get("/bell/").text


def test_what_was_taken_back_is_not_told(makers, manager, ann, client_as, rung, session):
    give(client_as(manager), makers.event(operator=manager), ann)
    batch = session.scalars(select(Notice)).one().batch_id
    session.add(Batch(door="page", undoes_id=batch))
    session.commit()
    assert rung(ann) == 0


def test_kinds_that_are_switched_off_keep_silent(makers, manager, ann, client_as, rung, session):
    client, other = client_as(ann), client_as(manager)
    event = makers.event(operator=manager)
    client.post("/bell/kinds", data={"kind": ["reminder", "mention", "bulk"]})
    assert session.get(BellSetting, ann.id).muted == "assigned"
    give(other, event, ann)
    assert rung(ann) == 0
    client.post("/bell/kinds", data={})
    assert rung(ann) == 0  # nothing rings, nothing is asked


def test_an_act_in_bulk_is_told_by_its_number(makers, manager, ann, acting_as, rung, session):
    for _number in range(3):
        makers.event(operator=ann)
    with acting_as(manager), transaction():
        name_act(db.session(), "bulk_shift")
        for event in db.session.scalars(select(Event)):
            event.due_on = PAST
    notice = session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.kind, notice.rows) == (ann.id, "bulk", 3)
    assert rung(ann) == 1


def test_an_import_is_told_in_one_line(makers, admin, ann, acting_as, session):
    makers.event(operator=admin)
    with acting_as(admin, Door.IMPORT), transaction():
        for event in db.session.scalars(select(Event)):
            event.operator_id = ann.id
    assert session.scalars(select(Notice)).one().user_id == ann.id


def test_a_mention_rings_until_it_is_seen(makers, manager, ann, client_as, rung, session):
    firm = makers.contractor("Pacia")
    note = Note(record_type="contractor", record_id=firm.id, text="See this", mentions=[])
    note.created_by_id = manager.id
    note.mentions.append(Mention(user_id=ann.id))
    makers.kept(note)
    assert rung(ann) == 1
    client = client_as(ann)
    page = client.get("/bell/").text
    assert f'href="/contractors/{firm.id}">See this' in page
    assert "See this" in client.get("/bell/?kind=mention").text
    client.post("/bell/seen")
    assert rung(ann) == 0


# --- reminders -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_at", "due_in", "rings"),
    [
        pytest.param(None, -1, True, id="overdue"),
        pytest.param(None, 1, False, id="tomorrow"),
        pytest.param(timedelta(minutes=10), 0, True, id="in ten minutes"),
        pytest.param(timedelta(hours=1), 0, False, id="in an hour"),
    ],
)
def test_what_is_due_rings_in_time(makers, ann, rung, app, due_at, due_in, rings):
    with app.app_context():
        day = today(now()) + timedelta(days=due_in)
    when = {"due": now() + due_at} if due_at else {"due_on": day}
    makers.event(operator=ann, stages=[{"subject": "a", **when}])
    assert rung(ann) == int(rings)


def test_a_whole_day_rings_in_its_morning(app):
    night = datetime(2026, 3, 29, 7, 59, tzinfo=WARSAW)
    with app.app_context():
        assert bell.rung_day(night).isoformat() == "2026-03-28"
        assert bell.rung_day(night + timedelta(minutes=1)).isoformat() == "2026-03-29"


def test_a_reminder_that_was_seen_comes_again_only_when_something_new_is_due(
    makers, ann, rung, client_as, session
):
    makers.event(operator=ann, stages=[{"subject": "a", "due_on": PAST}])
    client_as(ann).post("/bell/seen")
    assert rung(ann) == 0
    makers.event(operator=ann, stages=[{"subject": "b", "due": now() + timedelta(minutes=16)}])
    assert rung(ann) == 0
    setting = session.get(BellSetting, ann.id)
    setting.seen_at = datetime(2024, 4, 1, tzinfo=UTC)
    session.commit()
    assert rung(ann) == 1


def test_few_statements(makers, manager, ann, client_as, statements):
    other = client_as(manager)
    for _number in range(12):
        makers.event(operator=ann, stages=[{"subject": "a", "due_on": PAST}])
        give(other, makers.event(operator=manager, stages=["a"]), ann)
    client = client_as(ann)
    with statements() as seen:
        client.get("/bell/count")
    assert len(seen) <= 4, seen
    assert not seen.writes
    with statements() as seen:
        page = client.get("/bell/")
    assert len(seen) <= 10, seen
    assert len(page.data) <= 100 * 1024
    history = client.get("/bell/?kind=assigned").text
    assert history.count("bell-row is-new") == 12
    assert client.get("/bell/?kind=assigned&before=1").text.count("bell-row is-new") == 0
    assert client.get("/bell/?kind=odd").status_code == 404


def test_asking_by_itself_keeps_nobody_logged_in(ann, client_as, session):
    client = client_as(ann)
    row = session.scalars(select(LoginSession)).one()
    row.seen_at -= timedelta(minutes=30)
    session.commit()
    before = row.seen_at
    client.get("/bell/count", headers={"X-Unattended": "1"})
    assert session.get(LoginSession, row.id).seen_at == before
    client.get("/bell/count")
    assert session.get(LoginSession, row.id).seen_at > before


def test_very_many_are_told_as_more(ann, client_as, monkeypatch):
    monkeypatch.setattr(bell, "unseen", lambda *_who: {"due": 60, "mentioned": 60})
    client = client_as(ann)
    client.post("/profile/language", data={"language": "en"})
    told = client.get("/bell/count").json
    assert told == {"count": 120, "shown": "99+", "text": "99+ new notifications"}
