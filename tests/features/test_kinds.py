"""Kinds: what is shown reads back, in both languages; what can't be read is refused at once."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.features import rules
from app.features.kinds import KINDS, Unreadable
from app.features.models import Feature, FeatureNode
from app.features.pointed import names_of

POINTING = ("reference", "choice", "choices", "tree", "trees")
PLAIN = [kind for kind in KINDS if kind not in POINTING]
SIGNS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
NUMBERS = st.decimals(-(10**15), 10**15, places=4)
MOMENTS = st.datetimes(datetime(1901, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
GIVEN: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(SIGNS, max_size=80),
    "longtext": st.text(SIGNS | st.just("\n"), max_size=80),
    "integer": st.integers(-(10**14), 10**14),
    "number": NUMBERS,
    "percent": NUMBERS,
    "money": st.fixed_dictionaries(
        {"amount": NUMBERS, "currency": st.sampled_from(["PLN", "EUR", "USD", ""])}
    ),
    "quantity": st.fixed_dictionaries({"amount": NUMBERS, "unit": st.sampled_from(["kg", "m²"])}),
    "yesno": st.booleans(),
    "date": DAYS,
    "time": st.times(),
    "datetime": MOMENTS | st.just(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    "daterange": st.tuples(DAYS, DAYS).map(
        lambda pair: {"from": min(pair).isoformat(), "to": max(pair).isoformat()}
    ),
    "month": DAYS.map(lambda day: f"{day:%m.%Y}"),
}


def kind_named(name: str) -> Any:
    """A kind with settings that suit it."""
    units = {"quantity": "kg, t, m²"}.get(name)
    target = "contractor" if name == "reference" else None
    return KINDS[name](Feature(id=1, kind=name, units=units, target=target))


def test_the_database_knows_the_kinds() -> None:
    assert sorted(KINDS) == sorted(rules.KINDS)
    assert set(GIVEN) == set(PLAIN)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("name", PLAIN)
def test_what_is_shown_reads_back(app: Flask, name: str, language: str) -> None:
    kind = kind_named(name)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(GIVEN[name])
    def check(value: Any) -> None:
        stored = kind.parse(value)
        if stored is None:
            return
        for written in (kind.show(stored, {}), kind.as_json(stored, {}), stored):
            assert kind.parse(written) == stored, written
        assert kind.parse(kind.typed(stored), kept=stored) == stored

    with app.test_request_context(), force_locale(language):
        check()


READ = [
    ("text", "  word ", "word"),
    ("text", "   ", None),
    ("text", "one\r\ntwo", "one two"),
    ("longtext", "one\r\ntwo", "one\ntwo"),
    ("number", "1 234,50", "1234.5"),
    ("number", "1\u00a0234,5", "1234.5"),
    ("number", "1\u202f234\u2009567,5", "1234567.5"),
    ("number", "1,234.5", "1234.5"),
    ("number", "1,234", "1.234"),
    ("number", "\u22125", "-5"),
    ("number", "-0,00", "0"),
    ("number", 0, "0"),
    ("number", 2.5, "2.5"),
    ("number", Decimal("1E+3"), "1000"),
    ("number", "", None),
    ("integer", "007", "7"),
    ("integer", "5,0", "5"),
    ("percent", "12,5 %", "12.5"),
    ("money", "1 234,50 zł", {"amount": "1234.5", "currency": "PLN"}),
    ("money", "7", {"amount": "7", "currency": "PLN"}),
    ("money", "-7.25 eur", {"amount": "-7.25", "currency": "EUR"}),
    ("quantity", "2,5 T", {"amount": "2.5", "unit": "t"}),
    ("date", "31.12.2026", "2026-12-31"),
    ("date", "31 grudnia 2026", "2026-12-31"),
    ("date", "31 Dec 2026", "2026-12-31"),
    ("date", date(2024, 2, 29), "2024-02-29"),
    ("date", None, None),
    ("time", "9:05", "09:05"),
    ("datetime", "31.12.2026 0:30", "2026-12-30T23:30Z"),
    ("datetime", "2026-07-01T12:00:59+00:00", "2026-07-01T12:00Z"),
    ("datetime", "2026-10-25 02:30 +0100", "2026-10-25T01:30Z"),
    ("daterange", "1.12.2026 – 31.12.2026", "2026-12-01/2026-12-31"),
    ("month", "12.2026", "2026-12"),
    ("month", "grudzień 2026", "2026-12"),
    ("month", "September 2026", "2026-09"),
    ("yesno", "tak", True),
    ("yesno", False, False),
    ("yesno", "No", False),
    ("yesno", "", None),
]

REFUSED = [
    ("text", "x" * 2001),
    ("text", 5),
    ("text", "a\x00b"),
    ("text", "a\ud800"),
    ("number", "ten"),
    ("number", "NaN"),
    ("number", "1e400"),
    ("number", Decimal("1e400")),
    ("number", 10**5000),
    ("number", float("inf")),
    ("number", True),
    ("number", "1,2,3"),
    ("number", "1_000"),
    ("number", "9" * 30),
    ("integer", "1,5"),
    ("integer", "9" * 16),
    ("money", "5 doubloons"),
    ("money", "zł"),
    ("money", {"amount": "x"}),
    ("quantity", "5 m"),
    ("date", "30.02.2026"),
    ("date", "29.02.2025"),
    ("date", "1500-01-01"),
    ("date", "tomorrow"),
    ("time", "24:00"),
    ("datetime", "2026-12-31"),
    ("datetime", "2026-12-31 10:00 +99:99"),
    ("daterange", "31.12.2026 – 1.12.2026"),
    ("daterange", {"from": "2026-01-01"}),
    ("month", "13.2026"),
    ("month", "Smarch 2026"),
    ("yesno", "maybe"),
]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("name", "given_value", "stored"), READ)
def test_a_value_is_read_as_people_write_it(
    app: Flask, name: str, given_value: Any, stored: Any
) -> None:
    with app.test_request_context():
        assert kind_named(name).parse(given_value) == stored


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_what_a_kind_cannot_read_is_refused_in_the_readers_language(app: Flask) -> None:
    def refusals(language: str) -> list[str]:
        with app.test_request_context(), force_locale(language):
            return [refusal(kind_named(name), value) for name, value in REFUSED]

    for polish, english in zip(refusals("pl"), refusals("en"), strict=True):
        assert polish
        assert polish != english


def refusal(kind: Any, value: Any) -> str:
    """Why a value is refused."""
    with pytest.raises(Unreadable) as refused:
        kind.parse(value)
    return str(refused.value)


LARGE = 100_000
ODD: list[Any] = [
    *(sign * LARGE for sign in ("9", " 1", "a ", "-", ";", '"', "1,", "/", "\u00a0", "\n", "é")),
    *("1" + " " * 190 + "x", "1." * 99, "31.12.2026 " * 18, "a" * 199 + "\x07", "\u202e\udcff"),
    *([], {}, [[]], [{}], {"id": []}, {"id": "9" * LARGE}, {"amount": {}}, {"from": [], "to": 1}),
    *([["x"] * LARGE], ["x"] * LARGE, 10**30, -1, 1e308, float("nan"), object(), b"x", 2**31),
]


@pytest.fixture
def one_of_each(make_feature: Any, make_node: Any) -> dict[str, Any]:
    """A feature of each kind on contractors, with a tree and a choice to choose from."""
    more = {"quantity": {"units": "kg, t"}, "reference": {"target": "contractor"}}
    made = {kind: make_feature(f"f_{kind}", kind, **more.get(kind, {})) for kind in KINDS}
    for kind in ("choice", "choices", "tree", "trees"):
        top = make_node(made[kind], 'A; "b"/c')
        make_node(made[kind], "Łódź")
        if kind.startswith("tree"):
            make_node(made[kind], "Deep › er; x", make_node(made[kind], "Łódź", top))
    return made


def test_odd_input_is_refused_or_stays_small(one_of_each: Any, ann: Any, acting_as: Any) -> None:
    with acting_as(ann):
        for name, feature in one_of_each.items():
            kind = KINDS[name](feature)
            for value in ODD:
                with suppress(Unreadable):
                    stored = kind.parse(value)
                    assert stored is None or len(json.dumps(stored)) < 41_000, (name, value)


@pytest.mark.parametrize("name", POINTING)
def test_what_values_point_at_reads_back_by_its_name(
    name: str, one_of_each: Any, make_contractor: Any, ann: Any, acting_as: Any, session: Any
) -> None:
    feature = one_of_each[name]
    ids = session.scalars(select(FeatureNode.id).where(FeatureNode.feature_id == feature.id)).all()
    if name == "reference":
        ids = [make_contractor(title).id for title in ("Żuraw (s.c.)", 'O"Brien', "Ab, cd")]
    values: list[Any] = [*ids, *([ids] if name in ("choices", "trees") else [])]
    with acting_as(ann):
        kind = KINDS[name](feature)
        for value in values:
            stored = kind.parse(value)
            names = names_of(kind.points(stored))
            assert kind.parse(kind.show(stored, names)) == stored
            assert kind.parse(kind.as_json(stored, names)) == stored


def test_a_record_that_one_may_not_see_is_neither_chosen_nor_named(
    one_of_each: Any, make_contractor: Any, ann: Any, manager: Any, acting_as: Any
) -> None:
    hidden = make_contractor("Secret", keeper_id=manager.id)
    with acting_as(ann):
        kind = KINDS["reference"](one_of_each["reference"])
        for value in (hidden.id, hidden.code, "Secret", {"id": hidden.id}, hidden.full_name):
            with pytest.raises(Unreadable):
                kind.parse(value)
        assert kind.parse(hidden.id, kept=hidden.id) == hidden.id
        assert "Secret" not in kind.show(hidden.id, names_of(kind.points(hidden.id)))
