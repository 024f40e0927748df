"""Trees of values: those of a file laid over those that are there.

Values are known by their names among their siblings; `was` tells the former name of a value, or
the names on the way to its former place, so that records keep it when it is renamed or moved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.campaigns.models import Membership
from app.db import db
from app.errors import InvalidValue, refuse_if
from app.exchange.definitions.changes import ADDED, ALTERED, REMOVED, Change, Part
from app.exchange.definitions.present import values_by_parent
from app.features import operations, rules
from app.features.models import Feature, FeatureNode, fold_name
from app.features.nodes import ARROW

Siblings = Mapping[int, list[FeatureNode]]


@dataclass
class Wish:
    """A value that the file names, where it shall stand, and the node that it is."""

    name: str
    trail: str
    archived: bool
    was: str | Sequence[str] = ""
    below: list["Wish"] = field(default_factory=list)
    node: FeatureNode | None = None
    above: "Wish | None" = None

    @property
    def parent(self) -> FeatureNode | None:
        """The node below which it shall stand."""
        return self.above.node if self.above else None


def wishes(said: Sequence[Any], above: Wish | None = None) -> list[Wish]:
    """The values of the file; what is below an archived one is archived, too."""
    found = []
    for one in said:
        more: Mapping[str, Any] = one if isinstance(one, dict) else {"name": one}
        name = " ".join(more["name"].split())
        trail = f"{above.trail}{ARROW}{name}" if above else name
        archived = more.get("archived", False) or (above is not None and above.archived)
        made = Wish(name, trail, archived, more.get("was", ""), above=above)
        made.below = wishes(more.get("values", ()), made)
        found.append(made)
    return found


def put_values(
    feature: Feature, said: Sequence[Any], at: datetime, *, prune: bool
) -> Iterator[Change]:
    """Make the feature's values those of the file; what it does not name stays, or is archived."""
    wanted = wishes(said)
    if not feature.has_nodes:
        refuse_if(rules.reasons_not_to_add_node(feature, None) if wanted else [], InvalidValue)
        return
    operations.lock_tree(feature.id)
    there = {parent: some for (_feature, parent), some in values_by_parent(feature.id).items()}
    left = matched(wanted, there)
    what = f"values of {feature.code}"
    gone = [one for one in left if prune and one.archived_at is None]
    yield from archived(feature, what, [*unwanted(wanted), *gone], at)
    yield from settled(feature, what, wanted, at)
    yield from in_order(feature, what, wanted)


def every(wanted: Sequence[Wish]) -> Iterator[list[Wish]]:
    """The values level by level."""
    level = list(wanted)
    while level:
        yield level
        level = [child for one in level for child in one.below]


# --- which node is which ------------------------------------------------------------------------


def matched(wanted: Sequence[Wish], there: Siblings) -> list[FeatureNode]:
    """Give each value its node, if it is there; returns the nodes that the file does not name."""
    left = {node.id: node for some in there.values() for node in some}
    match(wanted, there.get(0, ()), there, left)
    for level in every(wanted):
        for one in level:
            if one.node is None and isinstance(one.was, list):
                take(one, at_names(one.was, there), there, left)
    return list(left.values())


def match(
    wanted: Sequence[Wish],
    siblings: Sequence[FeatureNode],
    there: Siblings,
    left: dict[int, FeatureNode],
) -> None:
    """By name and state, then by name alone, then by the former name."""
    for same_state, key in ((True, "name"), (False, "name"), (False, "was")):
        known: dict[Any, list[FeatureNode]] = {}
        for node in siblings:
            if node.id in left:
                state = node.archived_at is not None if same_state else None
                known.setdefault((fold_name(node.name), state), []).append(node)
        for one in (some for some in wanted if some.node is None):
            name = getattr(one, key)
            state = one.archived if same_state else None
            found = known.get((fold_name(name), state)) if isinstance(name, str) else None
            take(one, found.pop(0) if found else None, there, left)


def take(
    one: Wish, node: FeatureNode | None, there: Siblings, left: dict[int, FeatureNode]
) -> None:
    """The value is this node; those below it are looked for below the node."""
    if node is not None and left.pop(node.id, None) is not None:
        one.node = node
        match(one.below, there.get(node.id, ()), there, left)


