"""Filters by features: one per definition, read with the definitions, asked of the document."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement

from app.features import past
from app.features.catalog import made_once
from app.features.categories import MANY, group_of
from app.features.kinds import Kind, Slot, kind_of
from app.features.kinds.documents import has
from app.features.models import Feature
from app.lists import filters
from app.lists.filters import FilterField, Operator


def fields_for(model: type[Any]) -> list[FilterField]:
    """The filters of a register's features; of many, only the builder of conditions asks."""
    return made_once("filters", model, partial(fields_of, model))


def fields_of(model: type[Any], features: Sequence[Feature]) -> list[FilterField]:
    """The filters of these features."""
    fields = [field_for(Slot(one, model)) for one in features]
    return fields if len(fields) > MANY else list(filters.quick(*fields))


def field_for(slot: Slot) -> FilterField:
    """The filter of a feature; of a dated one it can be asked what it was on a day."""
    as_of = partial(past.as_of, slot, field_of) if slot.feature.dated else None
    return replace(field_of(slot), group=group_of(slot.feature), as_of=as_of)


def field_of(slot: Slot) -> FilterField:
    """The same asked of documents; what is equal is looked up in their index."""
    kind = kind_of(slot.feature)
    field = kind.filter(slot)
    operators = [exactly(kind, slot, one) if one.name == "eq" else one for one in field.operators]
    return replace(field, operators=tuple(operators))


def exactly(kind: Kind, slot: Slot, operator: Operator) -> Operator:
    """The operator, asked of the index where one stored form is the value asked for."""

    def test(*asked: Any) -> ColumnElement[bool]:
        stored, plain = kind.equal(asked[0]), operator.test(*asked)
        found: ColumnElement[bool] = plain if stored is None else has(slot, stored, plain)
        return found

    return replace(operator, test=test)
