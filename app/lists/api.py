"""The list of a REST resource: filters, order and pages by the framework's `q=` argument.

`q` is Rison or JSON: {filters: [{col, opr, value}], order_column, order_direction, page,
page_size, columns, after}. Only what a resource offers can be asked; the rest is answered 400.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import prison
from flask import Response, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from jsonschema import Draft202012Validator
from marshmallow import ValidationError
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm.interfaces import ORMOption

from app.access import visibility
from app.db import db, fold
from app.errors import DomainError, Reason
from app.fab.api import CrmApi, is_odd
from app.fab.description import Note, described, ref
from app.fab.schemas import LARGEST, CrmSchema, read_day
from app.lists.filters import FilterField, Unreadable, added_fields, like
from app.lists.paging import COUNTED, BadCursor, Order, Page, capped_count, fetch

OPERATORS = {"text": ("ct",), "remote": ("below", "eq")}
OPERATORS |= dict.fromkeys(("date", "number"), ("ge", "le", "eq"))
FIRST_SIZE, LARGEST_SIZE, LAST_PAGE = 25, 200, 10_000
Q = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "filters": {
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["col", "opr", "value"],
                "properties": {"col": {"type": "string"}, "opr": {"type": "string"}, "value": {}},
            },
        },
        "order_column": {"type": "string"},
        "order_direction": {"type": "string", "enum": ["asc", "desc"]},
        "page": {"type": "integer", "minimum": 0, "maximum": LAST_PAGE},
        "page_size": {"type": "integer", "minimum": 1},
        "columns": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "after": {"type": "string", "maxLength": 2000, "description": "`next` of the page before"},
    },
}
VALIDATOR = Draft202012Validator(Q)
PARAMETER = {
    "in": "query",
    "name": "q",
    "description": "Rison or JSON; what can be asked is in `_info`",
    "content": {"application/json": {"schema": Q}},
}


def list_of(row: str) -> dict[str, Any]:
    """The answer to a list: its rows, and how to go on."""
    return {
        "type": "object",
        "required": ["count", "count_is_exact", "ids", "next", "result"],
        "properties": {
            "count": {"type": "integer", "description": f"Counted no further than {COUNTED}"},
            "count_is_exact": {"type": "boolean"},
            "ids": {"type": "array", "items": {"type": "integer"}},
            "next": {
                "type": "string",
                "nullable": True,
                "description": "`after` of the next page",
            },
            "result": {"type": "array", "items": ref(row)},
        },
    }


class BadQuery(DomainError):
    """A list was asked something it does not offer."""

    status = 400


@dataclass(frozen=True)
class Question:
    """One way to filter: how the value is read, and what it asks of the database."""

    read: Callable[[Any], Any]
    test: Callable[[Any], ColumnElement[bool]]


Questions = Mapping[str, Question]


class ListApi(CrmApi):
    """A resource with a list; subclasses name its filters, by column and operator, and orders."""

    filters: Mapping[str, Questions] = {}
    orders: tuple[Order, ...] = ()

    def _init_properties(self) -> None:
        """Orders and searches are those on offer."""
        super()._init_properties()
        self.order_columns = [order.name for order in self.orders]
        self.search_columns = list(self.filters)

    def list_info(self) -> dict[str, Any]:
        """The filters with their operators, and the orders."""
        offered = {
            name: [{"operator": operator} for operator in questions]
            for name, questions in self.questions().items()
        }
        return {"filters": offered, "order_columns": self.order_columns}

    @expose("/", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives=list_of("{}.row"), more=(PARAMETER,))
    def get_list(self) -> Response:
        """The records the account may see, a page at a time."""
        asked = read_q()
        schema = self.chosen_columns(asked)
        query = self.base_query().where(*map(self.test, asked.get("filters", [])))
        page = self.page(query, asked)
        total = capped_count(query)
        found: Response = self.response(
            200,
            count=min(total, COUNTED),
            count_is_exact=total <= COUNTED,
            ids=page.ids,
            next=page.after,
            result=schema.dump(self.load(page.ids), many=True),
        )
        return found

    def row_options(self) -> tuple[ORMOption, ...]:
        """How the relations in the rows are loaded: joined, never lazily."""
        return ()

    def base_query(self) -> Select[Any]:
        """The visible rows, before any filter."""
        return visibility.visible(self.model())

    def test(self, asked: Mapping[str, Any]) -> ColumnElement[bool]:
        """What a filter asks of the database; raises BadQuery."""
        own = self.filters.get(asked["col"])
        question = (own or self.questions().get(asked["col"], {})).get(asked["opr"])
        if question is None:
            raise bad("filter", _("There is no such filter."), asked["col"])
        try:
            return question.test(question.read(asked["value"]))
        except (ValidationError, Unreadable) as error:
            raise bad("value", _("This can't be read."), asked["col"]) from error

    def questions(self) -> dict[str, Questions]:
        """All filters by column: the resource's own and those of features and campaigns."""
        added = {field.name: as_on_pages(field) for field in added_fields(self.model())}
        return {**added, **self.filters}

    def chosen_columns(self, asked: Mapping[str, Any]) -> Any:
        """The schema of the rows, with the chosen columns only."""
        columns = asked.get("columns")
        if columns is None:
            return self.list_model_schema
        if unknown := set(columns) - set(self.list_columns):
            raise bad("column", _("There is no such column."), min(unknown))
        return type(self.list_model_schema)(only=columns)

    def page(self, query: Select[Any], asked: Mapping[str, Any]) -> Page:
        """The ids asked for: by number of the page, or behind the page before."""
        order, number = self.order(asked), int(asked.get("page", 0))
        size = min(int(asked.get("page_size", FIRST_SIZE)), LARGEST_SIZE)
        if number == 0:
            try:
                return fetch(db.session(), query, [order], size, asked.get("after"))
            except (BadCursor, ValueError) as error:
                raise bad("after", _("This can't be read."), "after") from error
        keys = [order.column, order.pk]
        sorts = [key.desc() if order.descending else key.asc() for key in keys]
        query = query.with_only_columns(order.pk).order_by(sorts[0].nulls_last(), sorts[1])
        return Page(list(db.session.scalars(query.limit(size).offset(number * size))), None, None)

    def order(self, asked: Mapping[str, Any]) -> Order:
        """The order asked for, of those on offer; the first unless said."""
        offered = {order.name: order for order in self.orders}
        name = asked.get("order_column", self.orders[0].name)
        if name not in offered:
            raise bad("order", _("There is no such order."), name)
        way = asked.get("order_direction")
        return replace(offered[name], descending=way == "desc") if way else offered[name]

    def load(self, ids: list[int]) -> list[Any]:
        """The rows with these ids, in their order; the ids were chosen among visible ones."""
        if not ids:
            return []
        model = self.model()
        query = select(model).where(model.id.in_(ids)).options(*self.row_options())
        rows = {row.id: row for row in db.session.scalars(query)}
        return [rows[pk] for pk in ids if pk in rows]