def at_names(names: Sequence[str], there: Siblings) -> FeatureNode | None:
    """The node reached by these names from the top."""
    node: FeatureNode | None = None
    for name in names:
        below = there.get(node.id if node else 0, ())
        node = next((one for one in below if one.folded == fold_name(name)), None)
        if node is None:
            return None
    return node


# --- making it so -------------------------------------------------------------------------------


def unwanted(wanted: Sequence[Wish]) -> list[FeatureNode]:
    """Living nodes that the file calls archived."""
    return [
        one.node
        for level in every(wanted)
        for one in level
        if one.archived and one.node is not None and one.node.archived_at is None
    ]


def archived(
    feature: Feature, what: str, some: Sequence[FeatureNode], at: datetime
) -> Iterator[Change]:
    """Archive these nodes; records keep them."""
    if not some:
        return
    for node in some:
        node.archived_at = at
    operations.flush_names()
    yield Change(REMOVED, what, tuple(("", node.name, None) for node in some), held(feature, some))


def held(feature: Feature, some: Sequence[FeatureNode]) -> int:
    """How many records have one of the nodes as a value, or hang on one."""
    ids = [node.id for node in some]
    if not feature.campaign:
        return operations.uses_of_nodes(feature, ids)
    on_one = Membership.node_id.in_(ids) & Membership.to_at.is_(None)
    return int(db.session.scalar(select(func.count()).where(on_one)) or 0)


def settled(feature: Feature, what: str, wanted: Sequence[Wish], at: datetime) -> Iterator[Change]:
    """Level by level: move, rename, restore what is there, add what is not."""
    parts: list[Part] = []
    added: list[Part] = []
    for level in every(wanted):
        for one in level:
            parts += changed(one)
        operations.flush_names()
        new = [one for one in level if one.node is None]
        for hidden in (False, True):
            if some := [one for one in new if one.archived == hidden]:
                plant(feature, some, at if hidden else None)
        added += [("", None, one.trail) for one in new]
    for sign, found in ((ADDED, added), (ALTERED, parts)):
        if found:
            yield Change(sign, what, tuple(found))


def plant(feature: Feature, some: Sequence[Wish], archived_at: datetime | None) -> None:
    """Add nodes, all in the same statements; archived ones may stand below archived ones."""
    for one in some:
        reasons = rules.reasons_not_to_add_node(feature, one.parent)
        passed = {"node.archived"} if archived_at else set()
        refuse_if([why for why in reasons if why.code not in passed], InvalidValue)
    made = operations.plant(feature, [(one.name, one.parent) for one in some], archived_at)
    for one, node in zip(some, made, strict=True):
        one.node = node


def changed(one: Wish) -> list[Part]:
    """Move, rename or restore a node that is not as the file says."""
    node = one.node
    found: list[Part] = []
    if node is None:
        return found
    if node.parent_id != (one.parent.id if one.parent else None):
        one.node = node = operations.move_node(node.id, one.parent.id if one.parent else None)
        found.append(("moved", node.name, one.trail))
    if node.name != one.name:
        found.append(("renamed", node.name, one.trail))
        node.name = one.name
    if node.archived_at is not None and not one.archived:
        found.append(("archived", True, False))
        node.archived_at = None
    return found


def in_order(feature: Feature, what: str, wanted: Sequence[Wish]) -> Iterator[Change]:
    """Siblings stand as in the file; those it does not name come last."""
    there = values_by_parent(feature.id)
    moved: list[Part] = []
    for above, some in [
        ("", wanted),
        *((one.trail, one.below) for lv in every(wanted) for one in lv),
    ]:
        named = [one.node for one in some if one.node is not None]
        if not named:
            continue
        siblings = there[feature.id, named[0].root_or_parent]
        ordered = named + [one for one in siblings if one not in named]
        if [one.id for one in ordered] != [one.id for one in siblings]:
            moved.append(("order", None, above or "(top)"))
            for place, node in enumerate(ordered, 1):
                node.place = place
    if moved:
        db.session.flush()
        yield Change(ALTERED, what, tuple(moved))
