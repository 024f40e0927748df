"""Notes on pages: writing, changing, pinning, trash, preview, and who may be mentioned."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length

from app.access.current import acting
from app.db import db, flush, fold, transaction
from app.errors import InvalidValue
from app.fab.interface import CrmInterface
from app.fab.pickers import picker
from app.fab.schemas import user_name
from app.fab.views import PK
from app.records import operations, rules, subjects
from app.records.drafted import Drafted
from app.records.markdown import markdown
from app.records.models import Note
from app.records.trash import find_trashed

OFFERED, LOOKED_AT = 20, 60


class NoteView(Drafted):
    """Notes on contractors, persons, events and stages."""

    route_base = "/notes"
    datamodel = CrmInterface(Note)
    exclude_route_methods = Drafted.exclude_route_methods | {"list", "show"}
    add_template = edit_template = "records/note_form.html"
    more_permissions = ("edit_others",)
    list_title, add_title = _l("Notes"), _l("New note")
    list_columns = show_columns = ["text", "pinned"]
    order_columns: list[str] = []
    add_columns = edit_columns = ["text", "pinned"]
    sections = ((None, ("text", "pinned")),)
    label_columns = {"text": _l("Note"), "pinned": _l("Pinned: stands first")}
    validators_columns = {
        "text": [Length(max=rules.LONGEST_NOTE, message=_l("This is too long."))]
    }

    # --- the record that carries it -------------------------------------------------------

    def create(self, form: Any) -> Any:
        """A note on the record that the address names."""
        record_type, record_id = asked_record()
        operations.carrier_or_refuse(record_type, record_id)
        item = Note(record_type=record_type, record_id=record_id)
        self.fill(form, item)
        db.session.add(item)
        flush()
        tell_unreached(operations.sync_mentions(item))
        return item

    def change(self, form: Any, item: Any) -> None:
        """Another text; those mentioned follow it."""
        operations.refuse_others(acting(), item, "NoteView")
        super().change(form, item)
        tell_unreached(operations.sync_mentions(item))

    def form_of(self, item: Any) -> Any:
        """Others' notes are changed by those with the right."""
        operations.refuse_others(acting(), item, "NoteView")
        return super().form_of(item)

    def new_form(self) -> Any:
        """The form, for a record that is there."""
        record_type, record_id = asked_record()
        subjects.carrier(record_type, record_id) or abort(404)
        return super().new_form()

    def form_context(self, form: Any, item: Any | None) -> dict[str, Any]:
        """Which record it is about."""
        where = (item.record_type, item.record_id) if item else asked_record()
        return {"record": subjects.carrier(*where), "where": where, "back": self.leave_url(item)}

    def name_of(self, item: Any) -> str:
        """The beginning of its text."""
        return _("Note")

    def leave_url(self, item: Any | None) -> str:
        """The card of the record."""
        where = (item.record_type, item.record_id) if item else asked_record()
        return subjects.url_of(*where, _anchor="notes")

    def after_save(self, item: Any) -> Any:
        """Back to the card."""
        return redirect(self.leave_url(item), 303)

    # --- acts -----------------------------------------------------------------------------

    @expose(f"/{PK}/pinning", methods=["POST"])
    @has_access
    @permission_name("edit")
    def pinning(self, pk: int) -> Any:
        """Put the note first, or back among the others."""
        with transaction():
            item = self.locked_or_404(pk)
            operations.refuse_others(acting(), item, "NoteView")
            item.pinned = not item.pinned
            flush()
        return self.after_save(item)

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        """Move the note to the trash; it can be taken back at once."""
        with transaction():
            item = self.locked_or_404(pk)
            operations.refuse_others(acting(), item, "NoteView")
            operations.put_away(item)
        offer_way_back(_("Note moved to the trash."), url_for("NoteView.restoring", pk=pk))
        return self.after_save(item)

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("delete")
    def restoring(self, pk: int) -> Any:
        """Take the note out of the trash."""
        with transaction():
            item = find_trashed(Note, pk, acting()) or abort(404)
            operations.refuse_others(acting(), item, "NoteView")
            item.trashed_at = None
        flash(_("Note restored."), "success")
        return self.after_save(item)

    @expose("/preview", methods=["POST"])
    @has_access
    @permission_name("add")
    def preview(self) -> Any:
        """The text as it will be read."""
        text = request.form.get("text", "")
        if len(text) > rules.LONGEST_NOTE:
            raise InvalidValue(*rules.reasons_not_to_keep_note(text))
        return self.render_template("records/_preview.html", text=markdown(text))

    @expose("/readers", methods=["GET"])
    @has_access
    @permission_name("add")
    def readers(self) -> Any:
        """Operators who may see the record, for the picker of mentions."""
        record_type, record_id = asked_record()
        subjects.carrier(record_type, record_id) or abort(404)
        found = candidates(fold(request.args.get("q", ""))[:80])
        seeing = operations.readers(record_type, record_id, found)
        offered = [user for user in found if user.id in seeing][:OFFERED]
        rows = [
            {"id": one.username, "text": user_name(one), "note": f"@{one.username}"}
            for one in offered
        ]
        return {"results": rows, "more": False}


def asked_record() -> tuple[str, int]:
    """The record that the address names; 404 if it names none."""
    name, text = request.args.get("record", ""), request.args.get("id", "")
    known = subjects.subject_of(name) is not None
    good = known and text.isascii() and text.isdigit() and 0 < int(text) < 2**31
    return (name, int(text)) if good else abort(404)


def candidates(text: str) -> list[User]:
    """Active operators with these letters in their names, me not among them."""
    offered = picker("operator") or abort(404)
    query = offered.narrow(offered.query(), text, {}).where(User.id != acting().id)
    return list(db.session.scalars(query.limit(LOOKED_AT)))


def tell_unreached(names: list[str]) -> None:
    """Warn of mentions that reach nobody."""
    if names:
        words = _("Not told, as they can't see this record: %(names)s.", names=", ".join(names))
        flash(words, "warning")


def offer_way_back(words: str, url: str) -> None:
    """Say what was done, with a button that takes it back."""
    told: Any = {"text": words, "url": url, "seconds": 10}
    flash(told, "undo")
