"""The campaigns an operator works in, with how far the stages of their own events are."""

from dataclasses import dataclass

from flask_babel import get_locale
from sqlalchemy import func, select

from app.access.visibility import visible
from app.campaigns.models import Membership
from app.db import db
from app.desk.whose import Whose
from app.events.models import Event
from app.features.catalog import by_id

SHOWN = 6


@dataclass(frozen=True)
class Progress:
    """A campaign with its stages done and planned, of the events that some operators lead."""

    name: str
    feature_id: int
    done: int
    planned: int


def campaigns_of(whose: Whose) -> list[Progress]:
    """The campaigns with most open work first; an event on two places of one counts once."""
    mine = visible(Event).where(Event.operator_id.in_(whose.ids))
    hung = (
        mine.join(Membership, Membership.event_id == Event.id)
        .where(Membership.to_at.is_(None))
        .with_only_columns(Membership.feature_id, Event.id, Event.last_pos, Event.closed_upto)
        .distinct()
        .subquery()
        .c
    )
    done, planned = func.sum(hung.closed_upto), func.coalesce(func.sum(hung.last_pos), 0)
    query = select(hung.feature_id, done, planned).group_by(hung.feature_id)
    rows = db.session.execute(query.order_by((planned - done).desc(), hung.feature_id)).all()
    return [
        Progress(campaign.name(str(get_locale())), campaign.id, int(closed), int(count))
        for feature_id, closed, count in rows
        if count and (campaign := by_id(feature_id))
    ][:SHOWN]
