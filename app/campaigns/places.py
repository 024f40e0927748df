"""Places in the campaign tree: everything, a campaign, a node, or what hangs on no campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, exists, false, select, true

from app.campaigns.models import Membership
from app.db import Model, db
from app.features import nodes
from app.features.catalog import by_code, by_id, campaigns
from app.features.models import Feature, FeatureNode, fold_name

ALL, NONE = "all", "none"


@dataclass(frozen=True)
class Place:
    """A row of the campaign tree; `key` is how addresses call it: all, none, c3 or 12."""

    key: str
    name: str
    feature: Feature | None = None
    node: FeatureNode | None = None
    branch: bool = False

    @property
    def level(self) -> int:
        """Depth in the tree shown: roots and campaigns 1, their nodes below."""
        return self.node.depth + 1 if self.node is not None else 1

    @property
    def path(self) -> str:
        """The node's path; empty for a campaign."""
        return self.node.path if self.node is not None else ""


def everything() -> Place:
    """The root: all records, hung or not."""
    return Place(ALL, _("All"))


def nowhere() -> Place:
    """What hangs on no campaign."""
    return Place(NONE, _("(no campaign)"))


def campaign_place(feature: Feature, *, branch: bool = True) -> Place:
    """A campaign as a whole."""
    return Place(f"c{feature.id}", feature.name(str(get_locale())), feature, branch=branch)


def node_place(feature: Feature, node: FeatureNode, *, branch: bool = False) -> Place:
    """A level of a campaign."""
    return Place(str(node.id), node.name, feature, node, branch)


def find_place(text: str) -> Place | None:
    """The place with this key, or None: unknown, not a campaign's, or unreadable."""
    if text == ALL:
        return everything()
    if text == NONE:
        return nowhere()
    number = text.removeprefix("c")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    if number != text:
        feature = by_id(int(number))
        return campaign_place(feature) if feature is not None and feature.campaign else None
    node = db.session.get(FeatureNode, int(number))
    feature = by_id(node.feature_id) if node is not None else None
    if node is None or feature is None or not feature.campaign:
        return None
    return node_place(feature, node)


def find_by_names(text: str) -> Place | None:
    """The place called by names, Deliveries/Germany: a campaign, then nodes from the top down."""
    first, _slash, rest = text.partition("/")
    wanted = fold_name(first)
    feature = by_code(first) or next(
        (one for one in campaigns() if wanted in (fold_name(one.name_pl), fold_name(one.name_en))),
        None,
    )
    if feature is None or not feature.campaign:
        return None
    if not rest:
        return campaign_place(feature)
    node = nodes.at_names(feature.id, rest.split("/"))
    return node_place(feature, node) if node is not None else None


def find_by_name(text: str) -> Place | None:
    """The only living node of all campaigns with this name."""
    whole = [one.id for one in campaigns()]
    query = select(FeatureNode).where(
        FeatureNode.feature_id.in_(whole),
        FeatureNode.folded == fold_name(text),
        FeatureNode.archived_at.is_(None),
    )
    found = db.session.scalars(query.limit(2)).all()
    feature = by_id(found[0].feature_id) if len(found) == 1 else None
    return node_place(feature, found[0]) if feature is not None else None


# --- what hangs there ---------------------------------------------------------------------------


def hung_ids(column: Any, place: Place, *, below: bool) -> Select[Any]:
    """SELECT of the ids in `column` of Membership that hang at the place now."""
    query = select(column).where(Membership.to_at.is_(None), column.is_not(None))
    if place.node is not None:
        if not below:
            return query.where(Membership.node_id == place.node.id)
        query = query.join(FeatureNode, FeatureNode.id == Membership.node_id)
        return query.where(nodes.below(place.node.path))
    features = [place.feature] if place.feature is not None else campaigns()
    return query.where(Membership.feature_id.in_([one.id for one in features]))


def membership_column(model: type[Model]) -> Any:
    """Membership's column for the records of a register."""
    return getattr(Membership, f"{model.__tablename__}_id")


def at_place(model: Any, place: Place, *, below: bool, ids: Any = None) -> ColumnElement[bool]:
    """The question whether a record hangs at the place; `ids` if not the register's own id."""
    ids = model.id if ids is None else ids
    column = membership_column(model)
    if place.key == ALL:
        return true()
    if place.key == NONE:
        return hangs_nowhere(column, ids)
    if place.node is None and not below:
        return false()
    return ids.in_(hung_ids(column, place, below=below))


def hangs_nowhere(column: Any, ids: Any) -> ColumnElement[bool]:
    """Whether a record hangs on no campaign; written so that both engines join for it."""
    whole = [one.id for one in campaigns()]
    present = Membership.to_at.is_(None) & Membership.feature_id.in_(whole)
    return ~exists().where(column == ids, present)


def ancestors(place: Place) -> list[Place]:
    """The places above, from the campaign down."""
    if place.feature is None or place.node is None:
        return []
    above = nodes.ids_of(place.node.path)[:-1]
    query = select(FeatureNode).where(FeatureNode.id.in_(above)).order_by(FeatureNode.depth)
    found: Sequence[FeatureNode] = db.session.scalars(query).all() if above else []
    feature = place.feature
    return [campaign_place(feature), *(node_place(feature, one, branch=True) for one in found)]
