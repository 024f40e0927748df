"""Pages by position: every row once, forwards and backwards, in every order, on both engines."""

from datetime import date
from itertools import chain, pairwise, product

import pytest
from sqlalchemy import select

from app.contractors.models import Contractor
from app.contractors.views import by_city, by_name
from app.db import polish_key
from app.events.columns import by_due, by_number, by_start
from app.events.models import Event
from app.lists.paging import BadCursor, decode, encode, fetch

NAMES = [
    "Łoś",
    "Lis",
    "Ćma",
    "Cis",
    "Żuk",
    "Zebra",
    "Źdźbło",
    "Ara",
    "Ąsk",
    "ara",
    "Ósemka",
    "Oko",
]
CITIES = [
    "Łódź",
    None,
    "Lublin",
    "Łódź",
    None,
    "Sopot",
    "Łódź",
    None,
    "Ćmielów",
    "Czersk",
    "Żory",
    "",
]


def all_pages(session, query, order, limit, backwards=False):
    """The ids of all pages, walked by their cursors."""
    direction, pages = ("last", []) if backwards else ("next", [])
    page = fetch(session, query, [order], limit, None, direction)
    while True:
        pages.append(page.ids)
        cursor = page.before if backwards else page.after
        if cursor is None:
            return pages
        page = fetch(session, query, [order], limit, cursor, "prev" if backwards else "next")


@pytest.fixture
def contractors(session, make_contractor):
    """Names that the alphabet orders, cities that repeat or are missing."""
    for name, city in zip(NAMES, CITIES, strict=True):
        make_contractor(name=name, city=city or None)
    return select(Contractor)


@pytest.fixture
def events(session, make_event, ann):
    """Events with and without a due day."""
    for day in (3, None, 1, 3, None, 2):
        make_event(operator=ann, due_on=day and date(2024, 4, day))
    return select(Event)


@pytest.mark.parametrize("by", [by_name, by_city], ids=["name", "city"])
def test_every_row_comes_once_both_ways(session, contractors, by):
    for descending, limit in product((False, True), (1, 2, 5, 50)):
        order = by.turned(descending)
        forwards = list(chain(*all_pages(session, contractors, order, limit)))
        back = all_pages(session, contractors, order, limit, backwards=True)
        assert forwards == list(chain(*reversed(back)))
        assert len(forwards) == len(set(forwards)) == len(NAMES)


def test_names_stand_in_the_order_of_the_polish_alphabet(session, contractors):
    ids = fetch(session, contractors, [by_name], 50).ids
    found = [session.get(Contractor, pk).name for pk in ids]
    keys = [polish_key(name) for name in found]
    assert keys == sorted(keys)
    assert found.index("Lis") < found.index("Łoś") < found.index("Oko") < found.index("Ósemka")


@pytest.mark.parametrize("descending", [False, True])
def test_empty_values_stand_last_in_both_directions(session, contractors, descending):
    ids = fetch(session, contractors, [by_city.turned(descending)], 50).ids
    cities = [session.get(Contractor, pk).city for pk in ids]
    assert cities[-4:] == [None] * 4
    assert None not in cities[:-4]


@pytest.mark.parametrize("by", [by_number, by_start, by_due], ids=["number", "start", "due"])
def test_events_are_walked_in_each_order(session, events, by):
    for descending in (False, True):
        order = by.turned(descending)
        forwards = all_pages(session, events, order, 2)
        back = all_pages(session, events, order, 2, backwards=True)
        found = list(chain(*forwards))
        assert found == list(chain(*reversed(back)))
        assert len(set(found)) == 6


def test_a_jump_begins_at_the_value(session, contractors):
    ids = fetch(session, contractors, [by_name], 3, "M", "at").ids
    assert [session.get(Contractor, pk).name for pk in ids] == ["Oko", "Ósemka", "Zebra"]
    ids = fetch(session, contractors, [by_name.turned(True)], 2, "M", "at").ids
    assert [session.get(Contractor, pk).name for pk in ids] == ["Łoś", "Lis"]


def test_a_page_in_the_middle_leads_both_ways(session, contractors):
    first = fetch(session, contractors, [by_name], 4)
    second = fetch(session, contractors, [by_name], 4, first.after, "next")
    assert fetch(session, contractors, [by_name], 4, second.before, "prev").ids == first.ids
    assert first.before is None
    assert all(not set(one) & set(other) for one, other in pairwise([first.ids, second.ids]))


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        encode(["a"], 2**31),
        encode(["a"], -1),
        encode(["a\x00"], 1),
        encode(["\ud800"], 1),
        encode([None], 1),
        encode(["x" * 5000], 1),
        encode(["a"], True),
        "",
    ],
)
def test_a_cursor_nobody_gave_out_is_refused(cursor):
    with pytest.raises(BadCursor):
        decode(cursor, [by_name])
