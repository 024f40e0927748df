"""List pages: filters, order, sizes, counts and odd addresses."""

import re
from datetime import date

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from app.contractors.models import Contractor
from app.lists import views

ROW = re.compile(r'data-row id="row-(\d+)"')
LISTS = ("contractors", "persons", "events", "stages")


@pytest.fixture
def some(makers, ann, monkeypatch):
    """Thirty rows in each list, committed together."""
    monkeypatch.setattr(makers, "kept", lambda record: makers.session.add(record) or record)
    contractors = [
        makers.contractor(f"Firm {n:02d}", keeper=ann, city="Łódź" if n % 2 else None)
        for n in range(30)
    ]
    makers.session.flush()
    persons = [makers.person(f"Person {n:02d}", one) for n, one in enumerate(contractors)]
    makers.session.flush()
    for n, (one, person) in enumerate(zip(contractors, persons, strict=True)):
        stage = {"subject": "Call", "due_on": date(2024, 4, n % 28 + 1)}
        more = {"contractor": one, "contact": person, "subject": f"Subject {n:02d}"}
        makers.event(operator=ann, stages=[stage], **more)
    makers.session.commit()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_few_statements_and_little_room(english, ann, some, statements, name):
    client = english(ann)
    with statements() as seen:
        page = client.get(f"/{name}/?view=all")
    assert page.status_code == 200
    assert len(ROW.findall(page.text)) == 25
    assert "25 of 30" in page.text
    assert len(seen) <= 8, seen
    assert not seen.writes
    assert len(page.data) <= 100 * 1024


@pytest.mark.parametrize("path", ["new", "{}/edit"])
@pytest.mark.parametrize("name", ["contractors", "persons", "events"])
def test_a_form_takes_few_statements(english, ann, some, statements, name, path):
    client = english(ann)
    pk = ROW.findall(client.get(f"/{name}/?view=all").text)[0]
    with statements() as seen:
        page = client.get(f"/{name}/{path.format(pk)}")
    assert page.status_code == 200
    assert len(seen) <= 8, seen
    assert len(page.data) <= 100 * 1024


@pytest.mark.parametrize("name", LISTS)
def test_pages_lead_on_and_back(english, ann, some, name):
    client = english(ann)
    first = client.get(f"/{name}/?view=all").text
    following = re.search(r'href="([^"]*)" rel="next"', first)[1].replace("&amp;", "&")
    second = client.get(following).text
    previous = re.search(r'href="([^"]*)" rel="prev"', second)[1].replace("&amp;", "&")
    assert len(ROW.findall(second)) == 5
    assert ROW.findall(client.get(previous).text) == ROW.findall(first)
    last = client.get(f"/{name}/?last=1").text
    assert ROW.findall(last)[-5:] == ROW.findall(second)


def test_two_values_of_one_filter_stay_with_order_and_pages(english, ann, some):
    client = english(ann)
    page = client.get(
        "/events/?_flt_0_subject=bject&_flt_0_subject=t+29&_oc_EventView=number"
    ).text
    assert "2 of 2" in page
    assert page.count("_flt_0_subject=bject&amp;_flt_0_subject=t+29") > 5


SELECTED = {
    "_flt_0_name=lodz": 15,
    "_flt_0_name=firm+07": 1,
    "_flt_0_name=07+lodz": 1,
    "_flt_0_name=100%25": 0,
    "_flt_0_name=_": 0,
    "_flt_0_status=prospect": 30,
    "_flt_0_status=friend": 0,
    "_flt_0_keeper=x": 0,
    "_flt_9_status=prospect": 0,
    "_flt_0_secret=1": 0,
}


def test_empty_filters_leave_the_address(english, ann):
    answer = english(ann).get("/contractors/?_flt_0_name=&_flt_0_status=client&size=50&at=")
    assert answer.location == "/contractors/?_flt_0_status=client&size=50"


def test_filters_select(english, ann, some):
    client = english(ann)
    pages = {query: client.get(f"/contractors/?{query}&size=50").text for query in SELECTED}
    assert {query: len(ROW.findall(page)) for query, page in pages.items()} == SELECTED


def test_a_filter_that_cannot_be_read_says_so_and_selects_nothing(english, ann, some):
    page = english(ann).get("/events/?_flt_0_due=yesterday").text
    assert "“yesterday” can" in page
    assert "Nothing matches these filters." in page


def test_a_chip_names_the_record_and_can_be_removed(english, ann, some, session):
    one = session.query(Contractor).filter_by(name="Firm 07").one()
    page = english(ann).get(f"/events/?_flt_0_contractor={one.id}&size=50").text
    assert f"Contractor: Firm 07 ({one.code})" in page
    assert 'class="chip-remove" href="/events/?size=50"' in page


def test_a_shortcut_in_force_is_marked(english, ann, some):
    page = english(ann).get("/events/?_flt_0_state=open").text
    assert re.search(r'aria-current="page">Open<', page)


