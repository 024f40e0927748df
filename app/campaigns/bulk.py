"""Closing the stages of a branch at once: which they are, what would close, by branch.

How stages close in bulk, and how that is taken back, is in app/events/bulk. Locks: tree, then
events by id.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.access.current import Actor
from app.audit.journal import batch_id, name_act
from app.campaigns.models import Membership
from app.campaigns.places import Place, at_place
from app.db import db
from app.errors import Conflict, Reason, RuleViolation, refuse_if
from app.events.bulk import closed_rows, light
from app.events.bulk.closed_rows import Closing
from app.events.bulk.closing import plan_stages
from app.events.bulk.light import LightEvent
from app.events.models import Event, Stage
from app.features import nodes
from app.features.models import FeatureNode
from app.features.operations import lock_tree
from app.lists.selection import MOST
from app.records.bulk.plan import Plan

SAMPLE, MOST_READ = 20, 2 * MOST
ACT = "bulk_close"


@dataclass(frozen=True)
class Order:
    """What is to be closed where, and how: stages due until a day (None: all)."""

    place: Place
    below: bool
    until: date | None = None
    events: bool = False
    outcome_id: int | None = None
    note: str | None = None

    def asked(self) -> tuple[Any, ...]:
        """What the fingerprint covers besides the rows."""
        return self.place.key, self.below, self.until, self.events, self.outcome_id


@dataclass
class Preview:
    """A plan as the operator sees it before saying yes."""

    plan: Plan
    token: str
    by_child: list[tuple[str, int]] = field(default_factory=list)
    sample: list[Stage] = field(default_factory=list)
    held: list[tuple[Stage, str]] = field(default_factory=list)

    @property
    def events(self) -> int:
        """How many events close."""
        return self.plan.kinds().get("event", 0)


def require(actor: Actor, order: Order) -> None:
    """The rights: closing in bulk, and what single closing needs."""
    actor.require("bulk_close", "CampaignView")
    actor.require("close", "StageView")
    if order.events:
        actor.require("close", "EventView")


def preview(actor: Actor, order: Order, at: datetime) -> Preview:
    """What would close and what is held back; changes nothing."""
    require(actor, order)
    found, made = planned(actor, order, at)
    shown, held = [row.id for row in made.rows[:SAMPLE]], made.held[:SAMPLE]
    loaded = _stages([*shown, *(one.id for one in held)])
    return Preview(
        made,
        token_of(order, made),
        by_child(order, found, made),
        [loaded[number] for number in shown if number in loaded],
        [(loaded[one.id], str(one.reason.text)) for one in held if one.id in loaded],
    )


def planned(actor: Actor, order: Order, at: datetime) -> tuple[list[LightEvent], Plan]:
    """The open events and the plan for their stages; refuses more than can be done at once."""
    found = light.load(actor, open_events(actor, order), most=MOST_READ)
    asked = {stage.id for event in found for stage in event.stages if covers(order, stage)}
    if len(asked) > MOST or sum(len(event.stages) for event in found) >= MOST_READ:
        text = _(
            "At most %(most)s stages at once; choose a smaller branch or an earlier day.",
            most=MOST,
        )
        raise RuleViolation(Reason("bulk.too_many", text))
    closing = Closing.by(actor, at, order.outcome_id, events=order.events)
    return found, plan_stages(found, asked, closing)


def covers(order: Order, stage: Any) -> bool:
    """Whether the stage was asked for."""
    due = order.until is None or (stage.due_on is not None and stage.due_on <= order.until)
    return stage.is_open and due


def token_of(order: Order, made: Plan) -> str:
    """A fingerprint of what was asked and of every row that closes, with its version."""
    digest = hashlib.sha256(repr(order.asked()).encode())
    for row in made.rows:
        digest.update(f"{row.id}.{row.version}.{len(row.entries)};".encode())
    return digest.hexdigest()


def open_events(actor: Actor, order: Order) -> Any:
    """The condition: open events at the place that the actor sees."""
    seen = visibility.within(Event, actor)
    return and_(seen, Event.closed_at.is_(None), at_place(Event, order.place, below=order.below))


def _stages(ids: Sequence[int]) -> dict[int, Stage]:
    if not ids:
        return {}
    relations = joinedload(Stage.event).joinedload(Event.contractor)
    query: Any = visibility.visible(Stage).where(Stage.id.in_(ids)).options(relations)
    return {stage.id: stage for stage in db.session.scalars(query)}


def by_child(order: Order, found: Sequence[LightEvent], made: Plan) -> list[tuple[str, int]]:
    """(name, number of stages) for the place itself and each branch right below it."""
    event_of = {stage.id: event.id for event in found for stage in event.stages}
    counts = Counter(event_of[row.id] for row in made.rows)
    if not counts or not order.below or order.place.feature is None:
        return []
    query = (
        select(Membership.event_id, FeatureNode.path)
        .join(FeatureNode, FeatureNode.id == Membership.node_id)
        .where(Membership.to_at.is_(None), Membership.event_id.is_not(None))
        .where(Membership.feature_id == order.place.feature.id)
        .where(FeatureNode.path.startswith(order.place.path or "/", autoescape=True))
    )
    level = len(nodes.ids_of(order.place.path))
    sums: Counter[int] = Counter()
    hung: Any = db.session.execute(query)
    for event, child in {(event, _step(path, level)) for event, path in hung}:
        sums[child] += counts.get(event, 0)
    names = nodes.named([key for key, number in sums.items() if number and key])
    return [
        (names[key].name if key else _("exactly here"), number)
        for key, number in sums.most_common()
        if number
    ]


def _step(path: str, level: int) -> int:
    """The id below the place on the way to a node; 0 for the place itself."""
    return (nodes.ids_of(path)[level : level + 1] or [0])[0]


def apply(actor: Actor, order: Order, token: str, at: datetime) -> int:
    """Close what the preview with this token showed; returns the batch. Raises Conflict."""
    require(actor, order)
    if order.place.feature is not None:
        lock_tree(order.place.feature.id)
    light.lock_events(open_events(actor, order))
    _found, made = planned(actor, order, at)
    if token_of(order, made) != token:
        text = _("Something changed since the preview. Look at the new one and confirm again.")
        raise Conflict(Reason("bulk.stale", text))
    nothing = Reason("bulk.nothing", _("There is nothing to close."))
    refuse_if([] if made.rows else [nothing])
    name_act(db.session(), ACT, order.note)
    closing = Closing.by(actor, at, order.outcome_id, events=order.events)
    closed_rows.write(closing, made.entries)
    db.session.expire_all()
    return batch_id(db.session())
