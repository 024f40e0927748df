"""The calendar that other programs read: an owner's or a team's stages as VEVENTs.

Events and not tasks, since most calendars show no tasks of a feed. A stage without a time is a day
(DATE); with one it begins at its due time, in UTC, and takes half an hour. The same stages give
the same bytes, so that an unchanged feed is answered 304.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app, url_for
from flask_appbuilder.security.sqla.models import assoc_user_group
from flask_babel import gettext as _
from icalendar import Calendar, Event
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from app.access.current import Actor
from app.access.visibility import visible
from app.days import today
from app.db import db
from app.desk.calendar import CLASH
from app.desk.models import CalendarFeed
from app.desk.today import shown_with
from app.events.models import Stage

BACK, AHEAD, MOST = timedelta(days=90), timedelta(days=400), 5_000


def hashed(token: str) -> str:
    """What of a feed's secret is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def renew(actor: Actor, group_id: int | None) -> str:
    """A new secret for the actor's feed, of one's own stages or a team's; the old one ends."""
    end(actor, group_id)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(token_hash=hashed(token), user_id=actor.id, group_id=group_id)
    db.session.add(feed)
    db.session.flush()
    return token


def end(actor: Actor, group_id: int | None) -> None:
    """The feed's address opens nothing any more."""
    same = CalendarFeed.group_id == group_id if group_id else CalendarFeed.group_id.is_(None)
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == actor.id, same))


def find(token: str) -> CalendarFeed | None:
    """The feed with this secret, if its owner is still active."""
    query = select(CalendarFeed).where(CalendarFeed.token_hash == hashed(token))
    people = (joinedload(CalendarFeed.user), joinedload(CalendarFeed.group))
    feed = db.session.scalar(query.options(*people), execution_options={"unscoped": True})
    return feed if feed is not None and feed.user.active else None


def stages_of(feed: CalendarFeed, at: datetime) -> Sequence[Stage]:
    """The stages of the feed that its owner may see now, the latest due first if too many."""
    day = today(at)
    query = visible(Stage).where(Stage.due_on.between(day - BACK, day + AHEAD))
    if feed.group_id is None:
        query = query.where(Stage.operator_id == feed.user_id)
    else:
        members = select(assoc_user_group.c.user_id).where(
            assoc_user_group.c.group_id == feed.group_id
        )
        query = query.where(Stage.operator_id.in_(members))
    latest = query.options(*shown_with()).order_by(Stage.due_on.desc(), Stage.id.desc())
    return db.session.scalars(latest.limit(MOST)).all()


def written(feed: CalendarFeed, stages: Sequence[Stage]) -> bytes:
    """The calendar as bytes."""
    calendar = Calendar()
    name = feed.group.name if feed.group else str(feed.user).strip()
    for key, value in (
        ("prodid", "-//Etap//Etap//EN"),
        ("version", "2.0"),
        ("method", "PUBLISH"),
        ("x-wr-calname", f"Etap: {name}"),
        ("x-published-ttl", "PT15M"),
    ):
        calendar.add(key, value)
    host = urlsplit(current_app.config["PUBLIC_URL"]).hostname or "etap"
    for stage in stages:
        calendar.add_component(entry(stage, host))
    found: bytes = calendar.to_ical()
    return found


def entry(stage: Stage, host: str) -> Event:
    """A stage in the calendar; its identifier never changes."""
    event, firm = stage.event, stage.event.contractor
    begin, finish = times(stage)
    title = f"{'✓ ' if stage.is_closed else ''}{stage.subject or event.subject}"
    item = Event()
    item.add("uid", f"stage-{stage.id}@{host}")
    item.add("dtstamp", stage.changed_at)
    item.add("last-modified", stage.changed_at)
    item.add("created", stage.created_at)
    item.add("sequence", stage.version)
    item.add("dtstart", begin)
    item.add("dtend", finish)
    item.add("summary", f"{title} – {firm.name}" if firm else title)
    item.add("description", "\n".join(told(stage)))
    item.add("url", f"{current_app.config['PUBLIC_URL']}{url_for('StageView.show', pk=stage.id)}")
    item.add("transp", "TRANSPARENT")
    return item


def times(stage: Stage) -> tuple[date | datetime, date | datetime]:
    """Beginning and end: half an hour in UTC, or the whole day."""
    if stage.due_at is not None:
        return stage.due_at, stage.due_at + CLASH
    day = stage.due_on or stage.start_on
    return day, day + timedelta(days=1)


def told(stage: Stage) -> list[str]:
    """The lines of the description."""
    event, person = stage.event, stage.contact
    lines = [f"{event.number} {event.subject}"]
    if person:
        phones = " ".join(filter(None, (person.phone, person.mobile)))
        lines.append(f"{_('Contact')}: {person.full_name} {phones}".strip())
    lines.append(f"{_('Operator')}: {str(stage.operator).strip()}")
    return [*lines, *filter(None, (stage.description,))]
