"""Bulk acts for programs: freeze a selection, plan an act, carry it out, take a batch back."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, abort, current_app
from flask_appbuilder.api import BaseApi, expose, protect
from flask_appbuilder.security.decorators import permission_name
from marshmallow import fields
from marshmallow.validate import Length

from app.access import visibility
from app.access.current import acting
from app.audit.sets import given_ids
from app.db import now, transaction
from app.fab.api import asked_key, read, respond
from app.fab.description import DescribedApi, described
from app.fab.once import Reply, do_once
from app.fab.schemas import CrmSchema, Flag, Number, Words, one_of
from app.lists.api import ListApi, checked
from app.lists.selection import MOST, Selection, freeze, frozen, keep
from app.records.bulk import acts, plans, undo
from app.records.bulk.plans import BulkPlan

REGISTERS = ("contractor", "person", "event", "stage")
SELECTED = {
    "type": "object",
    "required": ["selection", "count"],
    "properties": {"selection": {"type": "string"}, "count": {"type": "integer"}},
}
ROWS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "id": {"type": "integer"},
            "code": {"type": "string"},
        },
    },
}
PLANNED = {
    "type": "object",
    "required": ["plan", "will_change", "held", "same", "done"],
    "properties": {
        "plan": {"type": "string"},
        "will_change": {"type": "integer"},
        "kinds": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "How many of each register change",
        },
        "same": {"type": "integer", "description": "They are so already"},
        "held": {**ROWS, "description": "Left as they are, each with the code of the reason"},
        "reasons": {"type": "object", "additionalProperties": {"type": "string"}},
        "done": {"type": "integer", "nullable": True},
        "skipped": {**ROWS, "description": "Changed since the plan, and left"},
        "batch": {"type": "integer", "nullable": True, "description": "DELETE it to undo"},
    },
}
UNDONE = {"type": "object", "properties": {"batch": {"type": "integer"}}}


class Choosing(CrmSchema):
    """Rows of a register: by ids, or all that the list's `q` finds."""

    register = one_of(REGISTERS, required=True)
    ids = fields.List(Number(least=1), validate=Length(max=MOST, error="too_long"))
    q = fields.Dict()


class Planning(CrmSchema):
    """Rows by `selection` or `ids`, and what the act asks for, such as {"operator": 5}."""

    selection = Words(validate=Length(max=32, error="too_long"))
    ids = fields.List(Number(least=1), validate=Length(max=MOST, error="too_long"))
    options = fields.Dict(keys=fields.String())


class Doing(CrmSchema):
    """The plan; `skip_held` does the others, else all or nothing. `count` above 1,000 rows."""

    plan = Words(required=True, validate=Length(max=32, error="too_long"))
    skip_held = Flag()
    count = Number()


class BulkApi(DescribedApi, BaseApi):
    """Acts on many records."""

    route_base = "/api/v1"
    resource_title = "Bulk"
    openapi_spec_component_schemas = (Choosing, Planning, Doing)

    @expose("/selection", methods=["POST"])
    @protect()
    @permission_name("use")
    @described(body="Choosing", gives=SELECTED, status=201, parameters=("Idempotency-Key",))
    def select(self) -> Response:
        """Freeze rows of a register for half a day; what comes later is not among them."""
        values = read(Choosing())

        def deed() -> Reply:
            found = chosen(values["register"], values)
            return Reply.of(201, selection=found.token, count=found.count)

        return respond(do_once(asked_key(), deed))

    @expose(
        "/<string(maxlength=40):register>/bulk/<string(maxlength=40):act>/plan", methods=["POST"]
    )
    @protect()
    @permission_name("use")
    @described(body="Planning", gives=PLANNED, refuses=(409,))
    def plan(self, register: str, act: str) -> Response:
        """What the act would change of the rows, and what it would leave and why."""
        wanted = act_or_404(register, act)
        values = read(Planning())
        return planned(wanted, lambda: chosen(register, values), values.get("options", {}))

    @expose(
        "/<string(maxlength=40):register>/bulk/<string(maxlength=40):act>/apply", methods=["POST"]
    )
    @protect()
    @permission_name("use")
    @described(body="Doing", gives=PLANNED, parameters=("Idempotency-Key",))
    def apply(self, register: str, act: str) -> Response:
        """Carry a plan out in one transaction; sent again, it answers with what was done."""
        act_or_404(register, act)
        return carry_out()

    @expose("/batch/<int(max=2147483647):pk>", methods=["DELETE"])
    @protect()
    @permission_name("use")
    @described(gives=UNDONE, parameters=("Idempotency-Key",))
    def undo(self, pk: int) -> Response:
        """Take a whole batch of your own back, if nothing in it changed since."""
        return respond(
            do_once(asked_key(), lambda: Reply.of(200, batch=undo.undo(acting(), pk, now())))
        )


def planned(
    act: acts.BulkAct, rows: Callable[[], Selection], options: Mapping[str, Any]
) -> Response:
    """Plan the act for the rows and answer with the plan."""
    with transaction():
        reply = reply_of(plans.make(acting(), act, rows().ids, options, now()))
    return respond(reply)


def carry_out() -> Response:
    """Carry out the plan that was sent; sent again, it answers with what was done."""
    values = read(Doing())
    mode = plans.SKIP if values.get("skip_held") else plans.ALL

    def deed() -> Reply:
        count = str(values.get("count", ""))
        return reply_of(plans.carry_out(acting(), values["plan"], mode, count, now()))

    return respond(do_once(asked_key(), deed))


def act_or_404(register: str, name: str) -> acts.BulkAct:
    """The act, if the account may do it."""
    act = acts.find(register, name) or abort(404)
    act.require(acting())
    return act


def chosen(register: str, values: Mapping[str, Any]) -> Selection:
    """The rows meant: frozen before, given by ids, or all that the list finds."""
    if values.get("selection"):
        return frozen(acting(), register, values["selection"], now())
    api = list_of(register)
    if "ids" in values:
        api_rows = api.base_query().where(api.model().id.in_(given_ids(values["ids"])))
        return freeze(acting(), register, api_rows, now())
    if "q" not in values:
        return keep(acting(), register, [], now())
    with visibility.as_a_set():
        query = api.selected(checked(values["q"]))
    return freeze(acting(), register, query, now())


def list_of(register: str) -> ListApi:
    """The list of the register."""
    views = current_app.extensions["appbuilder"].baseviews
    found = [one for one in views if isinstance(one, ListApi) and one.resource_name == register]
    return found[0] if found else abort(404)


def reply_of(kept: BulkPlan) -> Reply:
    """A plan as programs get it."""
    return Reply.of(
        200,
        plan=kept.token,
        will_change=kept.number,
        kinds=kept.kinds,
        same=kept.same,
        held=rows_of(kept.held),
        reasons={code: text for code, text, _number in kept.reasons},
        done=kept.done if kept.batch_id else None,
        skipped=rows_of(kept.skipped or []),
        batch=kept.batch_id,
    )


def rows_of(rows: list[Any]) -> list[dict[str, Any]]:
    """Rows with the codes of the reasons."""
    return [{"type": kind, "id": number, "code": code} for kind, number, code in rows]
