"""The values of a record's features: read for pages and programs, written by every door.

What is not mentioned is not touched: an absent feature is not an empty one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from app.errors import InvalidValue, Reason, refuse_if
from app.features import nodes
from app.features.catalog import features_of
from app.features.kinds import Unreadable, kind_of
from app.features.models import Feature


def values_of(record: Any) -> list[tuple[Feature, Any]]:
    """(feature, stored value) for each feature of the record's register; None if it has none."""
    document = record.features or {}
    return [(one, document.get(one.key)) for one in features_of(type(record))]


def trails_in(records: Iterable[Any]) -> dict[int, str]:
    """The full names of all nodes that are values of the records, by id."""
    ids = {
        value
        for record in records
        for feature, value in values_of(record)
        if feature.has_nodes and value is not None
    }
    return nodes.trails_of(ids) if ids else {}


def shown_values(record: Any) -> list[tuple[Feature, Any]]:
    """(feature, value as people write it) for each feature that the record has."""
    trails = trails_in([record])
    return [
        (feature, kind_of(feature).show(value, trails))
        for feature, value in values_of(record)
        if value is not None
    ]


def values_as_json(record: Any, trails: dict[int, str] | None = None) -> dict[str, Any]:
    """{code: value} of all features of the record; for many records pass `trails_in(records)`."""
    trails = trails_in([record]) if trails is None else trails
    return {
        feature.code: None if value is None else kind_of(feature).as_json(value, trails)
        for feature, value in values_of(record)
    }


def set_values(record: Any, given: Mapping[str, Any]) -> None:
    """Write {code: value}; raises InvalidValue naming each field that is wrong."""
    known = {feature.code: feature for feature in features_of(type(record))}
    document, wrong = dict(record.features or {}), []
    for code, value in given.items():
        try:
            _put(document, known.get(code), value)
        except Unreadable as error:
            wrong.append(Reason("feature.value", str(error), field=f"feature_{code}"))
    refuse_if(wrong, InvalidValue)
    if document != (record.features or {}):
        record.features = document


def _put(document: dict[str, Any], feature: Feature | None, value: Any) -> None:
    if feature is None:
        raise Unreadable(_("There is no such feature."))
    kind, old = kind_of(feature), document.get(feature.key)
    if feature.has_nodes and old is not None and getattr(value, "id", value) == old:
        return  # an archived value stays where it is
    stored = kind.parse(feature, value)
    if stored is None:
        document.pop(feature.key, None)
    else:
        document[feature.key] = stored
