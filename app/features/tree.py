"""The tree of a feature's values as its editor shows it: what is open, in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from app.db import db
from app.features import nodes
from app.features.models import Feature, FeatureNode


@dataclass
class Row:
    """A value in view and, if its branch is open, those below it."""

    node: FeatureNode
    branch: bool
    is_open: bool = False
    rows: list["Row"] = field(default_factory=list)


def rows_in_view(feature: Feature, opened: Iterable[str], chosen: FeatureNode | None) -> list[Row]:
    """The upper values with the open branches; the way to the chosen one is open."""
    ids = {int(text) for text in opened if text.isascii() and text.isdigit() and len(text) < 10}
    ids |= set(nodes.ids_of(chosen.path)) if chosen is not None else set()
    return rows_below(feature, None, ids)


def rows_below(feature: Feature, top: int | None, opened: set[int]) -> list[Row]:
    """The rows right below a value, or at the top; one statement for all that is open."""
    child = aliased(FeatureNode)
    branch = exists().where(child.parent_id == FeatureNode.id)
    first = FeatureNode.parent_id.is_(None) if top is None else FeatureNode.parent_id == top
    query = select(FeatureNode, branch).where(
        FeatureNode.feature_id == feature.id, or_(first, FeatureNode.parent_id.in_(opened))
    )
    ordered = query.order_by(FeatureNode.depth, FeatureNode.place, FeatureNode.id)
    upper: list[Row] = []
    known: dict[int, Row] = {}
    for node, has_children in db.session.execute(ordered):
        row = Row(node, bool(has_children), node.id in opened and bool(has_children))
        known[node.id] = row
        if node.parent_id == top:
            upper.append(row)
        elif node.parent_id in known and known[node.parent_id].is_open:
            known[node.parent_id].rows.append(row)
    return upper
