"""The OpenAPI document is valid, tells of every route, and every answer is as it says."""

import re
from typing import Any

import pytest
from jsonschema import Draft4Validator
from openapi_spec_validator import validate

from app.fab.api import CrmApi
from app.fab.assertions import BadView, check_api
from app.fab.schemas import CrmSchema


@pytest.fixture
def document(as_program: Any, viewer: Any) -> dict[str, Any]:
    """The document as a program gets it."""
    found: dict[str, Any] = as_program(viewer).ask("GET", "/_openapi").json
    return found


def test_the_document_is_valid_openapi(document):
    validate(document)
    assert document["components"]["securitySchemes"].keys() == {"jwt"}


def test_every_route_of_the_api_is_described(app, document):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    for rule in rules:
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            operation = document["paths"][path][method.lower()]
            assert operation["summary"]
            assert operation["operationId"]
            assert operation.get("security") == [{"jwt": []}] or "/security/" in path
    assert len(document["paths"]) <= len({rule.rule for rule in rules})


@pytest.fixture
def addresses(makers: Any, manager: Any) -> dict[str, str]:
    """Described path -> an address of it that answers."""
    contractor = makers.contractor("Zefir")
    person = makers.person("Fiszki", contractor)
    stages = [{"subject": "a", "contact": person}, "b"]
    parties = {"contractor": contractor, "contact": person}
    event = makers.event(manager, stages=stages, closed=1, **parties)
    node = makers.node(makers.campaign())
    makers.membership(node, contractor)
    ids = {"contractor": contractor.id, "person": person.id, "event": event.id}
    ids |= {"stage": event.stages[0].id, "operator": manager.id}
    found = {f"/{name}/{{pk}}": f"/{name}/{pk}" for name, pk in ids.items()}
    lists = [*ids, "series", "outcome", "campaign"]
    found |= {f"/{name}/": f"/{name}/" for name in lists}
    found |= {f"/{name}/_info": f"/{name}/_info" for name in lists[:-1]}
    for path in ("/event/{pk}/history", "/stage/{pk}/history", "/contractor/{pk}/membership"):
        found[path] = path.replace("{pk}", str(ids[path.split("/")[1]]))
    found["/campaign/{node}/figures"] = f"/campaign/{node.id}/figures"
    return found


def test_answers_are_as_described(document, as_program, manager, addresses):
    program = as_program(manager)
    for path, address in addresses.items():
        answer = program.ask("GET", address)
        assert answer.status_code == 200, address
        check(document, path, "get", answer)


def test_acts_and_refusals_are_as_described(document, as_program, manager, make_event):
    program, event = as_program(manager), make_event(manager, stages=["a", "b"])
    path = f"/event/{event.id}"
    check(document, "/event/{pk}", "get", program.ask("GET", "/event/777777"))
    check(document, "/event/", "post", program.ask("POST", "/event/", {}))
    check(document, "/event/", "post", program.ask("POST", "/event/", {"subject": "x"}))
    check(document, "/event/{pk}", "put", program.ask("PUT", path, {}))
    check(document, "/event/{pk}", "put", program.ask("PUT", path, {}, If_Match='"77"'))
    check(document, "/event/{pk}/closure", "post", program.ask("POST", f"{path}/closure"))
    body = {"cascade": [stage.id for stage in event.stages]}
    check(document, "/event/{pk}/closure", "post", program.ask("POST", f"{path}/closure", body))
    check(document, "/event/{pk}/stage", "post", program.ask("POST", f"{path}/stage", {}))
    wrong = program.client.post("/api/v1/event/", data="x")
    check(document, "/event/", "post", wrong)


def test_the_check_notices_a_wrong_description(document, as_program, manager, make_event):
    answer = as_program(manager).ask("GET", f"/event/{make_event(manager).id}")
    schema = document["components"]["schemas"]["Event"]["properties"]
    schema["number"] = {"type": "integer"}
    with pytest.raises(AssertionError, match="result"):
        check(document, "/event/{pk}", "get", answer)


def check(document: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """The answer's status is described, and its body has the shape described."""
    responses = document["paths"][f"/api/v1{path}"][method]["responses"]
    assert str(answer.status_code) in responses, (path, answer.json)
    response = responses[str(answer.status_code)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    schema = response["content"]["application/json"]["schema"]
    whole = {**nullable(schema), "components": nullable(document["components"])}
    errors = [
        f"{'.'.join(map(str, one.absolute_path))}: {one.message[:200]}"
        for one in Draft4Validator(whole).iter_errors(answer.json)
    ]
    assert not errors, (path, errors)


def nullable(schema: Any) -> Any:
    """OpenAPI's `nullable` in JSON Schema's words."""
    if isinstance(schema, list):
        return [nullable(below) for below in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: nullable(below) for name, below in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def test_a_resource_must_give_schemas_that_take_nothing_of_the_servers():
    class Loose(CrmSchema):
        """Takes a number."""

        number = CrmSchema.TYPE_MAPPING[str]()

    class Api:
        """Not one of ours."""

        list_model_schema = show_model_schema = add_model_schema = edit_model_schema = Loose()

    with pytest.raises(BadView):
        check_api(Api())

    api = CrmApi.__new__(CrmApi)
    api.list_model_schema = api.show_model_schema = api.edit_model_schema = CrmSchema()
    api.add_model_schema = Loose()
    with pytest.raises(BadView, match="number"):
        check_api(api)
