"""Today: what is due, in which group, whose; each row's acts; what stands beside."""

import re
from datetime import timedelta

import pytest

from app.days import today
from app.db import now
from app.events.models import Stage

ROW = re.compile(r'data-row id="stage-(\d+)"')
HTMX = {"HX-Request": "true"}


@pytest.fixture
def day(app):
    """The company's day."""
    with app.app_context():
        return today(now())


@pytest.fixture
def planned(makers, ann, day):
    """`planned(days, subject)`: an open stage of ann due so many days from today, two in all."""

    def make(days, subject="Call", **more):
        due = {"due_on": day + timedelta(days=days)}
        stages = [{"subject": subject, **due}, {"subject": "Later"}]
        return makers.event(operator=more.pop("operator", ann), stages=stages, **more).stages[0]

    return make


def group(page, name):
    """The stages shown in a group."""
    found = re.search(rf'id="group-{name}".*?</section>', page, re.DOTALL)
    return [int(pk) for pk in ROW.findall(found[0])] if found else []


def test_the_start_page_is_today(client_as, ann):
    assert client_as(ann).get("/").location == "/today/"


def test_open_stages_stand_by_urgency_and_lists_open_them(planned, client_as, ann, day):
    late, due = planned(-3), planned(0)
    next_one = planned(1)
    page = client_as(ann).get("/today/").text
    found = {name: group(page, name) for name in ("overdue", "today", "tomorrow")}
    assert found == {"overdue": [late.id], "today": [due.id], "tomorrow": [next_one.id]}
    assert f"/stages/?_flt_0_state=overdue&amp;_flt_0_operator={ann.id}" in page


def test_every_group_opens_a_list_of_as_many_rows(planned, client_as, ann, make_user):
    mate = make_user("mate", "Operator", "North")
    for days in (-2, -1, 0, 1, 2, 3):
        planned(days)
        planned(days, operator=mate)
    client = client_as(ann)
    for query in ("", "?whose=team"):
        page = client.get(f"/today/{query}").text
        head = r'card-title"><a href="(/stages/[^"]+)">[^<]+</a> <span class="count">(\d+)<'
        groups = re.findall(head, page)
        assert len(groups) >= 4
        for url, count in groups:
            rows = re.findall('data-row id="row-', client.get(url.replace("&amp;", "&")).text)
            assert len(rows) == int(count), url


def test_a_closed_one_counts_as_done_today(planned, client_as, ann):
    client, stages = client_as(ann), [planned(0), planned(-1)]
    client.post(f"/today/stages/{stages[0].id}/closure", headers=HTMX)
    assert 'value="1" max="2"' in client.get("/today/").text
    assert group(client.get("/today/").text, "today") == []


def test_mine_my_teams_and_another_operators(planned, client_as, make_user, ann, bob, manager):
    mate = make_user("mate", "Operator", "North")
    mine, theirs, strange = planned(0), planned(0, operator=mate), planned(0, operator=bob)

    def shown(user, query):
        return set(group(client_as(user).get(f"/today/{query}").text, "today"))

    assert shown(ann, "") == {mine.id}
    assert shown(ann, "?whose=team") == {mine.id, theirs.id}
    assert shown(ann, f"?whose={bob.id}") == set()  # another team's
    assert shown(manager, f"?whose={bob.id}") == {strange.id}
    assert client_as(ann).get("/today/?whose=999999").status_code == 404
    assert client_as(ann).get("/today/?whose=x").status_code == 404


def test_few_statements_and_little_room(
    planned, client_as, ann, statements, makers, make_campaign
):
    firm = makers.contractor("Przedsiębiorstwo Produkcyjno-Handlowe Zefir")
    for days in (-1, 0, 1, 2, 3) * 11:
        planned(days, "Presentation of the system enova", contractor=firm)
    for _n in range(6):
        event = makers.event(operator=ann, contractor=firm)
    makers.membership(makers.node(make_campaign()), event)
    client = client_as(ann)
    client.get(f"/events/{event.id}")
    with statements() as seen:
        page = client.get("/today/?whose=team")
    assert len(seen) <= 10, seen
    assert not seen.writes
    assert len(page.data) <= 100 * 1024
    assert len(ROW.findall(page.text)) == 50
    assert [len(group(page.text, name)) for name in ("overdue", "today", "tomorrow")] == [10] * 3
    assert page.text.count('class="desk-unplanned"') == 6


