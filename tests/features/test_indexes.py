"""Fast features have an index that lists really use; the others are found by that of documents."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Executable, select, text
from sqlalchemy.ext.compiler import compiles

from app.contractors.models import Contractor
from app.db import db
from app.features import indexes
from app.features.catalog import features_of
from app.features.columns import columns_for
from app.features.filters import fields_for
from app.features.kinds import KINDS
from app.features.models import Feature, FeatureNode
from app.features.rules import SLOW
from app.lists.paging import fetch

FAST = [kind for kind in KINDS if kind not in SLOW]
WORDY = ("text",)  # on SQLite these have no index
POSTGRES = pytest.mark.parametrize("app", ["postgres"], indirect=True)
LOOKED_UP: dict[str, Any] = {
    "integer": "9",
    "number": "9,5",
    "percent": "9",
    "money": "9 EUR",
    "quantity": "9 kg",
    "yesno": "yes",
    "date": "2026-05-01",
    "time": "09:30",
    "reference": 1,
    **dict.fromkeys(("choice", "choices", "tree", "trees"), FeatureNode(id=1, path="/1/")),
}
MORE = {"quantity": {"units": "kg"}, "reference": {"target": "contractor"}}


class Explain(Executable, ClauseElement):
    """The plan of a query."""

    inherit_cache = False

    def __init__(self, query: Any) -> None:
        self.query = query


@compiles(Explain)
def _explained(element: Any, compiler: Any, **more: Any) -> str:
    words = "EXPLAIN QUERY PLAN" if compiler.dialect.name == "sqlite" else "EXPLAIN"
    return f"{words} {compiler.process(element.query, **more)}"


def plan(query: Any) -> str:
    """How the database would answer, if it had so many rows that it may not read all."""
    if db.session().get_bind().dialect.name == "postgresql":
        for setting in ("enable_seqscan", "enable_sort"):
            db.session.execute(text(f"set local {setting} = off"))
    return "\n".join(str(row) for row in db.session.execute(Explain(query)))


class Watched:
    """A session that keeps the plan of whatever is asked."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def execute(self, query: Any) -> Any:
        """The answer."""
        self.plans.append(plan(query))
        return db.session.execute(query)


@pytest.fixture
def built(command: Any, session: Any) -> Iterator[Any]:
    """The command that builds indexes; they are dropped after the test."""
    yield lambda: command("features", "index")
    session.rollback()
    for feature in session.scalars(select(Feature)):
        feature.fast = False
    command("features", "index")


def made(make_feature: Any, kinds: Any, **more: Any) -> None:
    """A feature of each kind."""
    for kind in kinds:
        make_feature(f"f_{kind}", kind, **MORE.get(kind, {}), **more)


def asked(fields: Any, kind: str, operator: str) -> Any:
    """What a condition asks of the database."""
    field, value = fields[f"feature_f_{kind}"], LOOKED_UP.get(kind, "2026-05-01")
    plain = value if isinstance(value, FeatureNode | int) else field.read(value)
    return field.operator(operator).test(plain)


def test_every_fast_kind_is_sorted_filtered_and_paged_by_its_index(
    app: Any, make_feature: Any, make_contractor: Any, built: Any, admin: Any, acting_as: Any
) -> None:
    made(make_feature, FAST, fast=True)
    make_contractor()
    result = built()
    assert result.exit_code == 0, result.output
    with acting_as(admin):
        sqlite = db.engine.dialect.name == "sqlite"
        fields = {field.name: field for field in fields_for(Contractor)}
        for feature, column in zip(features_of(Contractor), columns_for(Contractor), strict=True):
            name = f"fx_contractor_{feature.id}_"
            if sqlite and feature.kind in WORDY:
                assert indexes.state_of(feature) == "none"
                continue
            assert indexes.state_of(feature) == "built", feature
            watched: Any = Watched()
            if feature.kind not in ("choice", "tree", "reference"):  # sorted by name
                for way in (False, True):
                    fetch(watched, select(Contractor), [column.order.turned(way)], 5)
                assert all(name in one for one in watched.plans[::2]), watched.plans
            if feature.kind not in ("daterange", *WORDY):
                found = plan(select(Contractor.id).where(asked(fields, feature.kind, "eq")))
                assert name in found, found


@POSTGRES
def test_words_are_found_by_an_index(
    make_feature: Any, make_contractor: Any, built: Any, admin: Any, acting_as: Any
) -> None:
    feature = make_feature("f_text", "text", fast=True)
    make_contractor()
    assert built().exit_code == 0
    with acting_as(admin):
        (field,) = fields_for(Contractor)
        for name in ("ct", "sw", "eq"):
            test: Any = field.operator(name)
            found = plan(select(Contractor.id).where(test.test("kowal")))
            assert f"fx_contractor_{feature.id}_" in found, found


@POSTGRES
def test_what_is_equal_or_chosen_is_looked_up_in_the_index_of_documents(
    make_feature: Any, make_node: Any, make_contractor: Any, admin: Any, acting_as: Any
) -> None:
    made(make_feature, LOOKED_UP)
    make_contractor()
    with acting_as(admin):
        fields = {field.name: field for field in fields_for(Contractor)}
        tests = [asked(fields, kind, "eq") for kind in LOOKED_UP]
        tests += [asked(fields, kind, "below") for kind in ("tree", "trees")]
        for test in tests:
            found = plan(select(Contractor.id).where(test))
            assert "ix_contractor_features" in found, found


def test_the_command_builds_once_drops_what_is_not_wanted_and_renews_what_is_broken(
    make_feature: Any, built: Any, session: Any, editor: Any, client_as: Any, app: Any
) -> None:
    feature = make_feature("size", "integer", fast=True, on_persons=True)
    session.commit()
    card = client_as(editor).get(f"/features/{feature.id}", headers={"Accept-Language": "en"}).text
    assert "features index" in card
    first = built().output
    assert first.count("built: fx_") == 2
    assert "built" not in built().output
    feature.fast = False
    assert built().output.count("dropped: fx_") == 2
