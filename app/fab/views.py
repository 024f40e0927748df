"""The base of every page with records: the framework's views, with its holes closed.

What is closed, and where it stood open, is listed in docs/adr/0005. Nothing else in the product
may subclass the framework's ModelView (tests/test_conventions.py).
"""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, request, url_for
from flask import flash as flask_flash
from flask_appbuilder import BaseView, ModelView, expose, has_access
from flask_babel import gettext as _
from flask_wtf.form import _Auto
from sqlalchemy.orm.interfaces import ORMOption
from wtforms import HiddenField

from app.access import visibility
from app.access.current import acting
from app.db import Versioned, db, flush, transaction
from app.errors import Conflict, DomainError, Reason
from app.fab import conflicts
from app.fab.forms import CrmModelConverter, grown, show_record
from app.fab.once import Key, Reply, digest, do_once

PK = "<int(max=2147483647):pk>"


class PageView(BaseView):
    """Base of pages without a table behind them."""

    default_view = "show"

    def back_to(self, endpoint: str, **values: Any) -> Any:
        """Redirect to a page of the product (303: the next request is a GET)."""
        return redirect(url_for(endpoint, **values), 303)


class CrmView(ModelView):
    """Pages of one register: list, card, form, trash; each behind the operator's visibility."""

    add_template = edit_template = "records/form.html"
    show_template = "records/show.html"
    exclude_route_methods = frozenset({"download", "action", "action_post"})
    default_view = "list"
    sections: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    title_one: Any = ""
    wide_fields: frozenset[str] = frozenset()
    field_attributes: Mapping[str, Mapping[str, Any]] = {}
    more_permissions: tuple[str, ...] = ()  # asked for by acts, beside those of the routes

    # --- set-up ---------------------------------------------------------------------------

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.base_permissions += [f"can_{name}" for name in self.more_permissions]

    def _init_forms(self) -> None:
        """Build the two forms; the framework's search form with its full lists is not made."""
        self.search_form = object()
        converter = CrmModelConverter(self.datamodel)
        labels, notes, checks = (
            self.label_columns,
            self.description_columns,
            self.validators_columns,
        )
        extra = self.add_form_extra_fields
        self.add_form = converter.create_form(labels, self.add_columns, notes, checks, extra)
        extra = self.edit_form_extra_fields or extra
        self.edit_form = converter.create_form(labels, self.edit_columns, notes, checks, extra)

    def update_redirect(self) -> None:
        """No history of addresses in the cookie: it grows past what browsers keep."""

    # --- finding --------------------------------------------------------------------------

    @property
    def model(self) -> Any:
        """The table's class."""
        return self.datamodel.obj

    def visible_or_404(self, pk: int) -> Any:
        """The record, if the operator may see it."""
        return visibility.find_visible(self.model, pk, *self.item_options()) or abort(404)

    def item_options(self) -> tuple[ORMOption, ...]:
        """How the card's relations are loaded: with the record, never lazily."""
        return ()

    def locked_or_404(self, pk: int) -> Any:
        """The record, freshly read and locked, if the operator may see it."""
        return visibility.lock_visible(self.model, pk) or abort(404)

    # --- pages ----------------------------------------------------------------------------

    @expose(f"/{PK}", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        """The card of a record."""
        item = self.visible_or_404(pk)
        return self.show_item(item)

    def show_item(self, item: Any, status: int = 200, **more: Any) -> Any:
        """Render the card; `reasons` say why an act was refused."""
        context = {"item": item, "title": self.name_of(item), **self.card_context(item), **more}
        return self.render_template(self.show_template, view=self, **context), status

    def card_context(self, item: Any) -> dict[str, Any]:
        """What the card's template needs besides the record."""
        return {}

    def name_of(self, item: Any) -> str:
        """How the record is called in titles and messages."""
        return str(item)

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """The form of a new record."""
        form = self.new_form()
        if request.method == "POST" and form.validate():
            try:
                return self.save_new(form)
            except DomainError as error:
                return self.show_form(form, None, error=error)
        return self.show_form(form, None)

    def save_new(self, form: Any) -> Any:
        """Make the record; the same form sent twice gets the first answer again."""
        form_key = request.form.get("once")
        key = Key(f"form:{form_key}", acting().id, asked_by_form()) if form_key else None
        return redirect(do_once(key, lambda: self.deed_of_add(form)).location or "/", 303)

    def deed_of_add(self, form: Any) -> Reply:
        """Make the record; where the operator goes then."""
        item = self.create(form)
        self.forget_typed()
        flask_flash(_("Saved: %(name)s.", name=self.name_of(item)), "success")
        return Reply(303, location=self.after_save(item).location)

    @expose(f"/{PK}/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """The form of a record."""
        item = self.visible_or_404(pk)
        form = self.form_of(item)
        self.take_theirs(form, item)
        if request.method == "POST" and form.validate():
            try:
                with transaction():
                    self.lock_first(form)
                    item = self.locked_or_404(pk)
                    self.refuse_stale(form, item)
                    self.change(form, item)
                    self.forget_typed()
            except DomainError as error:
                return self.show_form(form, self.visible_or_404(pk), error=error)
            flask_flash(_("Saved: %(name)s.", name=self.name_of(item)), "success")
            return self.after_save(item)
        return self.show_form(form, item)

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        """Move a record to the trash."""
        try:
            with transaction():
                item = self.locked_or_404(pk)
                self.trash(item)
        except DomainError as error:
            return self.show_item(self.visible_or_404(pk), error.status, reasons=error.reasons)
        flask_flash(_("Moved to the trash: %(name)s.", name=self.name_of(item)), "success")
        return redirect(self.get_default_url(), 303)

    # --- hooks ----------------------------------------------------------------------------

    def create(self, form: Any) -> Any:
        """Make the record from a valid form, inside the transaction."""
        item = self.model()
        self.fill(form, item)
        db.session.add(item)
        flush()
        return item

    def change(self, form: Any, item: Any) -> None:
        """Change the locked record from a valid form, inside the transaction."""
        self.fill(form, item)
        flush()

    def lock_first(self, form: Any) -> None:
        """Take the locks that come before the record's own."""

    def fill(self, form: Any, item: Any) -> None:
        """Write the form's fields into the record; hidden and foreign fields stay as they are."""
        for field in form:
            if field.name in self.edit_columns or field.name in self.add_columns:
                field.populate_obj(item, field.name)

    def trash(self, item: Any) -> None:
        """Put the record into the trash."""
        raise NotAllowedHere(type(item).__name__)

    def after_save(self, item: Any) -> Any:
        """Where the operator goes after saving: to the card, or on with the form."""
        page = "edit" if request.form.get("then") == "stay" else "show"
        return redirect(url_for(f"{self.endpoint}.{page}", pk=item.id), 303)

    def leave_url(self, item: Any | None) -> str:
        """Where the operator goes from the form without saving."""
        return url_for(f"{self.endpoint}.show", pk=item.id) if item else self.get_default_url()

    # --- forms ----------------------------------------------------------------------------

    def more_fields(self, item: Any | None) -> list[tuple[str, Any]]:
        """Fields made for this request, such as features."""
        return []

    def defaults(self) -> Mapping[str, Any]:
        """Initial values of a new record's form."""
        return {}

    def new_form(self) -> Any:
        """The form of a new record; bound to what was sent on POST."""
        form = grown(self.add_form, self.more_fields(None))
        return form(formdata=self.typed(), data=dict(self.defaults()))

    def form_of(self, item: Any) -> Any:
        """The form of a record with its version in it; bound to what was sent on POST."""
        fields = [("version", HiddenField()), *self.more_fields(item)]
        form = grown(self.edit_form, fields)(formdata=self.typed(), obj=item)
        show_record(form, item)
        return form

    def typed(self) -> Any:
        """What a form is filled with instead of the record's values: what was sent, if any."""
        return _Auto

    def unsaved_context(self, form: Any, item: Any | None) -> Mapping[str, Any]:
        """What the form's template needs to keep what is typed."""
        return {}

    def forget_typed(self) -> None:
        """The form is saved: what was kept of its typing may go."""

    def take_theirs(self, form: Any, item: Any) -> None:
        """Where the operator chose so in a conflict, let the form hold what is stored."""
        if names := [name for name in conflicts.chosen_theirs() if name in form]:
            stored = self.stored_form(form, item)
            for name in names:
                conflicts.take(form[name], stored[name])

    def refuse_stale(self, form: Any, item: Any) -> None:
        """Raise Conflict if the record changed since the form was shown."""
        present = self.version_of(item)
        if present is not None and form.version.data != present:
            text = _("Somebody changed this record while you were editing it.")
            raise Conflict(Reason("conflict", text))

    def version_of(self, item: Any) -> str | None:
        """What tells two states of a record apart."""
        return str(item.version) if isinstance(item, Versioned) else None

    def show_form(self, form: Any, item: Any | None, error: DomainError | None = None) -> Any:
        """Render the form with all that was typed; errors stand at their fields."""
        reasons = self.place_reasons(form, error.reasons if error else ())
        theirs = []
        if isinstance(error, Conflict) and item:
            theirs = conflicts.differences(form, self.stored_form(form, item))
            form.version.data = self.version_of(item)
        status = error.status if error else 422 if form.errors else 200
        title = self.name_of(item) if item else self.add_title
        template = self.edit_template if item else self.add_template
        more = self.form_context(form, item)
        words = {"form": form, "item": item, "title": title, "reasons": reasons, "theirs": theirs}
        words["once"] = "" if item else secrets.token_urlsafe(12)
        words["seen"] = request.form.get("seen") or conflicts.seen_in(form)
        words |= self.unsaved_context(form, item)
        return self.render_template(template, view=self, **words, **more), status

    def form_context(self, form: Any, item: Any | None) -> dict[str, Any]:
        """What the form's template needs besides the form."""
        return {}

    def place_reasons(self, form: Any, reasons: Any) -> list[Reason]:
        """Put reasons that name a field on that field; return the others."""
        rest = []
        for reason in reasons:
            if reason.field in form:
                form[reason.field].errors = [*form[reason.field].errors, str(reason.text)]
            else:
                rest.append(reason)
        return rest

    def stored_form(self, form: Any, item: Any) -> Any:
        """The same form with what is stored now."""
        stored = type(form)(formdata=None, obj=item)
        show_record(stored, item)
        return stored


def asked_by_form() -> str:
    """A fingerprint of what the form holds."""
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    return digest(request.path.encode(), *(part.encode() for pair in pairs for part in pair))


class NotAllowedHere(Exception):
    """A register without a trash was asked to use it: a fault of ours."""
