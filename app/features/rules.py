"""What makes a feature and its nodes right; pure checks that answer with reasons."""

import re
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.errors import Reason

if TYPE_CHECKING:
    from app.features.models import Feature, FeatureNode

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
MAX_DEPTH = 60


def reasons_not_to_keep_feature(feature: "Feature") -> list[Reason]:
    """Why a definition can't be stored."""
    wrong = []
    if not CODE.fullmatch(feature.code or ""):
        text = _("A code has small letters, digits and underscores and starts with a letter.")
        wrong.append(Reason("feature.code", text, field="code"))
    for name in ("name_pl", "name_en"):
        if not (getattr(feature, name) or "").strip():
            wrong.append(Reason("feature.name_missing", _("Give a name."), field=name))
    if not (feature.on_contractors or feature.on_events):
        text = _("Choose at least one register.")
        wrong.append(Reason("feature.nowhere", text, field="on_contractors"))
    if feature.campaign and feature.kind != "tree":
        text = _("Only a tree can be a campaign.")
        wrong.append(Reason("feature.campaign_kind", text, field="campaign"))
    return wrong


def reasons_not_to_keep_node(node: "FeatureNode") -> list[Reason]:
    """Why a node can't be stored."""
    if not (node.name or "").strip():
        return [Reason("node.name_missing", _("Give a name."), field="name")]
    if node.depth > MAX_DEPTH:
        return [Reason("node.too_deep", _("The tree would be too deep."), field="parent")]
    return []


def reasons_not_to_move_node(node: "FeatureNode", parent: "FeatureNode | None") -> list[Reason]:
    """A node moves within its own tree, not below itself, not under an archived one."""
    if parent is None:
        return []
    if parent.feature_id != node.feature_id:
        text = _("The new place is in another tree.")
        return [Reason("node.other_tree", text, field="parent")]
    if parent.path.startswith(node.path):
        text = _("A node can't be moved below itself.")
        return [Reason("node.cycle", text, field="parent")]
    if parent.archived_at:
        return [Reason("node.archived", _("The new place is archived."), field="parent")]
    return []
