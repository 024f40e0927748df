"""Pages of groups: what they cost, what opens, what is refused."""

import re
from datetime import date

import pytest

from app.lists import grouping

ROW = re.compile(r'data-row id="row-(\d+)"')
GROUP = re.compile(
    r"<summary><span>([^<]+)</span><b>(\d+)</b>(?:<b>(\d+)<i>open</i></b><b>(\d+)<i>overdue</i></b>)?"
    r'</summary><div><a href="([^"]+)">'
)


@pytest.fixture
def some(makers, ann, bob, viewer):
    """Ann has two open events, one overdue, and a closed one; Bob has one without a contractor."""
    firm = makers.contractor("Firm")
    late = {"subject": "Late", "due_on": date(2024, 4, 1)}
    makers.event(operator=ann, stages=[late], contractor=firm)
    makers.event(operator=ann, contractor=firm, start_on=date(2024, 5, 6))
    makers.event(operator=ann, done=True, contractor=firm)
    makers.event(operator=bob, due_on=date(2031, 1, 1))


def groups_on(page):
    """(words, figures, address) of the groups on a page."""
    return [
        (words, tuple(int(one) for one in figures if one), link.replace("&amp;", "&"))
        for words, *figures, link in GROUP.findall(page.text)
    ]


def test_a_page_of_groups_tells_all_open_and_overdue(english, viewer, some, statements):
    client = english(viewer)
    with statements() as seen:
        page = client.get("/events/?by=operator")
    found = [(words, figures) for words, figures, _link in groups_on(page)]
    assert found == [("Ann Tester", (3, 2, 1)), ("Bob Tester", (1, 1, 0))]
    assert re.search(r"Total</span><b>4</b><b>3<i>open</i></b><b>1<i>", page.text)
    assert len(seen) <= 10, seen
    assert not seen.writes


def test_an_opened_group_holds_smaller_ones_and_then_rows(english, viewer, some):
    client = english(viewer)
    page = client.get("/events/?by=operator,contractor&_flt_0_state=open")
    ann = groups_on(page)[0][2]
    inner = client.get(f"{ann}&part=rows")
    assert "<html" not in inner.text
    (words, figures, link), *others = groups_on(inner)
    assert (words, figures, others) == ("Firm", (2, 2, 1), [])
    rows = client.get(f"{link}&part=rows").text
    assert len(ROW.findall(rows)) == 2
    assert ROW.findall(client.get(link).text) == ROW.findall(rows)
    assert "Contractor: Firm" in client.get(link).text


MARK = re.compile(r'<details data-group="([0-9a-f]{8})"( open)?>')
NOT_HERE = re.compile(r"(\d+) groups? opened in this address")


def test_the_address_says_which_groups_are_open(english, viewer, some):
    client = english(viewer)
    marks = [mark for mark, _open in MARK.findall(client.get("/events/?by=operator").text)]
    page = client.get(f"/events/?by=operator&open={marks[1]},{marks[1]}.aaaaaaaa").text
    assert MARK.findall(page) == [(marks[0], ""), (marks[1], " open")]
    assert not NOT_HERE.search(page)
    assert "open=" not in "".join(re.findall(r'(?:href|hx-get)="(/events/\?[^"]*)', page))


def test_marks_stay_when_figures_and_filters_change(english, viewer, some):
    client = english(viewer)
    pages = [client.get(f"/events/?by=contractor{more}") for more in ("", "&_flt_0_state=open")]
    assert MARK.findall(pages[0].text) == MARK.findall(pages[1].text)


def test_an_opened_group_costs_few_statements(english, viewer, some, statements):
    client = english(viewer)
    page = client.get("/events/?by=operator")
    [(mark, _open), *_others], (_words, _figures, link) = (
        MARK.findall(page.text),
        groups_on(page)[0],
    )
    client.get(f"{link}&part=rows")
    with statements() as seen:
        client.get(f"/events/?by=operator&open={mark}")
    with statements() as within:
        client.get(f"{link}&part=rows")
    assert max(len(seen), len(within)) <= 10, (seen, within)
    assert not seen.writes + within.writes


def test_rows_in_groups_are_selected_as_in_the_list(english, manager, some):
    client = english(manager)
    page = client.get("/events/?by=operator&_flt_0_state=open").text
    bar = page.partition('<form method="post" id="select"')[2].partition("</form>")[0]
    assert "All 3 that match" in bar
    listed = re.search(r'name="list" value="([^"]*)"', bar)[1].replace("&amp;", "&")
    link = re.search(r'</summary><div><a href="([^"]+)', page)[1].replace("&amp;", "&")
    rows = client.get(f"{link}&part=rows").text
    boxes = re.findall(r'name="row" value="(\d+)" form="select" data-select-row', rows)
    assert boxes == ROW.findall(rows)
    for chosen, count in (({"row": boxes[:1]}, 1), ({"all": "1"}, 3)):
        asked = client.post("/bulk/event/close", data={"list": listed, "asked": "1", **chosen})
        plan = client.get(asked.location).text
        assert plan.count('id="will-event-') == count


