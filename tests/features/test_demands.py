"""What a feature demands, and what roles may do with it, through every door."""

from typing import Any

import prison
import pytest
from flask_appbuilder.security.sqla.models import Role
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.contractors.models import Contractor
from app.features import rules
from app.features.kinds import KINDS
from app.features.models import Feature
from tests.api.conftest import Program, codes
from tests.exchange.conftest import bring, make_role_importer  # noqa: F401 - fixtures

SECRET = "7531"


@pytest.fixture
def role(session: Any) -> Any:
    """`role("Operator")`: the key of a role in a feature's access."""
    return lambda name: str(session.scalars(select(Role.id).where(Role.name == name)).one())


@pytest.fixture
def hidden(make_feature: Any, make_node: Any, role: Any) -> list[Feature]:
    """Features that operators do not see."""
    access = {role("Operator"): "hidden"}
    made = [make_feature(f"h_{kind}", kind, access=access) for kind in ("number", "choice")]
    make_node(made[1], "Hidden colour")
    return made


def form_of(item: Any, **more: str) -> dict[str, str]:
    """What the form of a contractor sends."""
    values = {"name": item.name, "code": item.code, "status": "client"}
    return {**values, "version": str(item.version), **more}


def test_a_hidden_feature_is_shown_by_no_door_and_written_by_none(
    hidden: list[Feature],
    make_contractor: Any,
    ann: Any,
    client_as: Any,
    api_as: Any,
    session: Any,
) -> None:
    number, choice = hidden
    one = make_contractor("Firm", features={number.key: SECRET})
    page, program, path = client_as(ann), Program(api_as(ann)), f"/contractors/{one.id}"
    where = prison.dumps({"all": [{"f": "feature_h_number", "o": "ge", "v": "1"}]})
    for address in (
        *(path, f"{path}/edit", f"{path}/history", "/contractors/?by=feature_h_number"),
        "/contractors/?cols=name,feature_h_number&_oc_ContractorView=feature_h_number",
    ):
        answer = page.get(address)
        assert answer.status_code == 200, address
        assert SECRET not in answer.text, address
        assert "?" in address or "h_number" not in answer.text, address
    assert ">Firm<" not in page.get(f"/contractors/?where={where}").text
    assert page.get(f"/contractors/?_flt_0_feature_h_number={SECRET}").text.count("Firm") == 0
    assert page.get(f"/picker/node-{choice.id}").status_code == 404
    assert page.get(f"{path}/cell/feature_h_number").status_code == 404
    shown = program.ask("GET", f"/contractor/{one.id}").json["result"]
    assert shown["features"] == {}
    page.post(f"{path}/edit", data=form_of(one, name="New", feature_h_number="1"))
    refused = program.change(f"/contractor/{one.id}", {"features": {"h_number": 1}})
    assert codes(refused) == ["feature.value"]
    asked = [{"col": "feature_h_number", "opr": "ge", "value": 1}]
    assert program.get("/contractor/", filters=asked).status_code == 400
    session.expire_all()
    kept = session.get(Contractor, one.id)
    assert (kept.name, kept.features) == ("New", {number.key: SECRET})


STORED = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
SEEN = st.text("abc", min_size=1, max_size=3)


@pytest.mark.usefixtures("make_role_importer")
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_save_at_any_door_leaves_what_one_cannot_see_as_it_is(
    make_feature: Any,
    make_contractor: Any,
    role: Any,
    ann: Any,
    client_as: Any,
    api_as: Any,
    bring: Any,  # noqa: F811
    session: Any,
) -> None:
    access = {role("Operator"): "hidden"}
    more = {"quantity": {"units": "kg"}, "reference": {"target": "contractor"}}
    made = [make_feature(f"h_{kind}", kind, access=access, **more.get(kind, {})) for kind in KINDS]
    shown, one = make_feature("seen", "text"), make_contractor("Firm", code="FIRM")
    page, program, path = client_as(ann), Program(api_as(ann)), f"/contractors/{one.id}"
    profile = "target: contractors\nfields: {code: code, name: name, features.seen: seen}\n"
    profile += "match: {by: [code], found: update}\n"

    def form(value: str) -> None:
        assert page.post(f"{path}/edit", data=form_of(one, feature_seen=value)).status_code == 303

    def cell(value: str) -> None:
        sent = {"feature_seen": value, "version": str(one.version)}
        assert page.post(f"{path}/cell/feature_seen", data=sent).status_code == 200

    def api(value: str) -> None:
        body = {"features": {"seen": value}}
        assert program.change(f"/contractor/{one.id}", body).status_code == 200

    def imported(value: str) -> None:
        assert bring(ann, profile, f"code,name,seen\nFIRM,Firm,{value}\n").applied

    @given(st.dictionaries(st.sampled_from(made), STORED), st.lists(SEEN, min_size=4, max_size=4))
    @settings(max_examples=3, deadline=None)
    def untouched(document: dict[Feature, Any], values: list[str]) -> None:
        hidden = {feature.key: value for feature, value in document.items()}
        one.features = hidden
        session.commit()
        for door, value in zip((form, cell, api, imported), values, strict=True):
            session.refresh(one)
            door(value)
            session.expire_all()
            assert one.features == {**hidden, shown.key: value}, door

    untouched()


