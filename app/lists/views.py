"""The list page of a register: filters, order and pages from the address, ids first, then rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, jsonify, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.interfaces import ORMOption
from werkzeug.datastructures import MultiDict

from app.access import visibility
from app.access.current import acting, current_actor
from app.db import db
from app.errors import DomainError, Reason
from app.fab.views import CrmView
from app.lists import grouping
from app.lists.address import (
    Args,
    canonical,
    chosen_size,
    filled,
    in_a_group,
    page_number,
    position,
    read_origin,
    words_of,
)
from app.lists.columns import Column, added_columns, chosen, chosen_orders, values_of
from app.lists.dimensions import Dimension, added_dimensions
from app.lists.filters import Active, FilterField, added_fields, in_force
from app.lists.grouping import Grouped, Sum
from app.lists.layouts import layout_of
from app.lists.listing import Listing, Shown
from app.lists.paging import (
    COUNTED,
    BadCursor,
    Order,
    beside,
    exact_count,
    fetch,
    place_of,
    total_of,
)

MANY = 40  # columns: of those that are not shown, only the register's own are offered for sorting
STOPPED = "57014"  # how the database says that a statement ran past its time


class TooLong(DomainError):
    """The database stopped before the list was found."""

    status = 503


@dataclass(frozen=True)
class Shortcut:
    """A ready filter above the list."""

    label: Any
    query: Callable[[], dict[str, str]]


@dataclass(frozen=True)
class Display:
    """Another page that shows the rows of a list's address: a queue, a calendar."""

    label: Any
    icon: str
    endpoint: str

    def url(self, shown: Shown) -> str:
        """Its address with the filters and order of the list."""
        values: dict[str, Any] = MultiDict(shown.kept()).to_dict(flat=False)
        return url_for(self.endpoint, **values)


