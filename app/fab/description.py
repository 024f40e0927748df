"""How the API describes itself: OpenAPI from the schemas and from a note beside each operation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import request
from flask_appbuilder.api import BaseApi, expose, protect
from flask_appbuilder.api.manager import OpenApi, SwaggerView, resolver
from flask_appbuilder.security.decorators import has_access, permission_name

from app.fab.answers import problem

_also: dict[str, Callable[[], dict[str, Any]]] = {}

F = TypeVar("F", bound=Callable[..., Any])

ERRORS = {
    "400": "The request can't be read",
    "401": "No token, or one that opens nothing",
    "403": "The role does not permit it",
    "404": "There is no such record, or the account may not see it",
    "409": "A rule speaks against it now; `offers` name ways out",
    "412": "The record has changed since: read it again",
    "415": "What is sent must be JSON",
    "422": "A value is wrong; `field` says which",
    "428": "If-Match with the record's ETag is needed",
    "429": "Too many attempts",
}
REASON = {
    "type": "object",
    "required": ["code", "text", "offers"],
    "properties": {
        "code": {"type": "string", "description": "Stable, for programs"},
        "text": {"type": "string", "description": "For people, in the language asked for"},
        "offers": {"type": "array", "items": {"type": "string"}},
        "field": {"type": "string"},
        "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Named"}},
    },
}
PROBLEM = {
    "type": "object",
    "required": ["message", "reasons"],
    "properties": {
        "message": {"type": "string"},
        "reasons": {"type": "array", "items": {"$ref": "#/components/schemas/Reason"}},
    },
}
NAMED = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "integer"}, "text": {"type": "string"}},
}
TEXTS = {"node", "register", "act"}  # in addresses; what else stands there is an id
PARAMETERS = {
    "If-Match": ("header", {"type": "string"}, "The record's ETag, as last read"),
    "Idempotency-Key": ("header", {"type": "string", "maxLength": 120}, "Do it once only"),
    "reason": ("query", {"type": "string", "maxLength": 2000}, "Why history is turned back"),
    "as_of": ("query", {"type": "string", "format": "date"}, "Dated features as of this day"),
    "before": ("query", {"type": "integer", "minimum": 1}, "Entries older than this one"),
}


@dataclass(frozen=True)
class Note:
    """What an operation takes and gives. Schemas are named; `{}` in a name is the resource's."""

    body: str | None = None
    body_needed: bool = True
    body_type: str = "application/json"
    gives: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    parameters: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    refuses: tuple[int, ...] = ()
    more: tuple[dict[str, Any], ...] = ()
    media: tuple[str, ...] = ("application/json",)
    open: bool = False


def described(**values: Any) -> Callable[[F], F]:
    """Put a Note beside an operation; its first line of documentation becomes the summary."""

    def mark(function: F) -> F:
        function.note = Note(**values)  # type: ignore[attr-defined]
        return function

    return mark


def describe_also(name: str, shape: Callable[[], dict[str, Any]]) -> None:
    """Add a schema that is made for each reader of the document."""
    _also[name] = shape


def ref(name: str) -> dict[str, Any]:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def result(name: str) -> dict[str, Any]:
    """{"id", "result"}: one record; `result` is null if it went out of the account's sight."""
    properties = {"id": {"type": "integer"}, "result": {"allOf": [ref(name)], "nullable": True}}
    return {"type": "object", "required": ["id", "result"], "properties": properties}


def answer(
    words: str, schema: Any, media: Sequence[str] = ("application/json",)
) -> dict[str, Any]:
    """A response of these kinds."""
    return {"description": words, "content": {kind: {"schema": schema} for kind in media}}


def named(value: Any, resource: str) -> Any:
    """The value with the resource's name in all its texts."""
    if isinstance(value, dict):
        return {key: named(below, resource) for key, below in value.items()}
    if isinstance(value, list):
        return [named(below, resource) for below in value]
    return value.replace("{}", resource) if isinstance(value, str) else value


