"""A program as customers write them: no test client, a real server, name and password."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.browser import chromium
from tests.cast import PASSWORD


@pytest.fixture
def address(app: Any) -> Iterator[str]:
    """The address of a threaded server with the application."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Script:
    """A script with nothing but the standard library."""

    def __init__(self, address: str) -> None:
        self.address, self.token, self.renewal = address, "", ""

    def log_in(self, username: str, password: str) -> Any:
        """Ask for tokens and keep the first."""
        body = {"username": username, "password": password, "provider": "db", "refresh": True}
        tokens = self.ask("POST", "/security/login", body)[1]
        self.token = tokens["access_token"]
        return tokens

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Status, body and headers of an answer."""
        request = urllib.request.Request(f"{self.address}/api/v1{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error), error.headers


@pytest.fixture
def script(address: str, ann: Any) -> Script:
    """Ann's script, logged in."""
    script = Script(address)
    script.renewal = script.log_in("ann", PASSWORD)["refresh_token"]
    return script


def test_a_wrong_password_opens_nothing(address, ann):
    body = {"username": "ann", "password": "wrong", "provider": "db"}
    assert Script(address).ask("POST", "/security/login", body)[0] == 401
    assert Script(address).ask("GET", "/event/")[0] == 401


def test_a_script_finds_its_event_and_closes_it(script, ann, makers):
    makers.event(ann, subject="visit", stages=["a", "b"])
    rison = "(filters:!((col:state,opr:eq,value:open)))"
    (pk,) = script.ask("GET", f"/event/?q={rison}")[1]["ids"]
    status, refused, _headers = script.ask("POST", f"/event/{pk}/closure", {})
    assert (status, refused["reasons"][0]["code"]) == (409, "event.open_stages")
    for row in refused["reasons"][0]["rows"]:
        assert script.ask("POST", f"/stage/{row['id']}/closure", {})[0] == 200
    status, closed, headers = script.ask("POST", f"/event/{pk}/closure", {}, Idempotency_Key="one")
    assert (status, closed["result"]["stages_closed"]) == (200, 2)
    body, etag = {"description": "done"}, headers["ETag"]
    status, changed, _headers = script.ask("PATCH", f"/event/{pk}", body, If_Match=etag)
    assert (status, changed["result"]["description"]) == (200, "done")


def test_a_token_is_renewed_and_ends_with_its_session(script):
    first, script.token = script.token, script.renewal
    assert script.ask("GET", "/event/")[0] == 401  # a refresh token opens nothing else
    status, renewed, _headers = script.ask("POST", "/security/refresh")
    assert status == 200
    script.token = renewed["access_token"]
    assert script.ask("GET", "/event/")[0] == 200
    assert script.ask("POST", "/security/logout")[0] == 200
    for token in (first, renewed["access_token"]):
        script.token = token
        assert script.ask("GET", "/event/")[0] == 401


@pytest.mark.browser
def test_the_page_of_the_description_works_under_the_strict_policy(app, address, admin, client_as):
    cookie = client_as(admin).get_cookie(app.config["SESSION_COOKIE_NAME"])
    troubles: list[str] = []
    with chromium() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        page = context.new_page()
        page.on("console", lambda told: troubles.append(f"{told.type}: {told.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        policy = page.goto(f"{address}/swagger/v1").headers["content-security-policy"]
        page.get_by_text("/api/v1/event/{pk}/closure").first.wait_for()
        page.locator(".opblock-summary").first.click()
        page.locator(".opblock-body").first.wait_for()
        context.close()
    assert "script-src 'nonce-" in policy
    assert [one for one in troubles if one.startswith("error")] == []


def test_only_administrators_read_the_page(client_as, manager, admin):
    assert client_as(manager).get("/swagger/v1").status_code == 403
    assert client_as(manager).get("/swagger/v1/openapi.json").status_code == 403
    assert client_as(admin).get("/swagger/v1/openapi.json").json["openapi"] == "3.0.3"
