"""Changing one field of a record in its cell of a list, by the rules of the record's form."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from flask import abort, g, get_flashed_messages, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from wtforms import BooleanField, Form

from app.audit.journal import name_act
from app.db import db, transaction
from app.errors import Conflict, DomainError
from app.fab.forms import MomentField, RemoteField, grown, show_record
from app.fab.views import PK
from app.lists.columns import values_of
from app.records.bulk.views import offer_undo
from app.records.panels import SINCE

ACT = "inline_edit"
FEATURE = "feature_"


class CellEdits:
    """The addresses of cells; a part of RecordView. `cells` names columns and their fields."""

    cells: ClassVar[Mapping[str, str]] = {}

    def field_of_cell(self, column: str) -> str | None:
        """The form's field behind a column that can be changed in its cell."""
        return column if column.startswith(FEATURE) else self.cells.get(column)

    @expose(f"/{PK}/cell/<string(maxlength=80):column>", methods=["GET"])
    @has_access
    @permission_name("edit")
    def cell(self, pk: int, column: str) -> Any:
        """The control in the cell."""
        view: Any = self
        item = view.visible_or_404(pk)
        form = self.cell_form(item, column)
        return self.show_control(form, item, column)

    @expose(f"/{PK}/cell/<string(maxlength=80):column>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save_cell(self, pk: int, column: str) -> Any:
        """Save by the rules of the form; the cell anew, or the control with what is wrong."""
        view: Any = self
        item = view.visible_or_404(pk)
        self.complete_request(item, column)
        form = self.cell_form(item, column)
        if not form.validate():
            return self.show_control(form, item, column, 422)
        try:
            with transaction():
                name_act(db.session(), ACT)
                view.lock_first(form)
                item = view.locked_or_404(pk)
                view.refuse_stale(form, item)
                view.change(form, item)
                done = db.session().info.get("batch")
        except DomainError as error:
            db.session.rollback()
            item = view.visible_or_404(pk)
            return self.show_refusal(form, item, column, error)
        if done:
            offer_undo(_("Saved: %(name)s.", name=view.name_of(item)), done, came_from())
        return self.show_cell(pk, column)

    def cell_form(self, item: Any, column: str) -> Any:
        """The record's form with this field among those of higher areas."""
        view: Any = self
        name = self.field_of_cell(column) or abort(404)
        g.only_field = name
        form = view.form_of(item)
        if name not in form or getattr(form[name], "frozen", False):
            abort(404)
        return form

    def complete_request(self, item: Any, column: str) -> None:
        """Let the request hold the whole form: what is stored, but for the cell's field."""
        view: Any = self
        name = self.field_of_cell(column) or abort(404)
        g.only_field = name
        stored = grown(view.edit_form, view.more_fields(item))(formdata=None, obj=item)
        show_record(stored, item)
        values = MultiDict(sent(stored))
        for key in (name, f"{name}-time", f"{name}{SINCE}"):
            values.poplist(key)
            values.setlist(key, request.form.getlist(key))
        values["version"] = request.form.get("version", "")
        request.form = ImmutableMultiDict(values)

    def show_control(self, form: Any, item: Any, column: str, status: int = 200) -> Any:
        """The control, ready to be typed in."""
        view: Any = self
        words = {"view": view, "form": form, "item": item, "column": column}
        field = form[self.field_of_cell(column)]
        return view.render_template("lists/_cell_edit.html", field=field, **words), status

    def show_refusal(self, form: Any, item: Any, column: str, error: DomainError) -> Any:
        """The control with what was typed and why it was not saved."""
        view: Any = self
        field = form[self.field_of_cell(column)]
        texts = [str(reason.text) for reason in error.reasons]
        if isinstance(error, Conflict):
            form.version.data = view.version_of(item)
        field.errors = [*field.errors, *texts]
        return self.show_control(form, item, column, error.status)

    def show_cell(self, pk: int, name: str) -> Any:
        """The cell as lists show it, with the messages."""
        view: Any = self
        rows = view.load([pk])
        column = next((one for one in view.all_columns() if one.name == name), None)
        if not rows or column is None:
            return ""
        words = {"row": rows[0], "column": column, "table": view.model.__tablename__}
        words["value"] = values_of(view.model, [column], rows).get(name, {}).get(pk)
        messages = get_flashed_messages(with_categories=True)
        return view.render_template("lists/_cell.html", messages=messages, **words)


def sent(form: Form) -> Iterator[tuple[str, Any]]:
    """What a browser would send for a form as it stands."""
    for field in form:
        if isinstance(field, MomentField):
            yield from zip((field.name, f"{field.name}-time"), field.texts(), strict=True)
        elif isinstance(field, BooleanField):
            yield from [(field.name, "1")] if field.data else []
        elif isinstance(field.data, list):
            yield from [(field.name, ""), *((field.name, str(one.id)) for one in field.data)]
        elif isinstance(field, RemoteField):
            yield field.name, str(field.data.id) if field.data is not None else ""
        else:
            yield field.name, "" if field.data is None else str(field.data)


def came_from() -> str:
    """The list that the script asked from."""
    _scheme, _sep, rest = request.headers.get("HX-Current-URL", "").partition("://")
    _host, slash, path = rest.partition("/")
    return f"/{path}" if slash and not path.startswith("/") else ""
