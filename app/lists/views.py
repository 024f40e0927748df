"""The list page of a register: filters, order and pages from the address, ids first, then rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request, url_for
from flask_appbuilder import expose, has_access
from sqlalchemy import Select, select
from sqlalchemy.orm.interfaces import ORMOption
from werkzeug.datastructures import MultiDict

from app.access import visibility
from app.access.current import current_actor
from app.db import db
from app.fab.views import CrmView
from app.lists.filters import Active, FilterField, added_fields, in_force
from app.lists.paging import COUNTED, BadCursor, Order, Page, capped_count, fetch

SIZES = (25, 50, 100, 200)
PLACES = ("after", "before", "at", "last")


@dataclass(frozen=True)
class Column:
    """A column of a list: name, heading, the order it offers, and its style: a class of the cell.

    The style `note` puts the value on a line of its own, under the row. `value` is what a file
    of the list holds: text, number, day, Moment, yes or no; by default the row's attribute.
    """

    name: str
    label: Any
    order: Order | None = None
    style: str = ""
    value: Callable[[Any], Any] | None = None


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
    endpoint: str

    cap = COUNTED
    sizes = SIZES

    @property
    def capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.total > COUNTED

    @property
    def on_first_page(self) -> bool:
        """Whether the rows shown are those of the list's beginning."""
        return not any(name in self.args for name in PLACES)

    def kept(self, *dropped: str) -> list[tuple[str, str]]:
        """The address's parameters but for the place in the list and those named."""
        gone = {*PLACES, *dropped}
        return [pair for pair in self.args.items(multi=True) if pair[0] not in gone]

    def link(self, **changes: Any) -> str:
        """The list's address with some parameters changed; several values of one filter stay."""
        args = MultiDict(self.kept(*changes))
        args.update({name: value for name, value in changes.items() if value is not None})
        return self.address(args)

    def without(self, active: Active) -> str:
        """The list's address without this filter."""
        gone = (active.key, active.value)
        return self.address(MultiDict(pair for pair in self.kept() if pair != gone))

    def unfiltered(self) -> "MultiDict[str, str]":
        """The address's parameters without any filter."""
        return MultiDict(pair for pair in self.kept() if not pair[0].startswith("_flt_"))

    def address(self, args: "MultiDict[str, str]") -> str:
        """The list's address with these parameters."""
        values: dict[str, Any] = args.to_dict(flat=False)
        return url_for(f"{self.endpoint}.list", **values)

    def sorting(self, column: Column) -> dict[str, Any]:
        """How a heading sorts: its address, and the direction in force if it is this column."""
        mine = self.order.name == column.name
        way = "desc" if mine and not self.order.descending else "asc"
        changes = {f"_oc_{self.endpoint}": column.name, f"_od_{self.endpoint}": way}
        return {"url": self.link(**changes), "mine": mine, "descending": self.order.descending}


class ListView(CrmView):
    """A register with a list page; subclasses name columns, filters and the first order."""

    list_template = "lists/list.html"
    columns: tuple[Column, ...] = ()
    note_span = 2  # how many columns the line under the row spans
    filter_fields: tuple[FilterField, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    first_order: str = "id"
    first_descending = False

    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> Any:
        """The list of the rows the operator may see; empty filters leave the address."""
        args = filled(request.args)
        if args != request.args:
            clean: dict[str, Any] = args.to_dict(flat=False)
            return redirect(url_for(f"{self.endpoint}.list", **clean))
        try:
            listing = self.listing(request.args)
        except (BadCursor, ValueError):
            abort(400)
        return self.render_template(
            self.list_template,
            view=self,
            listing=listing,
            title=self.list_title,
            actor=current_actor(),
        )

    def row_options(self) -> Sequence[ORMOption]:
        """How the relations in the rows are loaded: joined, never lazily."""
        return ()

    def base_query(self) -> Select[Any]:
        """The visible rows, before any filter."""
        return visibility.visible(self.model)

    def filters(self) -> Sequence[FilterField]:
        """The fields one may filter by."""
        return [*self.filter_fields, *added_fields(self.model)]

    def filter_names(self) -> Sequence[str]:
        """The names of the controls that the filter form holds."""
        shown = [
            (field, 2 if field.widget in ("date", "number") else 1) for field in self.filters()
        ]
        return [f"_flt_{n}_{field.name}" for field, count in shown for n in range(count)]

    def label_of(self, name: str) -> Any:
        """The words for a column, on cards and in the history."""
        found = {column.name: column.label for column in self.columns}
        extra = self.add_form_extra_fields.get(name)
        words = extra.args[0] if extra is not None and extra.args else self.label_columns.get(name)
        return found.get(name) or words or name

    @property
    def has_trash(self) -> bool:
        """Whether there is a page of records put away."""
        return hasattr(self, "trashed") and "trashed" not in self.exclude_route_methods

    @property
    def has_form(self) -> bool:
        """Whether new records can be made on a page."""
        return "add" not in self.exclude_route_methods

    def selected(self, args: "MultiDict[str, str]") -> tuple[Select[Any], Sequence[Active]]:
        """The rows that an address's filters select, and those filters."""
        found = in_force(self.filters(), args)
        query = self.base_query().where(*(test for _active, test in found))
        return query, [active for active, _test in found]

    def listing(self, args: "MultiDict[str, str]") -> Listing:
        """The page that the query string asks for; raises BadCursor and ValueError."""
        query, active = self.selected(args)
        order, size = self.chosen_order(args), chosen_size(args)
        page = fetch(db.session(), query, order, size, *position(args))
        rows = self.load(page.ids)
        words = {"columns": self.columns, "args": filled(args), "endpoint": self.endpoint}
        count = capped_count(query)
        return Listing(
            rows, active=active, order=order, page=page, size=size, total=count, **words
        )

    def tabs(self, listing: Listing) -> Sequence[dict[str, Any]]:
        """The ready filters with their addresses; the one in force is marked."""
        active = {(one.key, one.value) for one in listing.active}
        kept = list(listing.unfiltered().items(multi=True))
        return [
            {
                "text": shortcut.label,
                "url": listing.address(MultiDict([*kept, *query.items()])),
                "active": active == set(query.items()),
            }
            for shortcut in self.shortcuts
            for query in (shortcut.query(),)
        ]

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
        descending = (
            self.first_descending if way is None and name == self.first_order else way == "desc"
        )
        return offered[name].turned(descending)


def filled(args: "MultiDict[str, str]") -> "MultiDict[str, str]":
    """The parameters that hold something; a form sends the empty ones too."""
    return MultiDict(pair for pair in args.items(multi=True) if pair[1].strip())


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
