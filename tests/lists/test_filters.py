"""Filters of an address: what they select, how they are said, and what odd ones do."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import prison
import pytest
from werkzeug.datastructures import MultiDict

from app.access.visibility import visible
from app.contractors.fields import contractor_fields
from app.contractors.models import Contractor
from app.db import db
from app.events.fields import event_fields
from app.events.models import Event
from app.lists.filters import (
    BadWhere,
    Group,
    Leaf,
    added_fields,
    from_data,
    in_force,
    parse,
    spans,
)

WARSAW = ZoneInfo("Europe/Warsaw")
ROW = re.compile(r'data-row id="row-(\d+)"')


def shown(answer: Any) -> list[int]:
    """The rows of a page."""
    assert answer.status_code == 200
    return sorted(map(int, ROW.findall(answer.text)))


def chips(answer: Any) -> list[str]:
    """What stands in the chips."""
    found = re.search(r'class="chips list-chips"[^>]*>(.*?)</div>', answer.text, re.DOTALL)
    texts = re.findall(r'class="chip">(.*?)<a ', found[1]) if found else []
    return [html.unescape(re.sub(r"<.*?>", "", text)) for text in texts]


def tree(data: dict[str, Any]) -> dict[str, str]:
    """The parameter of a tree."""
    return {"where": prison.dumps(data)}


@pytest.fixture
def events(makers: Any, ann: Any) -> list[Any]:
    """Three events of Ann's: due yesterday, today and never."""
    today = datetime.now(WARSAW).date()
    one = makers.contractor("One", keeper=ann)
    due = (today - timedelta(1), today, None)
    return [
        makers.event(ann, subject=f"s{n}", due_on=day, contractor=one if n else None)
        for n, day in enumerate(due)
    ]


# --- the tree in the address ---------------------------------------------------------------------


def test_any_and_all_are_said_in_words_and_removed_one_by_one(english, ann, events):
    client = english(ann)
    asked = {"all": [
        {"any": [{"f": "due", "o": "yesterday"}, {"all": [
            {"f": "operator", "o": "me"}, {"f": "due", "o": "empty"}]}]},
        {"f": "state", "o": "in", "v": ["open", "overdue"]},
    ]}  # fmt: skip
    page = client.get("/events/", query_string={**tree(asked), "size": "50"})
    assert shown(page) == [events[0].id, events[2].id]
    assert chips(page) == [
        "Due: yesterday OR (Operator: me AND Due: is empty)",
        "State is one of: open, overdue",
    ]
    first, second = map(html.unescape, re.findall(r'chip-remove" href="([^"]*)"', page.text))
    assert shown(client.get(first)) == [event.id for event in events]
    assert chips(client.get(first)) == ["State is one of: open, overdue"]
    assert chips(client.get(second)) == [chips(page)[0]]
    assert "size=50" in first


def test_tree_and_simple_filters_must_all_hold(english, ann, events):
    asked = {**tree({"f": "operator", "o": "me"}), "_flt_0_subject": "s1"}
    assert shown(english(ann).get("/events/", query_string=asked)) == [events[1].id]


DEEP = {"any": [{"any": [{"any": [{"any": [{"any": [{"f": "due", "o": "today"}]}]}]}]}]}
UNREADABLE = [
    *("x", "(", "!()", "()", "(any:!())", "(any:(f:due,o:today))", "(some:!((f:due,o:today)))"),
    *("(f:due)", "(f:due,o:today,x:1)", "(f:!(due),o:today)", "(f:due,o:eq,v:(a:b))"),
    *("(any:!((f:due,o:today)),all:!((f:due,o:today)))", "(" * 3_000, "(f:a" + " " * 9_000),
    prison.dumps(DEEP),
    prison.dumps({"all": [{"any": [{"f": "due", "o": "today"}] * 21}] * 2}),
    prison.dumps({"f": "operator", "o": "in", "v": list(range(51))}),
    prison.dumps({"f": "title", "o": "ct", "v": "x" * 201}),
]  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_odd_tree_is_not_read(text):
    with pytest.raises(BadWhere):
        parse(text)


def test_four_deep_and_forty_conditions_are_read():
    inner = DEEP["any"][0]
    assert isinstance(from_data(inner), Group)
    assert from_data({"any": [{"f": "due", "o": "today"}] * 40})
    assert parse("(f:title,o:ct,v:'it!'s !!')") == Leaf("title", "ct", "it's !")


ODD_VALUES = [
    ("due", "eq", "31.12.2024"),
    ("due", "eq", "0001-01-01"),
    ("due", "between", ["2024-01-01"]),
    ("due", "last_days", -1),
    ("due", "last_days", 1e9),
    ("due", "eq", ["2024-01-01"]),
    ("due", "sideways", None),
    ("secret", "eq", "1"),
    ("operator", "eq", True),
    ("operator", "eq", 2**40),
    ("operator", "in", []),
    ("operator", "eq", None),
    ("internal", "eq", 1),
    ("left", "ge", 1.5),
    ("left", "ge", "x"),
    ("state", "in", ["open", "lost"]),
    ("title", "ct", " "),
    ("node", "below", "x1"),
]


