"""Committed front-end files are what they say, and are served so that browsers may keep them."""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha384
from itertools import chain
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, nodes

from app.fab.assets import FOREVER, ROOT, asset, serve_static

PROJECT = ROOT.parent.parent
VENDOR = ROOT / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())
TEMPLATES = sorted((PROJECT / "app" / "templates").rglob("*.html"))
SPRITE = (VENDOR / "tabler-icons" / "sprite.svg").read_text()
ICON_ARGUMENT = {
    "icon": 0,
    "empty": 0,
    "icon_button": 1,
    "button": 1,
    "menu": 1,
    "link_button": 2,
    "post_button": 2,
    "badge": 2,
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("static_only", static_folder=None)
    serve_static(app)
    return app.test_client()


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: str(entry["file"]))
def test_a_vendored_file_is_the_one_in_the_manifest(entry: dict[str, str]) -> None:
    content = (VENDOR / entry["file"]).read_bytes()
    assert b64encode(sha384(content).digest()).decode() == entry["sha384"]
    assert gzip.decompress((VENDOR / f"{entry['file']}.gz").read_bytes()) == content
    assert b"sourceMappingURL" not in content


def test_every_vendored_file_is_in_the_manifest_with_its_licence() -> None:
    listed = {VENDOR / entry["file"] for entry in MANIFEST}
    found = {path for path in VENDOR.rglob("*.*") if path.suffix != ".gz"}
    assert found == listed | {VENDOR / "manifest.json"}
    assert all((path.parent / "LICENSE").is_file() for path in listed)


def test_the_manifest_has_the_pinned_versions_and_the_lock_no_addresses() -> None:
    pinned = json.loads((PROJECT / "tools" / "package.json").read_text())["dependencies"]
    assert {entry["package"]: entry["version"] for entry in MANIFEST} == pinned
    assert '"resolved"' not in (PROJECT / "tools" / "package-lock.json").read_text()


def test_the_sprite_holds_the_listed_icons() -> None:
    listed = (PROJECT / "tools" / "icons.txt").read_text().split()
    assert re.findall(r'<symbol id="([^"]+)"', SPRITE) == sorted(listed)


def icons_in(source: str) -> Iterator[str]:
    """Names of icons given as plain text to the macros of shell/ui.html."""
    for call in (
        Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
        .parse(source)
        .find_all(nodes.Call)
    ):
        name = getattr(call.node, "attr", None) or getattr(call.node, "name", None)
        given = [one.value for one in call.kwargs if one.key in {"icon", "icon_name"}]
        if name in ICON_ARGUMENT:
            given += call.args[ICON_ARGUMENT[name] : ICON_ARGUMENT[name] + 1]
            yield from (one.value for one in given if isinstance(one, nodes.Const) and one.value)


def test_icons_are_found_in_a_template() -> None:
    source = '{{ ui.icon("one") }}{{ ui.link_button(_("Go"), "/", "two") }}{{ x(icon="no") }}'
    assert list(icons_in(source)) == ["one", "two"]


def test_every_icon_of_templates_and_menu_is_in_the_sprite() -> None:
    in_templates = chain.from_iterable(icons_in(path.read_text()) for path in TEMPLATES)
    in_menu = re.findall(r'icon="([^"]+)"', (PROJECT / "app" / "views.py").read_text())
    missing = {name for name in {*in_templates, *in_menu} if f'id="{name}"' not in SPRITE}
    assert not missing, f"add to tools/icons.txt, then npm ci && npm run vendor: {missing}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_keeps_to_the_content_security_policy(path: Path) -> None:
    source = path.read_text()
    scripts = re.findall(r"<script[^>]*>", source)
    assert all('nonce="{{ csp_nonce() }}"' in script for script in scripts)
    assert not re.search(r"<[^>]*\son[a-z]+=|\shx-on|javascript:|<style", source)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', source)


def test_an_address_changes_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.fab.assets.ROOT", tmp_path)
    (tmp_path / "a.css").write_text("one")
    before = asset("a.css")
    (tmp_path / "a.css").write_text("other")
    assert re.fullmatch(r"/static/a\.css\?v=[0-9a-f]{10}", before)
    assert asset("a.css") != before


def test_an_unknown_file_has_no_address() -> None:
    with pytest.raises(FileNotFoundError):
        asset("no-such-file.css")


def test_a_versioned_address_may_be_kept_for_ever(client: FlaskClient) -> None:
    answer = client.get(asset("css/shell.css"), buffered=True)
    assert answer.headers.getlist("Cache-Control") == [FOREVER]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", ["", "?v=0000000000", "?x=1"])
def test_another_address_of_the_same_file_is_kept_briefly(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/static/css/shell.css{query}", buffered=True)
    assert "immutable" not in answer.headers["Cache-Control"]


def test_a_browser_that_can_gets_the_smaller_file(client: FlaskClient) -> None:
    address = asset("vendor/tabler/tabler.min.css")
    small = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < 100_000 < len(client.get(address, buffered=True).data)


def test_what_is_not_a_file_of_ours_reaches_the_application(client: FlaskClient) -> None:
    assert client.get("/static/../config.py").status_code == 404
    assert client.get("/static/none.css").status_code == 404