class ListView(CrmView):
    """A register with a list page; subclasses name columns, filters and the first order."""

    list_template = "lists/list.html"
    columns: tuple[Column, ...] = ()
    note_span = 2  # how many columns the line under the row spans
    filter_fields: tuple[FilterField, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    displays: tuple[Display, ...] = ()  # added by higher areas
    ways: Callable[[], Sequence[Dimension]] = list  # to group the list
    sums: tuple[Sum, ...] = ()
    opens_with: Mapping[str, str] = {}  # the filters of a bare address
    first_order: str = "id"
    first_descending = False

    # --- the page and its pieces ----------------------------------------------------------

    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> Any:
        """The list of the rows the operator may see; `part` asks for a piece of it alone."""
        first = "" if request.args else self.first_address() or self.opening_address()
        if first:
            return redirect(first)
        args = canonical(request.args, self.endpoint)
        if args != request.args:
            clean: dict[str, Any] = args.to_dict(flat=False)
            return redirect(url_for(f"{self.endpoint}.list", **clean))
        pieces: dict[str, Callable[[Args], Any]] = {
            "": self.show_list,
            "rows": self.show_rows,
            "count": self.show_count,
            "table": self.show_table,
            "beside": self.show_beside,
            "conditions": self.show_conditions,
        }
        show = pieces.get(args.get("part", "")) or abort(400)
        try:
            return show(args)
        except (BadCursor, ValueError):
            abort(400)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != STOPPED:
                raise
            text = _("This takes too long. Add a filter, or sort by a column that has an index.")
            raise TooLong(Reason("list.too_long", text)) from error

    def show_list(self, args: Args) -> Any:
        """The whole page: rows, or groups of them."""
        return self.render_piece(self.list_template, listing=self.grouped_or_listed(args))

    def show_rows(self, args: Args) -> Any:
        """What stands in an opened group: its rows, or smaller groups."""
        return self.render_piece("lists/_part.html", listing=self.grouped_or_listed(args))

    def show_count(self, args: Args) -> Any:
        """How many rows there are, however many."""
        with visibility.as_a_set():
            total = exact_count(self.selected(args)[0])
        return self.render_piece("lists/_count.html", total=total)

    def show_table(self, args: Args) -> Any:
        """What the table may show; a piece for the dialog, or a page."""
        shown, offered = Shown(**self.shown(args, [])), self.all_columns()
        rest = [column for column in offered if column not in shown.columns]
        many, asked = len(offered) > MANY, {one.name for one in shown.orders}
        near = [one for one in rest if not (many and one.group) or one.name in asked]
        base = "shell/part.html" if "HX-Request" in request.headers else "shell/layout.html"
        words = {
            "shown": shown,
            "offered": [*shown.columns, *rest],
            "orders": [one for one in (*shown.columns, *near) if one.order is not None],
            "many": many,
            "dimensions": self.dimensions(),
            "grouped": words_of(args, "by"),
        }
        return self.render_piece("lists/table.html", base=base, **words)

    def show_conditions(self, _args: Args) -> Any:
        """The fields one may filter by and their operators, for the builder of conditions."""
        return jsonify([field.as_json() for field in self.filters()])

    def show_beside(self, args: Args) -> Any:
        """The records before and after one in the list that it was opened from, and its place."""
        chosen_args = read_origin(args.get("from", ""))
        orders, pk = self.chosen_orders(chosen_args), int(args.get("pk", ""))
        own = select(self.model.id, *(one.stored for one in orders)).where(self.model.id == pk)
        row = db.session.execute(own).first() or abort(404)
        query, _active = self.selected(chosen_args)
        before, after = beside(db.session(), query, orders, row)
        words = {"before": before, "after": after, "place": place_of(query, orders, row)}
        return self.render_piece("lists/_beside.html", cap=COUNTED, origin=args["from"], **words)

    def render_piece(self, template: str, **words: Any) -> Any:
        """A template with what all of them know."""
        return self.render_template(
            template, view=self, title=self.list_title, actor=current_actor(), **words
        )

    def first_address(self) -> str | None:
        """Where the register opens when nothing is asked for; None for the plain list."""
        return None

    # --- what a register says -------------------------------------------------------------

    def opening_address(self) -> str:
        """Where it opens for everybody else; empty for the plain list."""
        values: dict[str, Any] = dict(self.opens_with)
        return url_for(f"{self.endpoint}.list", **values) if values else ""

    def row_options(self) -> Sequence[ORMOption]:
        """How the relations in the rows are loaded: joined, never lazily."""
        return ()

    def base_query(self) -> Select[Any]:
        """The visible rows, before any filter."""
        return visibility.visible(self.model)

    def filters(self) -> Sequence[FilterField]:
        """The fields one may filter by."""
        return [*self.filter_fields, *added_fields(self.model)]

    def filter_names(self, fields: Sequence[FilterField]) -> Sequence[str]:
        """The names of the controls that the filter form holds for these fields."""
        counted = [(field, 2 if field.widget in ("date", "number") else 1) for field in fields]
        return [f"_flt_{n}_{field.name}" for field, count in counted for n in range(count)]

    def all_columns(self) -> Sequence[Column]:
        """The columns one may choose from."""
        return [*self.columns, *added_columns(self.model)]

    def dimensions(self) -> Sequence[Dimension]:
        """The ways to group the list."""
        return [*type(self).ways(), *added_dimensions(self.model)]

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

    def field_of_cell(self, column: str) -> str | None:
        """The form's field behind a column that can be changed in its cell."""
        return None

    def bulk_acts(self) -> Sequence[Any]:
        """The acts on selected rows that the operator may do here."""
        return ()

    # --- what an address asks for ---------------------------------------------------------

    def selected(self, args: Args) -> tuple[Select[Any], Sequence[Active]]:
        """The rows that an address's filters select, and those filters."""
        ways = self.dimensions() if in_a_group(args) else ()
        groups = [way.filter() for way in ways]
        found = in_force([*self.filters(), *groups], args)
        query = self.base_query().where(*(test for _active, test in found))
        return query, [active for active, _test in found]

    def chosen_columns(self, args: Args) -> Sequence[Column]:
        """The columns that the address asks for, in its order."""
        return chosen(self.all_columns(), args.get("cols", ""))

    def chosen_orders(self, args: Args) -> Sequence[Order]:
        """The orders that the address asks for; raises ValueError for one that is not offered."""
        names = words_of(args, f"_oc_{self.endpoint}")
        ways = words_of(args, f"_od_{self.endpoint}")
        first = (self.first_order, "desc" if self.first_descending else "asc")
        if not names or (names == [self.first_order] and not ways):
            names, ways = [first[0]], ways[:1] or [first[1]]
        found = chosen_orders(self.all_columns(), names, ways)
        return found or chosen_orders(self.columns, first[:1], first[1:])

    def shown(self, args: Args, active: Sequence[Active]) -> dict[str, Any]:
        """What the list shows, whichever rows."""
        return {
            "columns": self.chosen_columns(args),
            "active": active,
            "orders": self.chosen_orders(args),
            "layout": self.layout(),
            "args": filled(args),
            "endpoint": self.endpoint,
        }

    def layout(self) -> Any:
        """How the operator likes the table."""
        return layout_of(acting(), self.endpoint)

    def grouped_or_listed(self, args: Args) -> Listing | Grouped:
        """Groups if the address asks for some, else a page of rows."""
        names = words_of(args, "by")
        found = grouping.chosen(self.dimensions(), names) if names else []
        return self.grouped(args, found) if found else self.listing(args)

    def grouped(self, args: Args, dimensions: Sequence[Dimension]) -> Grouped:
        """The first dimension's groups; the others come as groups are opened."""
        first, *rest = dimensions
        number = page_number(args)
        with visibility.as_a_set():
            query, active = self.selected(args)
            groups, figures, count = grouping.grouped(query, first, self.sums, number)
        shown = {**self.shown(args, active), "dimension": first, "rest": rest, "sums": self.sums}
        return Grouped(groups=groups, figures=figures, count=count, number=number, **shown)

    def listing(self, args: Args) -> Listing:
        """The page that the query string asks for; raises BadCursor and ValueError."""
        query, active = self.selected(args)
        shown = self.shown(args, active)
        columns, size = shown["columns"], chosen_size(args)
        page = fetch(db.session(), query, shown["orders"], size, *position(args))
        rows = self.load(page.ids, columns)
        values = values_of(self.model, columns, rows)
        total = total_of(page, query)
        return Listing(rows=rows, values=values, page=page, size=size, total=total, **shown)

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

    def load(self, ids: Sequence[int], columns: Sequence[Column] = ()) -> Sequence[Any]:
        """The rows with these ids, in their order; the ids were chosen among visible ones."""
        if not ids:
            return []
        options = [*self.row_options(), *(one for column in columns for one in column.options)]
        query = select(self.model).where(self.model.id.in_(ids)).options(*options)
        rows = {row.id: row for row in db.session.scalars(query)}
        return [rows[pk] for pk in ids if pk in rows]