class ReadApi(ListApi):
    """A resource to look things up in; it is changed on pages only. Rows are whole records."""

    notes = {"get_list": Note(gives=list_of("{}"), more=(PARAMETER,))}

    exclude_route_methods = frozenset({"post", "put", "delete"})
    add_model_schema = edit_model_schema = CrmSchema()


def read_q() -> dict[str, Any]:
    """The argument `q`; raises BadQuery."""
    text = request.args.get("q", "")
    found = parse(text) if text else {}
    wrong = next(VALIDATOR.iter_errors(found), None)
    if wrong is not None:
        raise bad("q", _("The argument q can't be read."), ".".join(map(str, wrong.path)) or "q")
    if is_odd(found):
        raise bad("q", _("The argument q can't be read."), "q")
    asked: dict[str, Any] = found
    return asked


def parse(text: str) -> Any:
    """Rison or JSON, whichever it is."""
    for load in (prison.loads, json.loads):
        try:
            return load(text)
        except Exception:  # noqa: S112 - its parser fails in many ways
            continue
    raise bad("q", _("The argument q can't be read."), "q")


def bad(code: str, text: str, field: str) -> BadQuery:
    """The refusal of a question."""
    return BadQuery(Reason(f"query.{code}", text, field=field[:80]))


# --- readers and questions -----------------------------------------------------------------------


def read_text(value: Any) -> str:
    """A folded text."""
    if not isinstance(value, str) or len(value) > 200:
        raise ValidationError("type")
    return fold(value)


def read_id(value: Any) -> int:
    """A record's id."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValidationError("type")
    return value


def read_flag(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValidationError("type")
    return value


def read_one_of(words: Any) -> Callable[[Any], str]:
    """A reader that accepts only these words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValidationError("choice")
        return value

    return read


def read_words(value: Any) -> str:
    """A text as it is."""
    read_text(value)
    return str(value)


def as_on_pages(field: FilterField) -> Questions:
    """A filter of the list page, asked by a program: the page's operators by their names here."""
    names = OPERATORS.get(field.widget, ("eq",))[-len(field.operators) :]
    pairs = zip(names, field.operators, strict=True)
    return {name: Question(partial(read_plain, one.read), one.test) for name, one in pairs}


def read_plain(read: Callable[[str], Any], value: Any) -> Any:
    """A value as it would stand in an address."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if not isinstance(value, int | float | str) or not 0 < len(str(value)) <= 200:
        raise ValidationError("type")
    return read(str(value))


def contains(key: Any) -> Questions:
    """`ct`: the folded column contains the text."""
    return {"ct": Question(read_text, lambda text: key.like(like(text), escape="\\"))}


def equals(column: Any) -> Questions:
    """`eq`: exactly this text."""
    return {"eq": Question(read_words, lambda text: column == text)}


def choice(words: Any, test: Callable[[Any], ColumnElement[bool]]) -> Questions:
    """`eq`: one of a few words, each with its own question."""
    return {"eq": Question(read_one_of(list(words)), test)}


def flag(test: Callable[[Any], ColumnElement[bool]]) -> Questions:
    """`eq`: true or false."""
    return {"eq": Question(read_flag, test)}


def record(test: Callable[[Any], ColumnElement[bool]]) -> Questions:
    """`rel_o_m` or `eq`: a related record, by its id."""
    return {"rel_o_m": Question(read_id, test), "eq": Question(read_id, test)}


def days(column: Any) -> Questions:
    """`eq`, `gt`, `lt`, `ge`, `le`: compared with a day."""
    tests: dict[str, Callable[[date], ColumnElement[bool]]] = {
        "eq": lambda day: column == day,
        "gt": lambda day: column > day,
        "lt": lambda day: column < day,
        "ge": lambda day: column >= day,
        "le": lambda day: column <= day,
    }
    return {operator: Question(read_day, test) for operator, test in tests.items()}