class DescribedApi(BaseApi):
    """Base of every resource: its operations are described by notes, its refusals speak alike."""

    responses = {code: answer(words, ref("Problem")) for code, words in ERRORS.items()}
    resource_title = ""
    notes: Mapping[str, Note] = {}

    def response_400(self, message: Any = None) -> Any:
        """Something that can't be read."""
        return problem(400)

    def response_401(self) -> Any:
        """No good token."""
        return problem(401)

    def response_403(self) -> Any:
        """No permission."""
        return problem(403)

    def operation_helper(
        self,
        path: str | None = None,
        operations: Any = None,
        methods: Any = None,
        func: Any = None,
        **_more: Any,
    ) -> None:
        """Describe one route."""
        note: Note = self.notes.get(func.__name__) or func.note
        for method in methods:
            operation = operation_of(note, func, path or "", self.resource_title)
            operation["operationId"] = f"{type(self).__name__}.{func.__name__}.{method.lower()}"
            operations[method.lower()] = operation


def operation_of(note: Note, func: Any, path: str, resource: str) -> dict[str, Any]:
    """An operation in OpenAPI's words."""
    codes = sorted({*note.refuses, *usual_refusals(note, path)})
    parameters = [parameter(one, note) for one in note.parameters]
    found: dict[str, Any] = {
        "summary": (func.__doc__ or "").strip().split("\n")[0],
        "parameters": [*path_parameters(path), *parameters, *note.more],
        "responses": {
            str(note.status): answer("Done", named(note.gives, resource), note.media),
            **{str(code): {"$ref": f"#/components/responses/{code}"} for code in codes},
        },
    }
    if not note.open:
        found["security"] = [{"jwt": []}]
    if note.body:
        schema = ref(note.body.replace("{}", resource))
        content = {note.body_type: {"schema": schema}}
        found["requestBody"] = {"required": note.body_needed, "content": content}
    return found


def usual_refusals(note: Note, path: str) -> set[int]:
    """The refusals that follow from what the operation takes."""
    codes = {400} | (set() if note.open else {401, 403})
    codes |= {404} if "{" in path else set()
    codes |= {415, 422} if note.body else set()
    codes |= {428} if "If-Match" in note.needed else set()
    codes |= {412} if "If-Match" in note.parameters else set()
    return codes | ({409, 422} if "Idempotency-Key" in note.parameters else set())


def path_parameters(path: str) -> list[dict[str, Any]]:
    """The ids in an address."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    number = {"type": "integer", "minimum": 0, "maximum": 2147483647}
    shapes = {name: {"type": "string"} if name in TEXTS else number for name in names}
    return [
        {"in": "path", "name": name, "required": True, "schema": shape}
        for name, shape in shapes.items()
    ]


def parameter(name: str, note: Note) -> dict[str, Any]:
    """A header or an argument of the address."""
    place, schema, words = PARAMETERS[name]
    needed = name in note.needed
    return {"in": place, "name": name, "required": needed, "schema": schema, "description": words}


class EtapOpenApi(DescribedApi, OpenApi):
    """The API's description, for programs."""

    allow_browser_login = False
    class_permission_name = "OpenApi"
    resource_title = "OpenApi"

    @expose("/v1/_openapi", methods=["GET"])
    @protect()
    @described(gives={"type": "object"})
    def get(self) -> Any:
        """The description of the API in OpenAPI 3."""
        return self.response(200, **describe(self.appbuilder))


class DescriptionView(SwaggerView):
    """The API's description to read and try, for administrators."""

    route_base = "/swagger"
    class_permission_name = "SwaggerView"

    @expose("/v1", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """The page."""
        return self.render_template("fab/swagger.html", title="API")

    @expose("/v1/openapi.json", methods=["GET"])
    @has_access
    @permission_name("show")
    def document(self) -> Any:
        """What the page shows; the API itself takes no cookie."""
        return describe(self.appbuilder)


def describe(builder: Any) -> dict[str, Any]:
    """The OpenAPI document of all resources."""
    spec = APISpec(
        title=builder.app_name,
        version="v1",
        openapi_version="3.0.3",
        info={"description": "Contractors, persons, events and their stages, campaigns."},
        plugins=[MarshmallowPlugin(schema_name_resolver=resolver)],
        servers=[{"url": request.host_url}],
    )
    for name, schema in (("Reason", REASON), ("Problem", PROBLEM), ("Named", NAMED)):
        spec.components.schema(name, schema)
    for name, shape in _also.items():
        spec.components.schema(name, shape())
    spec.components.security_scheme(
        "jwt", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )
    for api in builder.baseviews:
        if isinstance(api, BaseApi):
            api.add_api_spec(spec)
    document: dict[str, Any] = spec.to_dict()
    return document
