"""Events for programs: /api/v1/event/, with their stages and their closure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.access.current import acting
from app.days import Moment, zone
from app.db import db, flush, now
from app.errors import Reason, RuleViolation
from app.events import operations
from app.events.definitions import Series
from app.events.fields import event_fields
from app.events.models import Event, Stage
from app.events.parties import release_foreign_contacts, settle_event, settle_stage
from app.events.stage_api import Closing, StageApi, StageNew, StageShown
from app.fab.api import PK, asked_key, put_values, read, respond
from app.fab.description import described, result
from app.fab.interface import CrmInterface
from app.fab.once import Reply, do_once
from app.fab.schemas import (
    Flag,
    InstantValue,
    MomentValue,
    Named,
    Number,
    RelationId,
    operator_named,
    relation,
    text_of,
)
from app.features.api import FeatureFields, FeatureValues, know_names, own, write_features
from app.lists.paging import Order, read_moment, read_number
from app.records.api import RecordApi
from app.records.panels import settle

ADD = {
    "in": "query",
    "name": "add",
    "schema": {"type": "string", "maxLength": 255},
    "description": "Reopen by a new last stage with this subject; the old last one stays closed",
}


def living_series(pk: int) -> Series | None:
    """A series in which events may still be registered."""
    found = db.session.get(Series, pk)
    return found if found is not None and found.archived_at is None else None


class EventChange(FeatureFields):
    """What a program may change in an event; once it has stages, it is due as the last one."""

    start = MomentValue()
    due = MomentValue(allow_none=True)
    contractor = relation("contractor", allow_none=True)
    contact = relation("person", allow_none=True)
    operator = relation("operator")
    internal = Flag()
    subject = text_of(Event.subject)
    description = text_of(Event.description)
    features = FeatureValues(Event)


class EventNew(EventChange):
    """A new event: by default of the first series, for the account itself, beginning now."""

    series = RelationId(living_series)


class EventClosing(Closing):
    """How an event is closed; `cascade` names its open stages, which then close before it."""

    cascade = fields.List(Number(least=1))


class EventShown(EventChange):
    """An event as programs get it."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    number = fields.String()
    series = Named(lambda one: one.symbol)
    contractor = Named()
    contact = Named()
    operator = operator_named()
    outcome = Named()
    closed_at = InstantValue(allow_none=True)
    closed_by = operator_named()
    stages_closed = fields.Integer(attribute="closed_upto")
    stages_total = fields.Function(lambda event: event.last_pos or 0, metadata={"type": "integer"})
    stages = fields.List(fields.Nested(StageShown(exclude=("event", "contractor"))))
    created_at = InstantValue()
    changed_at = InstantValue()


LONG = ("description", "stages", "closed_by", "created_at", "changed_at")


