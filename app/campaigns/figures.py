"""The figures of the campaign tree: who hangs where and how far the work is.

Every figure counts what the actor may see, by the same conditions as the list it opens. A record
on two nodes of a branch counts once in the branch.
"""

import os.path
from collections.abc import Container, Iterable, Mapping, Sequence
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
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from app.access import visibility
from app.access.current import Actor, Scope
from app.campaigns import tally
from app.campaigns.models import Membership
from app.campaigns.places import ALL, NONE, Place
from app.contractors.models import Contractor
from app.days import today
from app.db import db, now
from app.events.models import Event, Stage
from app.features import nodes
from app.features.catalog import campaigns
from app.features.models import FeatureNode

EVENTS: Any = Event.__table__
MEMBERSHIPS: Any = Membership.__table__
READ = ("id", "contractor_id", "closed_at", "closed_on", "due_on", "last_pos", "closed_upto")
Counted = tuple[Select[Any], ...]  # each gives keys, then the numbers


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
    inner = [place for place in places if place.feature is not None]
    several = [place for place in inner if place.feature and place.feature.several]
    count = Count(actor, today(now()))
    parts = count.here(inner, {ALL, NONE} & set(found))
    parts += count.in_branches(several) if several else ()
    rows = count.rows(parts)
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
        self.day, self.every = day, actor.scope is Scope.ALL
        with visibility.as_a_set():
            self.events = seen(Event, actor, *(EVENTS.c[name] for name in READ), overdue(day))
        with visibility.as_a_set((Event, self.events)):
            self.contractors = seen(Contractor, actor, Contractor.__table__.c.id)

    def rows(self, parts: Sequence[Select[Any]]) -> dict[str, Numbers]:
        """Key -> numbers, of all parts, in one statement."""
        found: dict[str, Numbers] = {}
        query = union_all(*parts)
        for key, *counted in db.session.execute(query, execution_options={"unscoped": True}):
            found[key] = found.get(key, Numbers()) + _numbers(*map(int, counted))
        return found

    # --- places ---------------------------------------------------------------------------

    def here(self, places: Sequence[Place], roots: Container[str]) -> Counted:
        """What hangs on each node, by its path, and the roots; kept numbers if they will do."""
        where = on_campaigns() if NONE in roots else region(places)
        if self.every and tally.is_kept():
            return (tally.numbers(where, roots, self.day),)
        hung = self.on_nodes(where, free=NONE in roots) if places or NONE in roots else ()
        return (*hung, *(self.everywhere() if ALL in roots else ()))

    def everywhere(self) -> Counted:
        """All records."""
        key = literal(ALL)
        return of_contractors(key, self.contractors), of_events(key, self.events)

    def on_nodes(self, where: Any, *, free: bool) -> Counted:
        """What hangs on each node, by its path; `free` adds what hangs on no campaign."""
        contractors = _hung(self.contractors, "contractor_id", where, free=free)
        events = _hung(self.events, "event_id", where, free=free)
        node = MEMBERSHIPS.c.node_id
        return (
            _named(of_contractors(node, self.contractors, contractors)),
            _named(of_events(node, self.events, events)),
        )

    def in_branches(self, places: Sequence[Place]) -> Counted:
        """What hangs in branches of several-valued campaigns, each record once."""
        contractors, events = (
            branch_pairs(column, places)
            for column in (Membership.contractor_id, Membership.event_id)
        )
        of, to = self.contractors, self.events
        return (
            of_contractors(_branch(contractors), of, _joined(of, contractors)),
            of_events(_branch(events), to, _joined(to, events)),
        )


def of_contractors(key: Any, rows: Any, source: Any = None) -> Select[Any]:
    """Contractors by key."""
    nothing = [literal(0).label(f"none_{number}") for number in range(6)]
    query = select(key.label("key"), func.count().label("contractors"), *nothing)
    return query.select_from(rows if source is None else source).group_by(key)


def of_events(key: Any, rows: Any, source: Any = None) -> Select[Any]:
    """Events by key: all, closed, closed late, stages, closed and overdue stages."""
    event = rows.c
    counted = (
        func.count().label("events"),
        func.count(event.closed_at).label("closed"),
        func.sum(case((event.closed_on > event.due_on, 1), else_=0)).label("late"),
        func.coalesce(func.sum(event.last_pos), 0).label("stages"),
        func.sum(event.closed_upto).label("done"),
        func.coalesce(func.sum(event.overdue), 0).label("overdue"),
    )
    query = select(key.label("key"), literal(0).label("contractors"), *counted)
    return query.select_from(rows if source is None else source).group_by(key)


def overdue(day: date) -> ColumnElement[int]:
    """How many open stages of an event were due before the day; asked of open events only."""
    stage = Stage.__table__.alias("late_stage").c
    mine = and_(stage.event_id == EVENTS.c.id, stage.closed_at.is_(None))
    late = and_(mine, stage.position.is_not(None), stage.due_on < day)
    number = select(func.count()).where(late).correlate(EVENTS).scalar_subquery()
    return case((EVENTS.c.closed_upto < EVENTS.c.last_pos, number), else_=0).label("overdue")


def seen(model: Any, actor: Actor, *columns: Any) -> Any:
    """The rows within reach with these columns; read once where finding them takes work."""
    rows = select(*columns).where(visibility.within(model, actor))
    every = actor.scope is Scope.ALL
    return rows.subquery() if every else rows.cte(f"seen_{model.__tablename__}s")


def _numbers(*counted: int) -> Numbers:
    contractors, events, closed, late, stages, done, overdue = counted
    here = (contractors, events, events - closed, closed, late)
    return Numbers(*here, stages - done, overdue, done)


def _hung(rows: Any, name: str, where: Any, *, free: bool) -> Any:
    """Records with the nodes they hang on now; `free` keeps those that hang nowhere."""
    there = MEMBERSHIPS.c.node_id.in_(select(FeatureNode.id).where(where))
    record = MEMBERSHIPS.c[name]
    present = and_(MEMBERSHIPS.c.to_at.is_(None), record.is_not(None), there)
    on = and_(record == rows.c.id, present)
    return rows.join(MEMBERSHIPS, on, isouter=free)


def _named(counted: Select[Any]) -> Select[Any]:
    """The numbers by the nodes' paths instead of their ids."""
    rows, node = counted.subquery(), FeatureNode.__table__
    key, *numbers = rows.c
    path = func.coalesce(node.c.path, NONE)
    return select(path, *numbers).select_from(rows.outerjoin(node, node.c.id == key))


def _joined(rows: Any, pairs: Any) -> Any:
    return rows.join(pairs, pairs.c.record == rows.c.id)


def _branch(pairs: Any) -> Any:
    return cast(pairs.c.branch, String)


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
        shared = os.path.commonpath([place.path for place in places] or ["/"])
        if shared != "/":
            return nodes.below(f"{shared}/")
    return FeatureNode.feature_id.in_({place.feature.id for place in places if place.feature})


def on_campaigns() -> ColumnElement[bool]:
    """The nodes of all campaigns."""
    return FeatureNode.feature_id.in_([one.id for one in campaigns()])


def _tops(features: Iterable[int], rows: Mapping[str, Numbers]) -> dict[int, int]:
    """Top node -> campaign."""
    ids = {nodes.ids_of(path)[0] for path in rows}
    query = select(FeatureNode.id, FeatureNode.feature_id).where(
        FeatureNode.feature_id.in_(features), FeatureNode.parent_id.is_(None)
    )
    return {node: feature for node, feature in db.session.execute(query) if node in ids}
