"""The values of a record's features: read for pages and programs, written by every door.

What is not mentioned is not touched: an absent feature is not an empty one.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from app.errors import InvalidValue, Reason, refuse_if
from app.features import dated, operations
from app.features.catalog import carried_on, features_of, features_on, suits
from app.features.holding import hold
from app.features.kinds import Kind, Unreadable, kind_of
from app.features.models import Feature
from app.features.pointed import Names, names_of
from app.features.rights import is_written


def values_of(record: Any) -> list[tuple[Feature, Any]]:
    """(feature, stored value) for each feature of the record; None if it has none."""
    return values_in(record, record.features or {})


def values_in(record: Any, document: Mapping[str, Any]) -> list[tuple[Feature, Any]]:
    """The same of another document of the record."""
    return [(one, document.get(one.key)) for one in features_on(record)]


def names_in(
    records: Iterable[Any], documents: Mapping[int, Mapping[str, Any]] | None = None
) -> Names:
    """What all values of records of one register point at; `documents` by id, if not their own."""
    rows = list(records)
    pointing = pointing_on(type(rows[0])) if rows else []
    keys = {
        key
        for row in rows
        for document in ((documents or {}).get(row.id, row.features or {}),)
        for kind in pointing
        if (value := document.get(kind.feature.key)) is not None
        for key in kind.points(value)
    }
    return names_of(keys)


def pointing_on(model: type[Any]) -> list[Kind]:
    """The kinds of a register's features whose values point at something."""
    kinds = map(kind_of, features_of(model))
    return [kind for kind in kinds if kind.pointing]


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
    return as_json(values_of(record), names)


def as_json(values: Iterable[tuple[Feature, Any]], names: Names) -> dict[str, Any]:
    """{code: value} of features and what is stored of them."""
    return {
        feature.code: None if value is None else kind_of(feature).as_json(value, names)
        for feature, value in values
    }


def set_values(
    record: Any, given: Mapping[str, Any], since: Mapping[str, date] | None = None
) -> None:
    """Write {code: value}; raises InvalidValue naming each field that is wrong.

    `since` says by code from which day a dated value holds; today, unless said.
    """
    known = {feature.code: feature for feature in features_of(type(record))}
    document, wrong = dict(record.features or {}), dated.reasons_against_days(since or {})
    for code, value in sorted(given.items(), key=lambda pair: is_open(known.get(pair[0]))):
        feature = known.get(code)
        if wrong and is_open(feature):
            break  # a record that is refused adds nothing to a dictionary
        try:
            if feature is None or suits(feature, record):
                _put(document, feature, value)
            else:
                _refuse_elsewhere(feature, value, document.get(feature.key))
        except Unreadable as error:
            wrong.append(Reason("feature.value", str(error), field=f"feature_{code}"))
    refuse_if(wrong, InvalidValue)
    document = dated.settled(record, document, since or {})
    if document != (before := record.features or {}):
        hold([one for one in known.values() if document.get(one.key) != before.get(one.key)])
        record.features = document


def is_open(feature: Feature | None) -> bool:
    """Whether writing a value may add it to the feature's dictionary."""
    return feature is not None and feature.open_list


def _put(document: dict[str, Any], feature: Feature | None, value: Any) -> None:
    if feature is None:
        raise Unreadable(_("There is no such feature."))
    kept = document.get(feature.key)
    kind = kind_of(feature)
    if is_written(feature):
        operations.take_in(kind, value)
    stored = kind.parse(value, kept)
    if stored != kept:
        refuse_value(feature, stored)
    elif stored is None and feature.required:
        raise Unreadable(_("This field is required."))
    if stored is None:
        document.pop(feature.key, None)
    else:
        document[feature.key] = stored


def _refuse_elsewhere(feature: Feature, value: Any, kept: Any) -> None:
    """Nothing may be written where the feature does not belong; what stands there stays."""
    if kind_of(feature).parse(value, kept) not in (None, kept):
        name = feature.name(str(get_locale()))
        raise Unreadable(_("%(name)s is not for records of this series.", name=name))


def refuse_value(feature: Feature, stored: Any) -> None:
    """Raise Unreadable if the present operator may not write this value."""
    if not is_written(feature):
        raise Unreadable(_("You may not change this."))
    if stored is None and feature.required:
        raise Unreadable(_("This field is required."))
    if stored is not None and (text := kind_of(feature).beyond(stored)):
        raise Unreadable(text)


# --- new records --------------------------------------------------------------------------------


def begin(record: Any, given: Collection[str] = ()) -> None:
    """Give a new record the initial values of the features that were not given."""
    document = dict(record.features or {})
    for feature in carried_on(record):
        if feature.initial and feature.code not in given and feature.key not in document:
            with suppress(Unreadable):  # it fitted when it was defined
                document[feature.key] = kind_of(feature).parse(feature.initial)
    record.features = document
    record.features_given = True


def refuse_missing(record: Any, *, always: bool) -> None:
    """Raise InvalidValue for each required feature that a new record lacks.

    Those that are required always count whoever asks; what the operator can't see is not named.
    """
    document, seen = record.features or {}, features_of(type(record))
    wrong = [
        missing(feature, named=feature in seen)
        for feature in carried_on(record)
        if feature.key not in document
        and (feature.required == "always" or (feature.required and feature in seen and not always))
    ]
    refuse_if(wrong, InvalidValue)


def missing(feature: Feature, *, named: bool) -> Reason:
    """The refusal of a record without a required value."""
    if not named:
        text = _("A feature is missing that others fill in. Ask an administrator.")
        return Reason("feature.required", text)
    text = _("%(name)s is required.", name=feature.name(str(get_locale())))
    return Reason("feature.required", text, field=f"feature_{feature.code}")
