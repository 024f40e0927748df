"""The list page of a register: filters, order and pages from the address, ids first, then rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import abort, request, url_for
from flask_appbuilder import expose, has_access
from sqlalchemy import Select, func, select
from sqlalchemy.orm.interfaces import ORMOption
from werkzeug.datastructures import MultiDict

from app.access import visibility
from app.access.current import current_actor
from app.db import db
from app.fab.views import CrmView
from app.lists.filters import Active, FilterField, in_force
from app.lists.paging import BadCursor, Order, Page, fetch

COUNTED = 1_000
SIZES = (25, 50, 100, 200)


@dataclass(frozen=True)
class Column:
    """A column of a list: name, heading, the order it offers and whether a phone shows it."""

    name: str
    label: Any
    order: Order | None = None
    style: str = ""


@dataclass(frozen=True)
class Shortcut:
    """A ready filter above the list."""

    label: Any
    query: Callable[[], dict[str, str]]


@dataclass(frozen=True)
class Listing:
    """One page of a list, ready for the template."""

    rows: Sequence[Any]
    columns: Sequence[Column]
    active: Sequence[Active]
    order: Order
    page: Page
    size: int
    total: int
    args: "MultiDict[str, str]"

    @property
    def capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.total > COUNTED

    def link(self, endpoint: str, drop: Sequence[str] = (), **changes: Any) -> str:
        """The list's address with some parameters changed; several values of one filter stay."""
        args = MultiDict(self.args)
        for name in ("after", "before", "at", "last", *drop, *changes):
            args.poplist(name)
        args.update({name: value for name, value in changes.items() if value is not None})
        return url_for(endpoint, **args.to_dict(flat=False))


class ListView(CrmView):
    """A register with a list page; subclasses name columns, filters and the first order."""

    list_template = "lists/list.html"
    columns: tuple[Column, ...] = ()
    filter_fields: tuple[FilterField, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    first_order: str = "id"
    first_descending = False

    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> Any:
        """The list of the rows the operator may see."""
        try:
            listing = self.listing(request.args)
        except (BadCursor, ValueError):
            abort(400)
        return self.render_template(
            self.list_template, view=self, listing=listing, title=self.list_title, actor=current_actor()
        )

    def row_options(self) -> Sequence[ORMOption]:
        """How the relations in the rows are loaded: joined, never lazily."""
        return ()

    def base_query(self) -> Select[Any]:
        """The visible rows, before any filter."""
        return visibility.visible(self.model)

    def filters(self) -> Sequence[FilterField]:
        """The fields one may filter by."""
        return self.filter_fields

    def listing(self, args: "MultiDict[str, str]") -> Listing:
        """The page that the query string asks for; raises BadCursor and ValueError."""
        found = in_force(self.filters(), args)
        query = self.base_query().where(*(test for _active, test in found))
        order, size = self.chosen_order(args), chosen_size(args)
        page = fetch(db.session(), query, order, size, *position(args))
        rows = self.load(page.ids)
        active = [one for one, _test in found]
        return Listing(rows, self.columns, active, order, page, size, capped_count(query), args)

    def load(self, ids: Sequence[int]) -> Sequence[Any]:
        """The rows with these ids, in their order; the ids were chosen among visible ones."""
        if not ids:
            return []
        query = select(self.model).where(self.model.id.in_(ids)).options(*self.row_options())
        rows = {row.id: row for row in db.session.scalars(query)}
        return [rows[pk] for pk in ids if pk in rows]

    def chosen_order(self, args: "MultiDict[str, str]") -> Order:
        """The order the address asks for, of those the columns offer."""
        offered = {column.name: column.order for column in self.columns if column.order}
        name = args.get(f"_oc_{self.endpoint}", self.first_order)
        if name not in offered:
            raise ValueError(name)
        way = args.get(f"_od_{self.endpoint}")
        descending = self.first_descending if way is None and name == self.first_order else way == "desc"
        return replace(offered[name], descending=descending)


def position(args: "MultiDict[str, str]") -> tuple[Any, Any]:
    """(cursor, direction) of the page the address asks for."""
    if "last" in args:
        return None, "last"
    for name, direction in (("after", "next"), ("before", "prev"), ("at", "at")):
        if args.get(name):
            return args[name], direction
    return None, "next"


def chosen_size(args: "MultiDict[str, str]") -> int:
    """Rows on a page; only offered sizes."""
    size = int(args.get("size", SIZES[0]))
    if size not in SIZES:
        raise ValueError(size)
    return size


def capped_count(query: Select[Any]) -> int:
    """The number of rows, counted no further than one past the cap."""
    some = query.with_only_columns(1, maintain_column_froms=True).order_by(None).limit(COUNTED + 1)
    return db.session.execute(select(func.count()).select_from(some.subquery())).scalar_one()
