"""Columns of features: one per definition, read with the definitions, shown from the document."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from flask_babel import get_locale
from sqlalchemy import Numeric, String, cast, literal, select

from app.features import nodes
from app.features.catalog import features_of
from app.features.kinds import NUMBER, kind_of
from app.features.models import Feature, FeatureNode
from app.lists.columns import Column
from app.lists.paging import BadCursor, Order, read_flag, read_text


def columns_for(model: type[Any]) -> list[Column]:
    """The columns of a register's features."""
    return [
        Column(
            f"feature_{feature.code}",
            feature.name(str(get_locale())),
            order_of(model, feature),
            "num" if feature.kind == "number" else "",
            first=False,
            values=partial(values_in, feature),
            value=partial(number_in, feature) if feature.kind == "number" else None,
        )
        for feature in features_of(model)
    ]


def values_in(feature: Feature, rows: Sequence[Any]) -> Mapping[int, Any]:
    """The feature's value of each row that has one; the nodes of all features come at once."""
    trails = {pk: node.trail for pk, node in nodes.named(node_ids(rows)).items()}
    kind = kind_of(feature)
    stored = ((row.id, (row.features or {}).get(feature.key)) for row in rows)
    return {pk: kind.show(value, trails) for pk, value in stored if value is not None}


def number_in(feature: Feature, row: Any) -> Decimal | None:
    """The number in a row, for files."""
    stored = (row.features or {}).get(feature.key)
    return None if stored is None else Decimal(stored)


def node_ids(rows: Sequence[Any]) -> set[int]:
    """The nodes that are values of the rows."""
    keys = [one.key for one in features_of(type(rows[0])) if one.has_nodes]
    found = ((row.features or {}).get(key) for row in rows for key in keys)
    return {value for value in found if value is not None}


def order_of(model: type[Any], feature: Feature) -> Order:
    """The order of a feature's values; of choices and trees by the names of their nodes."""
    value, name = model.features[feature.key], f"feature_{feature.code}"
    text = value.as_string()
    if feature.kind == "number":
        more: dict[str, Any] = {"column": as_number(text), "kept": text, "compared": number_of}
        more["typed"] = partial(kind_of(feature).read, feature)
    elif feature.kind == "yesno":
        more = {"column": value.as_boolean(), "read": read_flag}
    elif feature.has_nodes:
        more = {"column": name_of_node(value.as_integer()).collate("polish")}
    else:
        more = {"column": text.collate("polish") if feature.kind == "text" else text}
    return Order(**{"name": name, "pk": model.id, "nullable": True, "read": read_text, **more})


def as_number(text: Any) -> Any:
    """SQL for a decimal kept as text."""
    return cast(text, Numeric(asdecimal=False))


def number_of(text: str) -> Any:
    """SQL for a decimal out of a cursor; raises ValueError."""
    if not NUMBER.fullmatch(text):
        raise BadCursor(text[:40])
    return as_number(literal(text, String))


def name_of_node(node_id: Any) -> Any:
    """SQL for the name of a node given by id."""
    node = FeatureNode.__table__.alias()
    name = select(node.c.name).where(node.c.id == node_id)
    return name.correlate_except(node).scalar_subquery()
