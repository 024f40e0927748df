"""What no honest program sends is answered 4xx, never 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import codes

HUGE = 10**30
ODD = (
    "a\0b",
    "\ud800",
    "x" * 100_000,
    HUGE,
    -1,
    1.5,
    True,
    None,
    [],
    {},
    [[]],
    {"id": 1},
    "",
    "0",
)
BODIES = ["", "{", "[]", "null", '"x"', "1", "NaN", '{"a": NaN}', '{"a": 1e999}', "[" * 50_000]
BODIES += [
    '{"a":' * 50_000,
    '{"subject": "\\u0000"}',
    '{"subject": "\\ud83d"}',
    "\xff\xfe",
    "{'a': 1}",
]
POSTS = (
    "/contractor/",
    "/person/",
    "/event/",
    "/event/1/stage",
    "/event/1/closure",
    "/stage/1/closure",
)


@pytest.fixture
def event(makers: Any, ann: Any) -> Any:
    """An event to aim at."""
    return makers.event(ann, stages=["a", "b"])


def test_bodies_that_are_no_json_object_are_400(as_program, ann):
    client = as_program(ann).client
    for path in ("/contractor/", "/person/", "/event/"):
        for body in BODIES:
            data = body.encode("latin-1")
            answer = client.post(f"/api/v1{path}", data=data, content_type="application/json")
            assert answer.status_code in (400, 422), (body[:20], answer.json)


def test_other_content_types_are_415(as_program, ann):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = as_program(ann).client.post("/api/v1/event/", data="subject=x", content_type=kind)
        assert (answer.status_code, codes(answer)) == (415, ["http.415"])


def test_every_field_of_every_resource_survives_odd_values(as_program, ann, event, makers):
    program = as_program(ann)
    paths = {
        "contractor": makers.contractor().id,
        "person": makers.person().id,
        "event": event.id,
        "stage": event.stages[0].id,
    }
    for resource, pk in paths.items():
        info = program.ask("GET", f"/{resource}/_info").json
        for field in (one["name"] for one in info["edit_columns"]):
            for value in ODD:
                body = json.dumps({field: value})
                headers = {"If-Match": "*", "Content-Type": "application/json"}
                answer = program.client.put(f"/api/v1/{resource}/{pk}", data=body, headers=headers)
                assert answer.status_code < 500, (resource, field, str(value)[:40], answer.json)


def test_odd_ids_lead_nowhere(as_program, ann):
    program = as_program(ann)
    for pk in ("0", "2147483647", "2147483648", str(HUGE), "-1", "abc", "1.5", "%00"):
        for path in (f"/event/{pk}", f"/contractor/{pk}/history", f"/stage/{pk}"):
            assert program.ask("GET", path).status_code in (400, 404, 405), path


def test_an_odd_place_in_the_history_is_400(as_program, ann, event):
    program = as_program(ann)
    for before in ("0", "-1", "x", str(HUGE), "1.5", "²"):
        answer = program.ask("GET", f"/event/{event.id}/history?before={before}")
        assert (answer.status_code, codes(answer)) == (400, ["query.before"]), before


def test_unknown_addresses_and_methods_answer_in_json(as_program, ann):
    program = as_program(ann)
    assert codes(program.ask("GET", "/nothing/")) == ["http.404"]
    wrong = program.ask("DELETE", "/event/")
    assert (wrong.status_code, codes(wrong)) == (405, ["http.405"])
    assert "POST" in wrong.headers["Allow"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3)
    ),
    max_leaves=6,
)
NAMES = """name code status keeper nip last_name affiliations subject start due contractor contact
    operator internal series features position outcome closed_at note how cascade x"""
names = st.sampled_from(NAMES.split())
quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=60, deadline=None, suppress_health_check=quiet)
@given(path=st.sampled_from(POSTS), body=st.dictionaries(names, values, max_size=5))
def test_no_body_brings_the_server_down(path, body, as_program, ann, event):
    program = fuzzed(as_program, ann)
    data = json.dumps(body)
    answer = program.client.post(f"/api/v1{path}", data=data, content_type="application/json")
    assert answer.status_code < 500, (body, answer.json)


@settings(max_examples=60, deadline=None, suppress_health_check=quiet)
@given(
    resource=st.sampled_from(("contractor", "person", "event", "stage", "operator")),
    q=values
    | st.fixed_dictionaries(
        {},
        optional={
            "filters": st.lists(st.dictionaries(st.sampled_from(("col", "opr", "value")), values)),
            "order_column": st.sampled_from(("id", "start", "x")),
            "page": st.integers(-3, 30_000),
            "page_size": st.integers(-3, 300),
            "after": st.text(max_size=30),
        },
    ),
)
def test_no_question_brings_the_server_down(resource, q, as_program, ann, event):
    client = fuzzed(as_program, ann).client
    answer = client.get(f"/api/v1/{resource}/", query_string={"q": json.dumps(q)})
    assert answer.status_code < 500, (q, answer.json)


def fuzzed(as_program: Any, user: Any, known: dict[int, Any] = {}) -> Any:  # noqa: B006
    """One program for all examples of a test."""
    key = id(as_program)
    if key not in known:
        known.clear()
        known[key] = as_program(user)
    return known[key]
