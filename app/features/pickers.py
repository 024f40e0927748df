"""Choosing a node of a feature: /picker/node-<feature>."""

from collections.abc import Mapping
from typing import Any

from app.fab.pickers import Picker, register_family
from app.features import nodes
from app.features.catalog import by_id
from app.features.models import FeatureNode
from app.features.rights import is_seen
from app.lists.filters import folded, like


def node_picker(feature_id: int) -> Picker | None:
    """The living nodes of the feature, the upper ones first; None if there is none to be seen."""
    feature = by_id(feature_id)
    if feature is None or not is_seen(feature):
        return None
    return Picker(
        f"node-{feature_id}",
        FeatureNode,
        search,
        lambda node: node.trail,
        ("show", "PickerView"),
        prepare=nodes.name_trails,
        rows=lambda: nodes.living(feature_id),
    )


def search(query: Any, text: str, _more: Mapping[str, str]) -> Any:
    """Every word must occur in the node's name."""
    for word in text.split()[:6]:
        query = query.where(folded(FeatureNode.name).like(like(word), escape="\\"))
    return query.order_by(FeatureNode.depth, FeatureNode.place, FeatureNode.folded, FeatureNode.id)


register_family("node", node_picker)
