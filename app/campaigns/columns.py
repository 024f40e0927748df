"""The column of campaigns: on which nodes a record, or a stage's event, hangs."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.campaigns.models import Membership
from app.campaigns.pickers import name_places
from app.campaigns.places import membership_column
from app.db import db
from app.events.models import Event, Stage
from app.features.catalog import campaigns
from app.lists.columns import Column


def columns_for(model: type[Any]) -> list[Column]:
    """The column of campaigns, where there are any."""
    if not campaigns():
        return []
    values = partial(places_of, model)
    return [Column("campaigns", _("Campaigns"), first=False, values=values)]


def places_of(model: type[Any], rows: Sequence[Any]) -> Mapping[int, str]:
    """The full names of the nodes on which each row hangs now."""
    through = model is Stage
    column = membership_column(Event if through else model)
    hung = {row.id: row.event_id if through else row.id for row in rows}
    whole = [feature.id for feature in campaigns()]
    query = (
        select(column, Membership)
        .options(joinedload(Membership.node))
        .where(
            column.in_(hung.values()), Membership.to_at.is_(None), Membership.feature_id.in_(whole)
        )
    )
    found = db.session.execute(query.order_by(Membership.id)).all()
    name_places([one.node for _record, one in found])
    names: dict[int, list[str]] = {}
    for record, one in found:
        names.setdefault(record, []).append(one.node.trail)
    return {pk: "; ".join(names[record]) for pk, record in hung.items() if record in names}
