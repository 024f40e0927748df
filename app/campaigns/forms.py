"""Places on the forms of contractors and events: one choice of nodes per campaign.

A new event takes its contractor's place in each campaign unless the form said otherwise. When a
contractor moves, its open events on the old place are offered to move along.
"""

from collections.abc import Iterable
from typing import Any

from flask import g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import BooleanField
from wtforms.validators import Optional

from app.access import visibility
from app.access.current import acting
from app.campaigns import operations, rules
from app.campaigns.models import Membership
from app.campaigns.places import find_place
from app.contractors.models import Contractor
from app.db import db, now
from app.errors import DomainError, InvalidValue, refuse_if
from app.events.models import Event
from app.fab.forms import RemoteField
from app.features import nodes
from app.features.catalog import campaigns_of
from app.features.controls import NodesField
from app.features.models import Feature, FeatureNode
from app.records.panels import FormPart, no_suggestions

PREFIX, ALONG = "place_", "events_along"
Places = dict[int, list[FeatureNode]]


def fields_for(model: type[Any], item: Any | None) -> list[tuple[str, Any]]:
    """(name, field) for each campaign on which the register's records may hang."""
    if not acting().may("hang", "CampaignView"):
        return []
    chosen = places_of(item) if item is not None else first_places(model)
    fields = [
        (f"{PREFIX}{feature.code}", field_for(feature, chosen.get(feature.id, [])))
        for feature in campaigns_of(model)
    ]
    if isinstance(item, Contractor) and (count := open_there(item, chosen)):
        label = _("If it moves, its open events there move along (%(count)s)", count=count)
        fields.append((ALONG, BooleanField(label, default=True)))
    return fields


def field_for(feature: Feature, chosen: list[FeatureNode]) -> Any:
    """The choice of places in a campaign."""
    label, kind = feature.name(str(get_locale())), f"node-{feature.id}"
    if feature.several:
        return NodesField(label, [Optional()], kind=kind, default=chosen)
    return RemoteField(label, [Optional()], kind=kind, default=chosen[0] if chosen else None)


def places_of(record: Any) -> Places:
    """Campaign -> the nodes on which the record hangs now, with their full names."""
    found: Places = {}
    for membership in operations.present_of(record):
        found.setdefault(membership.feature_id, []).append(membership.node)
    nodes.name_trails([node for some in found.values() for node in some])
    return found


def first_places(model: type[Any]) -> Places:
    """Where a new record hangs at first: the node one came from, else its contractor's place."""
    place = find_place(request.args.get("node", ""))
    if place is not None and place.node is not None:
        nodes.name_trails([place.node])
        return {place.node.feature_id: [place.node]}
    if model is not Event or (contractor := contractor_given()) is None:
        return {}
    return own_places(contractor)


def own_places(contractor: Contractor) -> Places:
    """Campaign -> the contractor's place there, where it has just one."""
    return {key: some for key, some in places_of(contractor).items() if len(some) == 1}


def suggested(contractor: Contractor) -> dict[str, list[dict[str, Any]]]:
    """Field -> the contractor's place, for a new event of its."""
    if not acting().may("hang", "CampaignView"):
        return {}
    places = own_places(contractor)
    return {
        f"{PREFIX}{feature.code}": [
            {"id": node.id, "text": node.trail} for node in places[feature.id]
        ]
        for feature in campaigns_of(Event)
        if feature.id in places
    }


def contractor_given() -> Contractor | None:
    """The contractor that the address of the form names, if it is visible."""
    number = request.args.get("contractor", type=int)
    if not number or not 0 < number < 2**31:
        return None
    if "campaign_contractor" not in g:
        g.campaign_contractor = visibility.find_visible(Contractor, number)
    found: Contractor | None = g.campaign_contractor
    return found


def open_there(contractor: Contractor, places: Places) -> int:
    """How many of its open events hang where the contractor does."""
    ids = [node.id for some in places.values() for node in some]
    if not ids:
        return 0
    query = operations.open_events_on(contractor.id, ids).order_by(None)
    return int(db.session.scalar(select(func.count()).select_from(query.subquery())) or 0)


# --- saving -----------------------------------------------------------------------------------


def sent_nodes(form: Any, feature: Feature) -> list[FeatureNode] | None:
    """What was chosen for a campaign; None if it was not on the form."""
    name = f"{PREFIX}{feature.code}"
    if name not in form or not form[name].raw_data:
        return None
    data = form[name].data
    return list(data) if isinstance(data, list) else [data] if data is not None else []


def lock(form: Any) -> None:
    """Hold the trees of what was chosen before the record is locked."""
    fields = [form[name] for name in form._fields if name.startswith(PREFIX)]
    chosen = [field.data for field in fields if field.data]
    flat: Iterable[Any] = (
        one for some in chosen for one in (some if isinstance(some, list) else [some])
    )
    if ids := [node.id for node in flat]:
        operations.lock_nodes(ids)


def save(form: Any, item: Any) -> None:
    """Hang the record where the form says; what was not on the form stays."""
    lock(form)
    is_new = not db.session.scalar(select(operations.memberships_of(item).exists()))
    for feature in campaigns_of(type(item)):
        sent = sent_nodes(form, feature)
        if is_new and isinstance(item, Event) and not sent:
            follow_contractor(item, feature)
        elif sent is not None:
            move(form, item, feature, sent)


def move(form: Any, item: Any, feature: Feature, sent: list[FeatureNode]) -> None:
    """From the old places to the new ones, with the contractor's open events if wished."""
    at, old = now(), [one.node_id for one in operations.present_in(item, feature.id)]
    new = [node.id for node in sent]
    if sorted(old) == sorted(new):
        return
    try:
        operations.set_places(item, feature.id, new, at)
    except DomainError as error:
        reasons = rules.reasons_for(f"{PREFIX}{feature.code}", list(error.reasons))
        raise InvalidValue(*reasons) from error
    moves = isinstance(item, Contractor) and not feature.several and old and new
    if moves and ALONG in form and form[ALONG].data:
        events = db.session.scalars(operations.open_events_on(item.id, old)).all()
        operations.move_along(acting(), [event.id for event in events], new[0], at)


def follow_contractor(event: Event, feature: Feature) -> None:
    """Hang a new event where its contractor hangs; on several places somebody must choose."""
    if event.contractor_id is None:
        return
    query = select(Membership.node_id).where(
        Membership.contractor_id == event.contractor_id,
        Membership.feature_id == feature.id,
        Membership.to_at.is_(None),
    )
    ids = list(db.session.scalars(query))
    name = f"{PREFIX}{feature.code}"
    refuse_if(rules.reasons_for(name, rules.node_of_contractor(ids)), InvalidValue)
    given = request.form.get("suggested", request.args.get("contractor"))
    was_shown = given == str(event.contractor_id) and bool(request.form)
    if not was_shown:
        operations.follow_contractors([event], now(), [feature])


def part(model: type[Any]) -> FormPart:
    """The part of a register's form that hangs its records."""
    return FormPart(
        name="campaigns",
        heading=_l("Campaigns"),
        fields=lambda item: fields_for(model, item),
        save=save,
        rank=60,
        lock=lock,
        suggest=suggested if model is Event else no_suggestions,
    )
