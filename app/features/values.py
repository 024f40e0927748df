"""The values of a record's features: read for pages and programs, written by every door.

What is not mentioned is not touched: an absent feature is not an empty one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from app.errors import InvalidValue, Reason, refuse_if
from app.features.catalog import features_of
from app.features.kinds import Unreadable, kind_of
from app.features.models import Feature
from app.features.pointed import Names, names_of


def values_of(record: Any) -> list[tuple[Feature, Any]]:
    """(feature, stored value) for each feature of the record's register; None if it has none."""
    document = record.features or {}
    return [(one, document.get(one.key)) for one in features_of(type(record))]


def names_in(records: Iterable[Any]) -> Names:
    """What all values of the records point at, by name."""
    keys = {
        key
        for record in records
        for feature, value in values_of(record)
        if value is not None
        for key in kind_of(feature).points(value)
    }
    return names_of(keys)


def shown_values(record: Any) -> list[tuple[Feature, str]]:
    """(feature, value as people write it) for each feature that the record has."""
    names = names_in([record])
    return [
        (feature, kind_of(feature).show(value, names))
        for feature, value in values_of(record)
        if value is not None
    ]


def values_as_json(record: Any, names: Names | None = None) -> dict[str, Any]:
    """{code: value} of all features of the record; for many records pass `names_in(records)`."""
    names = names_in([record]) if names is None else names
    return {
        feature.code: None if value is None else kind_of(feature).as_json(value, names)
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
    stored = kind_of(feature).parse(value, document.get(feature.key))
    if stored is None:
        document.pop(feature.key, None)
    else:
        document[feature.key] = stored