def test_history_keeps_what_is_hidden_from_programs_too(
    hidden: list[Feature], admin: Any, ann: Any, api_as: Any
) -> None:
    made = Program(api_as(admin)).ask(
        "POST",
        "/contractor/",
        {"name": "Firm", "keeper": ann.id, "features": {"h_number": SECRET}},
    )
    path = f"/contractor/{made.json['id']}/history"
    assert SECRET in Program(api_as(admin)).ask("GET", path).text
    assert SECRET not in Program(api_as(ann)).ask("GET", path).text


@pytest.mark.parametrize("more", [{"read_only": True}, {"access": "read"}])
def test_what_may_be_read_only_is_shown_and_not_written(
    more: dict[str, Any],
    role: Any,
    make_feature: Any,
    make_contractor: Any,
    ann: Any,
    client_as: Any,
    api_as: Any,
    session: Any,
) -> None:
    more = {"access": {role("Operator"): "read"}} if "access" in more else more
    feature = make_feature("size", "number", **more)
    one = make_contractor("Firm", features={feature.key: SECRET})
    page, program = client_as(ann), Program(api_as(ann))
    assert "7\u00a0531" in page.get(f"/contractors/{one.id}").text
    assert "feature_size" not in page.get(f"/contractors/{one.id}/edit").text
    assert 'data-edit="feature_size"' not in page.get("/contractors/?cols=feature_size").text
    page.post(f"/contractors/{one.id}/edit", data=form_of(one, feature_size="1"))
    path = f"/contractor/{one.id}"
    assert codes(program.change(path, {"features": {"size": 1}})) == ["feature.value"]
    assert program.change(path, {"features": {"size": SECRET}}).status_code == 200
    session.expire_all()
    assert session.get(Contractor, one.id).features == {feature.key: SECRET}


def test_the_widest_of_several_roles_counts(
    hidden: list[Feature], make_contractor: Any, make_user: Any, session: Any, client_as: Any
) -> None:
    both = make_user("both", "Operator")
    both.roles.append(session.scalars(select(Role).where(Role.name == "Manager")).one())
    session.commit()
    one = make_contractor("Firm", features={hidden[0].key: SECRET})
    assert "7\u00a0531" in client_as(both).get(f"/contractors/{one.id}").text


# --- required, initial ---------------------------------------------------------------------------


def test_what_is_required_is_asked_of_new_records_and_of_saved_forms_only(
    make_feature: Any, make_contractor: Any, ann: Any, client_as: Any, api_as: Any, session: Any
) -> None:
    old = make_contractor("Old")
    feature = make_feature("size", "number", required="visible", name_pl="Rozmiar")
    page, program = client_as(ann), Program(api_as(ann))
    blank = {"name": "New", "status": "client", "feature_size": ""}
    assert page.post("/contractors/new", data=blank).status_code == 422
    assert page.post("/contractors/new", data={**blank, "feature_size": "1"}).status_code == 303
    refused = program.ask("POST", "/contractor/", {"name": "Api"})
    assert codes(refused) == ["feature.required"]
    assert (
        program.ask("POST", "/contractor/", {"name": "A", "features": {"size": 1}}).status_code
        == 201
    )
    path = f"/contractor/{old.id}"
    assert program.change(path, {"city": "Łódź"}).status_code == 200
    assert program.change(path, {"features": {"size": None}}).status_code == 422
    session.expire_all()
    old = session.get(Contractor, old.id)
    saved = page.post(f"/contractors/{old.id}/edit", data=form_of(old, feature_size=""))
    assert saved.status_code == 422
    saved = page.post(f"/contractors/{old.id}/edit", data=form_of(old, feature_size="2"))
    assert saved.status_code == 303
    session.expire_all()
    assert session.get(Contractor, old.id).features == {feature.key: "2"}


