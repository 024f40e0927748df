"""What no honest client sends is answered 4xx, never 5xx, and leaves nothing behind."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.fab import gate
from tests.access.policy import POLICY
from tests.access.world import World, standing_world

ODD = {
    "NUL": "a\x00b",
    "broken UTF-8": "\ufffd",
    "huge number": "9" * 30,
    "past 32 bits": "2147483648",
    "past 64 bits": "9223372036854775808",
    "negative": "-1",
    "long": "x" * 3_000,
    "odd digits": "²٣",
    "no date": "2024-02-31",
    "year 0": "0000-00-00T99:99",
    "year 1": "0001-01-01T00:00",
    "year 9999": "9999-12-31T23:59",
    "quotes": "'\"<b>%_\\",
    "emoji": "👩\u200d💻\u202e",
    "JSON": '{"a": [1]}',
    "NaN": "nan",
    "blank": "   ",
}
DAILY = {"past 64 bits", "odd digits", "year 1", "blank"}
LISTS = {
    "contractors": "name status keeper code",
    "persons": "name contractor",
    "events": "subject state contractor contact operator start due closed",
    "stages": "state event contractor start due",
}
ORDERING = ("after", "before", "at", "last", "size", "_oc_EventView", "_od_EventView")
LEAVE_OUT = ("logout", "end_sessions", "password", "refresh", "static", "deactivate", "scope")
NAMED = re.compile(r'<(?:input|select|textarea)[^>]*\sname="([^"]+)"')


@pytest.fixture
def world(app: Flask, session: Session) -> World:
    """Something to be odd about."""
    return standing_world(app, session)


@pytest.fixture
def client(world: World) -> FlaskClient:
    """The administrator, whom nothing but the input can stop."""
    return world.client("admin", api=False)


def faults(client: FlaskClient, urls: Iterator[str]) -> list[str]:
    """The addresses answered with 5xx."""
    answers = {url: client.get(url, buffered=True).status_code for url in urls}
    assert answers
    return [f"{status} {url[:200]}" for url, status in answers.items() if status >= 500]


def pages(app: Flask, world: World, method: str) -> Iterator[tuple[Rule, str]]:
    """Every page that takes such requests, with rows that are there."""
    values = {**world.shared, **world.living["ann"], "name": "close", "kind": "event"}
    values |= {"register": "event", "act": "close", "token": "x", "column": "due"}
    for rule in app.url_map.iter_rules():
        api = rule.rule.startswith("/api/")
        if method in (rule.methods or ()) and not api and not rule.endpoint.endswith(LEAVE_OUT):
            row = POLICY[rule.endpoint].row if rule.endpoint in POLICY else None
            found = {**values, "pk": values.get(row or "", 1)}
            wanted = {name: found.get(name, 1) for name in rule.arguments}
            assert rule.map is not None
            yield rule, rule.map.bind("localhost").build(rule.endpoint, wanted, method=method)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_filter_or_place_is_no_fault(client: FlaskClient, odd: str) -> None:
    def urls() -> Iterator[str]:
        text = quote(odd, safe="") if odd != "\ufffd" else "%ff"
        for register, fields in LISTS.items():
            for field in fields.split():
                yield f"/{register}/?_flt_0_{field}={text}"
            yield f"/{register}/?_flt_{text}_name=1&_oc_X={text}"
        yield from (f"/events/?{name}={text}" for name in ORDERING)
        yield from (f"/picker/{kind}?q={text}&page={text}" for kind in ("person", "event", text))
        yield from (f"/search/?q={text}", f"/search/suggest?q={text}", f"/login/?next={text}")
        yield f"/campaigns/?node={text}&scope={text}&open={text}"

    assert faults(client, urls()) == []


def test_no_page_fails_for_odd_arguments(app: Flask, world: World, client: FlaskClient) -> None:
    names = ("page", "size", "before", "node", "of", "skip", "contractor", "contact", "q", "next")

    def urls() -> Iterator[str]:
        for _rule, url in pages(app, world, "GET"):
            for odd in ("9" * 30, "-1", "²", "x' or 1=1 --"):
                yield f"{url}?" + "&".join(f"{name}={quote(odd)}" for name in names)

    assert faults(client, urls()) == []


@pytest.mark.parametrize(
    "pk", ["0", "2147483647", "2147483648", "99999999999999999999", "-1", "²"]
)
def test_no_page_fails_for_an_odd_id(
    app: Flask, world: World, client: FlaskClient, pk: str
) -> None:
    def urls() -> Iterator[str]:
        for rule, _url in pages(app, world, "GET"):
            if rule.arguments:
                yield re.sub(r"<[^>]+>", pk, rule.rule)

    assert faults(client, urls()) == []


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(odd, id=name, marks=() if name in DAILY else pytest.mark.full)
        for name, odd in ODD.items()
    ],
)
def test_no_form_fails_for_odd_values(
    app: Flask, world: World, client: FlaskClient, odd: str
) -> None:
    wrong = []
    for rule, url in pages(app, world, "POST"):
        names = fields_of(client, url) if "GET" in (rule.methods or ()) else GUESSED
        for values in (dict.fromkeys(names, odd), {**dict.fromkeys(names, "1"), names[0]: odd}):
            answer = client.post(url, data=values, buffered=True)
            if answer.status_code >= 500:
                wrong.append(f"{answer.status_code} {url} {values}")
    assert wrong == []


GUESSED = [
    *("subject", "closed_at", "outcome", "position", "named", "reason", "choice", "start", "due"),
    *("how", "back", "status", "node", "record", "register", "theme", "language", "name"),
    *("token", "until", "contact", "operator", "version", "parent", "along", "of", "membership"),
]


def fields_of(client: FlaskClient, url: str) -> list[str]:
    """The names of the fields in a form."""
    page = client.get(url, buffered=True).get_data(as_text=True)
    return sorted({unescape(name) for name in NAMED.findall(page)} - {"csrf_token"}) or GUESSED


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe=\x00&subject=%00%ff", b"a=1&" * 2_000, b"--x\r\nContent-Disposition: form-data"],
    ids=["bytes", "many fields", "broken multipart"],
)
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_a_broken_body_is_no_fault(client: FlaskClient, body: bytes, kind: str) -> None:
    for url in ("/events/new", "/login/", "/contractors/new"):
        assert client.post(url, data=body, content_type=kind).status_code < 500


def test_without_the_gate_a_nul_character_is_a_fault(
    world: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/search/?q=a%00b").status_code == 400
    monkeypatch.setattr(gate, "_texts", lambda _values: [])
    assert client.get("/search/?q=a%00b").status_code != 400


def test_a_too_large_body_is_told_so(app: Flask, client: FlaskClient) -> None:
    values: Any = {"description": "x" * (app.config["MAX_FORM_MEMORY_SIZE"] + 1)}
    assert client.post("/events/new", data=values).status_code == 413
