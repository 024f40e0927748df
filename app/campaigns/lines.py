"""Moves in campaigns on the time lines of contractors and events, and in their histories."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Integer, String, and_, cast, null, select, union_all
from sqlalchemy.orm import aliased

from app.campaigns.models import Membership
from app.campaigns.places import membership_column
from app.contractors.models import Contractor
from app.db import db
from app.events.models import Event
from app.features import nodes
from app.features.catalog import by_id
from app.features.models import FeatureNode
from app.records import history, timeline
from app.records.timeline import MOVES, Entry, Place, Source

WORDS = {
    "node": _l("Place"),
    "from": _l("From"),
    "to": _l("Until"),
    "why": _l("Why"),
    "contractor": _l("Contractor"),
    "event": _l("Event"),
}


def moves(record: Any, place: Place | None, most: int) -> list[Entry]:
    """Hung on, moved, taken off: by when it became so."""
    rows = db.session.execute(_query(record, place, most)).all()
    names = nodes.trails(path for row in rows for path in (row.old, row.new) if path)
    return [_entry(row, names) for row in rows]


def _query(record: Any, place: Place | None, most: int) -> Any:
    """Beginnings with the place left at that moment, and ends that began nowhere else.

    An entry's id is twice the membership's, plus one for a beginning.
    """
    rows = union_all(_beginnings(record), _ends(record)).subquery()
    query = select(rows, User).outerjoin(User, User.id == rows.c.by)
    query = query.where(timeline.older(rows.c.at, rows.c.id, MOVES, place))
    return query.order_by(rows.c.at.desc(), rows.c.id.desc()).limit(most)


def _same(one: Any, other: Any, record: Any) -> Any:
    column = membership_column(type(record)).key
    return and_(getattr(one, column) == getattr(other, column), one.feature_id == other.feature_id)


def _beginnings(record: Any) -> Any:
    left, old = aliased(Membership), aliased(FeatureNode)
    came = and_(_same(left, Membership, record), left.to_at == Membership.from_at)
    columns = (
        (Membership.id * 2 + 1).label("id"),
        Membership.from_at.label("at"),
        Membership.feature_id,
        old.path.label("old"),
        FeatureNode.path.label("new"),
        Membership.created_by_id.label("by"),
        Membership.why,
    )
    return (
        select(*columns)
        .join(FeatureNode, FeatureNode.id == Membership.node_id)
        .outerjoin(left, came)
        .outerjoin(old, old.id == left.node_id)
        .where(membership_column(type(record)) == record.id)
    )


def _ends(record: Any) -> Any:
    following = aliased(Membership)
    went = select(following.id).where(
        _same(following, Membership, record), following.from_at == Membership.to_at
    )
    columns = (
        (Membership.id * 2).label("id"),
        Membership.to_at.label("at"),
        Membership.feature_id,
        FeatureNode.path.label("old"),
        cast(null(), String).label("new"),
        cast(null(), Integer).label("by"),
        Membership.why,
    )
    return (
        select(*columns)
        .join(FeatureNode, FeatureNode.id == Membership.node_id)
        .where(
            membership_column(type(record)) == record.id,
            Membership.to_at.is_not(None),
            ~went.exists(),
        )
    )


def _entry(row: Any, names: Mapping[str, str]) -> Entry:
    """A row in words."""
    feature = by_id(row.feature_id)
    campaign = feature.name(str(get_locale())) if feature else ""
    old, new = names.get(row.old, ""), names.get(row.new, "")
    if not new:
        title = _("Taken off: %(campaign)s › %(place)s", campaign=campaign, place=old)
    elif old:
        words = {"campaign": campaign, "old": old, "new": new}
        title = _("Moved in %(campaign)s: %(old)s → %(new)s", **words)
    else:
        title = _("Hung on: %(campaign)s › %(place)s", campaign=campaign, place=new)
    who = timeline.name_of(row.User) if row.User else ""
    return Entry(row.at, row.id, title, None, who, row.why or "")


def keys(record: Any) -> Sequence[tuple[str, Any]]:
    """The memberships whose changes belong to the record's history."""
    mine = membership_column(type(record)) == record.id
    return [("membership", select(Membership.id).where(mine))]


def register() -> None:
    """Put moves on the time lines and into the histories."""
    source = Source("move", _l("Campaign moves"), "route", MOVES, moves)
    for model in (Contractor, Event):
        timeline.add(model, source)
        history.add_keys(model, keys)
    history.describe("membership", _l("Place in a campaign"), WORDS)
    history.call_by_name(("node_id",), nodes.trails_of)