def test_events_nobody_has_planned_for_and_records_last_seen(makers, client_as, ann):
    event = makers.event(operator=ann, contractor=makers.contractor("Zefir"))
    client = client_as(ann)
    assert "Ostatnio" not in client.get("/today/").text
    client.get(f"/events/{event.id}")
    client.get(f"/contractors/{event.contractor_id}")
    page = client.get("/today/").text
    seen = re.findall(r'class="desk-seen" href="([^"]+)"', page)
    assert seen == [f"/contractors/{event.contractor_id}", f"/events/{event.id}"]
    assert f'id="plan-{event.id}"' in page


def test_one_press_closes_and_asks_what_comes_next(makers, client_as, ann, session):
    event = makers.event(operator=ann, stages=["a", "b"])
    answer = client_as(ann).post(f"/today/stages/{event.stages[0].id}/closure", headers=HTMX)
    assert answer.status_code == 200
    assert 'class="desk-row is-done"' in answer.text
    assert "/events/undoing/" in answer.text
    assert event.closed_upto == 1


def test_the_last_one_offers_to_close_the_event_or_to_go_on(makers, client_as, ann):
    event = makers.event(operator=ann, stages=["a"])
    client, url = client_as(ann), f"/today/stages/{event.stages[0].id}/closure"
    answer = client.post(url, headers=HTMX)
    assert answer.status_code == 409
    assert 'data-reason="stage.last_closes_with_event"' in answer.text
    gone_on = client.post(url, headers=HTMX, data={"how": "add_next", "text": "mail +3d"})
    assert gone_on.status_code == 200
    assert [stage.subject for stage in event.stages] == ["a", "mail"]
    last = f"/today/stages/{event.stages[1].id}/closure"
    assert client.post(last, headers=HTMX, data={"how": "event"}).status_code == 200
    assert event.is_closed


def test_without_scripts_the_page_comes_back(makers, client_as, ann):
    event = makers.event(operator=ann, stages=["a", "b"])
    client, url = client_as(ann), f"/today/stages/{event.stages[0].id}/closure"
    assert client.post(url, data={"back": "/today/"}).location == "/today/"
    refused = client.post(f"/today/stages/{event.stages[1].id}/closure", data={"back": "/today/"})
    assert refused.status_code == 409
    assert 'data-reason="stage.last_closes_with_event"' in refused.text


PUT_OFF = {
    ("+1d", -5): 1,
    ("+3d", -5): 3,
    ("+3d", 4): 7,
    ("+10d", 4): 10,
    ("jutro", -5): 1,
}


@pytest.mark.parametrize(("text", "days"), PUT_OFF)
def test_a_stage_is_put_off_and_back(planned, client_as, ann, day, session, text, days):
    stage = planned(days)
    client = client_as(ann)
    answer = client.post(f"/today/stages/{stage.id}/due", headers=HTMX, data={"text": text})
    assert 'class="desk-row is-moved"' in answer.text
    assert (stage.due_on - day).days == PUT_OFF[text, days]
    undo = re.search(r"/events/undoing/\d+", answer.text)[0]
    assert client.post(undo, data={"back": "/today/"}).location == "/today/"
    assert (session.get(Stage, stage.id).due_on - day).days == days


def test_what_is_no_date_is_said_and_changes_nothing(planned, client_as, ann, day):
    stage = planned(0)
    url = f"/today/stages/{stage.id}/due"
    answer = client_as(ann).post(url, headers=HTMX, data={"text": "kiedyś"})
    assert answer.status_code == 422
    assert "kiedyś" in answer.text
    assert stage.due_on == day


def test_a_stage_opens_beside_the_list(planned, client_as, ann, bob):
    stage = planned(0, "Call the board")
    url = f"/today/stages/{stage.id}"
    assert "Call the board" in client_as(ann).get(url).text
    assert client_as(bob).get(url).status_code == 404


def test_a_reader_sees_no_acts(planned, client_as, viewer, ann):
    stage = planned(0)
    page = client_as(viewer).get(f"/today/?whose={ann.id}").text
    assert f'id="stage-{stage.id}"' in page
    assert "/closure" not in page
    assert 'id="entry"' not in page