@pytest.mark.parametrize(
    ("opened", "count"),
    [
        ("x", 1),
        ("x,y.z,y", 2),
        ("<b>.%00", 1),
        (",.,", 1),
        (",".join("abcdefghijklmnopqrstuvw"), 23),
    ],
)
def test_groups_that_are_not_here_are_counted_and_left(english, viewer, some, opened, count):
    page = english(viewer).get("/events/", query_string={"by": "operator", "open": opened})
    assert page.status_code == 200
    assert " open>" not in page.text.partition('class="groups"')[2]
    assert NOT_HERE.search(page.text)[1] == str(count)


def test_the_empty_group_stands_last_and_opens(english, viewer, some):
    client = english(viewer)
    found = groups_on(client.get("/events/?by=contractor"))
    assert [words for words, _figures, _link in found] == ["Firm", "(none)"]
    assert len(ROW.findall(client.get(found[1][2]).text)) == 1


def test_periods_are_told_in_words(english, viewer, some):
    words = {
        "month_start": ["March 2024", "May 2024"],
        "week_start": ["2024, week 10, from 4 Mar 2024", "2024, week 19, from 6 May 2024"],
        "day_due": ["1 Apr 2024", "1 Jan 2031", "(none)"],
    }
    client = english(viewer)
    found = {by: [one[0] for one in groups_on(client.get(f"/events/?by={by}"))] for by in words}
    assert found == words


@pytest.mark.parametrize("name", ["contractors", "persons", "events", "stages"])
def test_every_grouping_on_offer_works(
    english, viewer, some, name, make_feature, make_campaign, make_node
):
    for kind in ("text", "number", "date", "yesno", "choice", "tree"):
        make_feature(f"f_{kind}", kind, on_events=True)
    make_node(make_campaign(), "Level")
    client = english(viewer)
    form = client.get(f"/{name}/?part=table").text
    offered = set(re.findall(r'<option value="(\w+)"', form.partition("Group by")[2]))
    assert "campaign" in offered or name == "persons"
    for one in offered:
        assert client.get(f"/{name}/?by={one}").status_code == 200, one
        for key in ("_flt_1_by", "_flt_0_by"):
            assert client.get(f"/{name}/?{key}_{one}=2024-01-01").status_code == 200, one


def test_groups_beyond_a_page_are_on_the_next(english, viewer, makers, monkeypatch):
    monkeypatch.setattr(grouping, "GROUPS", 2)
    for name in "ABCDE":
        makers.contractor(name, city=f"City {name}")
    client = english(viewer)
    pages = [client.get(f"/contractors/?by=city&groups={n}") for n in (1, 2, 3)]
    words = [[one[0] for one in groups_on(page)] for page in pages]
    assert words == [["City A", "City B"], ["City C", "City D"], ["City E"]]
    assert all("Total</span><b>5</b>" in page.text and "5 groups" in page.text for page in pages)


def test_two_hundred_groups_take_little_room(english, viewer, makers, monkeypatch):
    monkeypatch.setattr(makers, "kept", lambda record: makers.session.add(record) or record)
    for n in range(201):
        makers.contractor(f"Firm {n}", city=f"A town with a name {n:03}")
    page = english(viewer).get("/contractors/?by=city&_flt_0_status=prospect&size=50")
    assert len(groups_on(page)) == 200
    assert len(page.data) <= 100 * 1024


ODD = ("by=password", "by=operator,operator", "by=operator,state,start,due", "by=state&groups=x")


@pytest.mark.parametrize("query", ODD)
def test_a_grouping_that_is_not_offered_is_refused(english, viewer, query):
    assert english(viewer).get(f"/events/?{query}").status_code == 400


def test_a_grouping_whose_definition_is_gone_shows_the_list(english, viewer, some):
    page = english(viewer).get("/events/?by=feature_gone,level_2_gone").text
    assert len(ROW.findall(page)) == 4


def test_a_group_that_cannot_be_read_selects_nothing(english, viewer, some):
    client = english(viewer)
    for query in ("_flt_0_by_state=lost", "_flt_0_by_month_due=May", "_flt_0_by_operator=x"):
        page = client.get(f"/events/?{query}").text
        assert ROW.findall(page) == []
        assert "A filter marked here selects nothing" in page
