"""What every record offers to programs: its list and operations, its history, its trash."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, abort, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from marshmallow import fields

from app.access.current import acting
from app.db import flush, now
from app.fab.api import PK, asked_key, respond
from app.fab.description import Note, described, ref, result
from app.fab.once import Reply, do_once
from app.fab.schemas import LARGEST, CrmSchema, InstantValue, operator_named
from app.lists.api import PARAMETER, ListApi, bad, list_of
from app.lists.exports.api import ExportedApi
from app.records.history import HISTORY_PAGE, added_keys, history_of, seen_changes
from app.records.trash import find_trashed, put_away


class Entry(CrmSchema):
    """What one act changed in one record."""

    id = fields.Integer(required=True)
    at = InstantValue(attribute="batch.at")
    by = operator_named(attribute="batch.actor")
    door = fields.String(attribute="batch.door")
    act = fields.String(attribute="batch.act", allow_none=True)
    reason = fields.String(attribute="batch.reason", allow_none=True)
    record_type = fields.String()
    record_id = fields.Integer()
    action = fields.String()
    changes = fields.Function(
        lambda entry: seen_changes(entry.changes), metadata={"type": "object"}
    )


HISTORY = {
    "type": "object",
    "required": ["result", "older"],
    "properties": {
        "result": {"type": "array", "items": ref("Entry")},
        "older": {"type": "integer", "nullable": True, "description": "`before` of the next page"},
    },
}


class RecordApi(ExportedApi, ListApi):
    """Base of contractors, persons, events and stages."""

    openapi_spec_component_schemas = (Entry,)
    notes: Mapping[str, Note] = {
        "get": Note(gives=result("{}"), parameters=("as_of",)),
        "get_list": Note(gives=list_of("{}.row"), parameters=("as_of",), more=(PARAMETER,)),
    }

    def trash(self, item: Any) -> None:
        """Put the record away; it can be restored."""
        put_away(item, now())

    @expose(f"/{PK}/restoration", methods=["POST"])
    @protect()
    @permission_name("restore")
    @described(gives=result("{}"), parameters=("Idempotency-Key",))
    def restore(self, pk: int) -> Response:
        """Take the record out of the trash."""

        def deed() -> Reply:
            self.take_back(pk, now())
            flush()
            return self.reply(200, pk)

        return respond(do_once(asked_key(), deed))

    def take_back(self, pk: int, at: datetime) -> None:
        """Restore the record, inside the transaction."""
        item = find_trashed(self.model(), pk, acting()) or abort(404)
        item.trashed_at = None

    @expose(f"/{PK}/history", methods=["GET"])
    @protect()
    @described(gives=HISTORY, parameters=("before",))
    def history(self, pk: int) -> Response:
        """Who changed what and when, newest first."""
        item = self.visible_or_404(pk)
        entries = history_of(self.history_keys(item), read_before())
        older = entries[HISTORY_PAGE - 1].id if len(entries) > HISTORY_PAGE else None
        shown = Entry(many=True).dump(entries[:HISTORY_PAGE])
        found: Response = self.response(200, result=shown, older=older)
        return found

    def history_keys(self, item: Any) -> list[tuple[str, Any]]:
        """(record type, id) of the record and of what belongs to it."""
        return [(item.__tablename__, item.id), *added_keys(item)]


def read_before() -> int | None:
    """The entry before which the page of the history ends; raises BadQuery."""
    text = request.args.get("before", "")
    if not text:
        return None
    good = text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= LARGEST
    if not good:
        raise bad("before", _("This can't be read."), "before")
    return int(text)
