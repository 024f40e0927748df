"""The API's description has the features that its reader sees, each as its kind is."""

from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import Role
from openapi_spec_validator import validate
from sqlalchemy import select

from app.features.kinds import KINDS
from tests.api.conftest import Program
from tests.api.test_description import check
from tests.features.test_lists import filled, records  # noqa: F401 - fixtures


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_features_are_described_for_their_readers(
    filled: list[int],  # noqa: F811
    make_feature: Any,
    make_node: Any,
    admin: Any,
    viewer: Any,
    api_as: Any,
    session: Any,
) -> None:
    role = session.scalars(select(Role.id).where(Role.name == "Reader")).one()
    make_feature("secret", "text", access={str(role): "hidden"})
    make_feature("fixed", "text", access={str(role): "read"}, help_text="As given")
    large = make_feature("large", "choice")
    for number in range(101):
        make_node(large, f"Value {number}")
    document = Program(api_as(viewer)).ask("GET", "/_openapi").json
    validate(document)
    shown = document["components"]["schemas"]["ContractorFeatures"]["properties"]
    assert shown.keys() == {f"f_{kind}" for kind in KINDS} | {"fixed", "large"}
    assert shown["fixed"].items() >= {"readOnly": True, "description": "As given"}.items()
    names = {"type": "string", "enum": ["Other", "Ćma", "Żaba"]}
    assert shown["f_choice"]["anyOf"][-1] == shown["f_choices"]["items"]["anyOf"][-1] == names
    assert "Ćma › Low" in shown["f_tree"]["anyOf"][-1]["enum"]
    assert shown["large"]["anyOf"][-1] == {"type": "string"}
    program = Program(api_as(admin))
    document = program.ask("GET", "/_openapi").json
    assert "secret" in document["components"]["schemas"]["ContractorFeatures"]["properties"]
    for pk in filled:
        answer = program.ask("GET", f"/contractor/{pk}")
        assert answer.json["result"]["features"].keys() >= shown.keys()
        check(document, "/contractor/{pk}", "get", answer)
