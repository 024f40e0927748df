"""Handing over for programs: who has open items, plan, carry out; a batch is taken back as any."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import User
from marshmallow import fields
from marshmallow.validate import Length
from sqlalchemy import select

from app.access.current import acting
from app.audit.sets import given_ids
from app.db import now
from app.desk.handover import HandOver, open_items, operators
from app.fab.api import read
from app.fab.description import DescribedApi, described
from app.fab.schemas import CrmSchema, Number, user_name
from app.lists.selection import MOST, freeze
from app.records.bulk.api import PLANNED, Doing, carry_out, planned

ALL = {"in": "query", "name": "all", "schema": {"type": "integer", "enum": [1]}}
TEAM = {"in": "query", "name": "team", "schema": {"type": "integer", "minimum": 1}}
COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}
HOLDER = {
    "type": "object",
    "required": ["id", "name", "active", "open"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "active": {"type": "boolean"},
        "open": {**COUNTS, "description": "How many open items, by register"},
    },
}
HOLDERS = {"type": "object", "properties": {"result": {"type": "array", "items": HOLDER}}}


class HandingOver(CrmSchema):
    """Operators by `ids`; {"operator": who takes over, "campaign": only of it, "note"}."""

    ids = fields.List(Number(least=1), required=True, validate=Length(max=MOST, error="too_long"))
    options = fields.Dict(keys=fields.String())


class HandoverApi(DescribedApi, BaseApi):
    """Open items of operators, given to another in one act."""

    resource_name = "handover"
    resource_title = "Hand-over"
    openapi_spec_component_schemas = (HandingOver, Doing)

    @expose("/", methods=["GET"])
    @protect()
    @permission_name("use")
    @described(gives=HOLDERS, more=(ALL, TEAM))
    def show(self) -> Response:
        """Who has open items: deactivated operators, or with `all` everybody; of one team."""
        team = request.args.get("team", type=int)
        found = operators(inactive=not request.args.get("all"), team=team)
        counts = open_items(acting(), [one.id for one in found])
        rows = [row_of(one, counts[one.id]) for one in found if one.id in counts]
        answer: Response = self.response(200, result=rows)
        return answer

    @expose("/plan", methods=["POST"])
    @protect()
    @permission_name("use")
    @described(body="HandingOver", gives=PLANNED)
    def plan(self) -> Response:
        """What would go to whom: every open item that the account sees."""
        values = read(HandingOver())
        query = select(User).where(User.id.in_(given_ids(values["ids"])))
        return planned(
            HandOver(),
            lambda: freeze(acting(), HandOver.register, query, now()),
            values.get("options", {}),
        )

    @expose("/apply", methods=["POST"])
    @protect()
    @permission_name("use")
    @described(body="Doing", gives=PLANNED, parameters=("Idempotency-Key",), refuses=(409,))
    def apply(self) -> Response:
        """Hand over as planned, in one transaction; sent again, it answers with what was done."""
        return carry_out()


def row_of(user: User, counts: Mapping[str, int]) -> dict[str, Any]:
    """An operator with the numbers of open items."""
    return {"id": user.id, "name": user_name(user), "active": bool(user.active), "open": counts}
