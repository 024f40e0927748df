"""Hanging records on nodes, moving and taking them off. Where they hung stays, dated.

Locks are taken in one order: tree, record, memberships.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.access.current import Actor
from app.audit.journal import name_act
from app.campaigns import rules
from app.campaigns.models import Membership
from app.campaigns.places import membership_column
from app.contractors.models import Contractor
from app.db import db
from app.errors import InvalidValue, NotFound, Reason, refuse_if
from app.events.models import Event
from app.features.catalog import by_id, campaigns_of, is_on
from app.features.models import Feature, FeatureNode
from app.features.operations import lock_tree

REGISTERS: dict[str, Any] = {"contractor": Contractor, "event": Event}


def not_found() -> NotFound:
    """The refusal that tells nothing."""
    return NotFound(Reason("not_found", _("There is no such record, or you may not see it.")))


def lock_nodes(node_ids: Iterable[int]) -> None:
    """Hold the trees of these nodes, shared; call it before any record is locked."""
    query = select(FeatureNode.feature_id).where(FeatureNode.id.in_(sorted(set(node_ids))))
    for feature_id in sorted(set(db.session.scalars(query))):
        lock_tree(feature_id, shared=True)


def hang(
    actor: Actor,
    register: str,
    record_id: int,
    node_id: int,
    at: datetime,
    why: str | None = None,
) -> Membership:
    """Hang a record on a node; in a single-valued campaign it leaves its old place for it."""
    actor.require("hang", "CampaignView")
    lock_nodes([node_id])
    record = locked_record(register, record_id)
    node = _fresh(node_id)
    return put(record, node, at, why)


def put(record: Any, node: FeatureNode, at: datetime, why: str | None = None) -> Membership:
    """Hang a locked record; the tree is held by the caller."""
    feature = by_id(node.feature_id)
    present = present_in(record, node.feature_id)
    fits = feature is not None and is_on(feature, type(record))
    refuse_if(
        rules.reasons_not_to_hang(feature, node, [one.node_id for one in present], fits=fits)
    )
    moves = feature is not None and not feature.several and bool(present)
    name_act(db.session(), "move_on_campaign" if moves else "hang_on_campaign", why)
    if moves:
        for membership in present:
            end(membership, at)
    return _added(record, node, at, why)


def _added(record: Any, node: FeatureNode, at: datetime, why: str | None) -> Membership:
    which = {f"{rules.register_of(record)}_id": record.id}
    added = Membership(
        feature_id=node.feature_id, node_id=node.id, from_at=at, why=_words(why), **which
    )
    db.session.add(added)
    db.session.flush()
    return added


def end(membership: Membership, at: datetime, why: str | None = None) -> None:
    """Take a record off its node; the row stays and tells where it was."""
    membership.to_at = max(at, membership.from_at)
    if _words(why):
        membership.why = _words(why)
    db.session.flush()


def _words(why: str | None) -> str | None:
    return (why or "").strip()[:500] or None


def take_off(actor: Actor, membership_id: int, at: datetime, why: str | None = None) -> Any:
    """End a present membership; returns the record."""
    actor.require("hang", "CampaignView")
    query = select(Membership).where(Membership.id == membership_id, Membership.to_at.is_(None))
    found = db.session.scalar(query)
    if found is None:
        raise not_found()
    lock_tree(found.feature_id, shared=True)
    register = "contractor" if found.contractor_id else "event"
    record = locked_record(register, found.contractor_id or found.event_id or 0)
    fresh = db.session.scalar(query.execution_options(populate_existing=True))
    if fresh is None:
        raise not_found()
    name_act(db.session(), "take_off_campaign", why)
    end(fresh, at, why)
    return record


def locked_record(register: str, record_id: int) -> Any:
    """The visible record, locked; raises NotFound."""
    model = REGISTERS.get(register)
    record = visibility.lock_visible(model, record_id) if model else None
    if record is None:
        raise not_found()
    return record


def _fresh(node_id: int) -> FeatureNode:
    query = select(FeatureNode).where(FeatureNode.id == node_id)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise not_found()
    return found


def follow_contractors(
    events: Sequence[Event], at: datetime, features: Sequence[Feature] | None = None
) -> None:
    """Hang new events where their contractors hang, by campaign; of several places none is chosen.

    Events that hang in a campaign already stay where they are. At most a thousand at once.
    """
    wanted = [one.id for one in (campaigns_of(Event) if features is None else features)]
    owners = {one.id: one.contractor_id for one in events if one.contractor_id is not None}
    if not wanted or not owners:
        return
    for feature_id in sorted(wanted):
        lock_tree(feature_id, shared=True)
    homes = _places("contractor", set(owners.values()), wanted)
    hung = _places("event", set(owners), wanted)
    for event_id, owner in owners.items():
        for feature_id in wanted:
            found = homes.get((owner, feature_id), [])
            if len(found) == 1 and (event_id, feature_id) not in hung:
                where = {"feature_id": feature_id, "node_id": found[0], "event_id": event_id}
                db.session.add(Membership(**where, from_at=at))
    db.session.flush()


def _places(
    register: str, ids: Collection[int], features: Sequence[int]
) -> dict[tuple[int, int], list[int]]:
    """(record, campaign) -> the living nodes on which it hangs."""
    column = getattr(Membership, f"{register}_id")
    found: dict[tuple[int, int], list[int]] = {}
    query = (
        select(column, Membership.feature_id, Membership.node_id)
        .join(FeatureNode, FeatureNode.id == Membership.node_id)
        .where(Membership.to_at.is_(None), Membership.feature_id.in_(features))
        .where(column.in_(sorted(ids)), FeatureNode.archived_at.is_(None))
    )
    for record, feature_id, node_id in db.session.execute(query):
        found.setdefault((record, feature_id), []).append(node_id)
    return found


# --- reading ----------------------------------------------------------------------------------


def memberships_of(record: Any) -> Select[Membership]:
    """SELECT of the record's memberships with their nodes, past ones included."""
    mine = membership_column(type(record)) == record.id
    return select(Membership).where(mine).options(joinedload(Membership.node))


