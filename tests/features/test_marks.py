"""Category, pattern, open dictionaries and series of features, through the doors."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.contractors.models import Contractor
from app.events.definitions import Series
from app.events.models import Event
from app.features import patterns
from app.features.kinds import kind_of
from app.features.models import Feature, FeatureNode
from tests.api.conftest import Program, codes
from tests.exchange.conftest import bring  # noqa: F401 - a fixture

on_sqlite = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
CODE = {"pattern": "[A-Z]{2}[0-9]{5}", "pattern_help": "two letters and five digits"}


def form_of(item: Any, **more: Any) -> dict[str, Any]:
    """What the form of a contractor sends."""
    values = {"name": item.name, "code": item.code, "status": "client"}
    return {**values, "version": item.version, **more}


# --- category --------------------------------------------------------------------------------


@on_sqlite
def test_forms_and_cards_show_features_by_category(
    make_feature: Any, make_contractor: Any, ann: Any, english: Any
) -> None:
    trade, other = ({"category_pl": "x", "category_en": name} for name in ("Trade", "Other"))
    make_feature("a", "text", **trade)
    plain = make_feature("b", "text", name_en="<b>Bold</b>")
    make_feature("c", "text", **other, required="visible")
    late = make_feature("d", "text", **trade)
    one = make_contractor("Firm", features={plain.key: "1", late.key: "2"})
    form = english(ann).get(f"/contractors/{one.id}/edit").text
    places = [form.index(f'name="feature_{code}"') for code in "badc"]
    assert places == sorted(places)
    assert '<details class="form-group"><summary>Trade <span class="count">2<' in form
    assert '<details class="form-group" open><summary>Other' in form  # something is missing there
    assert "data-narrow-box" not in form
    assert "&lt;b&gt;Bold" in form
    card = english(ann).get(f"/contractors/{one.id}").text
    assert card.index("Bold") < card.index("<summary>Trade") < card.index("<dd>2</dd>")
    assert "<summary>Other" not in card


def test_definitions_are_found_by_name_category_and_code(
    make_feature: Any, editor: Any, english: Any
) -> None:
    make_feature("alpha", "text", name_pl="Żaba", category_pl="Obrót", category_en="Trade")
    make_feature("beta", "text")
    page = english(editor)
    for words, found in (("zaba", 1), ("TRADE alp", 1), ("obrot", 1), ("a", 2), ("zaba bet", 0)):
        listed = page.get("/features/", query_string={"_flt_0_name": words}).text
        assert listed.count("<tbody data-row") == found, words
    assert ">Trade</td>" in page.get("/features/?_flt_0_name=alpha").text


@on_sqlite
def test_a_category_with_an_error_is_open(
    make_feature: Any, make_contractor: Any, ann: Any, english: Any
) -> None:
    make_feature("a", "number", category_pl="Obrót", category_en="Trade")
    one = make_contractor("Firm")
    sent = form_of(one, feature_a="many")
    answer = english(ann).post(f"/contractors/{one.id}/edit", data=sent)
    assert answer.status_code == 422
    assert '<details class="form-group" open><summary>Trade' in answer.text


# --- definitions that contradict themselves ----------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "text", "category_pl": "Obrót"}, "category_en"),
        ({"kind": "text", "pattern": "(a"}, "pattern"),
        ({"kind": "text", "pattern": "a{2000}"}, "pattern"),
        ({"kind": "text", "pattern": "(?=a)"}, "pattern"),
        ({"kind": "text", "pattern": "a" * 201}, "pattern"),
        ({"kind": "number", "pattern": "[0-9]"}, "pattern"),
        ({"kind": "text", "pattern": "[0-9]", "initial": "x"}, "initial"),
        ({"kind": "choice", "searchable": "y"}, "searchable"),
        ({"kind": "text", "open_list": "y"}, "open_list"),
        ({"kind": "tree", "campaign": "y", "open_list": "y"}, "open_list"),
        ({"kind": "text", "in_series_1": "y"}, "in_series_1"),
        ({"kind": "longtext", "searchable": "y", **CODE}, None),
    ],
)
def test_marks_suit_the_kind(
    sent: dict[str, str], field: str | None, editor: Any, client_as: Any
) -> None:
    names = {"name_pl": "a", "name_en": "a", "on_contractors": "y"}
    answer = client_as(editor).post("/features/new", data={**names, **sent})
    assert answer.status_code == (422 if field else 303)
    assert field is None or f'id="{field}-errors"' in answer.text


# --- pattern ---------------------------------------------------------------------------------


@on_sqlite
def test_a_text_fits_its_pattern_as_a_whole(
    make_feature: Any, make_contractor: Any, ann: Any, api_as: Any, session: Any
) -> None:
    feature = make_feature("no", "text")
    program = Program(api_as(ann))
    path = f"/contractor/{make_contractor(features={feature.key: 'old'}).id}"
    for name, value in CODE.items():
        setattr(feature, name, value)
    session.commit()
    old = program.change(path, {"city": "Łódź", "features": {"no": "old"}})
    assert old.status_code == 200  # it was there before
    for wrong in ("AB1234", "AB123456", "xAB12345", "ab12345"):
        refused = program.change(path, {"features": {"no": wrong}})
        assert codes(refused) == ["feature.value"], wrong
        assert CODE["pattern_help"] in refused.json["reasons"][0]["text"]
    assert program.change(path, {"features": {"no": "AB12345"}}).status_code == 200


def test_a_pattern_takes_no_time_worth_speaking_of() -> None:
    long = "a" * 100_000
    assert not patterns.fits("(a*)*b", long)
    assert not patterns.fits("(a|aa)+$x?b", long)
    feature = Feature(kind="text", pattern="(x+x+)+y")
    assert kind_of(feature).beyond("x" * 100_000)


# --- open dictionaries -----------------------------------------------------------------------


def names_in(session: Any, feature: Feature) -> list[str]:
    """The values of a dictionary."""
    session.commit()
    query = select(FeatureNode.name).where(FeatureNode.feature_id == feature.id)
    return sorted(session.scalars(query))


def test_an_open_dictionary_takes_new_names_at_every_door(
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    ann: Any,
    admin: Any,
    client_as: Any,
    api_as: Any,
    bring: Any,  # noqa: F811
    session: Any,
) -> None:
    colour = make_feature("colour", "choice", open_list=True)
    areas = make_feature("areas", "trees", open_list=True)
    old = make_node(colour, "Red")
    one, page, program = make_contractor("Firm"), client_as(ann), Program(api_as(ann))
    address = f"/contractors/{one.id}/edit"
    assert "data-create=" in page.get(address).text
    sent = form_of(one, feature_colour="new: Blue ", feature_areas=["", "new:North", "new:South"])
    assert page.post(address, data=sent).status_code == 303
    path = f"/contractor/{one.id}"
    shown = program.change(path, {"features": {"colour": "blue", "areas": ["East", "North"]}})
    values = shown.json["result"]["features"]
    assert values["colour"]["path"] == ["Blue"]
    assert [area["path"] for area in values["areas"]] == [["North"], ["East"]]
    session.expire_all()
    sent = {"version": session.get(Contractor, one.id).version, "feature_colour": "new:Pink"}
    assert page.post(f"/contractors/{one.id}/cell/feature_colour", data=sent).status_code == 200
    profile = "target: contractors\nfields: {name: name, code: code, features.colour: colour}\n"
    assert bring(admin, profile, "name,code,colour\na,A,Green\nb,B,green\n").applied
    assert names_in(session, colour) == ["Blue", "Green", "Pink", "Red"]
    assert names_in(session, areas) == ["East", "North", "South"]
    told = session.scalars(select(AuditEntry).where(AuditEntry.record_type == "feature_node"))
    assert len([entry for entry in told if entry.record_id != old.id]) == 6
    both = {"colour": "Brown", "areas": ["x" * 121]}
    assert codes(program.change(path, {"features": {**both, "missing": 1}})) == ["feature.value"]
    assert "Brown" not in names_in(session, colour)
    for wrong in ("x" * 121, {"id": 999_999}, ["North", "Sea"]):
        refused = program.change(path, {"features": {"colour": wrong}})
        assert codes(refused) == ["feature.value"], wrong


@on_sqlite
def test_a_wrong_form_adds_nothing_and_keeps_what_was_typed(
    make_feature: Any, make_contractor: Any, ann: Any, client_as: Any, session: Any
) -> None:
    colour, size = make_feature("colour", "choice", open_list=True), make_feature("size", "number")
    one = make_contractor("Firm")
    sent = form_of(one, feature_colour="new:<Blue>", feature_size="many")
    answer = client_as(ann).post(f"/contractors/{one.id}/edit", data=sent)
    assert (answer.status_code, names_in(session, colour)) == (422, [])
    assert "selected>&lt;Blue&gt;</option>" in answer.text.replace("'", '"')
    assert size.key not in session.get(Contractor, one.id).features


def test_a_closed_dictionary_offers_what_is_near(
    make_feature: Any, make_node: Any, make_contractor: Any, ann: Any, api_as: Any, session: Any
) -> None:
    colour = make_feature("colour", "choice")
    for name in ("Żółty", "Złoty", "Czarny"):
        make_node(colour, name)
    path = f"/contractor/{make_contractor().id}"
    refused = Program(api_as(ann)).change(path, {"features": {"colour": "zolti"}})
    text = refused.json["reasons"][0]["text"]
    assert ("Żółty" in text, "Czarny" in text) == (True, False)
    assert len(names_in(session, colour)) == 3


@on_sqlite
def test_who_may_not_write_a_feature_adds_no_value_to_it(
    make_feature: Any, make_node: Any, make_contractor: Any, ann: Any, api_as: Any, session: Any
) -> None:
    colour = make_feature("colour", "choice", open_list=True, read_only=True)
    make_node(colour, "Grey", archived_at=colour.created_at)
    path, program = f"/contractor/{make_contractor().id}", Program(api_as(ann))
    assert program.change(path, {"features": {"colour": "Blue"}}).status_code == 422
    colour.read_only = False
    session.commit()
    assert program.change(path, {"features": {"colour": "grey"}}).status_code == 422  # archived
    assert names_in(session, colour) == ["Grey"]


# --- series ----------------------------------------------------------------------------------


@pytest.fixture
def limited(make_feature: Any, session: Any) -> Feature:
    """A feature of events and stages that only those of the series 77 have."""
    session.add(Series(id=77, symbol="SRV", name="Service", pattern="{nr:4}/{rok}/{symbol}"))
    session.commit()
    found: Feature = make_feature(
        "device", "text", on_events=True, on_stages=True, series=[77], required="visible"
    )
    return found


def test_a_limited_feature_is_only_of_its_series(
    limited: Feature, make_event: Any, admin: Any, client_as: Any, api_as: Any, session: Any
) -> None:
    limited.initial = "Printer"
    session.commit()
    other, mine = make_event(admin, ["a"]), make_event(admin, ["a"], series_id=77)
    make_event(admin, ["a"], series_id=77)
    page, program = client_as(admin), Program(api_as(admin))
    for name, one in (("event", other), ("stage", other.stages[0])):
        path = f"/{name}/{one.id}"
        assert "device" not in program.ask("GET", path).json["result"]["features"]
        refused = program.change(path, {"features": {"device": "x"}})
        assert codes(refused) == ["feature.value"]
        assert "device" in refused.json["reasons"][0]["text"]
        assert program.change(path, {"features": {"device": None}}).status_code == 200
        assert 'name="feature_device"' not in page.get(f"/{name}s/{one.id}/edit").text
        assert page.get(f"/{name}s/{one.id}/cell/feature_device").status_code == 404
    for name, one in (("event", mine), ("stage", mine.stages[0])):
        assert (
            program.change(f"/{name}/{one.id}", {"features": {"device": "x"}}).status_code == 200
        )
        assert 'name="feature_device"' in page.get(f"/{name}s/{one.id}/edit").text
    for series, values in ((1, {}), (77, {"device": "Printer"})):
        made = program.ask("POST", "/event/", {"subject": "New", "series": series}).json
        assert made["result"]["features"] == values
    listed = page.get("/events/?cols=feature_device&_oc_EventView=feature_device").text
    assert "Printer" in listed
    card = page.get(f"/features/{limited.id}").text
    found = dict(re.findall(r'href="/(\w+)/\?where=([^"]+)"', card))  # those that lack it
    rows = {name: page.get(f"/{name}/?where={where}").text for name, where in found.items()}
    assert {name: text.count("<tbody data-row") for name, text in rows.items()} == {
        "events": 1,
        "stages": 1,
    }


@on_sqlite
def test_rows_of_other_series_may_not_bring_it(
    limited: Feature,
    admin: Any,
    bring: Any,  # noqa: F811
    session: Any,
) -> None:
    profile = """
