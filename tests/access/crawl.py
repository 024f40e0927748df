"""Walks through all that an operator can reach by GET, from page to page."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urldefrag, urlsplit

from flask.testing import FlaskClient

LINK = re.compile(r'(?:href|hx-get|data-remote|data-url|data-suggest|src)="(/[^"]*)"')
NOT_PAGES = ("/static/", "/logout", "/swagger")


@dataclass(frozen=True)
class Found:
    """One answer."""

    url: str
    status: int
    text: str
    writes: list[str]


def shape(url: str) -> tuple[str, tuple[str, ...]]:
    """What kind of address it is: the path, and the names of its arguments."""
    parts = urlsplit(url)
    return parts.path, tuple(sorted(parse_qs(parts.query, keep_blank_values=True)))


def links(text: str) -> set[str]:
    """Addresses of our own in a page."""
    found = {urldefrag(unescape(url))[0] for url in LINK.findall(text)}
    return {url for url in found if not url.startswith(NOT_PAGES)}


def crawl(
    client: FlaskClient,
    starts: Iterable[str],
    writes: Callable[[Callable[[], None]], list[str]],
    limit: int,
) -> list[Found]:
    """All pages reachable from `starts`, each shape of address once."""
    waiting, seen, found = list(starts), set(), []
    while waiting and len(found) < limit:
        url = waiting.pop(0)
        if shape(url) in seen:
            continue
        seen.add(shape(url))
        one = visit(client, url, writes)
        found.append(one)
        waiting += sorted(links(one.text))
    return found


def visit(
    client: FlaskClient, url: str, writes: Callable[[Callable[[], None]], list[str]]
) -> Found:
    """One answer, and what was written while it was made."""
    answers = []
    wrote = writes(lambda: answers.append(client.get(url, follow_redirects=True, buffered=True)))
    return Found(url, answers[0].status_code, answers[0].get_data(as_text=True), wrote)
