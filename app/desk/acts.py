"""The acts of the desk on one stage: rows answer in place, without scripts a page comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access.current import acting
from app.access.visibility import find_visible
from app.db import now, transaction
from app.desk import operations
from app.desk.today import shown_with
from app.errors import DomainError, NotFound
from app.events.acts import Act, offer_undo, posted_wish, refused_page, way_back
from app.events.models import Stage
from app.events.operations import close_and_add_next
from app.fab.views import PK, PageView

HOW = ("alone", "up_to", "event", "add_next")


@dataclass(frozen=True)
class Done:
    """What was done: in which words it is told, and the batch by which it can be undone."""

    words: str
    batch: int


class DeskActs(PageView):
    """A stage beside the day's list, and what one press does with it."""

    route_base = "/today/stages"
    class_permission_name = "StageView"

    @expose(f"/{PK}", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        """The stage as a panel beside the list."""
        stage = stage_or_404(pk)
        return self.render_template("desk/_panel.html", stage=stage, back=back_address())

    @expose(f"/{PK}/closure", methods=["POST"])
    @has_access
    @permission_name("close")
    def closure(self, pk: int) -> Any:
        """Close the stage: alone, up_to it, event (as its last), or add_next and go on."""
        stage, how = stage_or_404(pk), asked_how()
        return self.done(stage, lambda: closed(stage, how), "done")

    @expose(f"/{PK}/due", methods=["POST"])
    @has_access
    @permission_name("edit")
    def due(self, pk: int) -> Any:
        """Put the stage off: a step from now, or a date in words."""
        text = request.form.get("step") or request.form.get("text", "")
        return self.done(stage_or_404(pk), lambda: put_off(pk, text.strip()), "moved")

    def done(self, stage: Stage, deed: Callable[[], Done], state: str) -> Any:
        """Do it in a transaction; the row tells what became of it, or why not."""
        try:
            with transaction():
                told = deed()
        except NotFound:
            abort(404)
        except DomainError as error:
            return self.refused(stage.id, stage.event_id, error)
        offer_undo(told.words, url_for("EventView.undo", batch=told.batch), back_address())
        if "HX-Request" not in request.headers:
            return way_back(stage.event_id)
        return self.row(stage_or_404(stage.id), state)

    def refused(self, pk: int, event_id: int, error: DomainError) -> Any:
        """The row with the reasons and the ways out; without scripts the event's window."""
        if "HX-Request" not in request.headers:
            return refused_page(Act(event_id, "", pk), error)
        page = self.row(stage_or_404(pk), "refused", reasons=error.reasons)
        return page, error.status

    def row(self, stage: Stage, state: str, **more: Any) -> Any:
        """The stage's row after an act."""
        words = {"stage": stage, "state": state, "typed": request.form, "back": back_address()}
        return self.render_template("desk/_answer.html", **words, **more)


def asked_how() -> str:
    """In which way the stage is to be closed; 400 for one there is not."""
    how = request.form.get("how", "alone")
    return how if how in HOW else abort(400)


def closed(stage: Stage, how: str) -> Done:
    """Close the stage, inside the transaction."""
    if how == "add_next":
        line = operations.read_line(request.form.get("text", ""))
        subject, due = " ".join(line.words), operations.due_of(line)
        batch = close_and_add_next(acting(), stage.id, posted_wish(), now(), subject, due)
        return Done(_("Stage closed, next one added."), batch)
    words = _("Event closed.") if how == "event" else _("Stage closed.")
    return Done(words, operations.close(acting(), stage, how, posted_wish(), now()))


def put_off(pk: int, text: str) -> Done:
    """Put the stage off, inside the transaction."""
    batch = operations.put_off(acting(), pk, text, now())
    return Done(_("Stage rescheduled."), batch)


def stage_or_404(pk: int) -> Stage:
    """The visible stage with what the desk shows of it."""
    return find_visible(Stage, pk, *shown_with()) or abort(404)


def back_address() -> str:
    """The page of the desk on which the act was asked for."""
    return request.values.get("back", "/today/")
