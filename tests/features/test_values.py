"""Feature values: read by every door in the same way, kept by id, shown as people write."""

import pytest

from app.contractors.models import Contractor
from app.db import db, now
from app.errors import InvalidValue
from app.features import operations
from app.features.models import Feature
from app.features.values import set_values, shown_values, values_as_json

FIRST = ("text", "number", "date", "yesno", "choice", "tree")


@pytest.fixture
def features(make_feature, make_node):
    """One feature of each kind on contractors."""
    made = {kind: make_feature(f"f_{kind}", kind) for kind in FIRST}
    top = make_node(made["tree"], "Germany")
    return {
        **made,
        "node": make_node(made["tree"], "Berlin", top),
        "red": make_node(made["choice"], "red"),
    }


def test_values_of_all_kinds_go_in_and_come_out(features, make_contractor, ann, acting_as):
    pk = make_contractor().id
    given = {
        "f_text": "abc",
        "f_number": "1,5",
        "f_date": "31.10.2006",
        "f_yesno": "tak",
        "f_choice": "red",
        "f_tree": "Germany/Berlin",
    }
    with acting_as(ann):
        record = db.session.get(Contractor, pk)
        set_values(record, given)
        again = values_as_json(record)
        assert again == {
            "f_text": "abc",
            "f_number": "1.5",
            "f_date": "2006-10-31",
            "f_yesno": True,
            "f_choice": {"id": features["red"].id, "path": ["red"]},
            "f_tree": {"id": features["node"].id, "path": ["Germany", "Berlin"]},
        }
        set_values(record, again)
        assert values_as_json(record) == again
        shown = {feature.code: value for feature, value in shown_values(record)}
        assert shown["f_tree"] == "Germany › Berlin"
        assert shown["f_number"] == "1,5"


def test_what_is_not_mentioned_is_not_touched(features, make_contractor, ann, acting_as):
    text, number = features["text"].key, features["number"].key
    pk = make_contractor(features={text: "kept", number: "1", "999": "foreign"}).id
    with acting_as(ann):
        record = db.session.get(Contractor, pk)
        set_values(record, {"f_number": None})
        assert record.features == {text: "kept", "999": "foreign"}


def test_each_wrong_value_names_its_field(features, make_contractor, ann, acting_as):
    pk = make_contractor().id
    with acting_as(ann):
        record = db.session.get(Contractor, pk)
        with pytest.raises(InvalidValue) as refused:
            set_values(record, {"f_number": "x", "f_tree": "France", "nothing": 1, "f_text": "ok"})
        assert [one.field for one in refused.value.reasons] == [
            "feature_f_number",
            "feature_f_tree",
            "feature_nothing",
        ]
        assert not record.features


def test_an_archived_value_stays_but_is_not_chosen_anew(
    features, make_contractor, ann, acting_as, session
):
    features["red"].archived_at = now()
    key = features["choice"].key
    has, new = make_contractor(features={key: features["red"].id}).id, make_contractor().id
    with acting_as(ann):
        set_values(db.session.get(Contractor, has), {"f_choice": features["red"].id})
        with pytest.raises(InvalidValue):
            set_values(db.session.get(Contractor, new), {"f_choice": features["red"].id})


def test_the_form_writes_values_and_says_what_is_wrong_keeping_what_was_typed(
    features, make_contractor, admin, client_as, session
):
    contractor = make_contractor("Zefir", features={features["date"].key: "2024-01-01"})
    client, address = client_as(admin), f"/contractors/{contractor.id}/edit"
    sent = {"name": "Zefir", "code": "Z", "status": "client", "version": str(contractor.version)}
    wrong = client.post(
        address, data={**sent, "feature_f_number": "ten", "feature_f_text": "typed"}
    )
    assert wrong.status_code == 422
    assert 'value="typed"' in wrong.get_data(as_text=True)
    right = {
        "feature_f_number": "2,50",
        "feature_f_tree": features["node"].id,
        "feature_f_yesno": "no",
    }
    assert client.post(address, data={**sent, **right}).status_code in (302, 303)
    stored = session.get(Contractor, contractor.id).features
    assert stored == {
        features["date"].key: "2024-01-01",
        features["number"].key: "2.5",
        features["tree"].key: features["node"].id,
        features["yesno"].key: False,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("_flt_0_feature_f_text=LODZ", {"one"}),
        ("_flt_0_feature_f_number=2&_flt_1_feature_f_number=10,5", {"one"}),
        ("_flt_0_feature_f_number=100", {"two"}),
        ("_flt_0_feature_f_date=2025-01-01", {"two"}),
        ("_flt_0_feature_f_yesno=yes", {"one"}),
        ("_flt_0_feature_f_yesno=no", {"two"}),
        ("_flt_0_feature_f_tree={top}", {"one"}),
        ("_flt_1_feature_f_tree={top}", set()),
        ("_flt_0_feature_f_choice={red}", {"two"}),
        ("_flt_0_feature_f_number=x", set()),
        ("_flt_0_feature_gone=x", set()),
    ],
)
def test_lists_filter_by_features(query, found, features, make_contractor, admin, client_as):
    key = {kind: feature.key for kind, feature in features.items() if kind in FIRST}
    one = {
        key["text"]: "Łódź",
        key["number"]: "10.5",
        key["date"]: "2024-05-01",
        key["yesno"]: True,
        key["tree"]: features["node"].id,
    }
    two = {
        key["number"]: "100",
        key["date"]: "2026-05-01",
        key["yesno"]: False,
        key["choice"]: features["red"].id,
    }
    for name, document in (("one", one), ("two", two), ("none", {})):
        make_contractor(f"firm {name}", features=document)
    text = query.format(top=features["node"].parent_id, red=features["red"].id)
    page = client_as(admin).get(f"/contractors/?{text}").get_data(as_text=True)
    assert {name for name in ("one", "two", "none") if f">firm {name}<" in page} == found


def test_uses_are_counted_and_the_kind_then_stays(
    features, make_contractor, editor, acting_as, client_as, session
):
    make_contractor(features={features["text"].key: "x"})
    with acting_as(editor):
        assert operations.uses_of(features["text"]) == 1
        assert operations.uses_of(features["number"]) == 0
    feature = features["text"]
    sent = {
        "name_pl": "a",
        "name_en": "a",
        "code": "f_text",
        "on_contractors": "y",
        "version": "1",
    }
    client = client_as(editor)
    refused = client.post(f"/features/{feature.id}/edit", data={**sent, "kind": "number"})
    assert refused.status_code in (409, 422)
    assert session.get(Feature, feature.id).kind == "text"
    assert (
        client.post(f"/features/{feature.id}/edit", data={**sent, "kind": "text"}).status_code
        == 303
    )


def test_the_number_of_features_does_not_change_the_statements(
    make_feature, make_contractor, admin, client_as, statements
):
    address = f"/contractors/{make_contractor().id}/edit"
    client, counts = client_as(admin), []
    for number in (1, 20):
        for one in range(number):
            make_feature(f"f{number}_{one}", "text")
        with statements() as seen:
            assert client.get(address).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
