"""Columns of features: one per definition, read with the definitions, shown from the document."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from app.features.catalog import made_once
from app.features.categories import group_of
from app.features.kinds import Kind, Slot, kind_of
from app.features.models import Feature
from app.features.rights import is_written
from app.features.values import names_in
from app.lists.columns import Column


def columns_for(model: type[Any]) -> list[Column]:
    """The columns of a register's features."""
    return made_once("columns", model, partial(columns_of, model))


def columns_of(model: type[Any], features: Sequence[Feature]) -> list[Column]:
    """The columns of these features."""
    return [column_of(kind_of(feature), Slot(feature, model)) for feature in features]


def column_of(kind: Kind, slot: Slot) -> Column:
    """The column of a feature; what points at others stands in files by name, too."""
    return Column(
        slot.name,
        slot.label,
        kind.order(slot),
        kind.style,
        first=False,
        values=partial(values_in, kind),
        value=None if kind.pointing else partial(plain_in, kind),
        group=group_of(slot.feature),
        editable=is_written(slot.feature),
    )


def values_in(kind: Kind, rows: Sequence[Any]) -> Mapping[int, Any]:
    """The feature's value of each row that has one; what all features point at comes at once."""
    names, key = names_in(rows), kind.feature.key
    stored = ((row.id, (row.features or {}).get(key)) for row in rows)
    return {pk: kind.show(value, names) for pk, value in stored if value is not None}


def plain_in(kind: Kind, row: Any) -> Any:
    """The value in a row, for files."""
    stored = (row.features or {}).get(kind.feature.key)
    return None if stored is None else kind.plain(stored)
