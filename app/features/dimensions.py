"""Grouping by features of every kind; trees by their levels."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from app.db import db
from app.features import nodes
from app.features.catalog import features_of
from app.features.columns import as_number
from app.features.kinds import KINDS
from app.features.kinds import Unreadable as UnreadableValue
from app.features.models import Feature, FeatureNode
from app.lists import dimensions
from app.lists.dimensions import Dimension
from app.lists.filters import Unreadable
from app.lists.filters.readers import read_id


def dimensions_for(model: type[Any]) -> list[Dimension]:
    """The ways to group a register by its features."""
    return [one for feature in features_of(model) for one in ways_of(model, feature)]


def ways_of(model: type[Any], feature: Feature) -> list[Dimension]:
    """The ways to group by one feature."""
    value, label = model.features[feature.key], feature.name(str(get_locale()))
    name, text = f"feature_{feature.code}", value.as_string()
    if feature.kind == "text":
        return [dimensions.texts(name, label, text)]
    if feature.kind == "number":
        return [by_number(name, label, text)]
    if feature.kind == "date":
        return dimensions.periods(name, label, text, bound=lambda day: day.isoformat())
    if feature.kind == "yesno":
        return [dimensions.flags(name, label, value.as_boolean())]
    if feature.kind == "choice":
        key = value.as_integer()
        return [dimensions.records(name, label, key, FeatureNode, lambda node: node.name)]
    return [
        by_level(feature, level, node_tops(feature, level), value.as_integer())
        for level in range(1, depths().get(feature.id, 1) + 1)
    ]


def by_number(name: str, label: str, text: Any) -> Dimension:
    """By a number; kept as text, so that no digit is lost."""
    return Dimension(name, label, text, read_number, show_numbers, as_number)


def read_number(value: Any) -> str:
    """A number as documents hold it."""
    try:
        found: str | None = KINDS["number"].parse(Feature(), value)
    except UnreadableValue as error:
        raise Unreadable(value) from error
    return found or ""


def show_numbers(keys: Sequence[str]) -> Mapping[str, str]:
    """Numbers as people write them."""
    return {key: KINDS["number"].show(key, {}) for key in keys}


# --- levels of trees ----------------------------------------------------------------------------


def by_level(
    feature: Feature, level: int, pairs: Any, owner: Any, *, several: bool = False
) -> Dimension:
    """By the nodes on one level of a tree; `pairs` tells which of them a record is below."""
    label = _("%(feature)s, level %(level)s", feature=feature.name(str(get_locale())), level=level)
    return Dimension(
        f"level_{level}_{feature.code}",
        label,
        None,
        read_id,
        show_nodes,
        word_of_node,
        pairs=pairs,
        owner=owner,
        several=several,
    )


def node_tops(feature: Feature, level: int) -> Any:
    """SELECT of (record: node, key: the node above it on the level) of a whole tree."""
    node, top = aliased(FeatureNode), aliased(FeatureNode)
    above = and_(top.feature_id == node.feature_id, top.depth == level)
    query = select(node.id.label("record"), top.id.label("key")).join(
        top, and_(above, nodes.below(top.path, node))
    )
    tops = query.where(node.feature_id == feature.id).cte(f"tops_{feature.id}_{level}")
    return tops.prefix_with("MATERIALIZED", dialect="postgresql")


def show_nodes(keys: Sequence[int]) -> Mapping[int, str]:
    """Nodes by their full names."""
    found = nodes.named(keys)
    return {key: found[key].trail for key in keys if key in found}


def word_of_node(key: Any) -> Any:
    """SQL for a node's name in Polish order."""
    node = FeatureNode.__table__.alias()
    name = select(node.c.name).where(node.c.id == key).correlate_except(node)
    return name.scalar_subquery().collate("polish")


def depths() -> dict[int, int]:
    """How deep each tree is; asked once a session."""
    known: dict[str, Any] = db.session().info
    if "depths" not in known:
        query = select(FeatureNode.feature_id, func.max(FeatureNode.depth))
        rows = db.session.execute(query.group_by(FeatureNode.feature_id)).all()
        known["depths"] = dict(rows)
    found: dict[int, int] = known["depths"]
    return found
