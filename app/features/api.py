"""Values of features in what programs send and get: {code: value}."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from marshmallow import ValidationError

from app.errors import InvalidValue, Reason
from app.fab.description import describe_also, ref
from app.fab.schemas import CrmSchema, DayValue, Shaped
from app.features.past import dated_on, documents_on
from app.features.shapes import shape_of
from app.features.values import (
    as_json,
    begin,
    names_in,
    refuse_missing,
    set_values,
    values_as_json,
    values_in,
)
from app.lists.api import bad
from app.lists.filters.fields import Unreadable
from app.lists.filters.readers import read_date

FEATURES = ("features", "features_from")


class FeatureValues(Shaped):
    """The features of a record by their codes; those not mentioned stay as they are."""

    def __init__(self, model: type[Any]) -> None:
        name = f"{model.__name__}Features"
        describe_also(name, partial(shape_of, model))
        super().__init__({"allOf": [ref(name)]})

    def get_value(self, obj: Any, *_more: Any, **_named: Any) -> Any:
        """All values of the record, or what they were on the day asked for."""
        day = asked_day()
        if day is None:
            return values_as_json(obj, g.get("names"))
        if obj.id not in (g.get("documents") or {}):
            know_names([obj])
        return as_json(values_in(obj, g.documents[obj.id]), g.names)

    def _serialize(self, value: Any, attr: Any, obj: Any, **more: Any) -> Any:
        return value

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("type")
        return value


class FeatureFields(CrmSchema):
    """What every register with features takes: values, and from which day dated ones hold."""

    features_from = DayValue(load_only=True)


def own(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a program sent without the features."""
    return {name: one for name, one in values.items() if name not in FEATURES}


def asked_day() -> date | None:
    """The day of which features are asked for; raises BadQuery."""
    text = request.args.get("as_of") if request.method == "GET" else None
    try:
        return None if text is None else read_date(text)
    except Unreadable as error:
        raise bad("as_of", _("This can't be read."), "as_of") from error


def know_names(records: Sequence[Any]) -> None:
    """Read the names of all that the records' values point at, so that no row asks for its own."""
    day = asked_day()
    documents = None if day is None else documents_on(records, day)
    g.names, g.documents = names_in(records, documents), documents


def write_features(record: Any, values: Mapping[str, Any]) -> None:
    """Write the features that were sent; a new record needs what is required."""
    given, is_new = values.get("features", {}), record.id is None
    if is_new:
        begin(record, given)
    if given or "features_from" in values:
        set_values(record, given, days_of(record, values))
    if is_new:
        refuse_missing(record, always=False)


def days_of(record: Any, values: Mapping[str, Any]) -> dict[str, date]:
    """Code -> the day that was sent; raises InvalidValue if it is for none of the values."""
    day, given = values.get("features_from"), values.get("features", {})
    found = {one.code: day for one in dated_on(type(record)) if day and one.code in given}
    if day is not None and not found:
        text = _("None of these features keeps a history.")
        raise InvalidValue(Reason("feature.not_dated", text, field="features_from"))
    return found