def test_a_list_sorted_by_a_column_says_so(english, ann, some):
    page = english(ann).get("/events/?_oc_EventView=due&_od_EventView=desc").text
    assert re.findall(r'aria-sort="(\w+)"><a [^>]*>(\w+)', page) == [("descending", "Due")]
    assert "_od_EventView=asc" in page


def test_a_jump_to_a_day(english, ann, some):
    page = english(ann).get("/events/?_oc_EventView=due&_od_EventView=asc&at=2024-04-20").text
    assert "20 Apr 2024" in page
    assert "19 Apr 2024" not in page


def test_a_jump_to_a_number(english, ann, some):
    client = english(ann)
    sort = "_oc_EventView=number&_od_EventView={}"
    for way, wanted in (("asc", range(12, 31)), ("desc", range(12, 0, -1))):
        pages = [
            client.get(f"/events/?{sort.format(way)}&at={typed}").text
            for typed in ("12/2024", "0012/2024/CRM", "CRM%2F2024%2F12")
        ]
        assert len({"".join(ROW.findall(page)) for page in pages}) == 1
        assert re.findall(r">0*(\d+)/2024/CRM</a>", pages[0]) == [str(n) for n in wanted]
        assert 'placeholder="12/2026"' in pages[0]
    this_year = client.get(f"/events/?{sort.format('asc')}&at=12").text
    assert ROW.findall(this_year) == []
    stages = client.get("/stages/?_oc_StageView=event&_od_StageView=asc&at=29/2024").text
    assert len(ROW.findall(stages)) == 2


def test_a_jump_to_a_plain_number(english, ann, some):
    client = english(ann)
    page = client.get("/stages/?_oc_StageView=position&_od_StageView=asc&at=2").text
    assert ROW.findall(page) == []
    page = client.get("/stages/?_oc_StageView=position&_od_StageView=asc&at=1").text
    assert len(ROW.findall(page)) == 25
    assert re.search(r'id="jump" name="at" required type="number"', page)
    for far in (10**11, -(10**11)):
        answer = client.get(f"/stages/?_oc_StageView=position&_od_StageView=asc&at={far}")
        assert answer.status_code < 500


ODD = (
    "size=26",
    "size=x",
    "after=x",
    "before=%F0%9F%92%A9",
    "after=WyJhIiwxXQ",
    "_oc_EventView=password",
    "_oc_EventView=subject",
    "at=yesterday",
    "_oc_EventView=number&at=next",
    "_oc_EventView=left&at=1.5",
    "at=9999-99-99",
    "_oc_EventView=number&at=999999999999999999999999",
    "_oc_EventView=closed&at=0001-01-01T00:00",
    "_flt_0_subject=%00",
    "after=" + "A" * 9000,
)


def test_odd_addresses_are_refused(english, ann):
    client = english(ann)
    answers = {query: client.get(f"/events/?{query}").status_code for query in ODD}
    assert {query for query, status in answers.items() if status not in (400, 414)} == set()


def test_a_jump_by_moment_needs_no_zone(english, ann):
    client = english(ann)
    for at in ("2024-03-05", "2024-03-05T10:00", "2024-03-05T10:00:00%2B01:00"):
        assert client.get(f"/events/?_oc_EventView=closed&at={at}").status_code == 200


def test_a_long_list_is_counted_no_further_than_a_thousand(english, ann, session):
    rows = [
        {"code": f"C{number}", "name": f"Name {number}", "status": "client", "features": {}}
        for number in range(1001)
    ]
    session.execute(insert(Contractor), rows)
    session.commit()
    page = english(ann).get("/contractors/").text
    assert "25 of more than 1000" in page


def test_an_empty_list_offers_the_one_thing_to_do(english, ann, viewer):
    assert "Nothing here yet." in english(ann).get("/contractors/").text
    assert 'href="/contractors/new"' in english(ann).get("/contractors/").text
    assert 'href="/contractors/new"' not in english(viewer).get("/contractors/").text


def test_stages_open_with_those_that_are_open(english, ann, some):
    client = english(ann)
    assert client.get("/stages/").location == "/stages/?_flt_0_state=open"
    assert re.search(r'aria-current="page">Open<', client.get("/stages/?_flt_0_state=open").text)
    assert re.search(r'aria-current="page">All<', client.get("/stages/?view=all").text)


class Stopped(Exception):
    """What the driver raises when a statement runs past its time."""

    sqlstate = "57014"


def test_a_list_that_takes_too_long_says_what_to_do(english, ann, some, monkeypatch):
    def stop(*_given):
        raise OperationalError("select", {}, Stopped())

    monkeypatch.setattr(views, "fetch", stop)
    page = english(ann).get("/events/?_oc_EventView=contractor")
    assert page.status_code == 503
    assert "sort by a column that has an index" in page.text
