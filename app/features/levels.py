"""The levels of trees, by which lists are grouped."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from app.db import db
from app.features import nodes
from app.features.models import Feature, FeatureNode
from app.lists.dimensions import Dimension
from app.lists.filters.readers import read_id


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
