"""Measures: one client's median and p95, eight clients' throughput, statements and bytes in process."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from math import inf, nan
from statistics import median
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import event as sa_event

Ask = Callable[[], tuple[str, str, dict[str, Any] | None]]

TOO_LONG = 503
PATIENCE = 15.0  # seconds for one client, after which five visits are enough


@dataclass(frozen=True)
class Measured:
    """What one page costs: seconds, requests a second, bytes, statements.

    `crowded` is the p95 of eight clients; infinite if one was told that it takes too long.
    """

    name: str
    median: float
    p95: float
    throughput: float
    crowded: float
    size: int
    statements: int


class Visitor:
    """One keep-alive connection with a logged-in cookie."""

    def __init__(self, port: int, cookie: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Cookie": cookie}

    def visit(self, ask: Ask) -> tuple[float, int]:
        """Seconds and bytes of one request; anything but success is an error."""
        method, path, form = ask()
        body = urlencode(form, doseq=True) if form is not None else None
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        seconds = time.perf_counter() - began
        if answer.status == TOO_LONG:
            return inf, len(data)
        if answer.status not in (200, 303):
            raise RuntimeError(f"{method} {path} answered {answer.status}")
        return seconds, len(data)


def visits(visitor: Visitor, ask: Ask) -> Iterator[float]:
    """The seconds of one request after another, until there is nothing left to ask."""
    while True:
        try:
            yield visitor.visit(ask)[0]
        except StopIteration:
            return


def in_turns(visitor: Visitor, asks: Sequence[Ask], times: int) -> list[list[float]]:
    """The times of one client that goes round all pages, after a few rounds to warm up.

    So a slow moment of the machine meets all pages alike. Slow pages are left out sooner.
    """
    found: list[list[float]] = [[] for _ask in asks]
    visited = [visits(visitor, ask) for ask in asks]
    for _round in range(3 + times):
        for one, seconds in zip(found, visited, strict=True):
            if len(one) < 8 or sum(one) < PATIENCE:
                one.extend(islice(seconds, 1))
    return [sorted(one[3:] or one or [nan]) for one in found]


def together(
    port: int, cookie: str, ask: Ask, clients: int = 8, seconds: float = 4.0
) -> tuple[float, list[float]]:
    """Requests a second of several clients at once, and their times."""
    began, times = time.perf_counter(), list[float]()

    def work() -> None:
        for one in visits(Visitor(port, cookie), ask):
            times.append(one)
            if time.perf_counter() > began + seconds:
                break

    threads = [threading.Thread(target=work) for _client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / (time.perf_counter() - began), sorted(times or [nan])


@contextmanager
def counted(engine: Any) -> Iterator[list[str]]:
    """The statements sent to the database in the block."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa_event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa_event.remove(engine, "before_cursor_execute", note)


def in_process(app: Any, engine: Any, cookie: str, ask: Ask) -> tuple[int, int]:
    """Bytes and statements of one request in this process."""
    method, path, form = ask()
    client = app.test_client()
    name, _equals, value = cookie.partition("=")
    client.set_cookie(name, value, domain="127.0.0.1")
    with counted(engine) as sent:
        answer = client.open(path, method=method, data=form, base_url="http://127.0.0.1")
    return len(answer.data), len(sent)


def percentile(times: list[float], share: float) -> float:
    """The value below which this share of the sorted times lies."""
    return times[min(int(len(times) * share), len(times) - 1)]


def measure(
    every: Sequence[tuple[str, Ask]], *, port: int, cookie: str, app: Any, engine: Any, times: int
) -> list[Measured]:
    """All figures of the pages."""
    weights = [in_process(app, engine, cookie, ask) for _name, ask in every]
    waits = in_turns(Visitor(port, cookie), [ask for _name, ask in every], times)
    return [
        figures(name, weight, wait, together(port, cookie, ask))
        for (name, ask), weight, wait in zip(every, weights, waits, strict=True)
    ]


def figures(
    name: str, weight: tuple[int, int], waits: list[float], crowd: tuple[float, list[float]]
) -> Measured:
    """What was measured of one page."""
    (size, statements), (throughput, crowded) = weight, crowd
    p95 = percentile(crowded, 0.95)
    return Measured(
        name, median(waits), percentile(waits, 0.95), throughput, p95, size, statements
    )
