"""The calendar feed: what calendar programs read under a secret address, and for how long."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask_appbuilder.security.sqla.models import Group, User
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from sqlalchemy import select

from app.days import today
from app.db import now
from app.desk import feed
from app.desk.models import CalendarFeed
from app.operators import logins
from tests.makers import WARSAW

ADDRESS = re.compile(r'value="https?://[^/"]+(/feed/[^"]+\.ics)"')


@pytest.fixture
def day(app):
    """The company's day."""
    with app.app_context():
        return today(now())


@pytest.fixture
def address(client_as):
    """`address(user)`: the path of the user's new feed."""

    def make(user, **more):
        page = client_as(user).post("/profile/feeds/renew", data=more).text
        return ADDRESS.search(page)[1]

    return make


def read(client, path):
    """The entries of the feed by their titles."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return {str(one["summary"]): one for one in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_two_programs_read_the_same(makers, ann, client_as, address, day):
    firm = makers.contractor("Żabka; Łódź, \\ spółka")
    at = datetime(day.year, day.month, day.day, 10, 30, tzinfo=WARSAW)
    stages = [
        {"subject": "tel., ważny", "due": at, "description": "linia 1\nlinia 2;"},
        {"subject": "x" * 200, "due_on": day},
    ]
    event = makers.event(operator=ann, contractor=firm, stages=stages)
    client, path = client_as(None), address(ann)
    mine = read(client, path)
    theirs = IcsCalendarStream.calendar_from_ics(client.get(path).text).events
    timed = mine["tel., ważny – Żabka; Łódź, \\ spółka"]
    assert timed["dtstart"].dt == at
    assert timed["dtstart"].dt.tzinfo in (UTC, ZoneInfo("UTC"))
    assert timed["dtend"].dt == at + timedelta(minutes=30)
    assert "linia 1\nlinia 2;" in timed["description"]
    whole = mine[f"{'x' * 200} – Żabka; Łódź, \\ spółka"]
    assert (whole["dtstart"].dt, whole["dtend"].dt) == (day, day + timedelta(days=1))
    assert {one.summary for one in theirs} == set(mine)
    assert {one.uid for one in theirs} == {str(one["uid"]) for one in mine.values()}
    found = {one.summary: (one.dtstart, one.dtend) for one in theirs}
    assert found == {title: (one["dtstart"].dt, one["dtend"].dt) for title, one in mine.items()}
    assert timed["url"].endswith(f"/stages/{event.stages[0].id}")


@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25)])
def test_times_are_right_when_clocks_change(makers, ann, app, acting_as, night):
    at = datetime(night.year, night.month, night.day, 9, tzinfo=WARSAW)
    makers.event(operator=ann, stages=[{"subject": "a", "due": at}])
    with acting_as(ann) as actor, app.test_request_context():
        owner = CalendarFeed(user_id=actor.id, user=actor.user, token_hash="")
        data = feed.written(owner, feed.stages_of(owner, at))
    entry = Calendar.from_ical(data).walk("VEVENT")[0]
    hour = 7 if night.month == 3 else 8
    assert entry["dtstart"].dt == datetime(night.year, night.month, night.day, hour, tzinfo=UTC)


def test_an_unchanged_feed_is_told_so(makers, ann, client_as, address, day, session):
    event = makers.event(operator=ann, stages=[{"subject": "a", "due_on": day}])
    client, path = client_as(None), address(ann)
    first = client.get(path)
    same = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    uid = read(client, path)["a"]["uid"]
    event.stages[0].subject = "b"
    session.commit()
    changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert read(client, path)["b"]["uid"] == uid


def test_the_window_is_bounded(makers, ann, client_as, address, day, monkeypatch):
    for days in (-91, -90, 0, 400, 401):
        makers.event(
            operator=ann, stages=[{"subject": f"{days}", "due_on": day + timedelta(days)}]
        )
    client, path = client_as(None), address(ann)
    assert set(read(client, path)) == {"-90", "0", "400"}
    monkeypatch.setattr(feed, "MOST", 2)
    assert set(read(client, path)) == {"0", "400"}


def test_rights_are_the_owners_at_the_time_of_reading(
    makers, ann, bob, client_as, address, day, session
):
    mine = makers.event(operator=ann, stages=[{"subject": "mine", "due_on": day}])
    makers.event(operator=bob, stages=[{"subject": "his", "due_on": day}])
    client, path = client_as(None), address(ann)
    assert set(read(client, path)) == {"mine"}
    mine.trashed_at = now()
    session.commit()
    assert read(client, path) == {}


def test_a_teams_feed_has_what_its_members_have_to_do(
    makers, ann, make_user, client_as, address, day, session
):
    mate = make_user("mate", "Operator", "North")
    for user in (ann, mate):
        makers.event(operator=user, stages=[{"subject": user.username, "due_on": day}])
    north = session.scalars(select(Group).where(Group.name == "North")).one()
    path = address(ann, team=north.id)
    assert set(read(client_as(None), path)) == {"ann", "mate"}
    ann.groups = []
    session.commit()
    assert read(client_as(None), path) == {}  # she is not of the team, and sees only her own
    assert client_as(ann).post("/profile/feeds/renew", data={"team": north.id}).status_code == 404


def test_an_address_ends_when_it_is_renewed_or_ended(ann, client_as, address, session):
    first, browser = address(ann), client_as(ann)
    second = ADDRESS.search(browser.post("/profile/feeds/renew").text)[1]
    client = client_as(None)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    assert second not in browser.get("/profile/feeds/").text
    stored = session.scalars(select(CalendarFeed.token_hash)).one()
    assert stored not in second
    browser.post("/profile/feeds/end")
    assert client.get(second).status_code == 404


def test_a_deactivated_owner_and_wrong_addresses_open_nothing(ann, client_as, address, session):
    client, path = client_as(None), address(ann)
    session.get(User, ann.id).active = False
    assert client.get(path).status_code == 404
    assert client.get("/feed/x.ics").status_code == 404
    assert client.get("/feed/.ics").status_code == 404


def test_guessing_is_limited_as_at_the_login(client_as):
    client = client_as(None)
    answers = [client.get(f"/feed/guess{n}.ics") for n in range(logins.PER_ACCOUNT + 1)]
    assert [one.status_code for one in answers] == [404] * logins.PER_ACCOUNT + [429]


def test_few_statements(makers, ann, client_as, address, day, statements):
    for _number in range(20):
        makers.event(operator=ann, stages=[{"subject": "a", "due_on": day}])
    client, path = client_as(None), address(ann)
    with statements() as seen:
        client.get(path)
    assert len(seen) <= 4, seen
    assert not seen.writes
