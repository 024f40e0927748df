"""Two processes of the server on one database: what one defines, the other has at once."""

import re
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.setup import accounts
from tests.browser_walk.server import ADMIN, PASSWORD, Site, serving
from tests.databases import Databases, close, make_app

FORM, LABEL = "/contractors/new", "Wielkość firmy"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """A browser with cookies, for both processes: they stand on one host."""

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, site: Site, path: str) -> str:
        """A page."""
        with self.opener.open(site.url + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, site: Site, path: str, **values: str) -> None:
        """A form, sent from its page."""
        token = TOKEN.search(self.get(site, path))
        sent = urlencode({"csrf_token": token[1] if token else "", **values}).encode()
        request = urllib.request.Request(site.url + path, sent, {"Referer": site.url + path})
        self.opener.open(request, timeout=30).close()


@pytest.fixture
def two(databases: Databases, tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """Two servers on the same database."""
    url = databases.prepared("sqlite")
    app = make_app(url)
    with app.app_context():
        accounts.write_admin(ADMIN, PASSWORD)
    close(app)
    with serving(url, tmp_path / "one") as one, serving(url, tmp_path / "other") as other:
        yield one, other


@pytest.mark.full
def test_a_definition_made_in_one_process_is_live_in_the_other(two: tuple[Site, Site]) -> None:
    one, other = two
    browser = Browser()
    browser.post(one, "/login/", username=ADMIN, password=PASSWORD)
    assert LABEL not in browser.get(other, FORM)  # it knows the definitions now
    names = {"name_pl": LABEL, "name_en": "Size", "kind": "text", "on_contractors": "y"}
    browser.post(one, "/features/new", **names)
    assert LABEL in browser.get(other, FORM)
    assert LABEL in browser.get(one, FORM)
