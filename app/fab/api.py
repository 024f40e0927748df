"""The base of every REST resource: the framework's, with its holes closed.

A token and nothing else opens it; records are found through the account's visibility; what is
taken and given is written down in schemas; every writing request is one transaction.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from apispec import APISpec
from flask import Response, abort, current_app, request
from flask_appbuilder.api import ModelRestApi, expose, protect
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.orm.interfaces import ORMOption

from app.access import visibility
from app.access.current import acting
from app.db import Versioned, db, flush, now, transaction
from app.errors import DomainError, InvalidValue, Reason
from app.fab.description import DescribedApi, described, result
from app.fab.once import Key, Reply, digest, do_once
from app.fab.schemas import CrmSchema, reasons_of

PK = "<int(max=2147483647):pk>"
ODD = re.compile("[\x00\ud800-\udfff]")
CHANGES: Any = {"parameters": ("If-Match",), "needed": ("If-Match",), "refuses": (409,)}
OK = {"type": "object", "properties": {"message": {"type": "string"}}}


class Stale(DomainError):
    """The record changed since the program read it."""

    status = 412


class Unconditional(DomainError):
    """A change that does not say which version it is made from."""

    status = 428


class CrmApi(DescribedApi, ModelRestApi):
    """One register for programs; subclasses give the four schemas."""

    list_model_schema: CrmSchema
    show_model_schema: CrmSchema
    add_model_schema: CrmSchema
    edit_model_schema: CrmSchema
    _apispec_parameter_schemas: Any = {}

    # --- set-up ---------------------------------------------------------------------------

    def _init_properties(self) -> None:
        """Columns are those of the schemas; the framework would add all others."""
        self.label_columns: dict[str, Any] = {}
        self.base_filters: list[Any] = []
        self.list_columns = list(self.list_model_schema.fields)
        self.show_columns = list(self.show_model_schema.fields)
        self.add_columns = list(self.add_model_schema.fields)
        self.edit_columns = list(self.edit_model_schema.fields)

    @property
    def list_model_schema_name(self) -> str:
        """How a row is called in the description."""
        return f"{self.resource_title}.row"

    @property
    def show_model_schema_name(self) -> str:
        """How a whole record is called in the description."""
        return self.resource_title

    @property
    def add_model_schema_name(self) -> str:
        """How a new record is called in the description."""
        return f"{self.resource_title}.new"

    @property
    def edit_model_schema_name(self) -> str:
        """How a change is called in the description."""
        return f"{self.resource_title}.change"

    def add_apispec_components(self, api_spec: APISpec) -> None:
        """Describe the schemas that take or give something."""
        DescribedApi.add_apispec_components(self, api_spec)
        schemas = {
            self.list_model_schema: self.list_model_schema_name,
            self.show_model_schema: self.show_model_schema_name,
            self.add_model_schema: self.add_model_schema_name,
            self.edit_model_schema: self.edit_model_schema_name,
        }
        for schema, name in schemas.items():
            if schema.fields:
                api_spec.components.schema(name, schema=schema)

    # --- finding --------------------------------------------------------------------------

    @classmethod
    def model(cls) -> Any:
        """The table's class."""
        return cls.datamodel.obj

    @classmethod
    def item_options(cls) -> tuple[ORMOption, ...]:
        """How a record's relations are loaded."""
        return ()

    @classmethod
    def fresh(cls, pk: int) -> Any | None:
        """The record with all it shows, as it now stands, if the account may see it."""
        model = cls.model()
        query = visibility.visible(model).where(model.id == pk).options(*cls.item_options())
        return db.session.scalars(
            query, execution_options={"populate_existing": True}
        ).one_or_none()

    def visible_or_404(self, pk: int) -> Any:
        """The record, if the account may see it."""
        return visibility.find_visible(self.model(), pk) or abort(404)

    def locked(self, pk: int) -> Any:
        """The record, freshly read and locked, if the account may see it."""
        return visibility.lock_visible(self.model(), pk) or abort(404)

    # --- the five operations --------------------------------------------------------------

    @expose("/_info", methods=["GET"])
    @protect()
    @described(gives={"type": "object"})
    def info(self) -> Response:
        """What the account may do here; fields, filters and orders."""
        may = [
            one
            for one in self.base_permissions
            if (one, self.class_permission_name) in acting().permissions
        ]
        found: Response = self.response(
            200,
            permissions=sorted(may),
            add_columns=fields_of(self.add_model_schema),
            edit_columns=fields_of(self.edit_model_schema),
            **self.list_info(),
        )
        return found

    def list_info(self) -> dict[str, Any]:
        """What the list can be asked."""
        return {}

    @expose(f"/{PK}", methods=["GET"])
    @protect()
    @described(gives=result("{}"))
    def get(self, pk: int) -> Response:
        """One record; its ETag is needed to change it."""
        item = self.fresh(pk) or abort(404)
        return respond(self.reply_with(item, 200, pk))

    @expose("/", methods=["POST"])
    @protect()
    @described(body="{}.new", gives=result("{}"), status=201, parameters=("Idempotency-Key",))
    def post(self) -> Response:
        """Register a record."""
        values = read(self.add_model_schema)

        def deed() -> Reply:
            with db.session.no_autoflush:
                item = self.create(values)
            flush()
            return self.reply(201, item.id)

        return respond(do_once(asked_key(), deed))

    @expose(f"/{PK}", methods=["PUT", "PATCH"])
    @protect()
    @described(
        body="{}.change",
        gives=result("{}"),
        parameters=("If-Match",),
        needed=("If-Match",),
        refuses=(409,),
    )
    def put(self, pk: int) -> Response:
        """Change the fields given; the others stay as they are."""
        self.visible_or_404(pk)
        need_if_match()
        values = read(self.edit_model_schema)
        with transaction():
            item = self.locked(pk)
            refuse_stale(item)
            with db.session.no_autoflush:
                self.write(item, values)
            flush()
            reply = self.reply(200, pk)
        return respond(reply)

    @expose(f"/{PK}", methods=["DELETE"])
    @protect()
    @described(gives=OK, **CHANGES)
    def delete(self, pk: int) -> Response:
        """Move the record to the trash."""
        self.visible_or_404(pk)
        need_if_match()
        with transaction():
            item = self.locked(pk)
            refuse_stale(item)
            self.trash(item)
            flush()
        return respond(Reply.of(200, message="OK"))

    # --- hooks ----------------------------------------------------------------------------

    def create(self, values: dict[str, Any]) -> Any:
        """Make the record, inside the transaction; it is flushed when it is whole."""
        item = self.model()()
        self.write(item, values)
        db.session.add(item)
        return item

    def write(self, item: Any, values: Mapping[str, Any]) -> None:
        """Put values into the record; it is flushed when it is whole."""
        put_values(item, values)

    def trash(self, item: Any) -> None:
        """Put the record into the trash."""
        item.trashed_at = now()

    # --- answering ------------------------------------------------------------------------

    @classmethod
    def reply(cls, status: int, pk: int) -> Reply:
        """The record as it now stands; null if it went out of the account's sight."""
        return cls.reply_with(cls.fresh(pk), status, pk)

    @classmethod
    def reply_with(cls, item: Any | None, status: int, pk: int) -> Reply:
        """The record, freshly read."""
        shown = cls.show_model_schema.dump(item) if item is not None else None
        address = f"/api/v1/{cls.resource_name}/{pk}" if status == 201 else None
        return Reply.of(status, address, id=pk, result=shown)

    def act(self, pk: int, deed: Callable[[], Any]) -> Response:
        """Do a verb of the record in one transaction, once per key; answer with the record."""
        self.visible_or_404(pk)

        def kept() -> Reply:
            if "If-Match" in request.headers:
                refuse_stale(self.locked(pk))
            deed()
            flush()
            return self.reply(200, pk)

        return respond(do_once(asked_key(), kept))


