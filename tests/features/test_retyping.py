"""Another kind for values in use: each pair of kinds as the table decides, and the way back."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.contractors.models import Contractor
from app.db import db, now, transaction
from app.errors import DomainError
from app.features import holding, operations
from app.features.catalog import copied
from app.features.changes import batches
from app.features.changes.definition import settle
from app.features.changes.matrix import Passage
from app.features.kinds import Unreadable
from app.features.models import Feature, FeatureNode
from app.features.rules import DEEP, FLAT, SEVERAL
from app.features.rules import KINDS as NAMES
from app.features.values import set_values
from tests.features.test_kinds import kind_named
from tests.questions import agree, agreed

STORED = {
    "text": "12",
    "longtext": "one\ntwo",
    "integer": "1",
    "number": "12.5",
    "money": {"amount": "7.5", "currency": "PLN"},
    "percent": "12.5",
    "quantity": {"amount": "3", "unit": "kg"},
    "yesno": True,
    "date": "2026-11-24",
    "time": "09:05",
    "datetime": "2026-11-24T08:05Z",
    "daterange": "2026-11-24/2026-11-30",
    "month": "2026-11",
    "reference": 7,
    "choice": 1,
    "choices": [1, 2],
    "tree": 3,
    "trees": [1, 3],
}
CALLED = {
    ("node", 1): "12",
    ("node", 2): "Two",
    ("node", 3): "One › Three",
    ("contractor", 7): "Nowak",
}


def verdict(old: str, new: str) -> str:
    """How the sample of a kind goes over: unchanged, lossy, or impossible."""
    passage = Passage(kind_named(old), kind_named(new), CALLED)
    try:
        value = passage.carried(STORED[old])
    except Unreadable:
        return "."
    return "-" if passage.loses(STORED[old], value) else "+"


# + carried over, - with a loss, . impossible; columns in the order of the kinds.
EXPECTED = """
text       + + + + + + + . . . . . . . + + + +
longtext   - + . . . . . . . . . . . . - - - -
integer    + + + + + + + + . . . . . . + + + +
number     + + - + + + + . . . . . . . + + + +
money      + + - + + + . . . . . . . . + + + +
percent    + + - + + + + . . . . . . . + + + +
quantity   + + + + . + + . . . . . . . + + + +
yesno      + + + + . . . + . . . . . . + + + +
date       + + . . . . . . + . + + - . + + + +
time       + + . . . . . . . + . . . . + + + +
datetime   + + . . . . . . - - + - - . + + + +
daterange  + + . . . . . . - . - + - . + + + +
month      + + . . . . . . + . + + + . + + + +
reference  + + . . . . . . . . . . . . + + + +
choice     + + + + + + + . . . . . . . + + + +
choices    + + . . . . . . . . . . . . - + - +
tree       + + . . . . . . . . . . . . - - + +
trees      + + . . . . . . . . . . . . - - - +
"""
TYPED = [
    ("tak", "yesno", True, "+"),
    ("24.11.2026", "date", "2026-11-24", "+"),
    ("24 listopada 2026", "date", "2026-11-24", "-"),
    ("007", "integer", "7", "-"),
    ("9:05", "time", "09:05", "-"),
    ("24.11.2026 14:30:59", "datetime", "2026-11-24T13:30Z", "-"),
    ("1 234,50 zł", "money", {"amount": "1234.5", "currency": "PLN"}, "+"),
    ("11.2026", "month", "2026-11", "-"),
    ("1.11.2026 – 30.11.2026", "daterange", "2026-11-01/2026-11-30", "-"),
]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("line", EXPECTED.split("\n")[1:-1])
def test_every_pair_of_kinds_goes_over_as_the_table_decides(app: Flask, line: str) -> None:
    old, *expected = line.split()
    with app.test_request_context(), force_locale("pl"):
        assert [verdict(old, new) for new in NAMES] == expected


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_texts_are_read_as_if_they_were_typed(app: Flask) -> None:
    with app.test_request_context(), force_locale("pl"):
        for typed, kind, stored, sign in TYPED:
            passage = Passage(kind_named("text"), kind_named(kind), {})
            assert passage.carried(typed) == stored
            assert ("-" if passage.loses(typed, stored) else "+") == sign, typed


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_histories_tell_values_of_every_former_kind(app: Flask) -> None:
    with app.test_request_context():
        for kind in map(kind_named, NAMES):
            for stored in STORED.values():
                assert kind.told(stored, CALLED)
                assert all(isinstance(pk, int) for _kind, pk in kind.pointed(stored))


# --- with records -------------------------------------------------------------------------------


def as_stored(session: Session) -> list[tuple[int, str]]:
    """The documents of all contractors, letter by letter but for the order of their keys."""
    session.rollback()
    rows = session.execute(select(Contractor.id, Contractor.features).order_by(Contractor.id))
    return [(pk, json.dumps(document, sort_keys=True)) for pk, document in rows]


def retype(feature_id: int, kind: str, **decided: str) -> Any:
    """The feature with another kind, as its form changes it."""

    def deed(sure: str) -> Any:
        feature = db.session.get_one(Feature, feature_id)
        old = copied(feature)
        feature.kind = kind
        feature.units = {"money": "PLN, EUR", "quantity": "kg, t"}.get(kind)
        feature.target = "contractor" if kind == "reference" else None
        db.session.flush()
        return settle(old, feature, {**decided, "sure": sure}, now())

    return agreed(deed)


def undo(actor: Any, change_id: int) -> None:
    """Take a change back."""
    with transaction():
        batches.undo(actor, change_id, now())


@pytest.mark.parametrize(
    "step",
    [1, 5, pytest.param(2, marks=pytest.mark.full), pytest.param(3, marks=pytest.mark.full)],
)
def test_what_was_retyped_and_taken_back_is_as_it_was_to_the_letter(
    step: int,
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    editor: Any,
    acting_as: Any,
    session: Session,
) -> None:
    nowak = make_contractor("Nowak")
    made = {}
    for number, kind in enumerate(NAMES):
        units = {"money": "PLN, EUR", "quantity": "kg, t"}.get(kind)
        target = "contractor" if kind == "reference" else None
        feature = make_feature(f"f_{kind}", kind, units=units, target=target)
        value = STORED[kind]
        if kind in FLAT + DEEP:
            one, two = make_node(feature, "12"), make_node(feature, "Żółw; „a”")
            deep = make_node(feature, "Deep", one) if kind in DEEP else one
            value = sorted([two.id, deep.id]) if kind in SEVERAL else deep.id
        other = {"text": "Zażółć", "reference": nowak.id}.get(kind, value)
        for name, given in (("a", value), ("b", other)):
            make_contractor(f"{kind} {name}", features={feature.key: given, "0": "ł"})
        made[kind] = feature.id, NAMES[(number + step) % len(NAMES)]
    with acting_as(editor) as actor:
        for old, (pk, new) in made.items():
            before = as_stored(session)
            change = retype(pk, new, empty_rest="1")
            assert db.session.get_one(Feature, pk).kind == new
            undo(actor, change.id)
            assert as_stored(session) == before, (old, new)
            assert db.session.get_one(Feature, pk).kind == old
        assert operations.wrong_paths() == []


def test_impossible_values_wait_for_a_word_and_texts_become_a_tree(
    make_feature: Any,
    make_contractor: Any,
    editor: Any,
    client_as: Any,
    session: Session,
) -> None:
    feature = make_feature("size", "text", required="visible")
    texts = ["12", "12", "many", "few", "1,5"]
    made = [make_contractor("Firm", features={feature.key: one}).id for one in texts]
    client, url = client_as(editor), f"/features/{feature.id}/edit"
    form = {"name_pl": "size", "name_en": "size", "code": "size", "on_contractors": "y"}
    form |= {"required": "visible", "version": str(feature.version), "kind": "integer"}
    asked = client.post(url, data=form)
    assert asked.status_code == 409
    assert all(f">{one}<" in asked.text for one in ("12", "many", "few", "1,5"))
    sure = re.search(r'name="sure" value="(\w+)"', asked.text)[1]  # type: ignore[index]
    fields = re.findall(r'name="(to_\w+)"', asked.text)
    assert len(fields) == 3
    answer = client.post(url, data={**form, "sure": sure, fields[0]: "x"})
    assert (answer.status_code, f'name="{fields[0]}" value="x"' in answer.text) == (409, True)
    session.expire_all()
    assert session.get(Feature, feature.id).kind == "text"
    done = client.post(url, data={**form, "sure": sure, fields[0]: "7", "empty_rest": "1"})
    assert done.status_code == 303
    session.expire_all()
    found = [session.get(Contractor, pk).features.get(feature.key) for pk in made]
    assert sorted(filter(None, found)) == ["12", "12", "7"]
    form |= {"kind": "tree", "version": str(session.get(Feature, feature.id).version)}
    assert agree(client, url, form).status_code == 303
    names = session.scalars(select(FeatureNode.name).order_by(FeatureNode.place)).all()
    assert sorted(names) == ["12", "7"]


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_nobody_writes_a_value_of_a_kind_that_changes_at_that_moment(
    app: Flask,
    make_feature: Any,
    make_contractor: Any,
    editor: Any,
    acting_as: Any,
    session: Session,
) -> None:
    feature = make_feature("size", "text")
    firm = make_contractor("Firm")
    with acting_as(editor), transaction():
        record = db.session.get_one(Contractor, firm.id)
        set_values(record, {"size": "large"})
        db.session.flush()
        lock = "select pg_try_advisory_xact_lock(:one, :two)"
        key = {"one": holding.LOCK, "two": feature.id}
        assert session.execute(text(lock), key).scalar_one() is False
        session.rollback()
    with acting_as(editor):
        session.execute(text("select pg_advisory_xact_lock(:one, :two)"), key)
        with pytest.raises(DomainError) as refused, transaction():
            set_values(db.session.get_one(Contractor, firm.id), {"size": "small"})
    assert refused.value.reasons[0].code == "feature.changing"
    session.rollback()