class EventApi(RecordApi):
    """Events and their closure."""

    resource_name = "event"
    resource_title = "Event"
    datamodel = CrmInterface(Event)
    list_model_schema = EventShown(exclude=LONG)
    show_model_schema = EventShown()
    add_model_schema = EventNew()
    edit_model_schema = EventChange(partial=True)
    openapi_spec_component_schemas = (EventClosing,)
    orders = (
        Order("start", Event.start_on, Event.id, descending=True, read=date.fromisoformat),
        Order("number", Event.number_key, Event.id, read=read_number),
        Order("due", Event.due_on, Event.id, nullable=True, read=date.fromisoformat),
        Order("closed", Event.closed_at, Event.id, nullable=True, read=read_moment),
        Order("id", Event.id, Event.id, read=int),
    )
    filter_fields = event_fields

    @classmethod
    def item_options(cls) -> Any:
        """Everything an event shows, with its stages."""
        stages = selectinload(Event.all_stages)
        parts = (Stage.contact, Stage.operator, Stage.closed_by, Stage.outcome)
        people = (joinedload(Event.closed_by), *(stages.joinedload(part) for part in parts))
        return (*cls.row_options(), *people)

    @classmethod
    def row_options(cls) -> Any:
        """The relations a row shows."""
        parts = (Event.contractor, Event.contact, Event.operator, Event.outcome, Event.series)
        return tuple(joinedload(part) for part in parts)

    def load(self, ids: list[int]) -> list[Any]:
        """The rows with the names of their features' values."""
        rows = super().load(ids)
        know_names(rows)
        return rows

    def locked(self, pk: int) -> Any:
        """The event with its stages, locked."""
        return operations.locked_event(pk)

    def create(self, values: dict[str, Any]) -> Any:
        """A new event, open, with the usual outcome."""
        item = Event(outcome_id=operations.chosen_outcome(None).id)
        start = Moment.at_instant(now().replace(second=0, microsecond=0), zone())
        usual = {"start": start, "operator": acting().user, "series": first_series()}
        self.write(item, {**usual, **values})
        db.session.add(item)
        flush()
        settle([item])
        return item

    def write(self, item: Any, values: Mapping[str, Any]) -> None:
        """The fields, then the parties: they must go together."""
        if "due" in values:
            refuse_other_due(item, values["due"])
        super().write(item, own(values))
        settle_event(item)
        release_foreign_contacts(item)
        write_features(item, values)

    def trash(self, item: Any) -> None:
        """With all its stages."""
        operations.trash_event(acting(), item.id, now())

    def take_back(self, pk: int, at: Any) -> None:
        """Out of the trash, with the stages."""
        operations.restore_event(acting(), pk)

    def history_keys(self, item: Any) -> list[tuple[str, Any]]:
        """The event's entries and those of all its stages."""
        rows: Any = Stage.__table__  # also those in the trash
        stages = select(rows.c.id).where(rows.c.event_id == item.id)
        return [*super().history_keys(item), ("stage", stages)]

    # --- acts -----------------------------------------------------------------------------

    @expose(f"/{PK}/closure", methods=["POST"])
    @protect()
    @permission_name("close")
    @described(
        body="EventClosing",
        body_needed=False,
        gives=result("{}"),
        parameters=("Idempotency-Key", "If-Match"),
    )
    def close(self, pk: int) -> Response:
        """Close the event with its last stage; with `cascade`, with all its open stages."""
        given = read(EventClosing(), needed=False)
        named, wish = given.pop("cascade", None), operations.Wish(**given)
        if named:
            return self.act(pk, lambda: operations.close_cascade(acting(), pk, wish, now(), named))
        return self.act(pk, lambda: operations.close_event(acting(), pk, wish, now()))

    @expose(f"/{PK}/closure", methods=["DELETE"])
    @protect()
    @permission_name("reopen")
    @described(
        gives=result("{}"),
        parameters=("Idempotency-Key", "If-Match", "reason"),
        needed=("reason",),
        more=(ADD,),
    )
    def reopen(self, pk: int) -> Response:
        """Reopen the event with its last stage, or by a new stage."""
        reason, subject = request.args.get("reason"), request.args.get("add")
        if subject is None:
            return self.act(pk, lambda: operations.reopen_event(acting(), pk, reason))
        return self.act(
            pk, lambda: operations.reopen_and_add(acting(), pk, reason, now(), subject[:255])
        )

    @expose(f"/{PK}/stage", methods=["POST"])
    @protect()
    @permission_name("arrange")
    @described(
        body="Stage.new", gives=result("Stage"), status=201, parameters=("Idempotency-Key",)
    )
    def add_stage(self, pk: int) -> Response:
        """Add a stage at the end, or insert it at `position` behind the closed ones."""
        values = read(StageNew())
        self.visible_or_404(pk)

        def deed() -> Reply:
            stage = added(pk, values)
            return StageApi.reply(201, stage.id)

        return respond(do_once(asked_key(), deed))


def added(event_id: int, values: dict[str, Any]) -> Stage:
    """Add the stage to the event; what is not said goes on from the stage before."""
    event, position = operations.locked_event(event_id), values.pop("position", None)
    with db.session.no_autoflush:
        stage = operations.next_stage(event, values.pop("subject", None), now())
        put_values(stage, own(values))
        event.add_stage(stage, position)
        settle_stage(stage)
        write_features(stage, values)
    flush()
    return stage


def refuse_other_due(event: Event, due: Moment | None) -> None:
    """Raise RuleViolation if the event's due date is its last stage's and would be another."""
    if event.last_pos and (event.due_on, event.due_at) != (due and due.on, due and due.at):
        text = _("The event is due when its last stage is: change the stage.")
        raise RuleViolation(Reason("event.due_of_stage", text, field="due"))


def first_series() -> Series:
    """The series of a new event unless said otherwise."""
    query = select(Series).where(Series.archived_at.is_(None)).order_by(Series.id)
    found = db.session.scalars(query.limit(1)).first()
    if found is None:
        text = _("There is no series in which events could be numbered.")
        raise RuleViolation(Reason("series.none", text, field="series"))
    return found
