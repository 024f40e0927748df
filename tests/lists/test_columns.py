"""Columns: which are shown, in which order, how wide, and what they cost."""

import re
from datetime import date

import pytest

from app.lists.models import ListLayout
from app.lists.paging import encode

HEADING = re.compile(r'data-column="(\w+)"')
LISTS = {
    "contractors": "ContractorView",
    "persons": "PersonView",
    "events": "EventView",
    "stages": "StageView",
}
OFFERED = re.compile(r'name="cols" value="(\w+)"')


@pytest.fixture
def some(makers, ann, make_campaign, make_node, make_feature):
    """A few rows in each list, with features and places."""
    kinds = ("text", "number", "date", "yesno", "choice", "tree")
    features = [make_feature(f"f_{kind}", kind, on_events=True) for kind in kinds]
    colour = make_node(features[4], "Blue")
    town = make_node(features[5], "Łódź", make_node(features[5], "Poland"))
    place = make_node(make_campaign(), "Lesser Poland")
    stored = ("some text", "1234.5", "2024-05-01", True, colour.id, town.id)
    values = {one.key: value for one, value in zip(features, stored, strict=True)}
    for n in range(3):
        contractor = makers.contractor(f"Firm {n}", keeper=ann, features=values)
        person = makers.person(f"Person {n}", contractor)
        stages = [{"subject": f"Call {n}", "due_on": date(2024, 4, n + 1)}, "Next"]
        more = {"contractor": contractor, "contact": person, "features": values}
        event = makers.event(operator=ann, stages=stages, closed=1, **more)
        makers.membership(place, event)
        makers.membership(place, contractor)


def columns_of(client, name):
    """All columns that the register offers."""
    return OFFERED.findall(client.get(f"/{name}/?part=table").text)


@pytest.mark.parametrize("name", LISTS)
def test_all_columns_at_once_cost_no_statement_per_row(english, ann, some, statements, name):
    client = english(ann)
    offered = columns_of(client, name)
    with statements() as seen:
        page = client.get(f"/{name}/?cols={','.join(offered)}")
    shown = HEADING.findall(page.text)
    assert set(offered) - set(shown) <= {"subject"}
    assert len(shown) > 7
    assert len(seen) <= 14, seen
    with statements() as less:
        client.get(f"/{name}/?cols={','.join(offered)}&last=1&size=50")
    assert len(less) == len(seen)


def test_values_of_features_and_places_are_shown(english, ann, some):
    cols = (
        "feature_f_text,feature_f_number,feature_f_date,feature_f_yesno,feature_f_tree,campaigns"
    )
    page = english(ann).get(f"/contractors/?cols=name,{cols},feature_f_choice").text
    for words in (
        "some text",
        "1\u00a0234.5",
        "1 May 2024",
        "Blue",
        "Poland › Łódź",
        "spring › Lesser",
    ):
        assert page.count(words) == 3, words


def test_columns_come_in_the_order_of_the_address(english, ann, some):
    client = english(ann)
    page = client.get("/events/?cols=due,number,next,gone_for_good").text
    assert HEADING.findall(page) == ["due", "number", "next"]
    assert "2. Next" in page
    assert HEADING.findall(client.get("/events/?cols=due").text) == ["number", "due"]


def test_what_a_form_sends_becomes_one_short_address(english, ann):
    sent = "cols=number&cols=due&sort=-due&sort=&sort=number&by=&part=&size=50"
    answer = english(ann).get(f"/events/?{sent}")
    words = "size=50&cols=number,due&_oc_EventView=due,number&_od_EventView=desc,asc"
    wanted = sorted(words.split("&"))
    assert sorted(answer.location.partition("?")[2].split("&")) == wanted


def test_headings_tell_the_place_and_direction_of_several_columns(english, ann, some):
    page = english(ann).get("/events/?_oc_EventView=due,operator&_od_EventView=desc,asc").text
    assert 'data-sorted="-due,operator"' in page
    assert re.findall(r'aria-sort="(\w+)"', page) == ["descending"]
    assert re.findall(r"</span>(\d)</span></a>", page) == ["2", "1"]


ODD_ORDERS = ("due,due", "due,password", "number,start,due,closed,contact", "subject")


@pytest.mark.parametrize("names", ODD_ORDERS)
def test_an_order_that_is_not_offered_is_refused(english, ann, names):
    assert english(ann).get(f"/events/?_oc_EventView={names}").status_code == 400


def test_the_order_of_a_feature_that_is_gone_is_left_out(english, ann, some):
    page = english(ann).get("/events/?_oc_EventView=feature_gone,due&_od_EventView=asc,desc")
    assert 'data-sorted="-due"' in page.text
    page = english(ann).get("/events/?_oc_EventView=feature_gone")
    assert 'data-sorted="-start"' in page.text


