"""Sorting by several columns: the pages of generated orders equal a plain Python sort."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cmp_to_key
from itertools import chain
from random import Random

import pytest
from sqlalchemy import select

from app.contractors.models import Contractor
from app.contractors.views import ContractorView
from app.db import polish_key
from app.events.columns import EVENT_COLUMNS, STAGE_COLUMNS
from app.events.models import Event, Stage
from app.lists.columns import added_columns, chosen_orders
from app.lists.paging import beside, fetch, place_of

LETTERS = "abcćdelłnńoóśzźż"
FIELDS = (
    *("name", "code", "city", "status", "keeper", "nip"),
    *("feature_size", "feature_note", "feature_since", "feature_vip", "feature_source"),
)


@dataclass
class World:
    """Random contractors, and for each field the value of each by which it stands in order."""

    session: object
    keys: dict[str, dict[int, object]]


def polish(text):
    """Where a text stands in the alphabet."""
    return None if text is None else (polish_key(text), text)


@pytest.fixture
def world(session, makers, ann, bob, make_feature, make_node, monkeypatch):
    """Forty contractors whose values repeat, miss and need the Polish alphabet."""
    random = Random(3)
    kinds = {"size": "number", "note": "text", "since": "date", "vip": "yesno", "source": "choice"}
    features = {code: make_feature(code, kind) for code, kind in kinds.items()}
    nodes = {make_node(features["source"], name).id: name for name in ("Żar", "Łza", "Zar")}
    monkeypatch.setattr(makers, "kept", lambda record: makers.session.add(record) or record)
    keys = {name: {} for name in FIELDS}
    users = {None: None, ann.id: "Tester Ann", bob.id: "Tester Bob"}

    def maybe(*values):
        return random.choice([None, *values])

    for _n in range(40):
        values = {
            "size": maybe("1.5", "-2", "10", "10.25"),
            "note": maybe("ósemka", "oko", "pas"),
            "since": maybe("2024-05-01", "2023-12-31"),
            "vip": maybe(True, False),
            "source": maybe(*nodes),
        }
        one = makers.contractor(
            "".join(random.choices(LETTERS, k=3)).capitalize(),
            city=maybe("Łódź", "Lublin", "Ćmielów", "Czersk"),
            status=random.choice(["client", "prospect"]),
            nip=maybe("1111111111", "2222222222"),
            keeper_id=random.choice(list(users)),
            features={features[k].key: v for k, v in values.items() if v is not None},
        )
        session.flush()
        plain = {
            "name": polish(one.name),
            "code": one.code,
            "city": polish(one.city),
            "status": one.status,
            "keeper": polish(users[one.keeper_id]),
            "nip": one.nip,
            "feature_size": values["size"] and Decimal(values["size"]),
            "feature_note": polish(values["note"]),
            "feature_since": values["since"],
            "feature_vip": values["vip"],
            "feature_source": polish(nodes.get(values["source"])),
        }
        for name, key in plain.items():
            keys[name][one.id] = key
    session.commit()
    return World(session, keys)


def in_order(keys, sorts):
    """The ids sorted in plain Python: empty values last either way, the id as the last word."""

    def compare(one, other):
        for name, down in sorts:
            mine, theirs = keys[name][one], keys[name][other]
            if mine != theirs:
                if mine is None or theirs is None:
                    return 1 if mine is None else -1
                return (-1 if mine < theirs else 1) * (-1 if down else 1)
        return (one - other) * (-1 if sorts[0][1] else 1)

    return sorted(keys["name"], key=cmp_to_key(compare))


def pages(session, query, orders, limit, *, backwards):
    """The ids of all pages, walked by their cursors."""
    found, cursor, way = [], None, "last" if backwards else "next"
    while True:
        page = fetch(session, query, orders, limit, cursor, way)
        found.append(page.ids)
        cursor, way = (page.before, "prev") if backwards else (page.after, "next")
        if cursor is None:
            return found


def check_orders(acting_as, admin, world, count, seed):
    """As many generated orders, each walked forwards and backwards."""
    random = Random(seed)
    query = select(Contractor)
    with acting_as(admin):
        offered = [*ContractorView.columns, *added_columns(Contractor)]
        for _n in range(count):
            names = random.sample(FIELDS, random.choice((1, 2, 2, 3, 4)))
            sorts = [(name, random.random() < 0.5) for name in names]
            ways = ["desc" if down else "asc" for _name, down in sorts]
            orders, limit = chosen_orders(offered, names, ways), random.choice((3, 7, 25))
            wanted = in_order(world.keys, sorts)
            forwards = pages(world.session, query, orders, limit, backwards=False)
            back = pages(world.session, query, orders, limit, backwards=True)
            assert list(chain(*forwards)) == wanted, sorts
            assert list(chain(*reversed(back))) == wanted, sorts
            place = random.randrange(len(wanted))
            own = select(Contractor.id, *(one.stored for one in orders))
            row = world.session.execute(own.where(Contractor.id == wanted[place])).one()
            around = [None, *wanted, None]
            near = beside(world.session, query, orders, row)
            assert near == (around[place], around[place + 2]), sorts
            assert place_of(query, orders, row) == (place + 1, len(wanted)), sorts
            others = query.where(Contractor.id != row[0])
            assert place_of(others, orders, row) is None


def test_pages_equal_a_plain_sort(acting_as, admin, world):
    check_orders(acting_as, admin, world, 25, seed=1)


@pytest.mark.full
def test_pages_equal_a_plain_sort_a_thousand_times(acting_as, admin, world):
    check_orders(acting_as, admin, world, 1000, seed=2)


@pytest.fixture
def work(makers, ann, bob):
    """Events and stages of two operators, with and without contractor and contact."""
    firms = [makers.contractor(name) for name in ("Żar", "Zar", "Łza", "Zar")]
    people = [makers.person(name, firms[0]) for name in ("Ćwik", "Cwik")]
    for place, firm in enumerate((None, *firms)):
        contact = people[place] if firm is firms[0] else None
        stages = [{"operator": bob}, {"contact": contact}]
        given = {"contractor": firm, "contact": contact, "internal": firm is None}
        makers.event((ann, bob)[place % 2], stages, closed=place % 3, **given)


@pytest.mark.parametrize(("model", "columns"), [(Event, EVENT_COLUMNS), (Stage, STAGE_COLUMNS)])
def test_a_name_beside_the_row_gives_the_order_that_it_gives_as_its_value(
    session, work, model, columns
):
    orders = [column.order for column in columns if column.order and column.order.beside]
    assert {"contractor", "contact", "operator", "closed_by"} <= {one.name for one in orders}
    by_start = next(column.order for column in columns if column.name == "start")
    for order in (one.turned(down) for one in orders for down in (False, True)):
        for sorts in ([order], [order, by_start]):
            plain = [replace(order, beside=None), *sorts[1:]]
            wanted = list(chain(*pages(session, select(model), plain, 50, backwards=False)))
            for backwards in (False, True):
                found = pages(session, select(model), sorts, 2, backwards=backwards)
                assert list(chain(*(reversed(found) if backwards else found))) == wanted, sorts