target: events
match: {by: [subject]}
fields:
  subject: subject
  start: start
  operator: {column: who, by: username}
  series: series
  features.device: device
"""
    head, day = "subject,start,who,series,device\n", f"2026-11-24,{admin.username}"
    report = bring(admin, profile, f"{head}a,{day},CRM,\nb,{day},SRV,Scanner\nc,{day},CRM,x\n")
    assert [(bad.line, bad.reasons[0].field) for bad in report.bad] == [(4, "feature_device")]
    assert bring(admin, profile, f"{head}a,{day},CRM,\nb,{day},SRV,Scanner\n").applied
    rows = session.scalars(select(Event.features).order_by(Event.id)).all()
    assert rows == [{}, {limited.key: "Scanner"}]


@on_sqlite
def test_the_form_of_a_new_event_has_the_fields_of_all_series(
    limited: Feature, admin: Any, client_as: Any, session: Any
) -> None:
    page = client_as(admin)
    assert 'data-series="77"' in page.get("/events/new").text
    sent = {"subject": "a", "start": "2026-11-24", "operator": admin.id, "series_id": 1}
    assert page.post("/events/new", data={**sent, "feature_device": ""}).status_code == 303
    refused = page.post("/events/new", data={**sent, "feature_device": "x"})
    assert 'id="feature_device-errors"' in refused.text
    sent["series_id"] = 77
    assert page.post("/events/new", data={**sent, "feature_device": ""}).status_code == 422
    assert page.post("/events/new", data={**sent, "feature_device": "x"}).status_code == 303
    rows = session.scalars(select(Event).order_by(Event.id))
    assert [(one.series_id, one.features) for one in rows] == [(1, {}), (77, {limited.key: "x"})]


@on_sqlite
def test_series_are_chosen_on_the_form_and_told(
    limited: Feature, editor: Any, english: Any, session: Any
) -> None:
    page, address = english(editor), f"/features/{limited.id}"
    assert "SRV Service" in page.get(address).text
    sent = {"name_pl": "a", "name_en": "a", "code": "device", "kind": "text", "on_events": "y"}
    sent |= {"version": str(limited.version), "in_series_1": "y"}
    assert page.post(f"{address}/edit", data=sent).status_code == 303
    session.expire_all()
    assert session.get(Feature, limited.id).series == [1]
    assert "Only in series" in page.get(f"{address}/history").text