def put_values(item: Any, values: Mapping[str, Any]) -> None:
    """Put values into the record; a moment goes into its two columns."""
    for name, value in values.items():
        if hasattr(item, f"{name}_on"):
            setattr(item, f"{name}_on", value and value.on)
            setattr(item, f"{name}_at", value and value.at)
        else:
            setattr(item, name, value)


def respond(reply: Reply) -> Response:
    """A reply as a response, with the ETag of the record in it."""
    response = current_app.response_class(reply.body, reply.status, mimetype="application/json")
    if reply.location:
        response.headers["Location"] = reply.location
    shown = json.loads(reply.body).get("result")
    if isinstance(shown, dict) and "version" in shown:
        response.set_etag(str(shown["version"]))
    return response


def asked_key() -> Key | None:
    """The request's Idempotency-Key, with a fingerprint of all it asks for."""
    return asked_with(request.get_data())


def asked_with(*body: bytes) -> Key | None:
    """The same, where the body was read in another way."""
    text = request.headers.get("Idempotency-Key", "").strip()
    if not text:
        return None
    asked = digest(request.method.encode(), request.full_path.encode(), *body)
    return Key(text, acting().id, asked)


def need_if_match() -> None:
    """Raise Unconditional unless the request says which version it changes."""
    if "If-Match" not in request.headers:
        text = _("Send If-Match with the record's ETag.")
        raise Unconditional(Reason("if_match.missing", text))


def refuse_stale(item: Versioned) -> None:
    """Raise Stale if the record is not in the version the program has read."""
    if not request.if_match.contains_weak(str(item.version)):
        text = _("Somebody changed this record while you were editing it.")
        raise Stale(Reason("conflict", text))


def read(schema: CrmSchema, *, needed: bool = True) -> dict[str, Any]:
    """The request's body as the schema takes it; without a body, nothing, if none is needed."""
    data = read_json() if needed or request.get_data() else {}
    try:
        found: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise InvalidValue(*reasons_of(error.messages)) from error
    return found


def read_json() -> Any:
    """The request's body; 415 if it is no JSON, 400 if it can't be read."""
    if not request.is_json:
        abort(415)
    try:
        found = json.loads(request.get_data(), parse_constant=no_number)
        sane = isinstance(found, dict) and not is_odd(found)
    except (ValueError, RecursionError):
        abort(400)
    return found if sane else abort(400)


def no_number(text: str) -> Any:
    """NaN and Infinity are not JSON."""
    raise ValueError(text)


def is_odd(value: Any) -> bool:
    """Whether a text in the value can't be stored: NUL or half of a character."""
    if isinstance(value, dict):
        return any(is_odd(below) for pair in value.items() for below in pair)
    if isinstance(value, list):
        return any(is_odd(below) for below in value)
    return isinstance(value, str) and ODD.search(value) is not None


def fields_of(schema: CrmSchema) -> list[dict[str, Any]]:
    """Name, kind and need of each field a schema takes."""
    partial: Any = schema.fields if schema.partial is True else schema.partial or ()
    return [
        {
            "name": name,
            "type": type(field).__name__,
            "required": field.required and name not in partial,
        }
        for name, field in schema.load_fields.items()
    ]
