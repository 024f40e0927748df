"""What the bell rings for: reminders, mentions, work given, acts on many of one's records."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.access.current import Actor
from app.access.visibility import visible
from app.audit.models import Batch
from app.days import zone
from app.db import db
from app.desk.models import ASSIGNED, BULK, BellSetting, Notice
from app.desk.today import COUNTED, capped, shown_with
from app.events.models import Event, Stage
from app.records.mentions import mark_seen, mentions_of
from app.records.models import Mention

REMINDER, MENTION = "reminder", "mention"
KINDS: Mapping[str, Any] = {
    REMINDER: _l("Reminders"),
    MENTION: _l("Mentions"),
    ASSIGNED: _l("Work given to me"),
    BULK: _l("Acts on many of my records"),
}
ACTS = (ASSIGNED, BULK)
HISTORIES = (MENTION, *ACTS)
AHEAD = timedelta(minutes=15)
MORNING = time(8)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def setting_of(actor: Actor) -> BellSetting:
    """What the operator wants to hear of; a new setting, not stored yet, if nothing was said."""
    return db.session.get(BellSetting, actor.id) or BellSetting(user_id=actor.id, muted="")


def heard(setting: BellSetting) -> list[str]:
    """The kinds that ring."""
    return [kind for kind in KINDS if kind not in setting.muted.split(",")]


def unseen(actor: Actor, setting: BellSetting, at: datetime) -> dict[str, int]:
    """How much there is of each kind since the operator looked, in one statement."""
    since = setting.seen_at or LONG_AGO
    news = notices_of(actor).where(Notice.at > since)
    queries = {
        REMINDER: reminders_of(actor, at).where(reminded_after(since)),
        MENTION: mentions_of(actor, unseen=True),
        ASSIGNED: news.where(Notice.kind == ASSIGNED),
        BULK: news.where(Notice.kind == BULK),
    }
    kinds = heard(setting)
    if not kinds:
        return {}
    counts = db.session.execute(select(*(capped(queries[kind]) for kind in kinds))).one()
    return dict(zip(kinds, counts, strict=True))


# --- reminders -----------------------------------------------------------------------------------


def reminders_of(actor: Actor, at: datetime) -> Select[Stage]:
    """SELECT of the actor's open stages whose time has come: a whole day rings in the morning."""
    mine = visible(Stage).where(Stage.operator_id == actor.id, Stage.closed_at.is_(None))
    timed = and_(Stage.due_at.is_not(None), Stage.due_at <= at + AHEAD)
    whole = and_(Stage.due_at.is_(None), Stage.due_on <= rung_day(at))
    return mine.where(or_(timed, whole))


def reminded_after(since: datetime) -> ColumnElement[bool]:
    """Whether a reminder came after a moment."""
    timed = and_(Stage.due_at.is_not(None), Stage.due_at > since + AHEAD)
    return or_(timed, and_(Stage.due_at.is_(None), Stage.due_on > rung_day(since)))


def rung_day(at: datetime) -> date:
    """The last company day whose morning has come."""
    local = at.astimezone(zone())
    return local.date() - timedelta(days=local.time() < MORNING)


def first_reminders(actor: Actor, at: datetime, limit: int) -> Sequence[Stage]:
    """The latest due ahead: what is overdue for weeks has been seen."""
    query = reminders_of(actor, at).options(*shown_with())
    latest = query.order_by(Stage.due_on.desc(), Stage.due_at.desc().nulls_last(), Stage.id.desc())
    return db.session.scalars(latest.limit(limit)).all()


# --- acts of others ------------------------------------------------------------------------------


def notices_of(actor: Actor) -> Select[Notice]:
    """SELECT of what others did to the actor's work and have not taken back."""
    later = aliased(Batch)
    undone = exists().where(later.undoes_id == Notice.batch_id)
    return select(Notice).where(Notice.user_id == actor.id, ~undone)


def notices(actor: Actor, kind: str, before: int | None, limit: int) -> Sequence[Notice]:
    """A page of them, the latest first, with who did it."""
    query = notices_of(actor).where(Notice.kind == kind)
    if before is not None:
        query = query.where(Notice.id < before)
    shown = query.options(joinedload(Notice.batch).joinedload(Batch.actor))
    return db.session.scalars(shown.order_by(Notice.id.desc()).limit(limit)).all()


def mentions(actor: Actor, before: int | None, limit: int) -> Sequence[Mention]:
    """A page of the notes in which the actor is named, the latest first."""
    query = mentions_of(actor)
    if before is not None:
        query = query.where(Mention.note_id < before)
    return db.session.scalars(query.limit(limit)).all()


def look(actor: Actor, at: datetime) -> None:
    """Note, inside a transaction, that the actor has seen everything up to now."""
    setting = db.session.merge(setting_of(actor))
    setting.seen_at = at
    new = db.session.scalars(mentions_of(actor, unseen=True).limit(COUNTED)).all()
    mark_seen(actor, [one.note_id for one in new])


def records_of(found: Sequence[Notice]) -> dict[str, Event]:
    """`stage:5` or `event:7` of each notice with its event, as far as the operator sees it."""
    keys = [one.record.partition(":") for one in found]
    stages = {int(pk) for table, _colon, pk in keys if table == "stage"}
    events = {int(pk) for table, _colon, pk in keys if table == "event"}
    if not stages | events:
        return {}
    query = (
        visible(Event)
        .outerjoin(Stage, and_(Stage.event_id == Event.id, Stage.id.in_(stages)))
        .where(or_(Event.id.in_(events), Stage.id.in_(stages)))
        .add_columns(Stage.id)
        .options(joinedload(Event.contractor))
    )
    known: dict[str, Event] = {}
    for event, stage_id in db.session.execute(query):
        known[f"event:{event.id}"] = event
        known[f"stage:{stage_id}"] = event
    return known
