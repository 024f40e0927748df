"""The queue: one stage after another, its place in the address, a summary at the end."""

import re
from datetime import timedelta

import pytest

from app.days import today
from app.db import now
from app.desk.queue import Queue, read


@pytest.fixture
def day(app):
    """The company's day."""
    with app.app_context():
        return today(now())


@pytest.fixture
def waiting(makers, ann, day):
    """Three stages of ann, due one after another, each in an event that goes on."""
    events = [
        makers.event(
            operator=ann,
            stages=[{"subject": f"call {n}", "due_on": day - timedelta(days=9 - n)}, "then"],
        )
        for n in range(3)
    ]
    return [event.stages[0] for event in events]


def begin(client, query="?_flt_0_state=overdue"):
    """The address of a queue just begun."""
    return client.get(f"/queue/{query}").location


def act(client, url, page, name, **fields):
    """Press a button of the page that stands at `url`; where it leads to."""
    action = re.search(rf'action="(/queue/\d+/{name}[^"]*)"', page)[1].replace("&amp;", "&")
    return client.post(action, data=fields)


def test_every_stage_in_its_turn_and_a_summary(waiting, client_as, ann, day):
    client = client_as(ann)
    first = begin(client)
    assert read_ids(first) == [stage.id for stage in waiting]
    page = client.get(first).text
    assert "call 0" in page
    assert "1/3" in page
    second = act(client, first, page, "closure", how="alone").location
    third = act(client, second, client.get(second).text, "due", step="+1d").location
    page = client.get(third).text
    assert "call 2" in page
    skip = re.search(r'href="([^"]*did=crs[^"]*)"', page)[1].replace("&amp;", "&")
    end = client.get(skip).text
    assert re.findall(r'figure-value">(\d+)<', end) == ["1", "1", "1"]
    assert waiting[0].is_closed
    assert waiting[1].due_on == day + timedelta(days=1)
    assert waiting[2].is_open


def read_ids(url):
    """The ids in a queue's address."""
    return [
        int(one) for one in re.search(r"ids=([\d%C,]+)", url)[1].replace("%2C", ",").split(",")
    ]


def test_back_and_reload_stay_where_they_were(waiting, client_as, ann):
    client = client_as(ann)
    first = begin(client)
    act(client, first, client.get(first).text, "closure", how="alone")
    again = client.get(first)
    assert "call 0" in again.text
    assert "1/3" in again.text


def test_undo_leads_back_to_the_stage(waiting, client_as, ann):
    client = client_as(ann)
    first = begin(client)
    second = act(client, first, client.get(first).text, "closure", how="alone").location
    page = client.get(second).text
    undo = re.search(r'action="(/events/undoing/\d+)".*?name="back" value="([^"]+)"', page)
    back = client.post(undo[1], data={"back": undo[2].replace("&amp;", "&")})
    assert back.location == first
    assert waiting[0].is_open


def test_a_refusal_stays_at_the_stage_with_what_was_typed(makers, client_as, ann, day):
    event = makers.event(operator=ann, stages=[{"subject": "a", "due_on": day}])
    client = client_as(ann)
    first = begin(client, "?_flt_0_state=today")
    wrong = act(client, first, client.get(first).text, "closure", how="alone", note="typed words")
    assert wrong.status_code == 409
    assert 'data-reason="stage.last_closes_with_event"' in wrong.text
    assert "typed words" in wrong.text
    odd = act(client, first, client.get(first).text, "due", text="kiedyś")
    assert odd.status_code == 422
    gone_on = act(
        client, first, client.get(first).text, "closure", how="add_next", text="tel. +3d"
    )
    assert gone_on.status_code == 303
    assert [stage.subject for stage in event.stages] == ["a", "tel."]


def test_hidden_and_closed_stages_are_passed_by(waiting, client_as, ann, bob):
    url = begin(client_as(ann))
    page = client_as(bob).get(url).text
    assert "did=s" in page
    assert "call 0" not in page
    assert begin(client_as(bob)) is None


@pytest.mark.parametrize(
    "query", ["ids=x", "ids=1&did=cc", "ids=1&did=x", "ids=", "_oc_StageView=x"]
)
def test_odd_addresses_are_refused(client_as, ann, query):
    assert client_as(ann).get(f"/queue/?{query}").status_code == 400


def test_an_address_reads_back_as_the_same_queue(app):
    queue = Queue((3, 1, 2), "cr", "_flt_0_state=open")
    assert read(queue.state) == queue
    assert (queue.current, queue.place) == (2, 3)
    assert Queue((1,), "s").current is None


def test_few_statements(waiting, client_as, ann, statements):
    client = client_as(ann)
    url = begin(client)
    with statements() as seen:
        client.get(url)
    assert len(seen) <= 8, seen
