"""Making a campaign of a tree and a tree of a campaign; no record loses its place by it.

As a plain feature a record's nodes stand in its document; in a campaign they are memberships.
Memberships that ended when the campaign became a tree go on when the tree is a campaign again.
"""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import and_, select, tuple_

from app.access.current import Actor
from app.audit.journal import name_act
from app.campaigns import carrying
from app.campaigns.carrying import MEMBERSHIPS, present
from app.campaigns.operations import REGISTERS, not_found
from app.db import db
from app.errors import Reason, RuleViolation
from app.features.changes import batches, documents, impact
from app.features.changes.models import FeatureChange
from app.features.holding import hold_alone
from app.features.models import Feature
from app.features.operations import lock_tree
from app.features.rules import DEEP


def mark(
    actor: Actor, feature_id: int, at: datetime, *, campaign: bool, sure: str | None = None
) -> FeatureChange:
    """Make a campaign of the tree, or a plain tree of the campaign, as one change.

    With `sure`, Question is raised until it agrees to what that touches.
    """
    actor.require("mark", "CampaignView")
    lock_tree(feature_id)
    hold_alone(feature_id)
    query = select(Feature).where(Feature.id == feature_id).with_for_update()
    feature = db.session.scalar(query.execution_options(populate_existing=True))
    if feature is None:
        raise not_found()
    if feature.kind not in DEEP or feature.campaign == campaign:
        raise RuleViolation(
            Reason("feature.campaign", _("It is so already, or it is not a tree."))
        )
    act = "mark_campaign" if campaign else "unmark_campaign"
    if sure is not None:
        impact.ask(impact.of_feature(feature), sure, act=act)
    name_act(db.session(), act)
    change = batches.begin(feature, act, feature.name(str(get_locale())), at)
    change.whole = True
    return into_campaign(change) if campaign else into_tree(change)


def into_campaign(change: FeatureChange) -> FeatureChange:
    """Documents give up their values; memberships take them."""
    feature = change.feature
    for name in REGISTERS:
        documents.keep(change, name, None)
        documents.write(change, name)
        go_on(change, name)
        wanted = documents.ids_before(change, name).subquery()
        carrying.begin(change, name, wanted)
    feature.several = feature.kind == "trees"
    feature.kind, feature.campaign = "tree", True
    return batches.finish(change) or change


def go_on(change: FeatureChange, register: str) -> None:
    """Let memberships go on that ended with the campaign, where the value is the same still."""
    last = select(FeatureChange.at).where(
        FeatureChange.feature_id == change.feature_id, FeatureChange.act == "unmark_campaign"
    )
    ended = db.session.scalar(last.order_by(FeatureChange.id.desc()).limit(1))
    if ended is None:
        return
    record = MEMBERSHIPS.c[f"{register}_id"]
    pairs = documents.ids_before(change, register)
    mine = and_(MEMBERSHIPS.c.feature_id == change.feature_id, MEMBERSHIPS.c.to_at == ended)
    carrying.reopen(change, mine & tuple_(record, MEMBERSHIPS.c.node_id).in_(pairs), ended)


def into_tree(change: FeatureChange) -> FeatureChange:
    """Memberships end; the documents take their nodes, several where there may be several."""
    feature = change.feature
    found = {name: places_in(name, feature) for name in REGISTERS}
    several = feature.several or any(
        len(one) > 1 for some in found.values() for one in some.values()
    )
    for name, places in found.items():
        values = ((record, ids if several else ids[0]) for record, ids in places.items())
        documents.keep_records(change, name, values)
        documents.write(change, name)
    carrying.end(change, present(feature))
    feature.campaign = feature.several = False
    feature.kind = "trees" if several else "tree"
    return batches.finish(change) or change


def places_in(register: str, feature: Feature) -> Mapping[int, list[int]]:
    """Record -> nodes on which it hangs, in order."""
    column = MEMBERSHIPS.c[f"{register}_id"]
    query = select(column, MEMBERSHIPS.c.node_id).where(present(feature), column.is_not(None))
    found: dict[int, list[int]] = {}
    for record, node in db.session.execute(query.order_by(column, MEMBERSHIPS.c.node_id)):
        found.setdefault(record, []).append(node)
    return found
