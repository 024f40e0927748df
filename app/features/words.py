"""How the values of features are told in the history: by the names of features and nodes."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import get_locale

from app.features import nodes
from app.features.catalog import by_id
from app.features.kinds import kind_of
from app.records import history


def node_ids(document: Mapping[str, Any]) -> Iterable[int]:
    """The ids of the nodes among the values."""
    for key, value in document.items():
        feature = by_id(int(key))
        if feature is not None and feature.has_nodes and isinstance(value, int):
            yield value


def told(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, trails: Mapping[int, str]
) -> Iterable[tuple[str, str, str]]:
    """(feature, old, new) for each value that differs."""
    before, after = old or {}, new or {}
    for key in dict.fromkeys([*before, *after]):
        feature = by_id(int(key))
        if feature is not None and before.get(key) != after.get(key):
            old_words = _shown(feature, before.get(key), trails)
            new_words = _shown(feature, after.get(key), trails)
            yield feature.name(str(get_locale())), old_words, new_words


def _shown(feature: Any, value: Any, trails: Mapping[int, str]) -> str:
    return "–" if value is None else str(kind_of(feature).show(value, dict(trails)))


def register() -> None:
    """Tell the history."""
    document = history.Document(node_ids, nodes.trails_of, told)
    history.read_document("features", document)