def present_of(record: Any) -> list[Membership]:
    """Where the record hangs now, in living campaigns."""
    query = memberships_of(record).where(Membership.to_at.is_(None)).order_by(Membership.id)
    found = db.session.scalars(query)
    return [one for one in found if (f := by_id(one.feature_id)) is not None and f.campaign]


def present_in(record: Any, feature_id: int) -> list[Membership]:
    """Where the record hangs now in one campaign."""
    query = memberships_of(record).where(
        Membership.to_at.is_(None), Membership.feature_id == feature_id
    )
    return list(db.session.scalars(query.order_by(Membership.id)))


def open_events_on(contractor_id: int, node_ids: Sequence[int]) -> Any:
    """SELECT of the contractor's open events that hang on these nodes, as far as visible."""
    on = select(Membership.event_id).where(
        Membership.to_at.is_(None),
        Membership.node_id.in_(node_ids),
        Membership.event_id.is_not(None),
    )
    return (
        visibility.visible(Event)
        .where(Event.contractor_id == contractor_id, Event.closed_at.is_(None), Event.id.in_(on))
        .order_by(Event.id)
    )


def move_along(
    actor: Actor, event_ids: Sequence[int], node_id: int, at: datetime, why: str | None = None
) -> int:
    """Hang these events of a moved contractor on its new node; returns how many moved."""
    lock_nodes([node_id])
    node, moved = _fresh(node_id), 0
    for event_id in sorted(set(event_ids)):
        event = locked_record("event", event_id)
        if event.is_open and node_id not in [
            one.node_id for one in present_in(event, node.feature_id)
        ]:
            put(event, node, at, why)
            moved += 1
    return moved


def set_places(
    record: Any, feature_id: int, node_ids: Sequence[int], at: datetime, why: str | None = None
) -> None:
    """Let a locked record hang exactly on these nodes of a campaign; used by forms and imports."""
    present = present_in(record, feature_id)
    wanted = list(dict.fromkeys(node_ids))
    new = [number for number in wanted if number not in [one.node_id for one in present]]
    feature = by_id(feature_id)
    if feature is not None and not feature.several and len(wanted) > 1:
        text = _("In this campaign a record has one place.")
        raise InvalidValue(Reason("membership.single", text, field="node"))
    for number in new:
        node = _fresh(number)
        if node.feature_id != feature_id:
            raise not_found()
        put(record, node, at, why)
    for membership in present:
        if membership.to_at is None and membership.node_id not in wanted:
            name_act(db.session(), "take_off_campaign", why)
            end(membership, at, why)
