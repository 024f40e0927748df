"""A register as operators meet it: list, card with panels, form with parts, history."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access import visibility
from app.access.current import acting
from app.db import now, transaction
from app.fab.views import PK
from app.lists.views import ListView
from app.records import panels
from app.records.bulk.acts import BulkAct, offered
from app.records.drafted import Drafted
from app.records.history import HISTORY_PAGE, added_keys, history_of, tell
from app.records.trash import find_trashed, put_away

TRASH_PAGE = 100


class RecordView(Drafted, ListView):
    """Base of the registers of contractors, persons and events."""

    history_types: tuple[str, ...] = ()

    def bulk_acts(self) -> Sequence[BulkAct]:
        """The acts on selected rows that the operator may do here."""
        actor = acting()
        used = actor.may("use", "BulkView")
        return offered(self.model.__tablename__, actor) if used else ()

    def card_context(self, item: Any) -> dict[str, Any]:
        """The panels with what they need."""
        all_data = [(panel, panel.context(item)) for panel in panels.of(self.model)]
        shown = [(panel, data) for panel, data in all_data if data is not None]
        return {
            "panels": shown,
            "figures": [one for panel, data in shown for one in panel.figures(data)],
        }

    def more_fields(self, item: Any | None) -> list[tuple[str, Any]]:
        """The fields that higher areas add."""
        only = g.get("only_field")  # of a cell
        made = [
            (part, [pair for pair in part.fields(item) if only in (None, stem(pair[0]))])
            for part in panels.parts_of(self.model)
        ]
        g.form_parts = [
            (part, [name for name, _field in fields]) for part, fields in made if fields
        ]
        return [field for _part, fields in made for field in fields]

    def form_context(self, form: Any, item: Any | None) -> dict[str, Any]:
        """The added parts with their fields in groups."""
        parts = g.get("form_parts", [])
        return {"parts": [(part, names, part.groups(form, names)) for part, names in parts]}

    def form_of(self, item: Any) -> Any:
        """The form with the added parts' present values in it."""
        form = super().form_of(item)
        opened = request.method == "GET" and g.get("draft") is None
        return self.show_parts(form, item) if opened else form

    def show_parts(self, form: Any, item: Any) -> Any:
        """The form with the added parts' values as they are stored."""
        for part in panels.parts_of(self.model):
            for name, value in part.stored(item).items():
                if name in form:
                    form[name].data = value
        return form

    def lock_first(self, form: Any) -> None:
        """Locks that the added parts take before the record's own."""
        for part in panels.parts_of(self.model):
            part.lock(form)

    def stored_form(self, form: Any, item: Any) -> Any:
        """The same form with what is stored now, also of the added parts."""
        return self.show_parts(super().stored_form(form, item), item)

    def save_parts(self, form: Any, item: Any) -> None:
        """Write what the added parts hold; a cell's form has at most one of their fields."""
        for part in panels.parts_of(self.model):
            if "only_field" not in g or any(part is one and names for one, names in g.form_parts):
                part.save(form, item)

    def create(self, form: Any) -> Any:
        """Make the record and write the added parts."""
        item = super().create(form)
        self.save_parts(form, item)
        return item

    def change(self, form: Any, item: Any) -> None:
        """Change the record and write the added parts."""
        super().change(form, item)
        self.save_parts(form, item)

    def trash(self, item: Any) -> None:
        """Put the record away; it can be restored."""
        put_away(item, now())

    @expose("/trash", methods=["GET"])
    @has_access
    @permission_name("restore")
    def trashed(self) -> Any:
        """The records put away last, each with its way back."""
        query = visibility.trashed(self.model, acting()).order_by(self.model.trashed_at.desc())
        rows = visibility.unscoped(query.limit(TRASH_PAGE)).all()
        words = {"rows": rows, "title": _("Trash: %(what)s", what=self.list_title)}
        return self.render_template("records/trash.html", view=self, **words)

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("restore")
    def restoring(self, pk: int) -> Any:
        """Take the record out of the trash."""
        with transaction():
            item = find_trashed(self.model, pk, acting()) or abort(404)
            item.trashed_at = None
        flash(_("Restored: %(name)s.", name=self.name_of(item)), "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk), 303)

    @expose(f"/{PK}/history", methods=["GET"])
    @has_access
    @permission_name("history")
    def history(self, pk: int) -> Any:
        """Who changed what and when, newest first."""
        item = self.history_item(pk)
        before = read_before(request.args)
        entries = history_of(self.history_keys(item), before)
        more = entries[HISTORY_PAGE - 1].id if len(entries) > HISTORY_PAGE else None
        words = {"item": item, "title": self.name_of(item), "older": more, "before": before}
        acts = tell(entries[:HISTORY_PAGE])
        return self.render_template("records/history.html", view=self, acts=acts, **words)

    def history_item(self, pk: int) -> Any:
        """The record whose history it is."""
        return self.visible_or_404(pk)

    def history_keys(self, item: Any) -> list[tuple[str, Any]]:
        """(record type, id) of the record and of what belongs to it."""
        return [(item.__tablename__, item.id), *added_keys(item)]


def stem(name: str) -> str:
    """The field that a field belongs to: itself, or that whose day it says."""
    return name.removesuffix(panels.SINCE)


def read_before(args: Mapping[str, str]) -> int | None:
    """The entry before which the page of the history ends."""
    text = args.get("before", "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 2**31 else abort(400)
