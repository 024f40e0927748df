"""The list of a REST resource: filters, order and pages by the framework's `q=` argument.

`q` is Rison or JSON: {filters: [{col, opr, value}], where, order_column, order_direction,
order_columns, order_directions, page, page_size, columns, after}. Only what a resource offers can
be asked; the rest is answered 400.
"""

import json
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import prison
from flask import Response, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from jsonschema import Draft202012Validator
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm.interfaces import ORMOption

from app.access import visibility
from app.db import db
from app.errors import DomainError, Reason
from app.fab.api import CrmApi, is_odd
from app.fab.description import Note, described, ref
from app.fab.schemas import CrmSchema
from app.lists.columns import SORTED, added_columns
from app.lists.filters import (
    BadWhere,
    FilterField,
    Leaf,
    Problem,
    added_fields,
    from_data,
    test_of,
    understood,
)
from app.lists.filters.where import leaves
from app.lists.paging import COUNTED, BadCursor, Order, Page, capped_count, fetch, total_of

ALIASES = {"rel_o_m": "eq"}  # as the framework calls it
FIRST_SIZE, LARGEST_SIZE, LAST_PAGE = 25, 200, 10_000
WAYS = ["asc", "desc"]
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
        "where": {
            "type": "object",
            "description": "{any: [...]} or {all: [...]} of such groups and of {f, o, v}: field, "
            "operator, value; at most 4 deep, 40 conditions",
        },
        "order_column": {"type": "string"},
        "order_direction": {"type": "string", "enum": WAYS},
        "order_columns": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": SORTED,
            "uniqueItems": True,
            "description": "Instead of order_column: by the first, rows alike by the next",
        },
        "order_directions": {
            "type": "array",
            "items": {"type": "string", "enum": WAYS},
            "maxItems": SORTED,
            "description": "Of order_columns, in their order; one left out is the column's own",
        },
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


class ListApi(CrmApi):
    """A resource with a list; subclasses name its filters, those of its page, and its orders."""

    filter_fields: tuple[FilterField, ...] = ()
    aliases: Mapping[str, str] = {}
    orders: tuple[Order, ...] = ()

    def _init_properties(self) -> None:
        """Orders and searches are those on offer."""
        super()._init_properties()
        self.order_columns = [order.name for order in self.orders]
        self.search_columns = [field.name for field in self.filter_fields]

    def list_info(self) -> dict[str, Any]:
        """The filters with their operators, and the orders."""
        offered = {field.name: offers(field) for field in self.fields()}
        return {"filters": offered, "order_columns": list(self.offered_orders())}

    def offered_orders(self) -> dict[str, Order]:
        """The orders by name, those of features too."""
        added = (column.order for column in added_columns(self.model()) if column.order)
        return {order.name: order for order in (*self.orders, *added)}

    @expose("/", methods=["GET"])
    @protect()
    @permission_name("get")
    @described(gives=list_of("{}.row"), more=(PARAMETER,))
    def get_list(self) -> Response:
        """The records the account may see, a page at a time."""
        asked = read_q()
        schema = self.chosen_columns(asked)
        query = self.selected(asked)
        page = self.page(query, asked)
        total = capped_count(query) if asked.get("page") else total_of(page, query)
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

    def selected(self, asked: Mapping[str, Any]) -> Select[Any]:
        """The visible rows that the filters find."""
        return self.base_query().where(*self.tests(asked))

    def base_query(self) -> Select[Any]:
        """The visible rows, before any filter."""
        return visibility.visible(self.model())

    def fields(self) -> list[FilterField]:
        """All fields one may filter by: the register's own and those of features and campaigns."""
        return [*self.filter_fields, *added_fields(self.model())]

    def tests(self, asked: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        """What filters and tree ask of the database; raises BadQuery."""
        trees: list[Any] = [self.leaf(one) for one in asked.get("filters", [])]
        if "where" in asked:
            trees.append(read_where(asked["where"]))
        read = understood(self.fields(), trees)
        for one in (leaf for tree in read for leaf in leaves(tree)):
            if one.problem is Problem.UNKNOWN:
                raise bad("filter", _("There is no such filter."), one.leaf.f)
            if one.problem is Problem.VALUE:
                raise bad("value", _("This can't be read."), one.leaf.f)
        return [test_of(tree) for tree in read]

    def leaf(self, asked: Mapping[str, Any]) -> Leaf:
        """A filter as a condition, by the names that programs may know."""
        col, opr = asked["col"], asked["opr"]
        return Leaf(self.aliases.get(col, col), ALIASES.get(opr, opr), asked["value"])

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
        orders, number = self.sorted_by(asked), int(asked.get("page", 0))
        size = min(int(asked.get("page_size", FIRST_SIZE)), LARGEST_SIZE)
        if number == 0:
            try:
                return fetch(db.session(), query, orders, size, asked.get("after"))
            except (BadCursor, ValueError) as error:
                raise bad("after", _("This can't be read."), "after") from error
        pk = orders[0].pk
        last = pk.desc() if orders[0].descending else pk.asc()
        sorts = [order.sort(flip=False) for order in orders]
        query = query.with_only_columns(pk).order_by(*sorts, last)
        return Page(list(db.session.scalars(query.limit(size).offset(number * size))), None, None)

    def sorted_by(self, asked: Mapping[str, Any]) -> list[Order]:
        """The orders asked for, of those on offer; the first unless said."""
        offered = self.offered_orders()
        names, ways = orders_in(asked, self.orders[0].name)
        if unknown := [name for name in names if name not in offered]:
            raise bad("order", _("There is no such order."), unknown[0])
        pairs = zip_longest((offered[name] for name in names), ways)
        return [order.turned(way == "desc") if way else order for order, way in pairs]

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
    return checked(parse(text) if text else {})


def checked(found: Any) -> dict[str, Any]:
    """What is asked of a list, if it can be; raises BadQuery."""
    wrong = next(VALIDATOR.iter_errors(found), None)
    if wrong is not None:
        raise bad("q", _("The argument q can't be read."), ".".join(map(str, wrong.path)) or "q")
    if is_odd(found):
        raise bad("q", _("The argument q can't be read."), "q")
    asked: dict[str, Any] = found
    return asked


def orders_in(asked: Mapping[str, Any], first: str) -> tuple[list[str], list[str | None]]:
    """The names and directions asked for, or the first; raises BadQuery."""
    if not asked.keys() & {"order_columns", "order_directions"}:
        return [asked.get("order_column", first)], [asked.get("order_direction")]
    names, ways = asked.get("order_columns", []), asked.get("order_directions", [])
    if len(ways) > len(names) or asked.keys() & {"order_column", "order_direction"}:
        text = _("Say order_column or order_columns, with no more directions than columns.")
        raise bad("order", text, "order_columns")
    return names, ways


def read_where(data: Any) -> Any:
    """The tree of groups in the argument; raises BadQuery."""
    try:
        return from_data(data)
    except BadWhere as error:
        raise bad("where", _("The conditions can't be read."), "where") from error


def offers(field: FilterField) -> list[dict[str, str]]:
    """The operators of a field, and what each compares with."""
    return [{"operator": one.name, "takes": str(one.takes)} for one in field.operators]


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
