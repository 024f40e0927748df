"""Acts on values in use, each asked about first and kept as one batch: move, merge, delete, …"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.journal import name_act
from app.db import db
from app.errors import InvalidValue, Reason, refuse_if
from app.features import nodes, operations, rules
from app.features.changes import batches, holders, impact
from app.features.changes.models import ChangedValue, FeatureChange
from app.features.holding import hold_alone
from app.features.kinds import Unreadable, kind_of
from app.features.models import Feature, FeatureNode


def act_on(
    node_id: int, act: str, deed: Callable[[], Any], at: datetime, sure: str
) -> FeatureChange | None:
    """Do something to a value; if it is in use, ask first and keep what it changed."""
    node = operations.locked_node(node_id)
    found = impact.of_nodes(node.feature, [node.path])
    words = trail_of(node)
    impact.ask(found, sure, act=act, subject=words)
    name_act(db.session(), act)
    change = batches.begin(node.feature, act, words, at) if found else None
    deed()
    return batches.finish(change) if change else None


def trail_of(node: FeatureNode) -> str:
    """The names from the root down."""
    nodes.name_trails([node])
    return node.trail


def tree_of(feature_id: int) -> dict[int, FeatureNode]:
    """All values of a feature, upper ones first, in order."""
    query = select(FeatureNode).where(FeatureNode.feature_id == feature_id)
    ordered = query.order_by(FeatureNode.depth, FeatureNode.place, FeatureNode.id)
    fresh = ordered.execution_options(populate_existing=True)
    return {node.id: node for node in db.session.scalars(fresh)}


# --- merging ------------------------------------------------------------------------------------


def merge(
    node_ids: Collection[int], into_id: int, at: datetime, sure: str
) -> FeatureChange | None:
    """Make one value of several: their records and branches come to it, like names become one."""
    target = operations.locked_node(into_id)
    tree = tree_of(target.feature_id)
    sources = [node for node in tree.values() if node.id in set(node_ids)]
    refuse_if(rules.reasons_not_to_merge(sources, target, len(set(node_ids))), InvalidValue)
    act, words = "merge_nodes", f"{', '.join(map(trail_of, sources))} → {trail_of(target)}"
    found = impact.of_nodes(target.feature, [one.path for one in sources])
    impact.ask(found, sure, act=act, subject=words)
    name_act(db.session(), act)
    hold_alone(target.feature_id)
    change = batches.begin(target.feature, act, words, at)
    joining = Joining(tree)
    for one in sources:
        joining.join(one, target)
    replace(change, joining.moved, at)
    operations.renew_paths(target.feature_id)
    return batches.finish(change)


class Joining:
    """A tree in which branches are hung below others; `moved` says which values become which."""

    def __init__(self, tree: dict[int, FeatureNode]) -> None:
        self.moved: dict[int, int] = {}
        self.below: dict[int | None, list[FeatureNode]] = defaultdict(list)
        for node in tree.values():
            if node.archived_at is None:
                self.below[node.parent_id].append(node)

    def join(self, source: FeatureNode, into: FeatureNode) -> None:
        """Let a value become another; children of like names become one, the others move."""
        if source.id in self.moved:
            return
        self.moved[source.id] = into.id
        twins = {node.folded: node for node in self.below[into.id]}
        for child in self.below.pop(source.id, []):
            twin = twins.get(child.folded)
            if twin is not None:
                self.join(child, twin)
            else:
                child.parent_id, child.place = into.id, len(self.below[into.id]) + 1
                self.below[into.id].append(child)


def replace(change: FeatureChange, moved: dict[int, int], at: datetime) -> None:
    """Let records have other values; the old ones are archived, so that the past stays told."""
    feature = change.feature
    feature.initial = initial_after(feature, moved)
    for holder in holders.HOLDERS:
        holder.carry(change, moved)
    query = select(FeatureNode).where(FeatureNode.id.in_(moved))
    for node in db.session.scalars(query):
        node.archived_at = node.archived_at or at
    operations.flush_names()


def initial_after(feature: Feature, moved: dict[int, int]) -> str | None:
    """The initial value, where it is one that others take the place of."""
    kind: Any = kind_of(feature)
    with suppress(Unreadable):  # an archived value is none to begin with
        ids = kind.ids(kind.parse(feature.initial))
        if any(one in moved for one in ids):
            return "; ".join(str(moved.get(one, one)) for one in ids)
    return feature.initial


# --- deleting -----------------------------------------------------------------------------------


def remove(
    node_id: int, into_id: int | None, at: datetime, sure: str, how: str = "archive"
) -> FeatureChange | None:
    """Delete a value with all below it. If it is in use, its records get another value (`how` is
    replace or parent) or keep it archived; what was ever used is archived in any case."""
    node = operations.locked_node(node_id)
    feature, branch = node.feature, branch_of(node)
    found = impact.of_nodes(feature, [node.path])
    words = {"act": "delete_node", "subject": trail_of(node), "deleting": node}
    impact.ask(found, sure, **words)
    if not found:
        put_away(feature, branch, at)
        return None
    with impact.asking_again(found, **words):
        into = taking_over(node, into_id, how)
    name_act(db.session(), "delete_node")
    subject = f"{trail_of(node)} → {trail_of(into)}" if into else trail_of(node)
    hold_alone(feature.id)
    change = batches.begin(feature, "delete_node", subject, at)
    if into is None:
        archive(branch, at)
    else:
        replace(change, dict.fromkeys((one.id for one in branch), into.id), at)
    return batches.finish(change)


def branch_of(node: FeatureNode) -> list[FeatureNode]:
    """A value and all below it, the lowest first."""
    query = select(FeatureNode).where(nodes.below(node.path))
    return list(db.session.scalars(query.order_by(FeatureNode.depth.desc(), FeatureNode.id)))


def taking_over(node: FeatureNode, into_id: int | None, how: str) -> FeatureNode | None:
    """The value that the records get instead; None if they keep theirs."""
    if how not in ("replace", "parent"):
        return None
    found = operations.fresh_node(into_id) if into_id and how == "replace" else None
    into = node.parent if how == "parent" else found
    if into is None:
        text = _("Choose the value that takes its place.")
        raise InvalidValue(Reason("node.no_other", text, field="into"))
    refuse_if(rules.reasons_not_to_merge([node], into, 1), InvalidValue)
    return into


def archive(branch: Sequence[FeatureNode], at: datetime) -> None:
    """Offer the values no more."""
    for one in branch:
        one.archived_at = one.archived_at or at
    operations.flush_names()


def put_away(feature: Feature, branch: Sequence[FeatureNode], at: datetime) -> None:
    """Delete values that nothing uses, or archive them if something used them once."""
    if was_used(feature, [one.id for one in branch]):
        name_act(db.session(), "archive_node")
        return archive(branch, at)
    name_act(db.session(), "delete_node")
    for one in branch:
        db.session.delete(one)
        db.session.flush()
    return None


def was_used(feature: Feature, ids: Sequence[int]) -> bool:
    """Whether history or changes may tell of these values; in doubt they do."""
    kept = select(ChangedValue.change_id).join(
        FeatureChange, FeatureChange.id == ChangedValue.change_id
    )
    if db.session.scalar(kept.where(FeatureChange.feature_id == feature.id).limit(1)):
        return True
    return any(holder.had(feature, ids) for holder in holders.HOLDERS)
