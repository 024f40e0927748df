"""The features of a register in OpenAPI, as the reader's definitions have them."""

from typing import Any

from sqlalchemy import func, select

from app.db import db
from app.features.catalog import features_of
from app.features.kinds import kind_of
from app.features.models import Feature, FeatureNode
from app.features.nodes import name_trails
from app.features.rights import is_written

NAMED = 100  # values of a dictionary that are listed


def shape_of(model: type[Any]) -> dict[str, Any]:
    """The schema of `features` of a register's records."""
    features = features_of(model)
    names = names_of_values([one for one in features if one.has_nodes])
    properties = {one.code: described(one, names.get(one.id, [])) for one in features}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def described(feature: Feature, names: list[str]) -> dict[str, Any]:
    """The schema of a feature's value, with what it is called."""
    found = {"title": feature.name_en, **kind_of(feature).shape(names), "nullable": True}
    if feature.help_text:
        found["description"] = feature.help_text
    return found if is_written(feature) else {**found, "readOnly": True}


def names_of_values(features: list[Feature]) -> dict[int, list[str]]:
    """The names, in full, in the dictionaries that are short, by feature."""
    living = FeatureNode.archived_at.is_(None)
    mine = living & FeatureNode.feature_id.in_([one.id for one in features])
    short = select(FeatureNode.feature_id).where(mine).group_by(FeatureNode.feature_id)
    few = short.having(func.count() <= NAMED)
    query = select(FeatureNode).where(living, FeatureNode.feature_id.in_(few))
    rows = list(db.session.scalars(query.order_by(FeatureNode.path)))
    name_trails(rows)
    found: dict[int, list[str]] = {}
    for node in rows:
        found.setdefault(node.feature_id, []).append(node.trail)
    return found
