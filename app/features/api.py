"""Values of features in what programs send and get: {code: value}."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import g
from marshmallow import ValidationError

from app.fab.description import describe_also, ref
from app.fab.schemas import Shaped
from app.features.shapes import shape_of
from app.features.values import begin, names_in, refuse_missing, set_values, values_as_json


class FeatureValues(Shaped):
    """The features of a record by their codes; those not mentioned stay as they are."""

    def __init__(self, model: type[Any]) -> None:
        name = f"{model.__name__}Features"
        describe_also(name, partial(shape_of, model))
        super().__init__({"allOf": [ref(name)]})

    def get_value(self, obj: Any, *_more: Any, **_named: Any) -> Any:
        """All values of the record."""
        return values_as_json(obj, g.get("names"))

    def _serialize(self, value: Any, attr: Any, obj: Any, **more: Any) -> Any:
        return value

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("type")
        return value


def know_names(records: Sequence[Any]) -> None:
    """Read the names of all that the records' values point at, so that no row asks for its own."""
    g.names = names_in(records)


def write_features(record: Any, values: Mapping[str, Any]) -> None:
    """Write the features that were sent; a new record needs what is required."""
    given, is_new = values.get("features", {}), record.id is None
    if is_new:
        begin(record, given)
    if given:
        set_values(record, given)
    if is_new:
        refuse_missing(record, always=False)
