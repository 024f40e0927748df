"""Every kind in lists: filtered, sorted, grouped, shown and written to files, on both engines."""

from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from app.contractors.models import Contractor
from app.db import db
from app.features.catalog import features_of
from app.features.columns import columns_for
from app.features.dimensions import dimensions_for
from app.features.filters import fields_for
from app.features.kinds import KINDS, Slot, kind_of
from app.features.values import set_values
from app.lists import filters
from app.lists.columns import values_of
from app.lists.exports.files import STANDARD, csv_text
from app.lists.exports.rows import cell
from app.lists.grouping import grouped
from app.lists.paging import fetch

CASES: dict[
    str, tuple[Any, Any, str, Any]
] = {  # what is given, and a question that finds the first
    "text": ("Ćma", "Żaba", "eq", "cma"),
    "longtext": ("a\nb", "c\nd", "sw", "A"),
    "integer": ("9", "10", "lt", "10"),
    "number": ("9,5", "10", "lt", "10"),
    "money": ("9 EUR", "10 EUR", "le", "9,00 €"),
    "percent": ("9", "10 %", "eq", "9 %"),
    "quantity": ("9 kg", "10 kg", "lt", "10 kg"),
    "yesno": (False, True, "eq", "no"),
    "date": ("2026-05-01", "2026-06-01", "le", "2026-05-31"),
    "time": ("9:30", "10:00", "lt", "10:00"),
    "datetime": ("2026-05-31 23:30", "2026-06-01 00:30", "eq", "2026-05-31"),
    "daterange": ("1.05.2026 – 31.05.2026", "1.06.2026 – 2.06.2026", "eq", "2026-05-15"),
    "month": ("05.2026", "06.2026", "eq", "2026-05-20"),
    "reference": ("Ćma", "Żaba", "eq", None),
    "choice": ("Ćma", "Żaba", "eq", None),
    "choices": (["Ćma"], ["Żaba", "Other"], "eq", None),
    "tree": ("Ćma/Low", "Żaba/Low", "below", None),
    "trees": (["Ćma/Low"], ["Żaba/Low", "Żaba"], "below", None),
}


@pytest.fixture
def records(make_feature: Any, make_node: Any, make_contractor: Any) -> tuple[Any, Any, Any]:
    """Three contractors and a feature of each kind."""
    more = {"quantity": {"units": "kg"}, "reference": {"target": "contractor"}}
    for kind in KINDS:
        feature = make_feature(f"f_{kind}", kind, **more.get(kind, {}))
        for name in ("Other", "Ćma", "Żaba") if feature.has_nodes else ():
            top = make_node(feature, name)
            if not feature.is_flat:
                make_node(feature, "Low", top)
    return tuple(make_contractor(name, code=name) for name in ("Ćma", "Żaba", "None"))


def asked(name: str, operator: str, value: Any) -> Any:
    """The ids that a condition finds."""
    tree = filters.from_data({"all": [{"f": name, "o": operator, "v": value}]})
    read = filters.understood(fields_for(Contractor), [tree])
    return set(db.session.scalars(select(Contractor.id).where(filters.test_of(read[0]))))


def place_of(kind: Any, record: Any) -> Any:
    """The record or node that a record's value points at first."""
    return kind.points(record.features[kind.feature.key])[0][1]


@pytest.fixture
def filled(records: Any, admin: Any, acting_as: Any) -> list[int]:
    """The ids of the contractors, the last one without values."""
    ids = [one.id for one in records]
    with acting_as(admin):
        rows = [db.session.get_one(Contractor, pk) for pk in ids[:2]]
        for place, row in enumerate(rows):
            set_values(row, {f"f_{kind}": case[place] for kind, case in CASES.items()})
        db.session.commit()
    return ids


def test_every_kind_is_filtered_sorted_and_written_to_files(
    filled: Any, admin: Any, acting_as: Any
) -> None:
    with acting_as(admin), force_locale("en"):
        rows = [db.session.get_one(Contractor, pk) for pk in filled]
        columns = columns_for(Contractor)
        computed = values_of(Contractor, columns, rows)
        for feature, column in zip(features_of(Contractor), columns, strict=True):
            kind, slot = kind_of(feature), Slot(feature, Contractor)
            _low, _high, operator, value = CASES[feature.kind]
            wanted = place_of(kind, rows[0]) if value is None else value
            assert asked(slot.name, operator, wanted) == {filled[0]}, feature
            assert asked(slot.name, "empty", None) == {filled[2]}, feature
            orders = [column.order] if column.order else []
            assert fetch(db.session(), select(Contractor), orders, 9).ids == filled, feature
            text = csv_text(cell(column, rows[0], computed), STANDARD)
            assert kind.parse(text) == rows[0].features[feature.key], text


def test_every_kind_but_long_text_is_a_way_to_group(
    filled: Any, admin: Any, acting_as: Any
) -> None:
    with acting_as(admin), force_locale("en"):
        ways = dimensions_for(Contractor)
        named = {way.name.partition("_")[2] for way in ways}
        assert {kind for kind in KINDS if not any(kind in one for one in named)} == {"longtext"}
        for way in ways:
            groups, _whole, count = grouped(select(Contractor.id), way, ())
            assert count in (2, 3, 4), way.name
            for group in groups[:-1]:
                opened = select(Contractor.id).where(way.has(way.read(group.filter[1])))
                found = set(db.session.scalars(opened))
                assert len(found) == group.figures[0], (way.name, group)
            assert {group.words for group in groups[:-1]}.isdisjoint({"None", ""}), way.name


def test_columns_of_all_kinds_cost_few_statements(
    filled: Any, admin: Any, client_as: Any, statements: Any
) -> None:
    client, counts = client_as(admin), []
    columns = ",".join(f"feature_f_{kind}" for kind in KINDS)
    for cols in ("name", f"name,{columns}", "name"):
        with statements() as seen:
            assert client.get(f"/contractors/?cols={cols}").status_code == 200
        counts.append(len(seen))
    assert counts[1] - counts[2] <= 3  # nodes, what is above them, contractors pointed at
