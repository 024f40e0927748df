"""The framework's methods that we replace or call are still those we read.

Each is pinned by a digest of its source. After an upgrade of Flask-AppBuilder: read what changed
in the methods named by the failure, mend ours if need be, then renew the digests with

    python -m tests.test_overrides
"""

import hashlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_appbuilder
import pytest
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import (
    has_access,
    has_access_api,
    permission_name,
    protect,
)
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.utils.base import get_safe_redirect

import app.views

PINS = Path(__file__).with_name("overrides.json")
RELIED_ON: tuple[Any, ...] = (
    has_access,
    has_access_api,
    permission_name,
    protect,
    get_safe_redirect,
    SecurityManager.__init__,
    SQLAInterface.get_filters,
)


def own_classes() -> Iterator[type]:
    """Our classes that build on the framework's."""
    assert app.views
    waiting: list[type] = [object]
    seen: set[type] = set()
    while waiting:
        for one in type.__subclasses__(waiting.pop()):
            if one in seen:
                continue
            seen.add(one)
            waiting.append(one)
            if str(one.__module__).startswith("app.") and framework_bases(one):
                yield one


def framework_bases(cls: type) -> list[type]:
    """The framework's classes among the ancestors."""
    return [one for one in cls.__mro__ if str(one.__module__).startswith("flask_appbuilder")]


def replaced() -> dict[str, Any]:
    """Every method of the framework that a class of ours replaces, by its full name."""
    found = {}
    for cls in own_classes():
        for name in vars(cls):
            for base in framework_bases(cls):
                if name in vars(base) and inspect.isroutine(getattr(base, name)):
                    found[f"{base.__module__}.{base.__name__}.{name}"] = getattr(base, name)
                    break
    for one in RELIED_ON:
        found[f"{one.__module__}.{one.__qualname__}"] = one
    found.pop("flask_appbuilder.models.sqla.Model.__repr__", None)
    return found


def digest(method: Any) -> str:
    """A digest of the source, whatever its white space."""
    source = inspect.getsource(inspect.unwrap(method))
    return hashlib.sha256(" ".join(source.split()).encode()).hexdigest()[:16]


def digests() -> dict[str, str]:
    """The present digests."""
    return {name: digest(method) for name, method in sorted(replaced().items())}


def pinned() -> dict[str, str]:
    """The digests of what we read."""
    pins: dict[str, dict[str, str]] = json.loads(PINS.read_text())
    return pins["methods"]


def test_the_framework_is_the_one_we_read() -> None:
    changed = {name for name, one in digests().items() if pinned().get(name) != one}
    assert changed == set(), (
        f"Flask-AppBuilder {flask_appbuilder.__version__}: read these methods again, "
        "then run python -m tests.test_overrides"
    )


def test_no_pin_is_left_over() -> None:
    assert set(pinned()) - set(digests()) == set(), "run python -m tests.test_overrides"


def test_what_is_pinned_is_what_we_replace() -> None:
    names = set(digests())
    assert any(name.endswith("SQLAInterface.add") for name in names)
    assert any(name.endswith("SecurityManager.has_access") for name in names)
    assert len(names) > 15


def test_a_changed_method_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests()
    monkeypatch.setattr(SQLAInterface, "add", lambda self, item: None)
    changed = {name for name, one in digests().items() if before.get(name) != one}
    assert changed == {"flask_appbuilder.models.sqla.interface.SQLAInterface.add"}


if __name__ == "__main__":
    release = flask_appbuilder.__version__
    PINS.write_text(json.dumps({"release": release, "methods": digests()}, indent=2) + "\n")
