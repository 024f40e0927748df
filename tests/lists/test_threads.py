"""Requests that run at the same time in one process never meet each other's filters or forms."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.contractors.models import Contractor
from app.lists.views import ListView

WORDS = ("alpha", "beta", "gamma", "delta")


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """The application behind a real server with threads."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(port: int, client_as: Any, ann: Any) -> Callable[..., tuple[int, str]]:
    """Send a request as Ann over the network; returns status and text."""
    client = client_as(ann)
    cookie = client.get_cookie("etap")
    assert cookie is not None

    def run(method: str, url: str, **form: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        head = {"Cookie": f"etap={cookie.value}", **kind}
        connection.request(method, url, urlencode(form) or None, head)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    return run


@pytest.fixture
def rows(makers: Any) -> None:
    """Some contractors for each word."""
    for word in WORDS:
        for number in range(3):
            makers.contractor(f"{word} {number}")


def mixed(ask: Callable[..., tuple[int, str]], each: int) -> int:
    """How many filtered lists show another's rows, of 4 x `each` asked for at once."""

    def look(word: str) -> int:
        status, text = ask("GET", f"/contractors/?_flt_0_name={word}")
        names = set(re.findall(rf"({'|'.join(WORDS)}) \d", text))
        return int(status != 200 or names != {word})

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(look, WORDS * each))


def test_lists_asked_for_at_once_keep_their_filters(rows: None, ask: Any) -> None:
    assert mixed(ask, each=20) == 0


@pytest.mark.full
def test_a_thousand_lists_keep_their_filters(rows: None, ask: Any) -> None:
    assert mixed(ask, each=250) == 0


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_filters_kept_on_the_page_object_would_mix(
    rows: None, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ListView.listing

    def forgetful(self: Any, args: Any) -> Any:
        self.latest = args
        time.sleep(0.02)
        return real(self, self.latest)

    monkeypatch.setattr(ListView, "listing", forgetful)
    assert mixed(ask, each=10) > 0


def test_forms_sent_at_once_keep_their_fields(ask: Any, session: Session) -> None:
    def send(number: int) -> int:
        words = {"name": f"firm {number}", "code": f"F{number}", "city": f"city {number}"}
        return int(ask("POST", "/contractors/new", **words, status="prospect")[0])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(40))) == {303}
    session.commit()
    found = session.execute(select(Contractor.name, Contractor.code, Contractor.city)).all()
    assert sorted(found) == sorted((f"firm {n}", f"F{n}", f"city {n}") for n in range(40))