@pytest.mark.parametrize("name", LISTS)
def test_every_order_on_offer_works_both_ways(english, ann, some, name):
    client = english(ann)
    form = client.get(f"/{name}/?part=table").text.partition("Group by")[0]
    words = re.findall(r'<option value="(-?\w+)"', form)
    assert len(words) > 8
    for word in dict.fromkeys(words):
        page = client.get(f"/{name}/?sort={word}&size=50", follow_redirects=True)
        assert page.text.count("data-row id=") in {3, 6}, word


def test_widths_and_density_are_kept_for_the_operator_and_the_list(
    english, ann, bob, some, session
):
    client = english(ann)
    sent = {"widths": "number:120,due:90", "density": "compact", "back": "/events/?size=50"}
    assert client.post("/layout/EventView", data=sent).location == "/events/?size=50"
    page = client.get("/events/").text
    assert 'class="rows is-sized is-compact"' in page
    assert 'data-column="number" style="width:120px"' in page
    assert "is-sized" not in client.get("/contractors/").text
    assert "is-sized" not in english(bob).get("/events/").text
    client.post("/layout/EventView", data={"widths": ""})
    assert session.get(ListLayout, (ann.id, "EventView")).widths == {}
    assert "is-compact" in client.get("/events/").text


ODD_LAYOUTS = (
    {"widths": "number"},
    {"widths": "number:x"},
    {"widths": "number:1"},
    {"widths": "number:99999"},
    {"widths": "<b>:100"},
    {"density": "huge"},
)


def test_an_odd_layout_is_refused(english, ann, session):
    client = english(ann)
    assert {client.post("/layout/EventView", data=one).status_code for one in ODD_LAYOUTS} == {400}
    for view in ("NoView", "ProfileView", "EventApi"):
        assert client.post(f"/layout/{view}").status_code == 404
    assert session.query(ListLayout).count() == 0


def test_a_layout_never_leads_away(english, ann):
    sent = {"density": "normal", "back": "https://elsewhere.example/?x=1"}
    assert english(ann).post("/layout/EventView", data=sent).location == "/events/?x=1"


def test_a_list_is_counted_to_the_end_on_demand(english, ann, some):
    client = english(ann)
    assert "exactly 6" in client.get("/stages/?part=count").text
    assert "exactly 3" in client.get("/stages/?part=count&_flt_0_state=open").text


def test_the_neighbours_are_those_of_the_list_the_record_was_opened_from(english, ann, some):
    client = english(ann)
    page = client.get("/stages/?_flt_0_state=open&_oc_StageView=due&_od_StageView=desc").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'data-href="([^"]+)"', page)]
    assert len(links) == 3
    slot = re.search(r'hx-get="(/stages/\?[^"]+)" hx-trigger="load"', client.get(links[1]).text)
    around = client.get(slot[1].replace("&amp;", "&")).text
    assert "</span>2 / 3</span>" in around
    steps = re.findall(r'href="([^"]+)"[^>]*data-key="(.)"', around)
    assert [(link.partition("?")[0], key) for link, key in steps] == [
        (links[0].partition("?")[0], "["),
        (links[2].partition("?")[0], "]"),
    ]
    assert client.get(steps[0][0].replace("&amp;", "&")).status_code == 200


def test_a_jump_to_the_number_of_a_feature(english, ann, some):
    client = english(ann)
    sort = "/events/?_oc_EventView=feature_f_number&_od_EventView=asc&cols=number,feature_f_number"
    counts = {
        typed: len(re.findall("data-row id=", client.get(f"{sort}&at={typed}").text))
        for typed in ("1234.5", "1 234,5", "1234,6", "-7")
    }
    assert counts == {"1234.5": 3, "1 234,5": 3, "1234,6": 0, "-7": 3}
    odd = ("at=x", "at=inf", f"after={encode(['1_0'], 1)}")
    assert [client.get(f"{sort}&{one}").status_code for one in odd] == [400] * 3


def test_neighbours_take_four_statements(english, ann, some, statements):
    client = english(ann)
    with statements() as base:
        client.get("/events/?part=count")
    with statements() as seen:
        client.get("/events/?part=beside&pk=1&from=all")
    assert len(seen) <= len(base) + 3


def test_an_act_keeps_the_list_its_page_came_from(english, ann, some, session):
    client = english(ann)
    pk = re.search(r'data-href="/contractors/(\d+)\?', client.get("/contractors/").text)[1]
    page = f"/contractors/{pk}?from=_flt_0_status%3Dprospect"
    came = {"Referer": f"http://localhost{page}"}
    answer = client.post(f"/contractors/{pk}/status", data={"status": "client"}, headers=came)
    assert answer.location == page
    came = {"Referer": "http://localhost/elsewhere?from=all"}
    answer = client.post(f"/contractors/{pk}/status", data={"status": "prospect"}, headers=came)
    assert answer.location == f"/contractors/{pk}"
