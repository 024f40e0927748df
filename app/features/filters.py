"""Filters by features: one per definition, read with the definitions, asked of the document."""

from typing import Any

from app.features.catalog import features_of
from app.features.kinds import Slot, kind_of
from app.lists import filters
from app.lists.filters import FilterField


def fields_for(model: type[Any]) -> list[FilterField]:
    """The filters of a register's features."""
    fields = (kind_of(feature).filter(Slot(feature, model)) for feature in features_of(model))
    return list(filters.quick(*fields))
