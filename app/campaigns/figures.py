"""The figures of the campaign tree: who hangs where and how far the work is.

Every figure counts what the actor may see, by the same conditions as the list it opens. A record
on two nodes of a branch counts once in the branch.
"""

import os.path
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from app.access import visibility
from app.access.current import Actor
from app.campaigns.models import Membership
from app.campaigns.places import ALL, NONE, Place
from app.contractors.models import Contractor
from app.days import today
from app.db import db, now
from app.events.models import Event, Stage
from app.features import nodes
from app.features.catalog import campaigns
from app.features.models import FeatureNode


@dataclass(frozen=True)
class Numbers:
    """What is counted at a place."""

    contractors: int = 0
    events: int = 0
    events_open: int = 0
    events_closed: int = 0
    events_closed_late: int = 0
    stages_open: int = 0
    stages_overdue: int = 0
    stages_closed: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        pairs = ((getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        return Numbers(*(mine + theirs for mine, theirs in pairs))

    @property
    def any(self) -> bool:
        """Whether anything was counted."""
        return self != Numbers()

    @property
    def stages(self) -> int:
        """Open and closed ones."""
        return self.stages_open + self.stages_closed


@dataclass
class Figures:
    """The numbers of a place itself, and with all below it."""

    here: Numbers = field(default_factory=Numbers)
    below: Numbers = field(default_factory=Numbers)


def figures_of(place: Place, actor: Actor) -> dict[str, dict[str, int]]:
    """{"here": {...}, "below": {...}} of one place, for programs."""
    found = figures([place], actor)[place.key]
    return {"here": asdict(found.here), "below": asdict(found.below)}


def figures(places: Sequence[Place], actor: Actor) -> dict[str, Figures]:
    """The figures of each place by its key; at most three statements."""
    count = Count(actor, today(now()))
    found = {place.key: Figures() for place in places}
    if roots := [place for place in places if place.feature is None]:
        count.fill_roots(found, {place.key for place in roots})
    if inner := [place for place in places if place.feature is not None]:
        count.fill_nodes(found, inner)
        if several := [place for place in inner if place.feature and place.feature.several]:
            count.fill_branches(found, several)
    return found


@dataclass(frozen=True)
class Count:
    """Counting for one actor on one day. The visibility stands in each statement, once."""

    actor: Actor
    day: date

    # --- statements -----------------------------------------------------------------------

    def rows(self, contractors: Any, events: Any) -> dict[Any, Numbers]:
        """Key -> numbers; the arguments give (FROM, key, extra condition) for either register."""
        parts = (
            self.contractors(*contractors),
            self.events(*events),
            self.overdue(*events),
        )
        found: dict[Any, Numbers] = {}
        run = db.session.execute(union_all(*parts), execution_options={"unscoped": True})
        for what, key, *counted in run:
            found[key] = found.get(key, Numbers()) + _numbers(what, counted)
        return found

    def contractors(self, source: Any, key: Any, only: ColumnElement[bool]) -> Select[Any]:
        """Contractors by key."""
        seen = visibility.within(Contractor, self.actor)
        none = literal(0)
        query = select(literal("contractor"), key, func.count(), none, none, none, none)
        return query.select_from(source).where(seen, only).group_by(key)

    def events(self, source: Any, key: Any, only: ColumnElement[bool]) -> Select[Any]:
        """Events by key: all, closed, closed late, stages, closed stages."""
        closed, late = Event.closed_at.is_not(None), Event.closed_on > Event.due_on
        counted = (
            func.count(),
            func.sum(case((closed, 1), else_=0)),
            func.sum(case((late, 1), else_=0)),
            func.coalesce(func.sum(Event.last_pos), 0),
            func.sum(Event.closed_upto),
        )
        seen = visibility.within(Event, self.actor)
        query = select(literal("event"), key, *counted)
        return query.select_from(source).where(seen, only).group_by(key)

    def overdue(self, source: FromClause, key: Any, only: ColumnElement[bool]) -> Select[Any]:
        """Open stages due before today, by key."""
        stage = Stage.__table__.alias("late_stage").c
        seen = visibility.within(Event, self.actor)
        late = and_(stage.closed_at.is_(None), stage.due_on < self.day)
        none = literal(0)
        query = select(literal("stage"), key, func.count(), none, none, none, none)
        joined = source.join(stage.id.table, stage.event_id == Event.id)
        return (
            query.select_from(joined)
            .where(seen, only, late, stage.position.is_not(None))
            .group_by(key)
        )

    # --- places ---------------------------------------------------------------------------

    def fill_roots(self, found: Mapping[str, Figures], keys: set[str]) -> None:
        """All records, and those that hang on no campaign."""
        ids = [one.id for one in campaigns()]
        present = and_(Membership.to_at.is_(None), Membership.feature_id.in_(ids))

        def hung(own: Any, column: Any) -> Any:
            return case((own.in_(select(column).where(present, column.is_not(None))), 1), else_=0)

        rows = self.rows(
            (_table(Contractor), hung(Contractor.id, Membership.contractor_id), literal(True)),
            (_table(Event), hung(Event.id, Membership.event_id), literal(True)),
        )
        free, bound = rows.get(0, Numbers()), rows.get(1, Numbers())
        for key, numbers in ((ALL, free + bound), (NONE, free)):
            if key in keys:
                found[key].here = found[key].below = numbers

    def fill_nodes(self, found: Mapping[str, Figures], places: Sequence[Place]) -> None:
        """What hangs on each node, summed up the tree; right for single-valued campaigns."""
        only = and_(Membership.to_at.is_(None), region(places))
        rows = self.rows(
            (_hung(Contractor, Membership.contractor_id), FeatureNode.path, only),
            (_hung(Event, Membership.event_id), FeatureNode.path, only),
        )
        features = {place.feature.id for place in places if place.feature}
        tops = _tops(features, rows) if any(place.node is None for place in places) else {}
        for path, numbers in rows.items():
            ids = nodes.ids_of(path)
            if str(ids[-1]) in found:
                found[str(ids[-1])].here = numbers
            for key in (f"c{tops.get(ids[0])}", *map(str, ids)):
                if key in found:
                    found[key].below += numbers

    def fill_branches(self, found: Mapping[str, Figures], places: Sequence[Place]) -> None:
        """Branches of several-valued campaigns: each record once."""
        rows = self.rows(
            _distinct(Contractor, Membership.contractor_id, places),
            _distinct(Event, Membership.event_id, places),
        )
        for place in places:
            key = place.node.id if place.node else -place.feature.id if place.feature else 0
            found[place.key].below = rows.get(key, Numbers())


def _numbers(what: str, counted: Sequence[int]) -> Numbers:
    if what == "contractor":
        return Numbers(contractors=counted[0])
    if what == "stage":
        return Numbers(stages_overdue=counted[0])
    events, closed, late, stages, done = map(int, counted)
    return Numbers(0, events, events - closed, closed, late, stages - done, 0, done)


def _table(model: Any) -> Any:
    return model.__table__


def _hung(model: Any, column: Any) -> Any:
    """Records with the nodes they hang on."""
    node = Membership.__table__.join(FeatureNode.__table__, FeatureNode.id == Membership.node_id)
    return node.join(model.__table__, model.id == column)


def _distinct(model: Any, column: Any, places: Sequence[Place]) -> tuple[Any, Any, Any]:
    """Pairs of branch and record, each once: the node's id, or minus the campaign's."""
    pairs = branch_pairs(column, places)
    return model.__table__.join(pairs, pairs.c.record == model.id), pairs.c.branch, literal(True)


def branch_pairs(column: Any, places: Sequence[Place]) -> Subquery:
    """(branch, record) for what hangs in each of the branches now."""
    top, node = aliased(FeatureNode), aliased(FeatureNode)
    present = and_(Membership.to_at.is_(None), column.is_not(None))
    whole = [place.feature.id for place in places if place.node is None and place.feature]
    by_campaign = select((-Membership.feature_id).label("branch"), column.label("record")).where(
        present, Membership.feature_id.in_(whole)
    )
    by_node = (
        select(top.id, column)
        .select_from(top)
        .join(node, and_(node.feature_id == top.feature_id, nodes.below(top.path, node)))
        .join(Membership, Membership.node_id == node.id)
        .where(present, top.id.in_([place.node.id for place in places if place.node]))
    )
    return union(by_campaign, by_node).subquery("pairs")


def region(places: Sequence[Place]) -> ColumnElement[bool]:
    """The nodes that can matter for the places: one branch if they share it, else campaigns."""
    if all(place.node is not None for place in places):
        shared = os.path.commonpath([place.path for place in places])
        if shared != "/":
            return nodes.below(f"{shared}/")
    return Membership.feature_id.in_({place.feature.id for place in places if place.feature})


def _tops(features: Iterable[int], rows: Mapping[str, Numbers]) -> dict[int, int]:
    """Top node -> campaign."""
    ids = {nodes.ids_of(path)[0] for path in rows}
    query = select(FeatureNode.id, FeatureNode.feature_id).where(
        FeatureNode.feature_id.in_(features), FeatureNode.parent_id.is_(None)
    )
    return {node: feature for node, feature in db.session.execute(query) if node in ids}
