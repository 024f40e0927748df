"""Definitions as files: read, compared and applied; a round trip is exact, twice is once."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from app.access.current import Door
from app.db import db, now, transaction
from app.errors import Conflict, DomainError, InvalidValue, NotAllowed
from app.events.definitions import Series
from app.exchange.definitions import present
from app.exchange.definitions.apply import Order, apply, differences
from app.features import operations
from app.features.changes import batches
from app.features.changes.models import FeatureChange
from app.features.models import DatedValue, Feature, FeatureNode
from app.features.values import values_as_json
from tests.exchange.definition_files import WHOLE, feature, read, tree_of


def test_a_round_trip_is_exact_and_twice_changes_nothing(said: Any, exported: Any) -> None:
    assert said(WHOLE)
    assert exported() == WHOLE
    assert said(WHOLE) == said(WHOLE, prune=True) == []


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_every_setting_of_a_feature_is_in_the_file(app: Any) -> None:
    for one in present.settings():
        assert f"    {one.name}: " in WHOLE, one.name


def test_differences_tell_the_same_and_keep_nothing(
    said: Any, acting_as: Any, admin: Any, make_feature: Any, make_contractor: Any, make_node: Any
) -> None:
    trade = make_feature("trade", "choice", name_pl="Branża", name_en="Business")
    kept, gone = make_node(trade, "Ryby"), make_node(trade, "Raki")
    make_contractor(features={trade.key: kept.id})
    make_contractor(features={trade.key: gone.id})
    with acting_as(admin, Door.CLI) as actor, force_locale("en"):
        before = present.state()
        order = Order(actor, read(WHOLE), now(), prune=True)
        found = [str(one) for one in differences(order)]
        assert present.state() == before
    assert found == said(WHOLE, prune=True)
    assert "- values of trade: Raki (1 record)" in found
    trade_line = "~ feature trade: name_en: Business → Trade; fast: false → true; "
    trade_line += "open_list: false → true (2 records)"
    assert trade_line in found
    assert "~ role Operator: scope: team → own" in found
    assert said(WHOLE, prune=True) == []


def test_who_renames_or_moves_a_value_keeps_its_records(
    said: Any, make_contractor: Any, acting_as: Any, admin: Any, session: Any
) -> None:
    said(feature("area", "tree", [{"name": "Polska", "values": ["Łódz", "Kraków"]}, "Niemcy"]))
    town = session.scalars(select(FeatureNode).where(FeatureNode.name == "Łódz")).one()
    holder = make_contractor(features={str(town.feature_id): town.id})
    below = [{"name": "Łódź", "was": ["Polska", "Łódz"]}]
    change = feature(
        "area", "tree", [{"name": "Germany", "was": "Niemcy", "values": below}, "Polska"]
    )
    found = said(change)
    assert found == [
        "~ values of area: renamed: Niemcy → Germany; moved: Łódz → Germany › Łódź; "
        "renamed: Łódz → Germany › Łódź",
        "~ values of area: order: (top)",
    ]
    assert said(change) == []
    with acting_as(admin, Door.CLI):
        assert tree_of("area") == [
            {"name": "Germany", "values": ["Łódź"]},
            {"name": "Polska", "values": ["Kraków"]},
        ]
        shown = values_as_json(db.session.merge(holder))
        assert shown["area"]["path"] == ["Germany", "Łódź"]
        assert operations.wrong_paths() == []


def test_marking_a_campaign_by_a_file_carries_the_values_over(
    said: Any, make_contractor: Any, session: Any
) -> None:
    said(feature("area", "tree", ["Polska"]))
    node = session.scalars(select(FeatureNode)).one()
    holder = make_contractor(features={str(node.feature_id): node.id})
    assert said(feature("area", "tree", ["Polska"], campaign=True)) == [
        "~ feature area: campaign: false → true (1 record)"
    ]
    session.refresh(holder)
    assert holder.features == {}
    said(feature("area", "tree", ["Polska"]))
    session.refresh(holder)
    assert holder.features == {str(node.feature_id): node.id}


def test_what_a_file_changed_is_taken_back_like_any_change(
    said: Any, exported: Any, acting_as: Any, editor: Any, session: Any
) -> None:
    before = feature("area", "tree", ["Polska", {"name": "Niemcy", "values": ["Berlin"]}])
    said(before)
    kept = exported()
    moved = [{"name": "Berlin", "was": ["Niemcy", "Berlin"]}, {"name": "Poland", "was": "Polska"}]
    said(
        feature("area", "tree", moved, required="visible", name={"pl": "a", "en": "b"}), prune=True
    )
    change = session.scalars(select(FeatureChange)).one()
    assert (change.act, change.subject) == ("apply_definitions", "area")
    with acting_as(editor) as actor, transaction():
        batches.undo(actor, change.id, now())
    assert exported() == kept


def test_a_feature_that_a_file_makes_dated_begins_its_history(
    said: Any, make_contractor: Any, session: Any
) -> None:
    said(feature("rank", "integer", []))
    key = str(session.scalars(select(Feature.id)).one())
    make_contractor(features={key: "5"})
    said(feature("rank", "integer", [], dated=True))
    assert session.scalars(select(DatedValue.features)).all() == [{key: "5"}]


def test_what_would_break_a_rule_is_refused_by_name_and_changes_nothing(
    said: Any, make_feature: Any, make_contractor: Any, session: Any
) -> None:
    used = make_feature("weight", "number")
    make_contractor(features={used.key: "5"})
    wrong = [
        (feature("weight", "text", []), "feature.kind_used"),
        (feature("price", "number", [], least="ten"), "feature.limit"),
        (feature("price", "number", ["ten"]), "node.no_list"),
        (feature("price", "choice", [{"name": "a", "values": ["b"]}]), "node.flat"),
        (feature("price", "choice", ["a", "A "]), "node.name_taken"),
        (feature("price", "text", [], campaign=True), "feature.campaign_kind"),
        (feature("price", "text", [], roles={"Nobody": "read"}), "definitions.missing"),
        ("etap: 1\nroles: {Nobody: all}", "definitions.missing"),
        ("etap: 1\nroles: {Administrator: own}", "role.administrator"),
        ("etap: 1\nseries: [{symbol: A, name: A, pattern: x}]", "series.pattern"),
    ]
    for text, code in wrong:
        with pytest.raises(DomainError) as refused:
            said(f"{text}\n")
        assert refused.value.reasons[0].code == code, text
    assert session.scalars(select(Feature.code)).all() == ["weight"]
    assert session.scalars(select(Series.symbol)).all() == ["CRM"]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{}", "etap is missing"),
        ("etap: 2", "etap: one of: 1"),
        ("etap: 1\nfeatures: [{code: A-b}]", "features.1.code"),
        ("etap: 1\nfeatures: [{code: a, kind: blob}]", "features.1.kind"),
        (feature("a", "text", [], colour="red"), "features.1: unknown: colour"),
        (feature("a", "tree", [{"name": "b", "values": [{"nom": "c"}]}]), "values.1.values.1"),
        (feature("a", "tree", []).replace("[]", "[2026]"), "features.1.values.1: must be: text"),
        ("etap: [", "line 1"),
        ("etap: 1\netap: 1", "stands there twice"),
        (b"\xff\xfe\xfa", "This is not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_tells_where_it_is_wrong(
    app: Any, text: str, place: str
) -> None:
    with app.test_request_context(), force_locale("en"), pytest.raises(InvalidValue) as refused:
        read(text)
    assert place in "\n".join(one.text for one in refused.value.reasons)


def test_roles_count_and_a_difference_that_grew_meanwhile_is_not_applied(
    acting_as: Any, ann: Any, editor: Any, make_feature: Any, session: Any
) -> None:
    with acting_as(ann, Door.CLI) as actor, pytest.raises(NotAllowed):
        differences(Order(actor, read(WHOLE), now()))
    with acting_as(editor, Door.CLI) as actor, pytest.raises(NotAllowed):
        differences(Order(actor, read("etap: 1\nroles: {Reader: own}"), now()))
    with acting_as(editor, Door.CLI) as actor:
        order = Order(actor, read(feature("area", "tree", ["a"])), now())
        expected = differences(order)
        make_feature("area", "tree")
        session.commit()
        with pytest.raises(Conflict):
            apply(order, expected)


def test_the_command_line_exports_compares_and_applies(
    command: Any, admin: Any, tmp_path: Path
) -> None:
    file = tmp_path / "definitions.yaml"
    file.write_text(WHOLE, encoding="utf-8")
    found = command("features", "diff", str(file), "--json")
    assert found.exit_code == 1
    assert {"sign": "+", "what": "series SRW", "parts": [], "records": 0} in json.loads(
        found.output
    )
    assert command("features", "apply", str(file), input="n\n").exit_code == 0
    assert command("features", "diff", str(file)).exit_code == 1
    assert "+ feature area" in command("features", "apply", str(file), "--yes").output
    assert command("features", "diff", str(file)).exit_code == 0
    assert command("features", "export").output == WHOLE
    assert command("features", "export", str(file)).exit_code == 0
    assert file.read_text(encoding="utf-8") == WHOLE
    file.write_text("etap: 9", encoding="utf-8")
    for words in (("diff",), ("apply", "--yes")):
        refused = command("features", *words, str(file))
        assert refused.exit_code == 2
        assert "definitions.invalid: etap" in refused.stderr


@pytest.mark.parametrize("app", ["postgres"], indirect=True)  # SQLite inserts one by one
def test_a_large_tree_takes_few_statements(acting_as: Any, admin: Any, statements: Any) -> None:
    towns = [
        {"name": f"R{one}", "values": [f"T{one}-{two}" for two in range(9)]} for one in range(60)
    ]
    with acting_as(admin, Door.CLI) as actor:
        order = Order(actor, read(feature("area", "tree", towns)), now())
        with statements() as seen:
            differences(order)
        assert len(seen) < 40
