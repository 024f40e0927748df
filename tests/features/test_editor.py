"""The editor: pasted tables, previews that write nothing, and values added by keys."""

import csv
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.kinds import KINDS
from app.features.models import FeatureNode
from app.features.rules import table

HOSTILE = "</label><script>alert(1)</script>{{ 7*191 }}"


@pytest.mark.parametrize(
    "text",
    [
        "Polska;Łódź;Centrum\nPolska;Łódź;Bałuty\nPolska;Radom\nNiemcy",
        "\ufeffPolska\tŁódź\tCentrum\n\t\tBałuty\n\tRadom\t\nNiemcy\n\n",
        '"Polska",Łódź,Centrum\r\n,,Bałuty\r\n,Radom\r\nNiemcy,,\r\n',
    ],
)
def test_columns_of_a_table_are_levels(text: str) -> None:
    assert [(line.level, line.name, line.above) for line in table(text)] == [
        (0, "Polska", -1),
        (1, "Łódź", 0),
        (2, "Centrum", 1),
        (2, "Bałuty", 1),
        (1, "Radom", 0),
        (0, "Niemcy", -1),
    ]


@given(st.text(alphabet='ab;,\t\n" ', max_size=60))
def test_any_table_gives_a_tree_or_is_none(text: str) -> None:
    try:
        lines = table(text)
    except csv.Error:
        return
    for number, line in enumerate(lines):
        assert line.above < number
        assert line.level == (lines[line.above].level + 1 if line.above >= 0 else 0)


@pytest.fixture
def tree(make_feature: Any, make_node: Any) -> Any:
    """A tree with a value, one below it, and an archived one."""
    tree = make_feature("area", "tree")
    make_node(tree, "Łódź", make_node(tree, "Polska"))
    return tree


def names(session: Session) -> list[str]:
    """The values at the top, in order."""
    top = select(FeatureNode.name).where(FeatureNode.parent_id.is_(None))
    return list(session.scalars(top.order_by(FeatureNode.place, FeatureNode.id)))


def test_pasted_values_are_shown_before_they_are_added(
    tree: Any, editor: Any, english: Any, session: Session, statements: Any
) -> None:
    client, url = english(editor), f"/features/{tree.id}/values"
    pasted = {"outline": "Polska;ŁÓDŹ;Centrum\nPolska;Radom\n", "layout": "table"}
    with statements() as seen:
        shown = client.post(f"{url}/preview", data=pasted).text
    assert not [one for one in seen.writes if "login_session" not in one]
    assert "2 values would be added" in shown
    assert shown.index("Centrum") < shown.index("Radom")
    assert client.post(url, data=pasted).status_code == 303
    assert session.query(FeatureNode).count() == 4
    assert "0 values would be added" in client.post(f"{url}/preview", data=pasted).text
    for wrong, why in (
        ({"outline": '"a', "layout": "table"}, "This is no table"),
        ({"outline": "x" * 121}, "too long"),
        ({"outline": "\n".join(map(str, range(6000)))}, "At most 5000"),
    ):
        assert why in client.post(f"{url}/preview", data=wrong).text
        assert client.post(url, data=wrong).status_code == 422


def test_a_value_is_added_after_another_and_a_double_one_is_refused(
    tree: Any, editor: Any, make_node: Any, english: Any, session: Session
) -> None:
    make_node(tree, "Niemcy", place=2)
    poland = session.scalars(select(FeatureNode).where(FeatureNode.name == "Polska")).one()
    client, url = english(editor), f"/features/{tree.id}/value"
    assert client.post(url, data={"name": "Czechy", "after": poland.id}).status_code == 303
    assert names(session) == ["Polska", "Czechy", "Niemcy"]
    twice = client.post(url, data={"name": "CZECHY "}, headers={"X-Tree": "1"})
    assert (twice.status_code, twice.json) == (
        422,
        {"reasons": ["There is already such a name here."]},
    )
    assert client.post(url, data={"name": "x", "after": "x"}).status_code == 400
    assert client.post(url, data={"name": "x", "after": 999_999}).status_code == 303


def test_a_key_on_a_value_in_use_asks_on_a_page(
    tree: Any, editor: Any, make_contractor: Any, english: Any, session: Session
) -> None:
    poland = session.scalars(select(FeatureNode).where(FeatureNode.name == "Polska")).one()
    make_contractor(features={tree.key: poland.id})
    url = f"/features/values/{poland.id}/name"
    asked = english(editor).post(url, data={"name": "Poland"}, headers={"X-Tree": "1"})
    assert (asked.status_code, asked.json) == (409, {"reasons": []})


def test_a_definition_is_shown_as_forms_will_have_it(
    editor: Any, english: Any, statements: Any
) -> None:
    client = english(editor)
    more = {"quantity": {"units": "kg, t"}, "reference": {"target": "contractor"}}
    for kind in KINDS:
        typed = {"name_pl": HOSTILE, "name_en": HOSTILE, "kind": kind, "on_events": "y"}
        with statements() as seen:
            shown = client.post("/features/preview", data=typed | more.get(kind, {}))
        assert not [one for one in seen.writes if "login_session" not in one]
        assert shown.status_code == 200
        assert "&lt;script&gt;" in shown.text
        assert "<script" not in shown.text
        assert "1337" not in shown.text
        assert 'name="sketch"' in shown.text


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"kind": "reference"}, "Choose what the feature points at."),
        ({"kind": "quantity", "units": "5"}, "Write units with commas"),
        ({"kind": "blob"}, "Preview"),
        ({"kind": "text", "initial": "x" * 9000, "longest": "no"}, "Preview"),
        ({"kind": "number", "initial": "ten"}, "Preview"),
        ({"kind": "tree", "campaign": "y"}, "In the tree of campaigns"),
    ],
)
def test_a_definition_that_is_not_whole_yet_is_shown_as_far_as_it_goes(
    editor: Any, english: Any, typed: dict[str, str], told: str
) -> None:
    data = {"name_pl": "Barwa", "name_en": "Colour", "on_contractors": "y", **typed}
    shown = english(editor).post("/features/preview?of=999", data=data)
    assert shown.status_code == 200
    assert told in shown.text
