"""Features under measurement: statements of lists on a million documents, beside real columns.

The real columns are generated from the documents, so that both hold the same; each has an index as
an area would give it. A page of a form and of a list, and saving a value, are measured as wholes.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from math import nan
from statistics import median
from typing import Any

from sqlalchemy import Connection, Integer, Numeric, String, literal_column, select, text

from app.access.visibility import visible
from app.db import db
from app.events.models import Event
from app.features import indexes
from app.features.catalog import by_code
from app.features.filters import field_of
from app.features.kinds import Slot, kind_of
from app.features.models import FeatureNode
from app.lists.dimensions import Dimension
from app.lists.grouping import grouped
from app.lists.paging import Order, capped_count, fetch
from bench import data
from bench.client import Ask
from bench.heavy import at_work
from bench.pages import get

TIMES = 25
CODES = ("amount", "day", "words", "trade", "flag", "pieces", "price", "month", "share", "moment")
KINDS = (
    "number",
    "date",
    "text",
    "choice",
    "yesno",
    "integer",
    "money",
    "month",
    "percent",
    "datetime",
)
FAST = ("number", "date", "text", "choice")
FIRST, FORM = 1_001, 300
DOCUMENT = """jsonb_build_object(
    '1001', trim_scale(i::bigint * 7919 % 20000 / 4.0)::text, '1002', (d + i % 900)::text,
    '1003', s || ' ' || i % 5000, '1004', 2001 + i % 40, '1005', i % 3 = 0,
    '1006', (i % 1000)::text, '1007', jsonb_build_object('amount', (i % 5000)::text, 'currency', 'PLN'),
    '1008', to_char(d, 'YYYY-MM'), '1009', (i % 100)::text,
    '1010', to_char(d + time '09:00', 'YYYY-MM-DD"T"HH24:MI"Z"'))"""
REAL = {  # the same as columns
    "amount": ("(features ->> '1001')::numeric", Numeric(asdecimal=False)),
    "day": ("features ->> '1002'", String),
    "words": ("substr(features ->> '1003', 1, 400)", String),
    "trade": ("(features ->> '1004')::int", Integer),
}
FEATURE = """insert into feature (id, code, name_pl, name_en, kind, fast, on_events, on_persons,
    on_contractors, on_stages, campaign, several, place, version, created_at, changed_at)
    values (:id, :code, :code, :code, :kind, :fast, :events, not :events,
    false, false, false, false, :id, 1, now(), now())"""
NODES = """insert into feature_node (id, feature_id, root_or_parent, name, folded, path, depth, place,
    version, created_at, changed_at) select 2000 + i, 1004, 0, 'Trade ' || i, 'trade ' || i,
    '/' || 2000 + i || '/', 1, i, 1, now(), now() from generate_series(1, 40) i"""


COLLATED = {"day": "C", "words": "polish"}
NODE = FeatureNode(id=2_007)
PLAIN, WIDE = "event list, one column", "event list, ten features"


@dataclass(frozen=True)
class Pair:
    """The same statements on a feature and, if there is such, on a real column."""

    name: str
    ours: Callable[[], Any]
    real: Callable[[], Any] | None = None


def prepare(connection: Connection, events: int) -> None:
    """Events with ten values each; stages are left out, lists of events do not read them."""
    for name, (expression, _kind) in REAL.items():
        kind = {"amount": "numeric", "trade": "int"}.get(name, "text")
        column = f"real_{name} {kind} generated always as ({expression}) stored"
        connection.exec_driver_sql(f"alter table event add column {column}")
    data.fill(connection, data.Size(events), DOCUMENT, ("stage", "tally"))
    define(connection)


def define(connection: Connection) -> None:
    """The ten features of events, three hundred of persons, and the indexes of both ways."""
    rows = [
        {"id": FIRST + n, "code": code, "kind": kind, "fast": kind in FAST, "events": True}
        for n, (code, kind) in enumerate(zip(CODES, KINDS, strict=True))
    ]
    rows += [
        {"id": 3_000 + n, "code": f"p{n}", "kind": "text", "fast": False, "events": False}
        for n in range(FORM)
    ]
    connection.execute(text(FEATURE), rows)
    connection.execute(text(NODES))
    for name in REAL:
        order = f'collate "{COLLATED[name]}"' if name in COLLATED else ""
        columns = f"real_{name} {order}, id"
        connection.exec_driver_sql(f"create index real_{name} on event ({columns})")
    connection.commit()


def pairs() -> Iterator[Pair]:
    """What is measured of lists."""
    for code in ("amount", "day", "words"):
        slot = slot_of(code)
        order: Any = kind_of(slot.feature).order(slot)
        real = replace(order, column=column_of(code))
        yield Pair(f"sorted by a fast {slot.feature.kind}", page(order), page(real))
        edge = fetch(db.session(), select(Event), [order], 25).after
        yield Pair("    its next page", page(order, edge), page(real, edge))
    for code, asked, real in (
        ("amount", "1234.5", column_of("amount") == literal_column("1234.5")),
        ("day", date(2024, 5, 1), column_of("day") == literal_column("'2024-05-01'")),
        ("trade", NODE, column_of("trade") == literal_column("2007")),
    ):
        slot = slot_of(code)
        is_it = field_of(slot).operator("eq")
        if is_it is not None:
            test = is_it.test(asked)
            yield Pair(f"filtered by a fast {slot.feature.kind}", found(test), found(real))
    slot = slot_of("trade")
    (way,) = kind_of(slot.feature).ways(slot)
    real_way = replace(way, key=column_of("trade"))
    yield Pair("grouped, with counts", groups(way), groups(real_way))
    slot = slot_of("pieces")
    pieces = field_of(slot).operator("eq")
    if pieces is not None:
        yield Pair("filtered by an integer that is not fast", found(pieces.test("77")))


def slot_of(code: str) -> Slot:
    """A feature of events by its code."""
    feature = by_code(code)
    if feature is None:
        raise LookupError(code)
    return Slot(feature, Event)


def column_of(code: str) -> Any:
    """The real column that holds the same."""
    column: Any = literal_column(f"event.real_{code}", REAL[code][1])
    return column.collate(COLLATED[code]) if code in COLLATED else column


def page(order: Order, edge: str | None = None) -> Callable[[], Any]:
    """The ids of a page of the list."""
    return lambda: fetch(db.session(), visible(Event), [order], 25, edge)


def found(test: Any) -> Callable[[], Any]:
    """The ids of the newest rows that pass a test, and how many do."""
    newest = Order("start", Event.start_on, Event.id, descending=True)

    def ask() -> None:
        query = visible(Event).where(test)
        fetch(db.session(), query, [newest], 25)
        capped_count(query)

    return ask


def groups(way: Dimension) -> Callable[[], Any]:
    """The groups of the whole list."""
    return lambda: grouped(visible(Event), way, ())


def pages(connection: Connection) -> Iterator[tuple[str, Ask]]:
    """The pages that show and change values."""
    one = connection.execute(text("select min(id) from event")).scalar_one()
    columns = ",".join(f"feature_{code}" for code in CODES)
    yield PLAIN, get("/events/?cols=number")
    yield WIDE, get(f"/events/?cols=number,{columns}")
    yield "form with 300 features", get("/persons/1/edit")
    number = count()
    form: dict[str, Any] = {"feature_pieces": "1", "version": "1"}
    yield (
        "saving one value in its cell",
        lambda: (
            "POST",
            f"/events/{one + next(number)}/cell/feature_pieces",
            {**form, "feature_pieces": str(next(number))},
        ),
    )


def measure(app: Any) -> list[tuple[str, float, float]]:
    """(what, seconds with features, with real columns) in turns, so that both meet the same."""
    with at_work(app):
        if not indexes.settle(lambda _line: None):
            raise RuntimeError("an index could not be built")
        db.session.execute(text("set statement_timeout = 0"))
        return [(one.name, *in_turns(one.ours, one.real)) for one in pairs()]


def in_turns(*ways: Callable[[], Any] | None) -> list[float]:
    """The median time of each way; NaN where there is none."""
    times: list[list[float]] = [[] for _way in ways]
    for _round in range(TIMES):
        for way, mine in zip(ways, times, strict=True):
            began = time.perf_counter()
            if way is not None:
                way()
                mine.append(time.perf_counter() - began)
    return [median(one) if one else nan for one in times]
