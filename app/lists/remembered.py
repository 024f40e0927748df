"""What the areas add to lists, put together once a request."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g, has_request_context

Made = TypeVar("Made")


def once(key: Any, make: Callable[[], Made]) -> Made:
    """What `make` gives; within a request the same for the same key."""
    if not has_request_context():
        return make()
    found = g.setdefault("remembered", {})
    if key not in found:
        found[key] = make()
    made: Made = found[key]
    return made