def test_what_is_always_required_stops_every_door(
    make_feature: Any,
    role: Any,
    ann: Any,
    admin: Any,
    api_as: Any,
    client_as: Any,
    bring: Any,  # noqa: F811
    session: Any,
) -> None:
    make_feature(
        "size", "number", required="always", name_pl="Tajne", access={role("Operator"): "hidden"}
    )
    answer = client_as(ann).post("/contractors/new", data={"name": "New", "status": "client"})
    assert (answer.status_code, "Tajne" in answer.text) == (422, False)
    assert codes(Program(api_as(ann)).ask("POST", "/contractor/", {"name": "A"})) == [
        "feature.required"
    ]
    profile = "target: contractors\nfields: {name: name, code: code}"
    report = bring(admin, profile, "name,code\nOne,ONE\n")
    assert [one.code for bad in report.bad for one in bad.reasons] == ["feature.required"]
    assert session.scalars(select(Contractor)).all() == []


def test_new_records_begin_with_the_initial_value_unless_another_is_given(
    make_feature: Any,
    ann: Any,
    admin: Any,
    api_as: Any,
    client_as: Any,
    bring: Any,  # noqa: F811
    session: Any,
) -> None:
    key = make_feature("since", "date", initial="2026-05-01").key
    page, program = client_as(ann), Program(api_as(ann))
    assert 'value="2026-05-01"' in page.get("/contractors/new").text
    page.post("/contractors/new", data={"name": "a", "status": "client", "feature_since": ""})
    for name, features in (("b", {}), ("c", {"since": None}), ("d", {"since": "1.01.2020"})):
        program.ask("POST", "/contractor/", {"name": name, "features": features})
    bring(admin, "target: contractors\nfields: {name: name, code: code}", "name,code\ne,E\n")
    rows = session.scalars(select(Contractor).order_by(Contractor.name))
    values = {row.name: row.features.get(key) for row in rows}
    first = "2026-05-01"
    assert values == {"a": None, "b": first, "c": None, "d": "2020-01-01", "e": first}


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "limits", "fits", "beyond"),
    [
        ("number", {"least": "1,5", "most": "10"}, ["1.5", "10"], ["1.49", "10,01"]),
        ("money", {"least": "0"}, ["0 zł"], ["-1 zł"]),
        ("date", {"most": "2026-12-31"}, ["31.12.2026"], ["1.01.2027"]),
        ("time", {"least": "8:00"}, ["08:00"], ["7:59"]),
        ("text", {"longest": 3}, ["abc"], ["abcd", "x" * 100_000]),
    ],
)
def test_values_stay_within_limits_but_old_ones_may_stay(
    kind: str,
    limits: dict[str, Any],
    fits: list[str],
    beyond: list[str],
    make_feature: Any,
    make_contractor: Any,
    ann: Any,
    api_as: Any,
    session: Any,
) -> None:
    feature = make_feature("size", kind)
    program, path = Program(api_as(ann)), f"/contractor/{make_contractor().id}"
    old = beyond[0]
    assert program.change(path, {"features": {"size": old}}).status_code == 200
    for name, value in limits.items():
        setattr(feature, name, value)
    session.commit()
    assert program.change(path, {"features": {"size": old}}).status_code == 200
    for value in fits:
        assert program.change(path, {"features": {"size": value}}).status_code == 200, value
    for value in beyond:
        assert codes(program.change(path, {"features": {"size": value}})) == ["feature.value"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "number", "least": "many"}, "least"),
        ({"kind": "number", "least": "5", "initial": "4"}, "initial"),
        ({"kind": "text", "most": "5"}, "most"),
        ({"kind": "text", "required": "always", "read_only": "y"}, "initial"),
        ({"kind": "text", "required": "sometimes"}, "required"),
        ({"kind": "number", "required": "always", "initial": "1,5", "longest": "3"}, None),
    ],
)
def test_rules_suit_the_kind(
    sent: dict[str, str], field: str | None, editor: Any, client_as: Any
) -> None:
    names = {"name_pl": "a", "name_en": "a", "on_persons": "y"}
    answer = client_as(editor).post("/features/new", data={**names, **sent})
    assert answer.status_code == (422 if field else 303)
    assert field is None or f'id="{field}-errors"' in answer.text


def test_roles_are_chosen_on_the_form(
    make_feature: Any, role: Any, editor: Any, client_as: Any, session: Any
) -> None:
    feature, client = make_feature("size", "text"), client_as(editor)
    sent = {"name_pl": "a", "name_en": "a", "code": "size", "kind": "text", "on_events": "y"}
    chosen = {f"role_{role('Operator')}": "hidden", f"role_{role('Manager')}": "edit"}
    address, version = f"/features/{feature.id}/edit", {"version": str(feature.version)}
    assert client.post(address, data={**sent, **chosen, **version}).status_code == 303
    session.expire_all()
    assert feature.access == {role("Operator"): "hidden"}
    assert "does not see it" in client.get(address).text or "nie widzi" in client.get(address).text
    assert rules.reasons_not_to_keep_feature(feature) == []
