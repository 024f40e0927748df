"""Closing the stages of a branch at once: read, plan, apply in one transaction, undo as a whole.

Statements do not grow with the rows. Locks: tree, then events by id, then stages.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import String, and_, case, insert, literal, select, update
from sqlalchemy.orm import aliased, joinedload

from app.access import visibility
from app.access.current import Actor
from app.audit.journal import batch_id, name_act
from app.audit.models import AuditEntry
from app.campaigns.given import given
from app.campaigns.models import Membership
from app.campaigns.places import Place, at_place
from app.campaigns.plan import Deed, OpenStage, Plan, Wish, plan, reasons_against_plan
from app.days import Moment, zone
from app.db import db
from app.errors import Conflict, Reason, refuse_if
from app.events.models import Event, Stage
from app.events.operations import chosen_outcome
from app.features import nodes
from app.features.models import FeatureNode
from app.features.operations import lock_tree

MOST, SAMPLE = 100_000, 20
EVENTS: Any = Event.__table__
STAGES: Any = Stage.__table__
JOURNAL: Any = AuditEntry.__table__
ACT = "bulk_close"


@dataclass(frozen=True)
class Order:
    """What is to be closed where, and how."""

    place: Place
    below: bool
    wish: Wish
    outcome_id: int | None = None
    note: str | None = None

    def asked(self) -> tuple[Any, ...]:
        """What the fingerprint covers besides the rows."""
        wish = self.wish
        return self.place.key, self.below, wish.until, wish.events, self.outcome_id


@dataclass
class Preview:
    """A plan as the operator sees it before saying yes."""

    plan: Plan
    token: str
    by_child: list[tuple[str, int]] = field(default_factory=list)
    sample: list[Stage] = field(default_factory=list)
    blocked: list[tuple[Stage, str]] = field(default_factory=list)


def require(actor: Actor, order: Order) -> None:
    """The rights: closing in bulk, and what single closing needs."""
    actor.require("bulk_close", "CampaignView")
    actor.require("close", "StageView")
    if order.wish.events:
        actor.require("close", "EventView")


def preview(actor: Actor, order: Order, at: datetime) -> Preview:
    """What would close and what is held back; changes nothing."""
    require(actor, order)
    made = planned(actor, order, at)
    shown = [stage.id for stage in made.stages[:SAMPLE]]
    held = made.blocked[:SAMPLE]
    loaded = _stages([*shown, *(stage.id for stage, _code in held)])
    return Preview(
        made,
        made.token(*order.asked()),
        by_child(order, made),
        [loaded[number] for number in shown if number in loaded],
        [(loaded[stage.id], code) for stage, code in held if stage.id in loaded],
    )


def planned(actor: Actor, order: Order, at: datetime) -> Plan:
    """The plan for the rows as they are now; refuses more than can be done at once."""
    stages = open_stages(actor, order)
    made = plan(stages, order.wish, Moment.at_instant(at, zone()))
    if len(stages) > MOST:
        refuse_if(reasons_against_plan(made, len(stages), MOST))
    return made


def open_stages(actor: Actor, order: Order) -> list[OpenStage]:
    """The open stages of the open events at the place that the actor sees."""
    before = aliased(Stage.__table__, name="before").c
    stage = Stage.__table__.c
    query = (
        select(
            stage.id,
            stage.version,
            stage.position,
            stage.due_on,
            stage.start_on,
            stage.start_at,
            stage.outcome_id,
            Event.id,
            Event.version,
            Event.outcome_id,
            Event.closed_upto,
            Event.last_pos,
            before.closed_at,
        )
        .select_from(Event)
        .join(Stage.__table__, stage.event_id == Event.id)
        .outerjoin(
            before.id.table,
            and_(before.event_id == Event.id, before.position == Event.closed_upto),
        )
        .where(open_events(actor, order), stage.position > Event.closed_upto)
        .order_by(Event.id, stage.position)
        .limit(MOST + 1)
    )
    rows = db.session.execute(query, execution_options={"unscoped": True})
    return [_read(*row) for row in rows]


def _read(*row: Any) -> OpenStage:
    """A row of the statement: its fifth and sixth columns are one moment."""
    first, begun, rest = row[:4], Moment(row[4], row[5]), row[6:]
    return OpenStage(*(*first, begun, *rest))


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


def by_child(order: Order, made: Plan) -> list[tuple[str, int]]:
    """(name, number of stages) for the place itself and each branch right below it."""
    counts = Counter({deed.event_id: len(deed.stages) for deed in made.deeds})
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
    found: Any = db.session.execute(query)
    for event, child in {(event, _step(path, level)) for event, path in found}:
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


# --- applying ---------------------------------------------------------------------------------


def apply(actor: Actor, order: Order, token: str, at: datetime) -> int:
    """Close what the preview with this token showed; returns the batch. Raises Conflict."""
    require(actor, order)
    if order.place.feature is not None:
        lock_tree(order.place.feature.id)
    lock = select(Event.id).where(open_events(actor, order)).order_by(Event.id)
    held = lock.with_for_update(key_share=True)
    db.session.execute(held, execution_options={"unscoped": True}).all()
    made = planned(actor, order, at)
    if made.token(*order.asked()) != token:
        text = _("Something changed since the preview. Look at the new one and confirm again.")
        raise Conflict(Reason("bulk.stale", text))
    refuse_if(reasons_against_plan(made, len(made.stages), MOST))
    name_act(db.session(), ACT, order.note)
    Closing(actor.id, at, chosen_outcome(order.outcome_id).id).write(made.deeds)
    db.session.expire_all()
    return batch_id(db.session())


@dataclass(frozen=True)
class Closing:
    """Writes the closing of many events: both tables, and the journal."""

    by_id: int
    at: datetime
    outcome_id: int

    @property
    def on(self) -> date:
        """The company's day."""
        return Moment.at_instant(self.at, zone()).on

    def write(self, deeds: Sequence[Deed]) -> None:
        """Events first, then their stages: the foreign keys are checked at the end."""
        rows = given(
            ((deed.event_id, deed.upto, int(deed.closes_event)) for deed in deeds),
            ("event_id", "upto", "whole"),
        )
        run(self.events(rows))
        run(self.stages(rows))
        journal([entry for deed in deeds for entry in self.entries(deed)])

    def events(self, rows: Any) -> Any:
        """Each event counts its closed stages; whole ones close."""
        event = EVENTS
        whole = rows.c.whole == 1
        return (
            update(event)
            .where(event.c.id == rows.c.event_id)
            .values(
                closed_upto=rows.c.upto,
                closed_at=case((whole, self.moment(event.c.closed_at)), else_=event.c.closed_at),
                closed_on=case((whole, self.day(event.c.closed_on)), else_=event.c.closed_on),
                closed_by_id=case((whole, self.by_id), else_=event.c.closed_by_id),
                outcome_id=case((whole, self.outcome_id), else_=event.c.outcome_id),
                version=event.c.version + rows.c.whole,
                changed_at=self.at,
            )
        )

    def stages(self, rows: Any) -> Any:
        """All living stages of the events follow the count; those newly within it close."""
        stage = STAGES
        closes = and_(stage.c.position > stage.c.closed_upto, stage.c.position <= rows.c.upto)
        return (
            update(stage)
            .where(stage.c.event_id == rows.c.event_id, stage.c.position.is_not(None))
            .values(
                closed_upto=rows.c.upto,
                closed_at=case((closes, self.moment(stage.c.closed_at)), else_=stage.c.closed_at),
                closed_on=case((closes, self.day(stage.c.closed_on)), else_=stage.c.closed_on),
                closed_by_id=case((closes, self.by_id), else_=stage.c.closed_by_id),
                outcome_id=case((closes, self.outcome_id), else_=stage.c.outcome_id),
                version=stage.c.version + case((closes, 1), else_=0),
                changed_at=case(
                    (closes, self.moment(stage.c.changed_at)), else_=stage.c.changed_at
                ),
            )
        )

    def moment(self, column: Any) -> Any:
        """The time of closing, typed as the column."""
        return literal(self.at, column.type)

    def day(self, column: Any) -> Any:
        """The day of closing, typed as the column."""
        return literal(self.on, column.type)

    def entries(self, deed: Deed) -> list[tuple[str, int, dict[str, list[Any]]]]:
        """The journal's entries for one event."""
        last = deed.stages[-1]
        found = [("stage", one.id, self.changes(one.outcome_id)) for one in deed.stages]
        if deed.closes_event:
            found.append(("event", deed.event_id, self.changes(last.event_outcome_id)))
        return found

    def changes(self, old_outcome: int) -> dict[str, list[Any]]:
        """What changes in a row that closes."""
        found: dict[str, list[Any]] = {
            "closed_on": [None, self.on.isoformat()],
            "closed_at": [None, self.at.isoformat()],
            "closed_by_id": [None, self.by_id],
        }
        if old_outcome != self.outcome_id:
            found["outcome_id"] = [old_outcome, self.outcome_id]
        return found


def run(statement: Any) -> None:
    """Execute a set-based statement; what the session has loaded is forgotten by the caller."""
    options = {"synchronize_session": False, "unscoped": True}
    db.session.execute(statement, execution_options=options)


def journal(entries: Sequence[tuple[str, int, dict[str, list[Any]]]]) -> None:
    """Write the journal's entries of the present batch in one statement."""
    kinds = sorted({kind for kind, _record, _changes in entries})
    rows = given(
        ((kinds.index(kind), record, changes) for kind, record, changes in entries),
        ("kind", "record", "changes"),
        ("changes",),
    )
    kind = case(
        *((rows.c.kind == number, literal(name, String)) for number, name in enumerate(kinds))
    )
    batch = literal(batch_id(db.session()))
    values = select(batch, kind, rows.c.record, literal("update"), rows.c.changes)
    columns = ["batch_id", "record_type", "record_id", "action", "changes"]
    run(insert(JOURNAL).from_select(columns, values))
