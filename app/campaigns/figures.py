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
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from app.access import visibility
from app.access.current import Actor, Scope
from app.campaigns.models import Membership
from app.campaigns.places import ALL, NONE, Place, hangs_nowhere
from app.contractors.models import Contractor
from app.days import today
from app.db import db, now
from app.events.models import Event, Stage
from app.features import nodes
from app.features.models import FeatureNode

STAGES: Any = Stage.__table__
Counted = tuple[Any, Any, ColumnElement[bool]]  # FROM, key, and which rows


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
    """The figures of each place by its key; one statement counts for all."""
    found = {place.key: Figures() for place in places}
    if not places:
        return found
    count = Count(actor, today(now()))
    inner = [place for place in places if place.feature is not None]
    several = [place for place in inner if place.feature and place.feature.several]
    wanted = [pair for key, pair in count.roots() if key in found]
    wanted += [count.on_nodes(inner)] if inner else []
    wanted += [count.in_branches(several)] if several else []
    rows = count.rows(*wanted)
    sum_up(found, inner, {key: one for key, one in rows.items() if key.startswith("/")})
    for key in {ALL, NONE} & set(found):
        found[key].here = found[key].below = rows.get(key, Numbers())
    for place in several:
        found[place.key].below = rows.get(branch_key(place), Numbers())
    return found


def sum_up(
    found: Mapping[str, Figures], places: Sequence[Place], rows: Mapping[str, Numbers]
) -> None:
    """From what hangs on each node to the branches above; right for single-valued campaigns."""
    features = {place.feature.id for place in places if place.feature}
    tops = _tops(features, rows) if any(place.node is None for place in places) else {}
    for path, numbers in rows.items():
        ids = nodes.ids_of(path)
        if str(ids[-1]) in found:
            found[str(ids[-1])].here = numbers
        for key in (f"c{tops.get(ids[0])}", *map(str, ids)):
            if key in found:
                found[key].below += numbers


def branch_key(place: Place) -> str:
    """How the statement calls a branch: the node's id, or minus the campaign's."""
    return str(place.node.id if place.node else -place.feature.id if place.feature else 0)


class Count:
    """Counting for one actor on one day, among the rows that the actor sees."""

    def __init__(self, actor: Actor, day: date) -> None:
        self.day = day
        self.contractor_rows = seen(Contractor, actor, "id")
        names = ("id", "closed_at", "closed_on", "due_on", "last_pos", "closed_upto")
        self.event_rows = seen(Event, actor, *names)

    # --- statements -----------------------------------------------------------------------

    def rows(self, *wanted: tuple[Counted, Counted]) -> dict[str, Numbers]:
        """Key -> numbers; each pair says what to count of contractors and of events."""
        parts = [part for pair in wanted for part in self.parts(*pair)]
        found: dict[str, Numbers] = {}
        run = db.session.execute(union_all(*parts), execution_options={"unscoped": True})
        for what, key, *counted in run:
            found[key] = found.get(key, Numbers()) + _numbers(what, counted)
        return found

    def parts(self, contractors: Counted, events: Counted) -> list[Select[Any]]:
        """The three counts of one pair."""
        return [self.contractors(*contractors), self.events(*events), self.overdue(*events)]

    def contractors(self, source: Any, key: Any, only: Any) -> Select[Any]:
        """Contractors by key."""
        none = literal(0)
        query = select(literal("contractor"), key, func.count(), none, none, none, none)
        return query.select_from(source).where(only).group_by(key)

    def events(self, source: Any, key: Any, only: Any) -> Select[Any]:
        """Events by key: all, closed, closed late, stages, closed stages."""
        event = self.event_rows.c
        closed, late = event.closed_at.is_not(None), event.closed_on > event.due_on
        counted = (
            func.count(),
            func.sum(case((closed, 1), else_=0)),
            func.sum(case((late, 1), else_=0)),
            func.coalesce(func.sum(event.last_pos), 0),
            func.sum(event.closed_upto),
        )
        query = select(literal("event"), key, *counted)
        return query.select_from(source).where(only).group_by(key)

    def overdue(self, source: Any, key: Any, only: Any) -> Select[Any]:
        """Open stages due before today, by key."""
        stage = STAGES.alias("late_stage")
        late = and_(stage.c.closed_at.is_(None), stage.c.due_on < self.day)
        none = literal(0)
        query = select(literal("stage"), key, func.count(), none, none, none, none)
        joined = source.join(stage, stage.c.event_id == self.event_rows.c.id)
        living = stage.c.position.is_not(None)
        return query.select_from(joined).where(only, late, living).group_by(key)

    # --- places ---------------------------------------------------------------------------

    def roots(self) -> list[tuple[str, tuple[Counted, Counted]]]:
        """All records, and those that hang on no campaign."""
        contractors, events = self.contractor_rows, self.event_rows
        every = ((contractors, literal(ALL), true()), (events, literal(ALL), true()))
        free = (
            (
                contractors,
                literal(NONE),
                hangs_nowhere(Membership.contractor_id, contractors.c.id),
            ),
            (events, literal(NONE), hangs_nowhere(Membership.event_id, events.c.id)),
        )
        return [(ALL, every), (NONE, free)]

    def on_nodes(self, places: Sequence[Place]) -> tuple[Counted, Counted]:
        """What hangs on each node, by its path."""
        only = and_(Membership.to_at.is_(None), region(places))
        contractors = (_hung(self.contractor_rows, "contractor_id"), FeatureNode.path, only)
        return contractors, (_hung(self.event_rows, "event_id"), FeatureNode.path, only)

    def in_branches(self, places: Sequence[Place]) -> tuple[Counted, Counted]:
        """What hangs in branches of several-valued campaigns, each record once."""
        contractors = _distinct(self.contractor_rows, Membership.contractor_id, places)
        return contractors, _distinct(self.event_rows, Membership.event_id, places)


def seen(model: Any, actor: Actor, *names: str) -> Any:
    """The rows within reach with these columns; read once where finding them takes work."""
    with visibility.as_a_set():
        condition = visibility.within(model, actor)
    rows = select(*(model.__table__.c[name] for name in names)).where(condition)
    every = actor.scope is Scope.ALL
    return rows.subquery() if every else rows.cte(f"seen_{model.__tablename__}s")


def _numbers(what: str, counted: Sequence[int]) -> Numbers:
    if what == "contractor":
        return Numbers(contractors=counted[0])
    if what == "stage":
        return Numbers(stages_overdue=counted[0])
    events, closed, late, stages, done = map(int, counted)
    return Numbers(0, events, events - closed, closed, late, stages - done, 0, done)


def _hung(rows: Any, name: str) -> Any:
    """Records with the nodes they hang on."""
    membership, node = Membership.__table__, FeatureNode.__table__
    placed = membership.join(node, node.c.id == membership.c.node_id)
    return placed.join(rows, rows.c.id == membership.c[name])


def _distinct(rows: Any, column: Any, places: Sequence[Place]) -> Counted:
    """Pairs of branch and record, each once: the node's id, or minus the campaign's."""
    pairs = branch_pairs(column, places)
    return rows.join(pairs, pairs.c.record == rows.c.id), cast(pairs.c.branch, String), true()


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
