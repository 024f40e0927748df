"""The acts on an event by page: closing, reopening, trash, undo, and the questions before them."""

from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access.current import acting
from app.db import now, transaction
from app.errors import NotFound
from app.events import operations, undo
from app.events.acts import Act, offer_undo, perform, posted_wish
from app.events.models import Event
from app.events.questions import asked
from app.events.suggestions import suggestions
from app.fab.dress import language
from app.fab.views import PK
from app.features.values import names_in, shown_values


class EventActs:
    """The addresses under /events/<id>/ that do something; a part of EventView."""

    @expose(f"/{PK}/ask/<string(maxlength=20):name>", methods=["GET"])
    @has_access
    @permission_name("show")
    def ask(self, pk: int, name: str) -> Any:
        """The window with a question open; alone, if a script asks for the dialog."""
        view: Any = self
        item = view.visible_or_404(pk)
        stage_id = request.args.get("stage", type=int)
        question = asked(acting(), item, name, stage_id) or abort(404)
        if request.headers.get("HX-Target") != "question":
            return view.show_item(item, asked=name, tried=stage_id)
        context = {"item": item, "question": question, **view.question_context(item)}
        return view.render_template("events/_question.html", **context)

    @expose("/suggest", methods=["GET"])
    @has_access
    @permission_name("add")
    def suggest(self) -> Any:
        """What a new event of this contractor or contact begins with."""
        return jsonify(suggestions(request.args))

    @expose(f"/{PK}/closure", methods=["POST"])
    @has_access
    @permission_name("close")
    def closure(self, pk: int) -> Any:
        """Close the event; with `named` stages, all of them first."""
        texts = request.form.getlist("named")
        named = [int(text) for text in texts if text.isascii() and text.isdigit()]

        def deed() -> int:
            if named:
                return operations.close_cascade(acting(), pk, posted_wish(), now(), named)
            return operations.close_event(acting(), pk, posted_wish(), now())

        return perform(Act(pk, _("Event closed."), undo=True), deed)

    @expose(f"/{PK}/reopening", methods=["POST"])
    @has_access
    @permission_name("reopen")
    def reopening(self, pk: int) -> Any:
        """Open the event again; with `add`, by a new last stage."""
        reason, subject = request.form.get("reason"), request.form.get("subject")

        def deed() -> int:
            if request.form.get("add"):
                return operations.reopen_and_add(acting(), pk, reason, now(), subject)
            return operations.reopen_event(acting(), pk, reason)

        return perform(Act(pk, _("Event reopened.")), deed)

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        """Move the event with its stages to the trash; who may restore it is offered to."""
        try:
            with transaction():
                operations.trash_event(acting(), pk, now())
        except NotFound:
            abort(404)
        words = _("Event moved to the trash.")
        if acting().may("restore", "EventView"):
            offer_undo(words, url_for("EventView.restoring", pk=pk))
        else:
            flash(words, "success")
        return redirect(url_for("EventView.list"), 303)

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("restore")
    def restoring(self, pk: int) -> Any:
        """Take the event out of the trash."""
        act = Act(pk, _("Event restored."))
        return perform(act, lambda: operations.restore_event(acting(), pk))

    @expose("/undoing/<int(max=2147483647):batch>", methods=["POST"])
    @has_access
    @permission_name("undo")
    def undo(self, batch: int) -> Any:
        """Take back a closing just done."""
        event_id = undo.event_of(acting(), batch) or abort(404)
        act = Act(event_id, _("Undone."))
        return perform(act, lambda: undo.undo_closing(acting(), batch, now()))

    @expose(f"/{PK}/preview", methods=["GET"])
    @has_access
    @permission_name("show")
    def preview(self, pk: int) -> Any:
        """The event with its stages, to read and to print."""
        view: Any = self
        item = view.visible_or_404(pk)
        words = {"item": item, "title": view.name_of(item), "printed_at": now()}
        return view.render_template("events/preview.html", features=features_in(item), **words)


def features_in(event: Event) -> dict[Any, list[tuple[str, str]]]:
    """(name, value) of the features of the event and of each of its stages."""
    names_in(event.stages)  # what all of them point at comes at once
    return {
        record: [(one.name(language()), value) for one, value in shown_values(record)]
        for record in (event, *event.stages)
    }
