"""Stages for programs: /api/v1/stage/, their closure, their order."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from marshmallow import fields
from marshmallow.validate import Length
from sqlalchemy.orm import joinedload

from app.access.current import acting
from app.db import now
from app.events import operations
from app.events.fields import stage_fields
from app.events.models import Event, Stage
from app.events.parties import settle_stage
from app.fab.api import CHANGES, OK, PK, read
from app.fab.description import Note, described, result
from app.fab.interface import CrmInterface
from app.fab.schemas import (
    CrmSchema,
    InstantValue,
    MomentValue,
    Named,
    Number,
    Words,
    one_of,
    operator_named,
    relation,
    text_of,
)
from app.features.api import FeatureFields, FeatureValues, know_names, own, write_features
from app.lists.paging import Order, read_moment
from app.records.api import RecordApi

CHOICE = {
    "in": "query",
    "name": "choice",
    "schema": {"type": "string", "enum": ["reopen_previous", "close_event"]},
    "description": "What happens if a closed stage becomes the last one",
}
REASON = {
    "in": "query",
    "name": "reason",
    "schema": {"type": "string", "maxLength": 2000},
    "description": "Needed if the stage is closed",
}
DOWN_TO = {
    "in": "query",
    "name": "down_to",
    "schema": {"type": "boolean"},
    "description": "Reopen the closed stages behind it too",
}


class Closing(CrmSchema):
    """How something is closed: outcome (its id), time (now, unless said) and words."""

    outcome = Number(least=1, attribute="outcome_id")
    closed_at = InstantValue(attribute="at")
    note = Words(allow_none=True, validate=Length(max=2000, error="too_long"))


class StageClosing(Closing):
    """How a stage is closed: alone, with all open ones before it, or going on with a new one."""

    how = one_of(("alone", "up_to", "add_next"), load_default="alone")
    subject = text_of(Stage.subject)


class Place(CrmSchema):
    """A place in the order of stages."""

    position = Number(least=1, required=True)


class StageFields(FeatureFields):
    """What a program may say of a stage at any time."""

    subject = text_of(Stage.subject)
    description = text_of(Stage.description)
    start = MomentValue()
    due = MomentValue(allow_none=True)
    contact = relation("person", allow_none=True)
    operator = relation("operator")
    features = FeatureValues(Stage)


class StageNew(StageFields):
    """A new stage; what is not said goes on from the stage before, or from the event."""

    position = Number(least=1, allow_none=True)


class StageChange(StageFields):
    """What a program may change in a stage; dates and outcome of a closed one are history."""

    outcome = Number(least=1)
    closed_at = InstantValue()


class StageShown(StageChange):
    """A stage as programs get it."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    event = Named(lambda event: event.number)
    contractor = Named(attribute="event.contractor")
    position = fields.Integer()
    contact = Named()
    operator = operator_named()
    outcome = Named()
    closed_at = InstantValue(allow_none=True)
    closed_by = operator_named()


class StageApi(RecordApi):
    """Stages of all events; they are added through their event."""

    resource_name = "stage"
    resource_title = "Stage"
    datamodel = CrmInterface(Stage)
    exclude_route_methods = frozenset({"post"})
    list_model_schema = StageShown(exclude=("description", "closed_by"))
    show_model_schema = StageShown()
    add_model_schema = StageNew()
    edit_model_schema = StageChange(partial=True)
    openapi_spec_component_schemas = (StageClosing, Place)
    notes = {**RecordApi.notes, "delete": Note(gives=OK, **CHANGES, more=(CHOICE, REASON))}
    orders = (
        Order("due", Stage.due_on, Stage.id, nullable=True, read=date.fromisoformat),
        Order("start", Stage.start_on, Stage.id, read=date.fromisoformat),
        Order("closed", Stage.closed_at, Stage.id, nullable=True, read=read_moment),
        Order("id", Stage.id, Stage.id, read=int),
    )
    filter_fields = stage_fields

    @classmethod
    def item_options(cls) -> Any:
        """Everything a stage shows."""
        event = joinedload(Stage.event).joinedload(Event.contractor)
        parts = (Stage.contact, Stage.operator, Stage.closed_by, Stage.outcome)
        return (event, *(joinedload(part) for part in parts))

    row_options = item_options

    def load(self, ids: list[int]) -> list[Any]:
        """The rows with the names of their features' values."""
        rows = super().load(ids)
        know_names(rows)
        return rows

    def locked(self, pk: int) -> Any:
        """The stage of its locked event."""
        return operations.locked_stage(pk)

    def write(self, item: Any, values: Mapping[str, Any]) -> None:
        """Plan and completion go through their verbs; the rest is plain."""
        verbs = {"start", "due", "closed_at", "outcome"}
        super().write(item, {name: one for name, one in own(values).items() if name not in verbs})
        settle_stage(item)
        if "start" in values:
            operations.begin_stage(acting(), item, values["start"], now())
        if "due" in values:
            operations.plan_stage(acting(), item, values["due"])
        if "closed_at" in values:
            operations.correct_closing(acting(), item, values["closed_at"], now())
        if values.get("outcome", item.outcome_id) != item.outcome_id:
            outcome = operations.chosen_outcome(values["outcome"])
            operations.correct_outcome(acting(), item, outcome.id)
        write_features(item, values)

    def trash(self, item: Any) -> None:
        """Out of the order; `choice` and `reason` are in the address."""
        choice, reason = request.args.get("choice"), request.args.get("reason")
        operations.delete_stage(acting(), item.id, now(), choice, reason)

    def take_back(self, pk: int, at: Any) -> None:
        """Out of the trash: to the end of the order, open."""
        operations.restore_stage(acting(), pk)

    # --- acts -----------------------------------------------------------------------------

    @expose(f"/{PK}/closure", methods=["POST"])
    @protect()
    @permission_name("close")
    @described(
        body="StageClosing",
        body_needed=False,
        gives=result("{}"),
        parameters=("Idempotency-Key", "If-Match"),
    )
    def close(self, pk: int) -> Response:
        """Close the stage in its turn, with those before it, or going on with a new one."""
        given = read(StageClosing(), needed=False)
        how, subject = given.pop("how"), given.pop("subject", None)
        wish = operations.Wish(**given)
        deeds = {
            "alone": lambda: operations.close_stage(acting(), pk, wish, now()),
            "up_to": lambda: operations.close_up_to(acting(), pk, wish, now()),
            "add_next": lambda: operations.close_and_add_next(acting(), pk, wish, now(), subject),
        }
        return self.act(pk, deeds[how])

    @expose(f"/{PK}/closure", methods=["DELETE"])
    @protect()
    @permission_name("reopen")
    @described(
        gives=result("{}"),
        parameters=("Idempotency-Key", "If-Match", "reason"),
        needed=("reason",),
        more=(DOWN_TO,),
    )
    def reopen(self, pk: int) -> Response:
        """Reopen the last closed stage, or all closed ones down to this."""
        reason, down_to = request.args.get("reason"), request.args.get("down_to") == "true"
        return self.act(pk, lambda: operations.reopen_stage(acting(), pk, reason, down_to=down_to))

    @expose(f"/{PK}/position", methods=["PUT"])
    @protect()
    @permission_name("arrange")
    @described(body="Place", gives=result("{}"), parameters=("Idempotency-Key", "If-Match"))
    def move(self, pk: int) -> Response:
        """Give the stage another place among the open ones."""
        position = read(Place())["position"]
        return self.act(pk, lambda: operations.move_stage(acting(), pk, position))
