"""The export of a register's list, and the page that tells who took what out."""

from collections.abc import Sequence
from typing import Any

from flask import abort, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.access.current import acting
from app.access.visibility import common
from app.audit.sets import given_ids
from app.db import now
from app.fab.interface import CrmInterface
from app.lists import filters
from app.lists.address import filled
from app.lists.columns import Column
from app.lists.exports.files import FORMATS
from app.lists.exports.making import file_of, note_export
from app.lists.exports.models import Export
from app.lists.exports.rows import MOST, choose
from app.lists.paging import BadCursor, Order, capped_count, read_moment, read_number
from app.lists.saved.state import state_of
from app.lists.saved.views import REGISTERS
from app.lists.selection import frozen, left_of
from app.lists.views import ListView

common(Export)

FIRST = "xlsx"


class Exported:
    """The files of a register's list; a part of its page."""

    @expose("/export", methods=["GET", "POST"])
    @has_access
    @permission_name("export")
    def export(self) -> Any:
        """What kind of file, and how many rows; or the file itself."""
        page: Any = self
        args = filled(request.args)
        try:
            query, active = page.selected(args)
            orders, columns = page.chosen_orders(args), page.chosen_columns(args)
        except (BadCursor, ValueError):
            abort(400)
        if (rows := posted_rows(page.model.__tablename__)) is not None:
            query = query.where(page.model.id.in_(given_ids(rows)))
        if request.method == "GET":
            return self.ask_for_format(query, active)
        kind = FORMATS.get(request.form.get("format", FIRST)) or abort(400)
        if request.form.get("columns") == "all":
            columns = page.all_columns()
        chosen = choose(query, orders)
        note_export(page.model.__tablename__, kind, state_of(args), chosen)
        return file_of(page, kind, columns, chosen)

    def ask_for_format(self, query: Any, active: Any) -> Any:
        """The dialog; a page without a script."""
        page: Any = self
        with visibility.as_a_set():
            count = capped_count(query, MOST)
        return page.render_template(
            "lists/export.html",
            view=self,
            base="lists/_dialog.html" if "HX-Request" in request.headers else "shell/layout.html",
            count=count,
            most=MOST,
            active=active,
            formats=FORMATS.values(),
            back=page.get_default_url(),
            state=state_of(request.args),
        )


def posted_rows(register: str) -> Sequence[int] | None:
    """The rows that were selected, one by one or as a frozen selection; None for all."""
    if token := request.form.get("selection"):
        found = frozen(acting(), register, token, now())
        return left_of(found, request.form.getlist("without"))
    texts = request.form.getlist("row")
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts):
        abort(400)
    return [int(text) for text in texts] or None


class ExportView(ListView):
    """The files that were made of lists: who took out what."""

    route_base = "/exports"
    datamodel = CrmInterface(Export)
    exclude_route_methods = ListView.exclude_route_methods | {"show", "add", "edit", "delete"}
    list_title = _l("Exports")
    list_columns = ["created", "operator", "register", "format", "rows", "state"]
    show_columns = list_columns
    add_columns = edit_columns = ["register"]
    order_columns = ["created", "rows"]
    search_columns = ["register", "operator", "created"]
    columns = (
        Column(
            "created",
            _l("When"),
            Order("created", Export.created_at, Export.id, read=read_moment),
            "cell-date",
        ),
        Column("operator", _l("Operator"), style="cell-name"),
        Column("register", _l("Register")),
        Column("format", _l("File")),
        Column("rows", _l("Rows"), Order("rows", Export.rows, Export.id, read=read_number), "num"),
        Column("state", _l("Filters, order, columns")),
    )
    first_order, first_descending = "created", True
    filter_fields = (
        filters.record("operator", _l("Operator"), Export.operator_id, "operator"),
        filters.choice(
            "register",
            _l("Register"),
            list(REGISTERS.items()),
            lambda word: Export.register == word,
        ),
    )

    def row_options(self) -> Any:
        """Who made the file."""
        return (joinedload(Export.operator),)
