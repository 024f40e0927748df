"""Grouping by campaigns: which one, and the levels of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Subquery, select

from app.campaigns.models import Membership
from app.campaigns.places import membership_column
from app.events.models import Event, Stage
from app.features.catalog import by_id, campaigns, is_on
from app.features.levels import by_level, depths, node_tops
from app.features.models import Feature
from app.lists.dimensions import Dimension
from app.lists.filters.readers import read_id


def dimensions_for(model: type[Any]) -> list[Dimension]:
    """The ways to group a register by what its records, or the stages' events, hang on."""
    record = Event if model is Stage else model
    column, owner = membership_column(record), Stage.event_id if model is Stage else model.id
    found = [one for one in campaigns() if is_on(one, record)]
    if not found:
        return []
    levels = [
        by_level(one, level, hung(column, one, level), owner, several=one.several)
        for one in found
        for level in range(1, depths().get(one.id, 1) + 1)
    ]
    pairs = on_campaigns(column, found)
    whole = Dimension(
        "campaign",
        _("Campaign"),
        None,
        read_id,
        show_campaigns,
        pairs=pairs,
        owner=owner,
        several=True,
    )
    return [whole, *levels]


def present(column: Any) -> Any:
    """The question for memberships of today."""
    return Membership.to_at.is_(None) & column.is_not(None)


def on_campaigns(column: Any, found: Sequence[Feature]) -> Subquery:
    """SELECT of (record, campaign), each once."""
    query = select(column.label("record"), Membership.feature_id.label("key")).where(
        present(column), Membership.feature_id.in_([one.id for one in found])
    )
    several = any(one.several for one in found)
    return (query.distinct() if several else query).subquery("on_campaigns")


def hung(column: Any, feature: Feature, level: int) -> Subquery:
    """SELECT of (record, node on the level), each once."""
    tops = node_tops(feature, level)
    query = (
        select(column.label("record"), tops.c.key)
        .join(tops, tops.c.record == Membership.node_id)
        .where(present(column), Membership.feature_id == feature.id)
    )
    return (query.distinct() if feature.several else query).subquery(f"hung_{feature.id}_{level}")


def show_campaigns(keys: Sequence[int]) -> Mapping[int, str]:
    """Campaigns by their names."""
    locale, found = str(get_locale()), [by_id(key) for key in keys]
    return {one.id: one.name(locale) for one in found if one is not None}
