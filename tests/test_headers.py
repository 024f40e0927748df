"""Security headers and the content security policy on every kind of answer."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.fab import headers
from tests.databases import Databases, close, make_app

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ANSWERS = {
    "a page": "/events/",
    "a form": "/events/new",
    "login": "/login/",
    "not found": "/nothing/here",
    "not a record": "/events/999999",
    "odd input": "/events/?size=%00",
    "API": "/api/v1/event/",
    "API without such a record": "/api/v1/event/999999",
    "JSON of a page": "/picker/operator",
    "redirect": "/",
    "health": "/healthz",
    "description": "/swagger/v1",
}


@pytest.fixture
def client(client_as: Callable[..., FlaskClient], admin: Any) -> FlaskClient:
    """An administrator's browser."""
    return client_as(admin)


@pytest.mark.parametrize("url", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_carries_the_headers(client: FlaskClient, url: str) -> None:
    answer = client.get(url)
    assert missing(answer.headers) == {}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Server" not in answer.headers or "Werkzeug" not in answer.headers["Server"]


def missing(found: Any) -> dict[str, str]:
    """The headers that are not as they should be."""
    wrong = {
        name: found.get(name, "") for name, value in ALWAYS.items() if found.get(name) != value
    }
    policy = found.get("Content-Security-Policy", "")
    scripts = re.search(r"script-src ([^;]+)", policy)
    strict = scripts and re.fullmatch(r"'nonce-[\w-]{20,}'", scripts.group(1).strip())
    closed = all(
        part in policy
        for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
    )
    return wrong if strict and closed else {**wrong, "Content-Security-Policy": policy}


def test_a_nonce_is_used_once_and_stands_on_every_script(client: FlaskClient) -> None:
    answers = [client.get("/events/") for _ in range(2)]
    nonces = [
        re.search(r"nonce-([\w-]+)", one.headers["Content-Security-Policy"]) for one in answers
    ]
    assert nonces[0]
    assert nonces[1]
    assert nonces[0].group(1) != nonces[1].group(1)
    page = answers[1].get_data(as_text=True)
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts
    assert all(f'nonce="{nonces[1].group(1)}"' in script for script in scripts)


def test_without_our_headers_the_check_fails(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headers, "FIXED", {})
    monkeypatch.setattr(headers, "POLICY", "script-src 'unsafe-inline' {nonce}")
    assert set(missing(client.get("/events/").headers)) == {*ALWAYS, "Content-Security-Policy"}


@pytest.fixture
def secure(databases: Databases) -> Any:
    """The application as it is behind TLS."""
    url = databases.prepared("sqlite")
    https = {
        "SESSION_COOKIE_NAME": "__Host-etap",
        "SESSION_COOKIE_SECURE": True,
        "BEHIND_PROXY": True,
    }
    app = make_app(url, **https)
    yield app
    close(app)


def test_behind_tls_the_cookie_is_bound_to_the_host(secure: Flask) -> None:
    answer = secure.test_client().get("/login/", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-etap=")
        assert all(flag in cookie for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"))
        assert "Domain=" not in cookie


def test_another_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/login/", base_url="http://evil.example").status_code == 400
