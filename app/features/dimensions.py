"""Grouping by features: each kind says how."""

from dataclasses import replace
from typing import Any

from app.features.catalog import features_of
from app.features.categories import group_of
from app.features.kinds import Slot, kind_of
from app.lists.dimensions import Dimension


def dimensions_for(model: type[Any]) -> list[Dimension]:
    """The ways to group a register by its features."""
    return [
        replace(way, group=group_of(feature))
        for feature in features_of(model)
        for way in kind_of(feature).ways(Slot(feature, model))
    ]
