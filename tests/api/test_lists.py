"""Lists by `q=`: filters, orders, pages, columns; few statements; odd questions are 400."""

import json
from typing import Any

import pytest

from tests.api.conftest import codes


@pytest.fixture
def events(makers: Any, ann: Any) -> list[Any]:
    """Five events of Ann's: two closed, of two contractors."""
    one, other = makers.contractor("One"), makers.contractor("Łódź")
    return [
        makers.event(
            ann, subject=f"s{n}", contractor=(one, other)[n % 2], stages=["a"], closed=n % 2
        )
        for n in range(5)
    ]


def test_a_list_tells_ids_rows_and_how_many(as_program, viewer, events):
    found = as_program(viewer).get("/event/", order_column="number", order_direction="asc").json
    assert found["ids"] == [event.id for event in events]
    assert (found["count"], found["count_is_exact"], found["next"]) == (5, True, None)
    assert [row["id"] for row in found["result"]] == found["ids"]
    assert found["result"][0]["contractor"]["text"] == events[0].contractor.full_name


def test_rison_is_read_as_well_as_json(as_program, viewer, events):
    client = as_program(viewer).client
    rison = "(filters:!((col:state,opr:eq,value:closed)),order_column:number,page_size:1)"
    found = client.get("/api/v1/event/", query_string={"q": rison}).json
    assert (found["count"], found["ids"]) == (2, [events[1].id])


FILTERS = [
    ("event", [("state", "eq", "open")], 3),
    ("event", [("state", "eq", "closed"), ("subject", "ct", "S1")], 1),
    ("event", [("subject", "ct", "s%")], 0),
    ("event", [("start", "ge", "2024-03-04"), ("start", "le", "2024-03-04")], 5),
    ("event", [("start", "gt", "2024-03-04")], 0),
    ("event", [("internal", "eq", True)], 0),
    ("event", [("contractor", "rel_o_m", 2147483647)], 0),
    ("stage", [("state", "eq", "closed")], 2),
    ("contractor", [("name", "ct", "lodz")], 1),
    ("contractor", [("status", "eq", "prospect")], 2),
]


def test_filters(as_program, viewer, events):
    program = as_program(viewer)
    for resource, filters, wanted in FILTERS:
        asked = [dict(zip(("col", "opr", "value"), one, strict=True)) for one in filters]
        found = program.get(f"/{resource}/", filters=asked).json
        assert (found["count"], len(found["ids"])) == (wanted, wanted), filters


def test_pages_by_cursor_and_by_number_give_every_row_once(as_program, viewer, events):
    for order in ("start", "number", "due", "closed", "id"):
        for way in ("asc", "desc"):
            walk_pages(as_program(viewer), order, way, events)


