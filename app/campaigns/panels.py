"""What campaigns add to contractors, events and stages: form part, card panel, filter."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.access.current import acting
from app.campaigns import columns, dimensions, forms, lines, pickers
from app.campaigns.models import Membership
from app.campaigns.operations import follow_contractors, open_events_on
from app.campaigns.places import membership_column
from app.contractors.models import Contractor
from app.db import db, now
from app.events.models import Event, Stage
from app.features import nodes
from app.features import panels as feature_panels
from app.features.catalog import by_id, campaigns_of
from app.features.models import Feature
from app.features.rules import DEEP
from app.lists.columns import add_columns
from app.lists.dimensions import add_dimensions
from app.lists.filters import add_fields
from app.persons.models import Person
from app.records import panels
from app.records.panels import Figure, Panel

SHOWN = 30


def places_panel(record: Any) -> Mapping[str, Any] | None:
    """Where the record hangs and hung; what may be done about it."""
    campaigns = campaigns_of(type(record))
    if not campaigns:
        return None
    rows = [
        (one, who)
        for one, who in db.session.execute(_memberships(record))
        if by_id(one.feature_id)
    ]
    nodes.name_trails([one.node for one, _who in rows])
    present = [one for one, _who in rows if one.to_at is None]
    taken = {one.feature_id for one in present}
    may = acting().may("hang", "CampaignView")
    free = [one for one in campaigns if one.several or one.id not in taken]
    return {
        "register": record.__tablename__,
        "record": record,
        "present": present,
        "past": [(one, who) for one, who in rows if one.to_at is not None],
        "names": {one.id: one.name(str(get_locale())) for one in campaigns},
        "open_events": _open_events(record, present) if may else {},
        "may_hang": may,
        "free": free if may else [],
    }


def _memberships(record: Any) -> Any:
    mine = membership_column(type(record)) == record.id
    return (
        select(Membership, User)
        .outerjoin(User, User.id == Membership.created_by_id)
        .where(mine)
        .options(joinedload(Membership.node))
        .order_by(Membership.to_at.desc().nulls_first(), Membership.id.desc())
        .limit(SHOWN)
    )


def _open_events(record: Any, present: list[Membership]) -> dict[int, list[Event]]:
    """Node -> the contractor's open events there, which may move along."""
    if not isinstance(record, Contractor) or not present:
        return {}
    query = open_events_on(record.id, [one.node_id for one in present]).limit(SHOWN)
    on = Membership.__table__.alias("on_node")
    pairs = query.join(on, on.c.event_id == Event.id).add_columns(on.c.node_id)
    here = [one.node_id for one in present]
    found: dict[int, list[Event]] = {}
    for event, node_id in db.session.execute(
        pairs.where(on.c.to_at.is_(None), on.c.node_id.in_(here))
    ):
        found.setdefault(node_id, []).append(event)
    return found


def marking_panel(feature: Feature) -> Mapping[str, Any] | None:
    """Whether the reader may make a campaign of the tree, or a tree of the campaign."""
    may = feature.kind in DEEP and acting().may("mark", "CampaignView")
    return {} if may else None


def shown_figures(data: Mapping[str, Any]) -> list[Figure]:
    """On how many places the record hangs."""
    return [Figure(_("places in campaigns"), len(data["present"]), "#campaigns")]


def register() -> None:
    """Attach features and campaigns to the registers that carry them."""
    lines.register()
    carriers: tuple[Any, ...] = (Contractor, Person, Event, Stage)
    for carrier in carriers:
        feature_panels.attach(carrier)
    for model, place, figures in (
        (Contractor, "side", shown_figures),
        (Event, "side", panels.no_figures),
    ):
        panels.add(
            model, Panel("campaigns", "campaigns/_panel.html", places_panel, place, 30, figures)
        )
        panels.add_part(model, forms.part(model))
    panels.settle_new(Event, lambda events: follow_contractors(events, now()))
    panels.add(Feature, Panel("campaign", "campaigns/_marking.html", marking_panel, "side", 20))
    registers: tuple[Any, ...] = (Contractor, Event, Stage)
    for register_ in registers:
        add_fields(register_, "campaigns", pickers.filter_maker(register_))
        add_dimensions(register_, "campaigns", partial(dimensions.dimensions_for, register_))
        add_columns(register_, "campaigns", partial(columns.columns_for, register_))
