"""Notes and files for programs: /api/v1/note/ and /api/v1/attachment/."""

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy.orm import joinedload, selectinload

from app.access.current import acting
from app.db import flush
from app.errors import InvalidValue, Reason
from app.fab.api import PK, asked_with, respond
from app.fab.description import described, result
from app.fab.interface import CrmInterface
from app.fab.once import Reply, do_once
from app.fab.schemas import (
    CrmSchema,
    Flag,
    InstantValue,
    Number,
    Shaped,
    one_of,
    operator_named,
    text_of,
)
from app.lists import filters
from app.lists.paging import Order
from app.records import operations, store
from app.records.api import RecordApi
from app.records.file_views import given
from app.records.models import Attachment, Mention, Note
from app.records.trash import find_trashed

CARRIERS = ("contractor", "person", "event", "stage")


class NoteChange(CrmSchema):
    """What a program may change of a note."""

    text = text_of(Note.text)
    pinned = Flag()


class NoteNew(NoteChange):
    """What a program may say of a note: the record it is about, and the text."""

    register = one_of(CARRIERS, attribute="record_type", required=True)
    record = Number(least=1, attribute="record_id", required=True)


class NoteShown(NoteNew):
    """A note as programs get it."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    author = operator_named()
    mentions = fields.List(operator_named(), attribute="mentioned")
    created_at = InstantValue()
    changed_at = InstantValue()


class Carried(RecordApi):
    """What notes and files have in common: their record, their authors' rights."""

    exclude_route_methods = frozenset({"export"})
    rights_of = ""

    def trash(self, item: Any) -> None:
        """Put it away; another's only with the right."""
        operations.refuse_others(acting(), item, self.rights_of)
        operations.put_away(item)

    def take_back(self, pk: int, at: Any) -> None:
        """Restore it, inside the transaction."""
        item = find_trashed(self.model(), pk, acting()) or abort(404)
        operations.refuse_others(acting(), item, self.rights_of)
        item.trashed_at = None


def fields_of(model: type[Any]) -> tuple[filters.FilterField, ...]:
    """What one may filter by: the record that carries it."""
    words = [(name, name) for name in CARRIERS]
    return (
        filters.choice("register", _l("Register"), words, lambda name: model.record_type == name),
        filters.whole_number("record", _l("Record"), model.record_id),
    )


class NoteApi(Carried):
    """Notes of contractors, persons, events and stages."""

    resource_name = "note"
    resource_title = "Note"
    rights_of = "NoteView"
    datamodel = CrmInterface(Note)
    list_model_schema = NoteShown(only=[*NoteShown._declared_fields])
    show_model_schema = NoteShown()
    add_model_schema = NoteNew()
    edit_model_schema = NoteChange(partial=True)
    orders = (Order("id", Note.id, Note.id, read=int, descending=True),)
    filter_fields = (*fields_of(Note), filters.flag("pinned", _l("Pinned"), Note.pinned))

    @classmethod
    def item_options(cls) -> Any:
        """Author and those mentioned."""
        return (joinedload(Note.author), selectinload(Note.mentions).joinedload(Mention.user))

    row_options = item_options

    def create(self, values: dict[str, Any]) -> Any:
        """A note on a record the account sees; those mentioned are told."""
        operations.carrier_or_refuse(values["record_type"], values["record_id"])
        item = super().create(values)
        flush()
        operations.sync_mentions(item)
        return item

    def write(self, item: Any, values: Mapping[str, Any]) -> None:
        """Another text; another's only with the right."""
        if item.id:
            operations.refuse_others(acting(), item, self.rights_of)
        super().write(item, values)
        if item.id and "text" in values:
            operations.sync_mentions(item)


class BinaryValue(Shaped):
    """The content of a file."""

    shape = {"type": "string", "format": "binary"}


class AttachmentNew(CrmSchema):
    """A file with the record it belongs to, as multipart/form-data."""

    register = one_of(CARRIERS, attribute="record_type", required=True)
    record = Number(least=1, attribute="record_id", required=True)
    file = BinaryValue(required=True)


class AttachmentShown(CrmSchema):
    """A file as programs get it; its content is at `content`."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    register = fields.String(attribute="record_type")
    record = fields.Integer(attribute="record_id")
    name = fields.String()
    content_type = fields.String()
    size = fields.Integer()
    digest = fields.String()
    author = operator_named()
    created_at = InstantValue()


class AttachmentApi(Carried):
    """Files of contractors, persons, events and stages."""

    resource_name = "attachment"
    resource_title = "Attachment"
    rights_of = "FileView"
    exclude_route_methods = Carried.exclude_route_methods | {"put"}
    datamodel = CrmInterface(Attachment)
    list_model_schema = AttachmentShown(only=[*AttachmentShown._declared_fields])
    show_model_schema = AttachmentShown()
    add_model_schema = AttachmentNew()
    edit_model_schema = CrmSchema()
    orders = (Order("id", Attachment.id, Attachment.id, read=int, descending=True),)
    filter_fields = fields_of(Attachment)

    @classmethod
    def item_options(cls) -> Any:
        """The author comes along."""
        return (joinedload(Attachment.author),)

    row_options = item_options

    @expose("/", methods=["POST"])
    @protect()
    @described(
        body="{}.new",
        body_type="multipart/form-data",
        gives=result("{}"),
        status=201,
        parameters=("Idempotency-Key",),
        refuses=(404,),
    )
    def post(self) -> Response:
        """Keep a file with a record."""
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise InvalidValue(Reason("value.required", _("Choose a file first."), field="file"))
        record_type, record_id = request.form.get("register", ""), posted_number("record")
        content = operations.content_of(sent)
        key = asked_with(content, *(part.encode() for part in request.form.values()))
        name = sent.filename

        def deed() -> Reply:
            item = operations.attach(record_type, record_id, name, content)
            return self.reply(201, item.id)

        with store.holding():
            return respond(do_once(key, deed))

    @expose(f"/{PK}/content", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives={"type": "string", "format": "binary"})
    def content(self, pk: int) -> Any:
        """The content of the file."""
        return given(self.visible_or_404(pk), look=False)


def posted_number(name: str) -> int:
    """A record's id from the form; raises InvalidValue."""
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**31:
        raise InvalidValue(Reason("value.type", _("This value is of the wrong kind."), field=name))
    return int(text)
