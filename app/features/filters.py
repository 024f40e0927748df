"""Filters by features: one per definition, read with the definitions, asked of the document."""

from dataclasses import replace
from typing import Any

from app.features.catalog import features_of
from app.features.categories import MANY, group_of
from app.features.kinds import Slot, kind_of
from app.lists import filters
from app.lists.filters import FilterField


def fields_for(model: type[Any]) -> list[FilterField]:
    """The filters of a register's features; of many, only the builder of conditions asks."""
    features = features_of(model)
    fields = [
        replace(kind_of(one).filter(Slot(one, model)), group=group_of(one)) for one in features
    ]
    return fields if len(fields) > MANY else list(filters.quick(*fields))
