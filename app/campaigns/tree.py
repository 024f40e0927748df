"""The rows of the campaign tree in view: roots, and what hangs below the open branches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from app.access.current import Actor
from app.campaigns.figures import Figures, figures
from app.campaigns.places import Place, campaign_place, everything, node_place, nowhere
from app.db import db
from app.features import nodes
from app.features.catalog import by_id, campaigns
from app.features.models import FeatureNode

MOST = 100


@dataclass
class Row:
    """A row of the tree: its place, its figures and, if it is open, the rows below."""

    place: Place
    figures: Figures
    is_open: bool = False
    rows: list["Row"] = field(default_factory=list)
    more: int = 0  # rows left behind this one, the last shown of its branch

    @property
    def archived(self) -> bool:
        """Whether the place is no longer offered."""
        return self.place.node is not None and self.place.node.archived_at is not None


def tree(selected: Place, opened: Iterable[str], actor: Actor) -> list[Row]:
    """The roots with all open branches; the way to the selected place is open."""
    keys = {*opened, *way_to(selected)}
    places = [everything(), *(campaign_place(one) for one in campaigns()), nowhere()]
    below = children_of([place for place in places if place.key in keys], keys)
    every = [*places, *(place for some in below.values() for place in some)]
    counted = figures(every, actor)
    return [row_of(place, below, counted) for place in places]


def branch(place: Place, actor: Actor, skip: int = 0) -> list[Row]:
    """The rows right below a place, asked for when it is opened; `skip` those shown already."""
    below = children_of([place], {place.key})
    counted = figures(below[place.key], actor) if below[place.key] else {}
    return cut(rows_below(place.key, below, counted), skip)


def way_to(place: Place) -> list[str]:
    """The keys of the places above."""
    if place.feature is None or place.node is None:
        return []
    return [f"c{place.feature.id}", *map(str, nodes.ids_of(place.node.path)[:-1])]


def row_of(place: Place, below: dict[str, list[Place]], counted: dict[str, Figures]) -> Row:
    """The row of a place with those below it."""
    row = Row(place, counted[place.key], place.key in below)
    if row.is_open:
        row.rows = cut(rows_below(place.key, below, counted))
    return row


def rows_below(key: str, below: dict[str, list[Place]], counted: dict[str, Figures]) -> list[Row]:
    """The rows of the children; an archived place is shown while anything hangs there."""
    rows = [row_of(place, below, counted) for place in below.get(key, [])]
    return [row for row in rows if not row.archived or row.figures.below.any]


def cut(rows: list[Row], skip: int = 0) -> list[Row]:
    """A hundred rows; the last one tells how many are left."""
    shown = rows[skip : skip + MOST]
    if shown:
        shown[-1].more = max(len(rows) - skip - MOST, 0)
    return shown


def children_of(tops: Sequence[Place], opened: Iterable[str]) -> dict[str, list[Place]]:
    """Open place -> the places right below it; one statement for all."""
    node_ids = {int(key) for key in opened if key.isascii() and key.isdigit() and len(key) < 10}
    features = {place.feature.id for place in tops if place.feature and place.node is None}
    node_ids |= {place.node.id for place in tops if place.node}
    whole = {one.id for one in campaigns()}
    found: dict[str, list[Place]] = {place.key: [] for place in tops if place.feature}
    if not found:
        return found
    child = aliased(FeatureNode)
    has_more = exists().where(child.parent_id == FeatureNode.id)
    top = FeatureNode.parent_id.is_(None) & FeatureNode.feature_id.in_(features)
    query = select(FeatureNode, has_more).where(
        FeatureNode.feature_id.in_(whole), or_(FeatureNode.parent_id.in_(node_ids), top)
    )
    ordered = query.order_by(FeatureNode.depth, FeatureNode.place, FeatureNode.id)
    for node, more in db.session.execute(ordered):
        above = str(node.parent_id) if node.parent_id else f"c{node.feature_id}"
        if above in found:
            put(found, above, node, more, node_ids)
    return found


def put(
    found: dict[str, list[Place]], above: str, node: FeatureNode, more: Any, opened: set[int]
) -> None:
    """Add a child; if its branch is open too, its own children follow."""
    feature = by_id(node.feature_id)
    if feature is None:
        return
    found[above].append(node_place(feature, node, branch=bool(more)))
    if node.id in opened and more:
        found.setdefault(str(node.id), [])