def test_a_condition_that_cannot_be_read_selects_nothing_and_says_so(english, ann, events, makers):
    makers.campaign()
    client = english(ann)
    for field, operator, value in ODD_VALUES:
        data = {"f": field, "o": operator} | ({} if value is None else {"v": value})
        page = client.get("/events/", query_string=tree(data))
        assert shown(page) == [], data
        assert "read" in chips(page)[0], data
        assert "selects nothing" in page.text
    page = client.get("/events/?where=(")
    assert (shown(page), chips(page)) == ([], ["Conditions can't be read"])


def test_what_is_gone_or_out_of_sight_selects_nothing_either_way(
    english, ann, bob, events, makers
):
    hidden = makers.contractor("Hidden", keeper=bob)
    campaign = makers.campaign()
    client = english(ann)
    gone = {
        "contractor": (hidden.id, 2**31 - 1),
        "operator": (2**31 - 1,),
        "node": (77, 999, "c9"),
    }
    for field, values in gone.items():
        for value in values:
            for operator in ("eq", "ne"):
                one = {"f": field, "o": operator, "v": value}
                page = client.get("/events/", query_string=tree(one))
                assert shown(page) == [], one
                assert "gone, or not for you to see" in chips(page)[0]
                assert "Hidden" not in page.text
    there = client.get(
        "/events/", query_string=tree({"f": "node", "o": "nbelow", "v": f"c{campaign.id}"})
    )
    assert len(shown(there)) == 3


def test_one_alternative_that_is_gone_leaves_the_others(english, ann, events):
    asked = {
        "any": [{"f": "operator", "o": "ne", "v": 2**31 - 1}, {"f": "title", "o": "eq", "v": "S1"}]
    }
    assert shown(english(ann).get("/events/", query_string=tree(asked))) == [events[1].id]


def test_the_number_of_conditions_costs_no_statements(
    client_as, ann, bob, events, makers, statements
):
    contractors = [makers.contractor(f"c{n}", keeper=ann) for n in range(6)]
    nodes = [makers.node(makers.campaign(f"k{n}"), f"n{n}") for n in range(3)]
    client = client_as(ann)

    def cost(times: int) -> int:
        parts = [{"f": "contractor", "o": "eq", "v": one.id} for one in contractors[:times]]
        parts += [{"f": "operator", "o": "in", "v": [ann.id, bob.id][:times]}]
        parts += [{"f": "node", "o": "below", "v": one.id} for one in nodes[:times]]
        parts += [{"f": "node", "o": "eq", "v": 10_000 + n} for n in range(times)]
        with statements() as seen:
            assert client.get("/events/", query_string=tree({"any": parts})).status_code == 200
        return len(seen)

    client.get("/events/")
    assert cost(6) == cost(1)


def test_the_builder_is_told_the_fields_and_the_tree(english, ann, events):
    client = english(ann)
    fields = {one["name"]: one for one in client.get("/events/?part=conditions").json}
    assert fields["operator"]["remote"] == "/picker/operator"
    assert [one["name"] for one in fields["operator"]["operators"]] == [
        *("eq", "ne", "in", "empty", "filled", "me", "team")
    ]
    assert {one["takes"] for one in fields["due"]["operators"]} == {
        "one",
        "two",
        "nothing",
        "count",
    }
    assert len(fields["outcome"]["choices"]) > 0
    page = client.get("/events/", query_string=tree({"f": "operator", "o": "eq", "v": ann.id}))
    told = html.unescape(re.search(r"data-tree='([^']*)'", page.text)[1])
    assert '"t": ["Ann Tester"]' in told.replace('":[', '": [')


# --- numbers of operators, which addresses hold --------------------------------------------------


def test_the_numbers_in_addresses_keep_their_meaning(english, ann, events):
    numbers = {
        "subject": ["ct", "nct"],
        "state": ["eq", "ne", "in"],
        "operator": ["eq", "ne", "in", "empty", "filled", "me", "team"],
        "due": ["ge", "le", "eq", "lt", "gt", "between", "empty", "filled", "today"],
        "left": ["ge", "le", "eq", "lt", "gt", "between", "empty", "filled"],
    }
    found = {one.name: [each.name for each in one.operators] for one in event_fields}
    assert {name: found[name][: len(wanted)] for name, wanted in numbers.items()} == numbers
    client = english(ann)
    today = events[1].due_on
    for query, rows in {
        f"_flt_0_due={today}": [1],
        f"_flt_1_due={today}": [0, 1],
        f"_flt_5_due={today - timedelta(1)},{today}": [0, 1],
        "_flt_6_due=1": [2],
        "_flt_5_operator=1": [0, 1, 2],
        "_flt_2_state=overdue,closed": [0],
        "_flt_1_subject=s1": [0, 2],
    }.items():
        assert shown(client.get(f"/events/?{query}")) == [events[n].id for n in rows], query


