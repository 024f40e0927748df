"""The calendar: the list's filters by day, week and month; clashes, free days, moving a stage."""

import re
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk import calendar
from tests.makers import WARSAW

MONDAY = date(2026, 11, 23)
ENTRY = re.compile(r'class="cal-entry[^>]*data-stage="(\d+)" data-day="([-\d]+)"')


@pytest.fixture
def due(makers, ann):
    """`due(day, hour)`: an open stage of ann, due then."""

    def make(day, hour=None, operator=None, minute=0):
        at = datetime(day.year, day.month, day.day, hour or 0, minute, tzinfo=WARSAW)
        stage = {"due": at} if hour is not None else {"due_on": day}
        event = makers.event(operator=operator or ann, stages=[{"subject": "call", **stage}])
        return event.stages[0]

    return make


def show(client, span, on=MONDAY, more="_flt_0_state=open"):
    """The page of these days."""
    return client.get(f"/calendar/?span={span}&on={on}&{more}").text


@pytest.mark.parametrize("span", calendar.SPANS)
def test_stages_stand_on_their_days(due, client_as, ann, span):
    whole, timed = due(MONDAY), due(MONDAY, 14)
    due(MONDAY + timedelta(days=60))
    found = {(int(pk), day) for pk, day in ENTRY.findall(show(client_as(ann), span))}
    assert found == {(whole.id, "2026-11-23"), (timed.id, "2026-11-23")}


def test_without_filters_it_shows_my_open_stages(client_as, ann):
    answer = client_as(ann).get("/calendar/?span=month")
    assert answer.location == f"/calendar/?_flt_0_state=open&_flt_0_operator={ann.id}&span=month"


def test_filters_and_rights_are_those_of_the_list(due, client_as, ann, bob):
    due(MONDAY)
    assert ENTRY.findall(show(client_as(bob), "week")) == []
    assert ENTRY.findall(show(client_as(ann), "week", more="_flt_0_state=closed")) == []
    assert ENTRY.findall(show(client_as(ann), "week", more="_flt_0_operator=x")) == []


def test_a_full_day_says_how_many_more(due, client_as, ann):
    for _number in range(5):
        due(MONDAY)
    page = show(client_as(ann), "month")
    assert len(ENTRY.findall(page)) == 3
    assert "span=day&amp;on=2026-11-23" in page


def test_stages_of_one_operator_within_half_an_hour_clash(due, client_as, ann, make_user):
    mate = make_user("mate", "Operator", "North")
    first, second = due(MONDAY, 10), due(MONDAY, 10, minute=20)
    due(MONDAY, 10, operator=mate)
    due(MONDAY, 11)
    page = show(client_as(ann), "week")
    clashing = re.findall(r'cal-clash" href="/stages/(\d+)"', page)
    assert {int(pk) for pk in clashing} == {first.id, second.id}


def test_a_stage_is_moved_by_the_same_act_as_everywhere(due, client_as, ann):
    stage, client = due(MONDAY, 10), client_as(ann)
    back = "/calendar/?span=week&_flt_0_state=open"
    data = {"text": "2026-11-25 10:30", "back": back}
    answer = client.post(f"/today/stages/{stage.id}/due", data=data)
    assert answer.location == back
    assert stage.due_at == datetime(2026, 11, 25, 10, 30, tzinfo=WARSAW)
    assert "/events/undoing/" in client.get(back).text


@pytest.mark.parametrize("query", ["span=year", "on=x", "on=9999-01-01", "_oc_StageView=x"])
def test_odd_addresses_are_refused_or_passed_over(client_as, ann, query):
    answer = client_as(ann).get(f"/calendar/?_flt_0_state=open&{query}")
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or query.startswith("_oc_")


@pytest.mark.parametrize("span", calendar.SPANS)
def test_few_statements_and_little_room(due, client_as, ann, statements, span):
    for number in range(40):
        due(MONDAY + timedelta(days=number % 28), 9 if number % 2 else None)
    client = client_as(ann)
    with statements() as seen:
        page = client.get(f"/calendar/?span={span}&on={MONDAY}&_flt_0_state=open")
    assert len(seen) <= 8, seen
    assert len(page.data) <= 100 * 1024


ANY_DAY = st.dates(date(1950, 1, 1), date(2150, 1, 1))


@given(ANY_DAY, st.sampled_from(calendar.SPANS))
def test_spans_join_without_gap(on, span):
    first, last = calendar.bounds(span, on)
    assert first <= on <= last
    assert span == "day" or (first.weekday(), last.weekday()) == (0, 6)
    before, after = (calendar.step(span, on, by) for by in (-1, 1))
    assert calendar.bounds(span, after)[0] <= last + timedelta(days=1)
    assert calendar.bounds(span, before)[1] >= first - timedelta(days=1)
    assert before < on < after
    assert span != "month" or (after.month - on.month) % 12 == (on.month - before.month) % 12 == 1


def test_free_days_are_weekends_and_holidays(app):
    free = [calendar.Day(date(2026, 11, day)).is_free for day in (10, 11, 13, 14, 15)]
    assert free == [False, True, False, True, True]
    with app.app_context():
        assert calendar.Day(date(2026, 11, 11)).holiday


@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25)])
def test_hours_are_right_on_the_days_when_clocks_change(app, night):
    at = datetime(night.year, night.month, night.day, 9, tzinfo=WARSAW)
    with app.app_context():
        assert calendar.hour_of(SimpleNamespace(due_at=at)) == 9
