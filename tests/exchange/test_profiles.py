"""Profiles are checked before use; what is wrong is told with its place."""

import pytest

from app.errors import InvalidValue
from app.exchange.profiles import read_profile


def complaints(text):
    """What is said about a profile."""
    with pytest.raises(InvalidValue) as caught:
        read_profile(text)
    assert {one.code for one in caught.value.reasons} == {"profile.invalid"}
    return [one.text for one in caught.value.reasons]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("target: contractors\ncolour: red", "colour", id="unknown key"),
        pytest.param("fields: {name: a}", "target", id="no target"),
        pytest.param("target: invoices", "target", id="unknown target"),
        pytest.param(
            "target: contractors\nfields: {name: {kolumna: a}}", "fields.name", id="unknown source"
        ),
        pytest.param("target: events\nstages: [{due: []}]", "stages.1.due", id="place in a list"),
        pytest.param("target: [", "YAML", id="broken YAML"),
        pytest.param("- a\n- b", ":", id="not a mapping"),
        pytest.param("a: &a [x]\nb: *a", "alias", id="aliases"),
        pytest.param("target: contractors\ntarget: events", "target", id="key twice"),
        pytest.param("target: !!python/object:os.system x", "YAML", id="objects"),
        pytest.param("target: contractors\nfields: {Name: a}", "fields", id="odd field name"),
        pytest.param("[" * 5000, "", id="nested too deeply"),
        pytest.param("# " + "x" * 70000, "64", id="too large"),
        pytest.param("\x00", "YAML", id="no text"),
        pytest.param("2001-99-99: x", "", id="no such day"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, place):
    assert place in " ".join(complaints(text))


def test_a_profile_may_be_written_in_short_and_in_full():
    profile = read_profile(
        """
target: contractors
empty: ["NULL"]
fields:
  code: customerID
  name: {template: "{first} {last}", letters: small}
  status: {value: client}
  city: {column: c, map: {1: Kraków, yes: Łódź}, default: Radom}
"""
    )
    cells = {"customerID": "A", "first": "Jan", "last": "NULL", "c": "1"}
    texts = {name: one.text(cells, profile.empty) for name, one in profile.fields.items()}
    assert texts == {"code": "A", "name": None, "status": "client", "city": "Kraków"}
    assert profile.columns() == {"customerID", "first", "last", "c"}