def walk_pages(program, order, way, events):
    asked = {"order_column": order, "order_direction": way, "page_size": 2}
    walked, after = [], {}
    while True:
        page = program.get("/event/", **asked, **after).json
        walked += page["ids"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    pages = [program.get("/event/", **asked, page=n).json["ids"] for n in range(3)]
    assert sorted(walked) == sorted(event.id for event in events)
    assert walked == [pk for page in pages for pk in page]
    assert program.get("/event/", **asked, page=9).json["ids"] == []


def test_several_orders_by_cursor_and_by_number(as_program, viewer, events):
    program = as_program(viewer)
    by_number = [event.id for event in events]
    backwards = by_number[::-1]
    cases = {
        ("start", "number"): (["asc", "asc"], by_number),
        ("due", "start", "number"): (["desc", "asc", "desc"], backwards),
        ("start", "id"): (["desc", "desc"], backwards),
        ("number",): ([], by_number),
    }
    for names, (ways, wanted) in cases.items():
        asked = {"order_columns": list(names), "order_directions": ways, "page_size": 2}
        pages = [program.get("/event/", **asked, page=n).json["ids"] for n in range(3)]
        after, walked = program.get("/event/", **asked).json, []
        while after["next"]:
            walked += after["ids"]
            after = program.get("/event/", **asked, after=after["next"]).json
        assert [pk for page in pages for pk in page] == [*walked, *after["ids"]] == wanted, names


def test_features_are_orders_too(as_program, viewer, makers, make_feature):
    key = make_feature("budget", kind="number").key
    sums = {makers.contractor(f"c{n}", features={key: n}).id: n for n in ("9", "80", "7")}
    program = as_program(viewer)
    assert "feature_budget" in program.get("/contractor/_info").json["order_columns"]
    found = program.get("/contractor/", order_column="feature_budget").json["ids"]
    assert [sums[pk] for pk in found] == ["7", "9", "80"]


def test_columns_can_be_chosen(as_program, viewer, events):
    found = as_program(viewer).get("/event/", columns=["id", "number"]).json["result"]
    assert {tuple(sorted(row)) for row in found} == {("id", "number")}


def test_a_page_has_at_most_200_rows(as_program, viewer, makers):
    for n in range(3):
        makers.contractor(f"c{n}")
    assert len(as_program(viewer).get("/contractor/", page_size=100_000).json["ids"]) == 3


ODD_QUESTIONS = [
    ({"filters": [{"col": "notes", "opr": "ct", "value": "x"}]}, "query.filter"),
    ({"filters": [{"col": "state", "opr": "gt", "value": "open"}]}, "query.filter"),
    ({"filters": [{"col": "state", "opr": "eq", "value": "lost"}]}, "query.value"),
    ({"filters": [{"col": "state", "opr": "eq", "value": 1}]}, "query.value"),
    ({"filters": [{"col": "start", "opr": "eq", "value": "2026-13-45"}]}, "query.value"),
    ({"filters": [{"col": "operator", "opr": "eq", "value": 10**30}]}, "query.value"),
    ({"filters": [{"col": "operator", "opr": "eq", "value": True}]}, "query.value"),
    ({"filters": [{"col": "operator", "opr": "eq", "value": [1]}]}, "query.value"),
    ({"filters": [{"col": "subject", "opr": "ct", "value": "a\0b"}]}, "query.q"),
    ({"filters": [{"col": "subject", "opr": "ct", "value": "x" * 201}]}, "query.value"),
    ({"filters": [{"col": "subject", "opr": "ct"}]}, "query.q"),
    ({"filters": {"col": "subject"}}, "query.q"),
    ({"order_column": "description"}, "query.order"),
    ({"order_column": "operator.password"}, "query.order"),
    ({"order_column": "start", "order_direction": "sideways"}, "query.q"),
    ({"order_columns": ["start", "description"]}, "query.order"),
    ({"order_columns": ["start"], "order_column": "due"}, "query.order"),
    ({"order_columns": ["start"], "order_direction": "asc"}, "query.order"),
    ({"order_columns": ["start"], "order_directions": ["asc", "asc"]}, "query.order"),
    ({"order_directions": ["asc"]}, "query.order"),
    ({"order_columns": ["start", "start"]}, "query.q"),
    ({"order_columns": ["start", "due", "closed", "number", "id"]}, "query.q"),
    ({"order_columns": "start"}, "query.q"),
    ({"order_columns": []}, "query.q"),
    ({"page": -1}, "query.q"),
    ({"page": 10**30}, "query.q"),
    ({"page": "1"}, "query.q"),
    ({"page_size": -1}, "query.q"),
    ({"page_size": 0}, "query.q"),
    ({"columns": ["id", "search_key"]}, "query.column"),
    ({"columns": []}, "query.q"),
    ({"after": "nonsense"}, "query.after"),
    ({"after": "bm9uc2Vuc2U"}, "query.after"),
    ({"password": 1}, "query.q"),
    ([], "query.q"),
    ("x", "query.q"),
    (None, "query.q"),
]


def test_odd_questions_are_400(as_program, viewer):
    client = as_program(viewer).client
    for asked, code in ODD_QUESTIONS:
        answer = client.get("/api/v1/event/", query_string={"q": json.dumps(asked)})
        assert (answer.status_code, codes(answer)) == (400, [code]), asked


UNREADABLE = ("(", "!(", "{", "(a:b", "\\", "'", "!x", "1e999", "(" * 3000, "%00")


def test_unreadable_questions_are_400(as_program, viewer):
    client = as_program(viewer).client
    for text in UNREADABLE:
        assert client.get("/api/v1/event/", query_string={"q": text}).status_code == 400, text


@pytest.mark.parametrize("resource", ["contractor", "person", "event", "stage"])
def test_a_list_takes_few_statements_however_many_rows(
    resource, as_program, viewer, ann, makers, statements
):
    counts = []
    for _round in range(2):
        for n in range(4):
            contractor = makers.contractor(f"c{n}", keeper=ann)
            person = makers.person("Fiszki", contractor)
            makers.event(ann, contractor=contractor, contact=person, stages=["a", "b"], closed=1)
        program = as_program(viewer)
        program.get(f"/{resource}/")
        with statements() as seen:
            answer = program.get(f"/{resource}/")
        assert answer.status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_an_event_with_its_stages_takes_few_statements(as_program, ann, makers, statements):
    contractor = makers.contractor("One")
    person = makers.person("Fiszki", contractor)
    stages = [{"subject": f"s{n}", "contact": person} for n in range(6)]
    event = makers.event(ann, contractor=contractor, contact=person, stages=stages, closed=2)
    program = as_program(ann)
    program.ask("GET", f"/event/{event.id}")
    with statements() as seen:
        program.ask("GET", f"/event/{event.id}")
    assert len(seen) <= 8


def test_a_page_by_number_counts_all_rows(api_as, manager, makers):
    for number in range(3):
        makers.contractor(f"C{number}")
    found = api_as(manager).get("/api/v1/contractor/?q=(page:1,page_size:2)").json
    assert (len(found["ids"]), found["count"]) == (1, 3)
