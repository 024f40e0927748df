"""The queue: one stage after another on a full page, done, put off or skipped."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access.visibility import find_visible
from app.days import today
from app.db import db, now, transaction
from app.desk.acts import Done, asked_how, closed, put_off
from app.desk.queue import CLOSED, LONGEST, PUT_OFF, SKIPPED, Queue, read
from app.desk.today import shown_with
from app.desk.whose import Whose
from app.errors import DomainError, NotFound
from app.events.acts import offer_undo, page_of
from app.events.models import Stage
from app.events.views import living_outcomes
from app.fab.views import PK, PageView
from app.lists.address import Args, is_choice, read_origin
from app.lists.paging import fetch


class QueueView(PageView):
    """The stages of a list, one by one; the next opens itself."""

    route_base = "/queue"
    class_permission_name = "StageView"

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """The stage whose turn it is; filters of the list of stages begin a queue."""
        if "ids" not in request.args:
            queue = begun(request.args)
            return redirect(queue.url("show")) if queue.ids else self.page(queue)
        return self.page(read(request.args) or abort(400))

    @expose(f"/{PK}/closure", methods=["POST"])
    @has_access
    @permission_name("close")
    def closure(self, pk: int) -> Any:
        """Close the stage and go on."""
        how = asked_how()
        return self.done(pk, CLOSED, lambda stage: closed(stage, how))

    @expose(f"/{PK}/due", methods=["POST"])
    @has_access
    @permission_name("edit")
    def due(self, pk: int) -> Any:
        """Put the stage off and go on."""
        text = request.form.get("step") or request.form.get("text", "").strip()
        return self.done(pk, PUT_OFF, lambda stage: put_off(stage.id, text))

    def done(self, pk: int, letter: str, deed: Callable[[Stage], Done]) -> Any:
        """Do it in a transaction and open the next stage; a refusal stays at this one."""
        queue = read(request.args) or Queue((pk,))
        stage = find_visible(Stage, pk, *shown_with()) or abort(404)
        try:
            with transaction():
                told = deed(stage)
        except NotFound:
            abort(404)
        except DomainError as error:
            db.session.rollback()
            return self.page(queue, reasons=error.reasons), error.status
        undo = url_for("EventView.undo", batch=told.batch)
        offer_undo(told.words, undo, queue.url("show"))
        return redirect(queue.after(letter), 303)

    def page(self, queue: Queue, **more: Any) -> Any:
        """The present stage, or at the end what was done."""
        pk = queue.current
        if pk is None:
            return self.render_template("desk/queue_end.html", title=_("Queue"), **words_of(queue))
        stage = find_visible(Stage, pk, *shown_with())
        words = {**words_of(queue), "stage": stage, "typed": request.form, **more}
        outcomes = living_outcomes() if stage else []
        return self.render_template("desk/queue.html", outcomes=outcomes, **words)


def words_of(queue: Queue) -> dict[str, Any]:
    """What both pages of the queue show."""
    view, chosen = page_of("StageView"), read_origin(queue.origin)
    values: dict[str, Any] = chosen.to_dict(flat=False)
    begin = url_for("QueueView.show", **values)
    list_url = url_for(f"{view.endpoint}.list", **values)
    return {"queue": queue, "list_url": list_url, "again": begin, "skip": queue.after(SKIPPED)}


def begun(args: Args) -> Queue:
    """The first open stages that the filters select, in the list's order."""
    view = page_of("StageView")
    try:
        query, _active = view.selected(args)
        open_ones = query.where(Stage.closed_at.is_(None))
        page = fetch(db.session(), open_ones, view.chosen_orders(args), LONGEST)
    except ValueError:
        abort(400)
    pairs = [pair for pair in args.items(multi=True) if is_choice(pair[0])]
    return Queue(tuple(page.ids), origin=urlencode(pairs))


def due_by_today(whose: Whose) -> dict[str, Any]:
    """The filters for what operators have to do by tonight."""
    day = today(now()).isoformat()
    return {"_flt_0_state": "open", "_flt_1_due": day, **whose.filter}
