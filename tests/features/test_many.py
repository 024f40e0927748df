"""Hundreds of features on one register: the same statements, and pages of a bearable length."""

from typing import Any

import pytest
from sqlalchemy import insert

from app.features.kinds import KINDS
from app.features.models import Feature, FeatureNode

MORE = {"quantity": {"units": "kg"}, "reference": {"target": "contractor"}}
ONE = {"number": "1.5", "integer": "2", "percent": "3", "yesno": True, "date": "2026-01-01"}
PAGES = {
    "card": "/contractors/{}",
    "form": "/contractors/{}/edit",
    "new": "/contractors/new",
    "list": "/contractors/",
    "columns": "/contractors/?part=table",
    "conditions": "/contractors/?part=conditions",
    "search": "/search/?q=zefir",
}


def define(session: Any, count: int) -> dict[str, Any]:
    """So many features of all kinds, some in categories; a document with a value of most."""
    rows = [feature(number, [*KINDS][number % len(KINDS)]) for number in range(count)]
    made = session.scalars(insert(Feature).returning(Feature), rows).all()
    nodes = [one for one in made if one.has_nodes]
    session.add_all(FeatureNode(feature_id=one.id, name="Red", depth=1) for one in nodes)
    session.commit()
    return {one.key: ONE[one.kind] for one in made if one.kind in ONE}


def feature(number: int, kind: str) -> dict[str, Any]:
    """The columns of a definition."""
    name, area = f"Feature {number}", f"Area {number % 9}" if number % 10 else None
    names = {"name_pl": name, "name_en": name, "category_pl": area, "category_en": area}
    plain = {"units": None, "target": None, "searchable": kind == "text"}
    values = {"code": f"f{number}", "kind": kind, "on_contractors": True, "place": number}
    return {**values, **names, **plain, **MORE.get(kind, {})}


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_three_hundred_features_cost_as_many_statements_as_three(
    session: Any, make_contractor: Any, admin: Any, english: Any, statements: Any
) -> None:
    page, one, counts = english(admin), make_contractor("Zefir"), []
    for count in (len(KINDS), 300):
        session.query(FeatureNode).delete()
        session.query(Feature).delete()
        one.features = define(session, count)
        session.commit()
        found = {}
        for name, address in PAGES.items():
            page.get(address.format(one.id))
            with statements() as seen:
                answer = page.get(address.format(one.id))
            assert answer.status_code == 200, name
            found[name] = len(seen), answer.text
        counts.append({name: number for name, (number, _text) in found.items()})
    assert counts[0] == counts[1]
    longest = {"card": 60, "form": 160, "new": 160, "list": 60, "columns": 400, "search": 40}
    long = {
        name: len(found[name][1])
        for name, most in longest.items()
        if len(found[name][1]) > most * 1000
    }
    assert not long
    assert "data-narrow-box" in found["card"][1]
    assert "data-narrow-box" in found["form"][1]
    assert '<optgroup label="Area 1">' in found["columns"][1]
