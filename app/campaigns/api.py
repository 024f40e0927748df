"""Campaigns for programs: their figures, and who hangs where."""

from collections.abc import Callable
from dataclasses import fields as dataclass_fields
from typing import Any

from flask import Response, abort
from flask_appbuilder.api import BaseApi, expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import get_locale
from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Length

from app.access import visibility
from app.access.current import acting
from app.campaigns import operations
from app.campaigns.figures import Numbers, figures_of
from app.campaigns.models import Membership
from app.campaigns.pickers import full_name
from app.campaigns.places import Place, campaign_place, find_by_name, find_by_names, find_place
from app.campaigns.tree import children_of
from app.contractors.models import Contractor
from app.db import now
from app.events.models import Event
from app.fab.api import PK, asked_key, read, respond
from app.fab.description import DescribedApi, described, ref
from app.fab.once import Reply, do_once
from app.fab.schemas import CrmSchema, InstantValue, Named, Number, Words
from app.features.catalog import by_code, by_id, campaigns
from app.features.nodes import find

NODE = "/campaign/<path:node>"
COUNTED = [one.name for one in dataclass_fields(Numbers)]
NUMBERS = {"type": "object", "properties": {name: {"type": "integer"} for name in COUNTED}}
FIGURES = {
    "type": "object",
    "required": ["node", "name", "here", "below"],
    "properties": {
        "node": {"type": "string"},
        "name": {"type": "string"},
        "here": NUMBERS,
        "below": {**NUMBERS, "description": "With all below it; a record counts once"},
    },
}
PLACE = {
    "type": "object",
    "required": ["node", "name"],
    "properties": {
        "node": {"type": "string", "description": "How addresses call it: c3, 12"},
        "name": {"type": "string"},
        "code": {"type": "string"},
    },
}
PLACES = {"type": "object", "properties": {"result": {"type": "array", "items": PLACE}}}
HUNG = {
    "type": "object",
    "required": ["id", "result"],
    "properties": {
        "id": {"type": "integer"},
        "result": {"type": "array", "items": ref("Membership")},
    },
}


class Hanging(CrmSchema):
    """Where a record is to hang: the campaign's code and a node of it."""

    feature = Words(required=True, validate=Length(max=40, error="too_long"))
    node = Number(least=1, required=True)
    why = Words(allow_none=True, validate=Length(max=500, error="too_long"))

    @validates_schema(skip_on_field_errors=True)
    def known(self, values: dict[str, Any], **_more: Any) -> None:
        """The node belongs to the campaign."""
        feature = by_code(values["feature"])
        if feature is None or not feature.campaign:
            raise ValidationError("not_found", "feature")
        if find(feature.id, values["node"]) is None:
            raise ValidationError("not_found", "node")


def code_of(membership: Membership) -> str:
    """The code of the campaign."""
    feature = by_id(membership.feature_id)
    return feature.code if feature else ""


class MembershipShown(CrmSchema):
    """Where a record hangs now."""

    __component_name__ = "Membership"
    id = fields.Integer(required=True)
    feature = fields.Function(code_of, metadata={"type": "string"})
    node = Named()
    from_at = InstantValue()
    why = fields.String(allow_none=True)


class CampaignApi(DescribedApi, BaseApi):
    """The campaign tree."""

    route_base = "/api/v1"
    resource_title = "Campaign"
    openapi_spec_component_schemas = (Hanging, MembershipShown)

    @expose("/campaign/", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives=PLACES)
    def get_list(self) -> Response:
        """The campaigns."""
        locale = str(get_locale())
        found = [
            {"node": campaign_place(one).key, "name": one.name(locale), "code": one.code}
            for one in campaigns()
        ]
        answer: Response = self.response(200, result=found)
        return answer

    @expose(f"{NODE}/nodes", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives=PLACES)
    def nodes(self, node: str) -> Response:
        """The nodes just below a campaign or node."""
        place = place_or_404(node)
        below = children_of([place], [place.key]).get(place.key, [])
        found = [{"node": one.key, "name": one.name} for one in below]
        answer: Response = self.response(200, result=found)
        return answer

    @expose(f"{NODE}/figures", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives=FIGURES)
    def figures(self, node: str) -> Response:
        """What is counted at a place: an id (12, c3, all, none) or names (Deliveries/Germany)."""
        place = place_or_404(node)
        found = figures_of(place, acting())
        answer: Response = self.response(200, node=place.key, name=full_name(place), **found)
        return answer

    @expose(f"/contractor/{PK}/membership", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives=HUNG)
    def contractor_places(self, pk: int) -> Response:
        """Where the contractor hangs now."""
        return respond(hung(Contractor, pk))

    @expose(f"/event/{PK}/membership", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives=HUNG)
    def event_places(self, pk: int) -> Response:
        """Where the event hangs now."""
        return respond(hung(Event, pk))

    @expose(f"/contractor/{PK}/membership", methods=["PUT"])
    @protect()
    @permission_name("hang")
    @described(body="Hanging", gives=HUNG, parameters=("Idempotency-Key",))
    def hang_contractor(self, pk: int) -> Response:
        """Hang the contractor on a node; where only one place is allowed, it moves there."""
        return hang(Contractor, pk)

    @expose(f"/event/{PK}/membership", methods=["PUT"])
    @protect()
    @permission_name("hang")
    @described(body="Hanging", gives=HUNG, parameters=("Idempotency-Key",))
    def hang_event(self, pk: int) -> Response:
        """Hang the event on a node; where only one place is allowed, it moves there."""
        return hang(Event, pk)

    @expose(f"/contractor/{PK}/membership/<int(max=2147483647):membership>", methods=["DELETE"])
    @protect()
    @permission_name("hang")
    @described(gives=HUNG, parameters=("Idempotency-Key",))
    def take_contractor(self, pk: int, membership: int) -> Response:
        """Take the contractor off a node."""
        return take(Contractor, pk, membership)

    @expose(f"/event/{PK}/membership/<int(max=2147483647):membership>", methods=["DELETE"])
    @protect()
    @permission_name("hang")
    @described(gives=HUNG, parameters=("Idempotency-Key",))
    def take_event(self, pk: int, membership: int) -> Response:
        """Take the event off a node."""
        return take(Event, pk, membership)


def place_or_404(text: str) -> Place:
    """The place an address names."""
    return find_place(text) or find_by_names(text) or find_by_name(text) or abort(404)


def hung(model: Any, pk: int) -> Reply:
    """Where a visible record hangs now."""
    record = visibility.find_visible(model, pk) or abort(404)
    shown = MembershipShown(many=True).dump(operations.present_of(record))
    return Reply.of(200, id=pk, result=shown)


def hang(model: Any, pk: int) -> Response:
    """Hang the record where the body says."""
    visibility.find_visible(model, pk) or abort(404)
    given = read(Hanging())
    node, why, register = given["node"], given.get("why"), model.__tablename__
    return done(model, pk, lambda: operations.hang(acting(), register, pk, node, now(), why))


def take(model: Any, pk: int, membership: int) -> Response:
    """End one of the record's memberships."""
    record = visibility.find_visible(model, pk) or abort(404)
    if membership not in [one.id for one in operations.present_of(record)]:
        abort(404)
    return done(model, pk, lambda: operations.take_off(acting(), membership, now()))


def done(model: Any, pk: int, deed: Callable[[], Any]) -> Response:
    """Do it in one transaction, once per key; answer with where the record hangs then."""

    def kept() -> Reply:
        deed()
        return hung(model, pk)

    return respond(do_once(asked_key(), kept))
