"""The acts on a stage by page: adding, closing, reopening, moving, trash."""

from typing import Any

from flask import abort, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access.current import acting
from app.db import flush, now
from app.errors import InvalidValue, Reason
from app.events import operations
from app.events.acts import (
    Act,
    page_of,
    perform,
    posted_due,
    posted_position,
    posted_wish,
    refused_page,
)
from app.events.parties import settle_stage
from app.fab.views import PK

LINE = ("start", "due", "contact", "operator", "description")
OPTIONAL = ("due", "contact")


class StageActs:
    """The addresses under /stages/ that do something; a part of StageView."""

    def event_of(self, pk: int) -> int:
        """The event of a visible stage."""
        view: Any = self
        return int(view.visible_or_404(pk).event_id)

    @expose(f"/in/{PK}", methods=["POST"])
    @has_access
    @permission_name("arrange")
    def add_to(self, pk: int) -> Any:
        """Add a stage to an event in one line; `position` inserts it."""
        form = self.line_form(page_of("EventView").visible_or_404(pk), bound=True)
        act = Act(pk, _("Stage added."))
        if not form.validate():
            return refused_page(act, wrong_line(form), line=form)
        return perform(act, lambda: add_line(pk, form, posted_position()), line=form)

    def line_form(self, event: Any, *, bound: bool = False) -> Any:
        """The one-line form: contact and operator as in the last stage, else as in the event."""
        view: Any = self
        before = event.stages[-1] if event.stages else event
        first = {"contact": before.contact, "operator": before.operator}
        form = view.add_form(data=first, **({} if bound else {"formdata": None}))
        for name in ("start", "operator", "outcome_id"):
            form[name].validators = ()
        form.outcome_id.validate_choice = False
        return form

    @expose(f"/{PK}/closure", methods=["POST"])
    @has_access
    @permission_name("close")
    def closure(self, pk: int) -> Any:
        """Close the stage; `how` is alone, up_to (with all before) or add_next (and go on)."""
        wish, how = posted_wish, request.form.get("how", "alone")
        deeds = {
            "alone": lambda: operations.close_stage(acting(), pk, wish(), now()),
            "up_to": lambda: operations.close_up_to(acting(), pk, wish(), now()),
            "add_next": lambda: operations.close_and_add_next(
                acting(), pk, wish(), now(), request.form.get("subject"), posted_due()
            ),
        }
        deed = deeds.get(how) or abort(400)
        return perform(Act(self.event_of(pk), _("Stage closed."), pk, undo=True), deed)

    @expose(f"/{PK}/reopening", methods=["POST"])
    @has_access
    @permission_name("reopen")
    def reopening(self, pk: int) -> Any:
        """Open the stage again; with `down_to`, all closed ones from it on."""
        reason, down_to = request.form.get("reason"), bool(request.form.get("down_to"))
        return perform(
            Act(self.event_of(pk), _("Stage reopened."), pk),
            lambda: operations.reopen_stage(acting(), pk, reason, down_to=down_to),
        )

    @expose(f"/{PK}/position", methods=["POST"])
    @has_access
    @permission_name("arrange")
    def position(self, pk: int) -> Any:
        """Give the stage another place among the open ones."""
        place = posted_position()
        if place is None:
            abort(400)
        act = Act(self.event_of(pk), _("Stage moved."), pk)
        return perform(act, lambda: operations.move_stage(acting(), pk, place))

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    @permission_name("delete")
    def delete(self, pk: int) -> Any:
        """Move the stage to the trash."""
        choice, reason = request.form.get("choice"), request.form.get("reason")
        return perform(
            Act(self.event_of(pk), _("Stage moved to the trash."), pk),
            lambda: operations.delete_stage(acting(), pk, now(), choice, reason),
        )

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("arrange")
    def restoring(self, pk: int) -> Any:
        """Take the stage out of the trash."""
        event_id = operations.event_of_trashed(pk) or abort(404)
        return perform(Act(event_id, _("Stage restored.")), lambda: restore(pk))


def add_line(event_id: int, form: Any, position: int | None) -> int:
    """Add the stage that the line describes, inside the transaction."""
    event = operations.locked_event(event_id)
    stage = operations.next_stage(event, form.subject.data, now())
    for name in LINE:
        if form[name].data or (name in OPTIONAL and name in request.form):
            form[name].populate_obj(stage, name)
    event.add_stage(stage, position)
    settle_stage(stage)
    flush()
    return operations.done()


def restore(pk: int) -> int:
    """Restore the stage, inside the transaction."""
    operations.restore_stage(acting(), pk)
    return operations.done()


def wrong_line(form: Any) -> InvalidValue:
    """What is wrong with the typed line, field by field."""
    reasons = [
        Reason("stage.value", f"{form[name].label.text}: {text}", field=name)
        for name, texts in form.errors.items()
        for text in texts
    ]
    return InvalidValue(*reasons)