# --- days ----------------------------------------------------------------------------------------

MOMENTS = [
    ("Europe/Warsaw", datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
    ("Europe/Warsaw", datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
    ("Europe/Warsaw", datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
    ("Europe/Warsaw", datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
    ("Europe/Warsaw", datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
    ("Europe/Warsaw", datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ("Pacific/Auckland", datetime(2026, 9, 26, 11, 59, tzinfo=UTC), date(2026, 9, 26)),
    ("Pacific/Auckland", datetime(2026, 9, 26, 12, 0, tzinfo=UTC), date(2026, 9, 27)),
    ("America/Los_Angeles", datetime(2026, 11, 1, 6, 59, tzinfo=UTC), date(2026, 10, 31)),
    ("America/Los_Angeles", datetime(2026, 11, 2, 7, 59, tzinfo=UTC), date(2026, 11, 1)),
    ("America/Los_Angeles", datetime(2026, 11, 2, 8, 0, tzinfo=UTC), date(2026, 11, 2)),
]


def found(leaf: dict[str, Any], model: Any, fields: Any) -> set[int]:
    """The ids that a condition selects."""
    tests = [
        test for _one, test in in_force([*fields, *added_fields(model)], MultiDict(tree(leaf)))
    ]
    return set(db.session.scalars(visible(model).where(*tests).with_only_columns(model.id)))


def test_a_day_begins_and_ends_where_the_company_is(
    app, session, makers, admin, acting_as, monkeypatch
):
    """A moment of creation falls on the company's day, on both nights that change the clocks."""
    for zone, moment, day in MOMENTS:
        made = makers.contractor("One", created_at=moment)
        monkeypatch.setitem(app.config, "COMPANY_ZONE", ZoneInfo(zone))
        monkeypatch.setattr(spans, "now", lambda moment=moment: moment)
        with acting_as(admin):
            for leaf, wanted in (
                ({"f": "created", "o": "eq", "v": day.isoformat()}, True),
                ({"f": "created", "o": "lt", "v": day.isoformat()}, False),
                ({"f": "created", "o": "gt", "v": day.isoformat()}, False),
                ({"f": "created", "o": "today"}, True),
                ({"f": "created", "o": "yesterday"}, False),
                ({"f": "created", "o": "last_days", "v": 0}, True),
            ):
                assert (made.id in found(leaf, Contractor, contractor_fields)) == wanted, (
                    zone,
                    day,
                )


def test_weeks_begin_on_monday_and_months_with_their_first(monkeypatch):
    sunday, new_year = date(2026, 3, 29), date(2027, 1, 1)
    reach = {name: entry[1] for name, entry in spans.RELATIVE.items()}
    assert reach["this_week"](sunday) == (date(2026, 3, 23), sunday)
    assert reach["next_week"](sunday) == (date(2026, 3, 30), date(2026, 4, 5))
    assert reach["this_week"](new_year) == (date(2026, 12, 28), date(2027, 1, 3))
    assert reach["last_month"](new_year) == (date(2026, 12, 1), date(2026, 12, 31))
    assert reach["this_month"](date(2028, 2, 29)) == (date(2028, 2, 1), date(2028, 2, 29))
    assert reach["this_year"](sunday) == (date(2026, 1, 1), date(2026, 12, 31))


# --- programs ------------------------------------------------------------------------------------


def test_programs_ask_the_same_trees(api_as, viewer, events):
    client = api_as(viewer)

    def ask(**asked: Any) -> Any:
        return client.get("/api/v1/event/", query_string={"q": prison.dumps(asked)})

    asked = {"any": [{"f": "due", "o": "yesterday"}, {"f": "due", "o": "empty"}]}
    assert sorted(ask(where=asked).json["ids"]) == [events[0].id, events[2].id]
    both = ask(where=asked, filters=[{"col": "title", "opr": "sw", "value": "S2"}])
    assert both.json["ids"] == [events[2].id]
    refused = {
        "query.where": {"some": []},
        "query.filter": {"f": "secret", "o": "eq", "v": 1},
        "query.value": {"f": "due", "o": "eq", "v": "x"},
    }
    for code, odd in refused.items():
        answer = ask(where=odd)
        assert (answer.status_code, answer.json["reasons"][0]["code"]) == (400, code)


def test_every_row_is_empty_or_not_in_every_field(events, admin, acting_as):
    with acting_as(admin):
        for field in event_fields:
            if field.operator("empty"):
                some, none = (
                    found({"f": field.name, "o": name}, Event, event_fields)
                    for name in ("filled", "empty")
                )
                assert (some & none, len(some | none)) == (set(), len(events)), field.name
