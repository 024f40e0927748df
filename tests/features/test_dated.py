"""Dated features: each value holds from a day on, at every door, and lists ask what it was."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.audit.models import Batch
from app.contractors.models import Contractor
from app.db import db
from app.errors import InvalidValue
from app.features import checking, dated
from app.features.filters import fields_for
from app.features.models import DatedValue
from app.features.past import documents_on
from app.features.values import set_values
from app.lists import filters
from tests.api.conftest import Program
from tests.exchange.conftest import bring  # noqa: F401 - a fixture
from tests.features.test_retyping import retype, undo

DAY = timedelta(1)


@pytest.fixture
def size(make_feature: Any) -> Any:
    """A dated whole number of contractors."""
    return make_feature("size", "integer", dated=True)


def rows(session: Any) -> list[tuple[date, Any, bool]]:
    """The rows in the order they were written: since when, the value, whether taken back."""
    found = session.scalars(select(DatedValue).order_by(DatedValue.id))
    return [
        (one.valid_from, one.features.get(str(one.feature_id)), one.taken_back_id is not None)
        for one in found
    ]


def asked(operator: str, value: Any, day: date) -> set[int]:
    """The contractors that a condition finds of a day."""
    leaf = {"f": "feature_size", "o": operator, "v": value, "d": day.isoformat()}
    read = filters.understood(fields_for(Contractor), [filters.from_data({"all": [leaf]})])
    return set(db.session.scalars(select(Contractor.id).where(filters.test_of(read[0]))))


def test_a_value_is_a_row_and_an_earlier_day_leaves_today_alone(
    size: Any, make_contractor: Any, ann: Any, acting_as: Any, session: Any
) -> None:
    pk = make_contractor().id
    with acting_as(ann):
        today = dated.present_day()
        record = db.session.get_one(Contractor, pk)
        steps: list[tuple[Any, int, Any]] = [
            (5, 10, "5"),
            (7, 0, "7"),
            (3, 5, "7"),
            (None, 0, None),
        ]
        for value, ago, stored in steps:
            set_values(record, {"size": value}, {"size": today - ago * DAY})
            db.session.commit()
            assert record.features.get(size.key) == stored, value
        with pytest.raises(InvalidValue) as refused:
            set_values(record, {"size": 9}, {"size": today + DAY})
        assert refused.value.reasons[0].field == "feature_size"
        assert rows(session) == [
            (today - 10 * DAY, "5", False),
            (today, "7", False),
            (today - 5 * DAY, "3", False),
            (today, None, False),
        ]


def test_filters_and_records_of_a_day_are_those_of_a_plain_model(
    size: Any, make_contractor: Any, admin: Any, acting_as: Any
) -> None:
    ids = [make_contractor(f"firm {one}").id for one in range(4)]
    dice = random.Random(7)
    history: dict[int, list[tuple[date, int, Any]]] = {pk: [] for pk in ids}

    def held(pk: int, day: date) -> Any:
        """What the model says."""
        known = [one for one in history[pk] if one[0] <= day]
        return max(known, key=lambda one: one[:2])[2] if known else None

    with acting_as(admin):
        today = dated.present_day()
        records = {pk: db.session.get_one(Contractor, pk) for pk in ids}
        for step in range(40):
            pk, day = dice.choice(ids[:3]), today - dice.randrange(6) * DAY
            value = dice.choice([None, 1, 2, 3])
            newest = max((one[0] for one in history[pk]), default=None)
            before = held(pk, day if newest and day < newest else today)
            set_values(records[pk], {"size": value}, {"size": day})
            db.session.commit()
            if value != before:
                history[pk].append((day, step, value))
        for ago in range(8):
            day = today - ago * DAY
            documents = documents_on(list(records.values()), day)
            model = {pk: held(pk, day) for pk in ids}
            stored = {pk: one.get(size.key) for pk, one in documents.items()}
            assert stored == {pk: one and str(one) for pk, one in model.items()}
            assert asked("ge", "2", day) == {pk for pk, one in model.items() if (one or 0) >= 2}
            assert asked("eq", "1", day) == {pk for pk, one in model.items() if one == 1}
            assert asked("empty", None, day) == {pk for pk, one in model.items() if one is None}
        assert {pk: one.features.get(size.key) for pk, one in records.items()} == {
            pk: held(pk, today) and str(held(pk, today)) for pk in ids
        }


def form_of(item: Any, **more: Any) -> dict[str, str]:
    """What the form of a contractor sends."""
    values = {"name": item.name, "code": item.code, "status": "client"}
    return {**values, "version": str(item.version), **more}


def test_form_cell_card_and_undo(
    size: Any, make_contractor: Any, ann: Any, client_as: Any, session: Any, app: Any
) -> None:
    item = make_contractor("Zefir")
    with app.app_context():
        today = dated.present_day()
    page, path = client_as(ann), f"/contractors/{item.id}"
    day, past = "feature_size-from", (today - 3 * DAY).isoformat()
    assert f'value="{today.isoformat()}"' in page.get(f"{path}/edit").text
    future = form_of(item, feature_size="4", **{day: (today + DAY).isoformat()})
    assert page.post(f"{path}/edit", data=future).status_code == 422
    sent = form_of(item, feature_size="4", **{day: past})
    assert page.post(f"{path}/edit", data=sent).status_code == 303
    session.refresh(item)
    assert 'name="feature_size-from"' in page.get(f"{path}/cell/feature_size").text
    cell = {"version": str(item.version), "feature_size": "6", day: today.isoformat()}
    assert page.post(f"{path}/cell/feature_size", data=cell).status_code == 200
    assert rows(session) == [(today - 3 * DAY, "4", False), (today, "6", False)]
    batch = session.scalars(select(DatedValue.batch_id).order_by(DatedValue.id.desc())).first()
    assert page.post(f"/bulk/batch/{batch}/undoing").status_code == 303
    session.expire_all()
    assert rows(session)[1] == (today, "6", True)
    assert session.get(Contractor, item.id).features == {size.key: "4"}


def test_a_wrong_row_is_taken_back_and_the_history_tells_it(
    size: Any,
    make_feature: Any,
    make_contractor: Any,
    ann: Any,
    bob: Any,
    viewer: Any,
    acting_as: Any,
    english: Any,
    session: Any,
) -> None:
    item = make_contractor("Zefir", keeper=ann)
    with acting_as(ann):
        today = dated.present_day()
        record = db.session.get_one(Contractor, item.id)
        for value, ago in ((5, 9), (7, 0), (3, 4)):
            set_values(record, {"size": value}, {"size": today - ago * DAY})
            db.session.commit()
    page, path = english(ann), f"/contractors/{item.id}"
    ids = [one.id for one in session.scalars(select(DatedValue).order_by(DatedValue.id))]
    assert page.get(path).text.count('name="row"') == 3
    assert (
        english(bob).post("/features/history/withdrawal", data={"row": ids[1]}).status_code == 404
    )
    assert 'name="row"' not in english(viewer).get(path).text
    for pk, stored in ((ids[1], "3"), (ids[0], "3"), (ids[2], None)):
        answer = page.post("/features/history/withdrawal", data={"row": pk})
        assert answer.status_code == 303
        session.expire_all()
        assert session.get(Contractor, item.id).features.get(size.key) == stored
    told = page.get(f"{path}/history").text
    assert "Value taken back" in told
    assert "size from " in told


def test_programs_and_files_say_from_which_day_and_ask_of_one(
    size: Any,
    make_feature: Any,
    make_contractor: Any,
    ann: Any,
    admin: Any,
    api_as: Any,
    bring: Any,  # noqa: F811
    session: Any,
    app: Any,
) -> None:
    make_feature("plain", "integer")
    item = make_contractor("Zefir", code="Z")
    with app.app_context():
        today = dated.present_day()
    program, path = Program(api_as(ann)), f"/contractor/{item.id}"
    first, second = ((today - ago * DAY).isoformat() for ago in (9, 4))
    for day, value in ((first, 5), (second, 6)):
        body = {"features": {"size": value}, "features_from": day}
        assert program.change(path, body).status_code == 200
    profile = "target: contractors\nfields: {code: code, name: name, features.size: size}\n"
    profile += "features_from: since\n"
    file = f"code,name,size,since\nZ,Zefir,7,{today}\n"
    assert bring(admin, profile, file).applied
    early = f"code,name,size,since\nZ,Zefir,1,{today - 20 * DAY}\n"
    assert bring(admin, profile, early).done["updated"] == 1
    asked = [{}, {"as_of": second}, {"as_of": first}, {"as_of": "2001-01-01"}]
    for question, value in zip(asked, (7, 6, 5, None), strict=True):
        for address in (path, "/contractor/"):
            found = program.client.get(f"/api/v1{address}", query_string=question).json["result"]
            one = found[0] if isinstance(found, list) else found
            assert one["features"] == {"size": value, "plain": None}, (address, question)
    later = (today + DAY).isoformat()
    for given, day in (({"size": 1}, later), ({"plain": 1}, first)):
        refused = program.change(path, {"features": given, "features_from": day})
        assert refused.status_code == 422, refused.json
    assert program.client.get("/api/v1/contractor/?as_of=x").status_code == 400


def test_a_feature_that_becomes_dated_begins_its_history_with_what_is_there(
    make_feature: Any,
    make_contractor: Any,
    editor: Any,
    client_as: Any,
    session: Any,
    command: Any,
    statements: Any,
) -> None:
    feature = make_feature("f_yesno", "yesno")
    item = make_contractor(features={feature.key: True})
    make_contractor("none")
    page, path = client_as(editor), f"/features/{feature.id}/edit"
    names = {"name_pl": "a", "name_en": "a", "code": "f_yesno", "kind": "yesno"}
    for version, marked in ((1, {"dated": "y"}), (2, {}), (3, {"dated": "y"})):
        sent = {**names, "on_contractors": "y", "version": str(version), **marked}
        with statements() as seen:
            assert page.post(path, data=sent).status_code == 303
        assert sum("INSERT INTO dated_value" in one for one in seen) <= bool(marked)
        session.expire_all()
        if version == 2:
            item.features = {}
            session.commit()
    assert [value for _day, value, _back in rows(session)] == [True, None]
    result = command("features", "check")
    assert result.exit_code == 0, result.output


def test_the_check_finds_what_contradicts_the_definitions(
    size: Any, make_feature: Any, make_node: Any, make_contractor: Any, command: Any
) -> None:
    choice, other = make_feature("colour", "choice"), make_feature("trade", "choice")
    node = make_node(other, "Trade")
    make_contractor(features={size.key: "5", choice.key: node.id, "999": 1, other.key: "x"})
    result = command("features", "check")
    assert result.exit_code == 1
    for words in ("not what its history", "points at node", "feature 999", "is no choice"):
        assert words in result.output


@pytest.mark.parametrize("level", ["read", "hidden"])
def test_who_may_not_write_a_feature_does_not_write_its_past(
    level: str,
    make_feature: Any,
    make_contractor: Any,
    ann: Any,
    api_as: Any,
    english: Any,
    session: Any,
) -> None:
    role = session.scalars(select(Role.id).where(Role.name == "Operator")).one()
    feature = make_feature("size", "integer", dated=True, access={str(role): level})
    item = make_contractor(features={feature.key: "5"})
    day, batch = date(2026, 1, 1), Batch(door="setup")
    row = DatedValue(
        register="contractor", record_id=item.id, feature_id=feature.id, valid_from=day
    )
    row.features, row.batch = {feature.key: "5"}, batch
    session.add(row)
    session.commit()
    body = {"features": {"size": 5}, "features_from": "2025-01-01"}
    Program(api_as(ann)).change(f"/contractor/{item.id}", body)
    sent = form_of(item, feature_size="5", **{"feature_size-from": "2025-01-01"})
    page = english(ann)
    page.post(f"/contractors/{item.id}/edit", data=sent)
    refused = page.post("/features/history/withdrawal", data={"row": row.id})
    assert refused.status_code == 404
    session.expire_all()
    assert rows(session) == [(day, "5", False)]
    assert ("History of features" in page.get(f"/contractors/{item.id}").text) == (level == "read")
    asked_of = "(all:!((f:feature_size,o:ge,v:1,d:'2026-06-01')))"
    found = f">{item.name}<" in page.get(f"/contractors/?where={asked_of}").text
    assert found == (level == "read")


def test_another_kind_takes_the_history_along_and_back(
    make_feature: Any, make_contractor: Any, editor: Any, acting_as: Any, session: Any
) -> None:
    feature = make_feature("size", "text", dated=True, fast=True)
    pk = make_contractor().id
    with acting_as(editor) as actor:
        today = dated.present_day()
        record = db.session.get_one(Contractor, pk)
        for value, ago in (("5,0", 9), ("7", 4), (None, 2), ("8", 0)):
            set_values(record, {"size": value}, {"size": today - ago * DAY})
            db.session.commit()
        before = rows(session)
        change = retype(feature.id, "integer")
        session.rollback()
        assert [value for _day, value, _back in rows(session)] == ["5", "7", None, "8"]
        assert list(checking.faults()) == []
        undo(actor, change.id)
        session.rollback()
        assert rows(session) == before
        assert list(checking.faults()) == []


def test_the_number_of_dated_features_does_not_change_the_statements(
    make_feature: Any,
    make_contractor: Any,
    admin: Any,
    acting_as: Any,
    client_as: Any,
    api_as: Any,
    statements: Any,
) -> None:
    pk, counts = make_contractor().id, []
    page, program = client_as(admin), api_as(admin)
    for number in (1, 10):
        for one in range(number):
            make_feature(f"f{number}_{one}", "integer", dated=True)
        with acting_as(admin):
            record = db.session.get_one(Contractor, pk)
            given = {f"f{number}_{one}": one for one in range(number)}
            set_values(record, given, dict.fromkeys(given, dated.present_day() - DAY))
            db.session.commit()
        addresses = (f"/contractors/{pk}", f"/contractors/{pk}/edit")
        asked = [(page, one) for one in addresses]
        asked += [(program, "/api/v1/contractor/?as_of=2100-01-01")]
        for client, address in asked:
            with statements() as seen:
                assert client.get(address).status_code == 200
            counts.append(len(seen))
    assert counts[:3] == counts[3:]
    assert max(counts) <= 9
