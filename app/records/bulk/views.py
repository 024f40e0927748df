"""The pages of bulk acts: what was selected, what would change, what was done, and undo."""

import csv
import io
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.access import visibility
from app.access.current import acting
from app.audit.sets import Entry, given_ids
from app.db import db, now, transaction
from app.errors import DomainError, InvalidValue, NotFound
from app.fab.views import PageView
from app.lists.selection import MOST, Selection, freeze, frozen, keep, left_of
from app.lists.views import ListView
from app.records.bulk import acts, plans, undo
from app.records.bulk.acts import BulkAct
from app.records.bulk.plans import BulkPlan
from app.records.history import act_words, changes_in_words, kind_words

UNDO_SECONDS = 10
OWN = frozenset(
    ("csrf_token", "row", "all", "list", "selection", "without", "plan", "back", "glance", "asked")
)


class BulkView(PageView):
    """Acts on many rows of a list."""

    route_base = "/bulk"
    default_view = "recent"

    @expose("/<string(maxlength=40):register>/selection", methods=["POST"])
    @has_access
    @permission_name("use")
    def selection(self, register: str) -> Any:
        """Freeze all rows that the list finds; a script asks for it."""
        view = list_or_404(register)
        try:
            with transaction():
                found = freeze(acting(), register, matching(view), now())
        except DomainError as error:
            return jsonify(text=str(error.reasons[0].text)), error.status
        return jsonify(token=found.token, count=found.count)

    @expose("/<string(maxlength=40):register>/<string(maxlength=40):name>", methods=["POST"])
    @has_access
    @permission_name("use")
    def plan(self, register: str, name: str) -> Any:
        """Plan an act for the rows; what it asks for is asked first."""
        act = act_or_404(register, name)
        asked = {key: one for key, one in request.form.items() if key not in OWN and one.strip()}
        try:
            with transaction():
                chosen = chosen_rows(act)
                if not request.form.get("asked") and not act.filled(asked).validate():
                    return self.ask(act, chosen)
                kept = plans.make(acting(), act, chosen.ids, asked, now())
                kept.back = back_address()
        except InvalidValue as error:
            return self.refused(act, asked, error)
        if request.form.get("glance"):
            part = self.render_template("bulk/_glance.html", kept=kept, act=act)
            return part, {"X-Glance": "1"}
        return redirect(url_for("BulkView.show", token=kept.token), 303)

    def ask(self, act: BulkAct, chosen: Selection, status: int = 200, **more: Any) -> Any:
        """The page that asks for what the act needs."""
        form = more.pop("form", None) or act.filled({})
        words = {"act": act, "form": form, "selection": chosen, "back": back_address()}
        page = self.render_template("bulk/ask.html", title=act.label, **words, **more)
        return page, status

    def refused(self, act: BulkAct, asked: dict[str, str], error: InvalidValue) -> Any:
        """The same page with what is wrong; without rows only the reasons."""
        with transaction():
            try:
                chosen = chosen_rows(act)
            except InvalidValue:
                page = {"title": act.label, "reasons": error.reasons, "back": back_address()}
                return self.render_template("bulk/none.html", **page), error.status
        form = act.filled(asked)
        form.validate()
        return self.ask(act, chosen, error.status, form=form)

    @expose("/plan/<string(maxlength=32):token>", methods=["GET"])
    @has_access
    @permission_name("use")
    def show(self, token: str) -> Any:
        """What would change and what would not; once done, what was."""
        return self.page(plan_or_404(token))

    def page(self, kept: BulkPlan, status: int = 200, **more: Any) -> Any:
        """The plan's page; `reasons` say why it was not carried out."""
        act = plans.act_of(kept)
        form = act.filled(kept.asked)
        words = {"kept": kept, "act": act, "form": form, "title": act.label, "rows": told(kept)}
        words["counts"] = act.counts(kept.rows)
        words["kind_words"] = kind_words
        left = kept.skipped if kept.batch_id else kept.held
        names = undo.names_of((kind, number) for kind, number, _code in left[: plans.SHOWN])
        texts = {code: text for code, text, _count in kept.reasons}
        texts["bulk.changed"] = _("It changed since the preview.")
        words |= {"left": left[: plans.SHOWN], "names": names, "texts": texts}
        return self.render_template("bulk/plan.html", **words, **more), status

    @expose("/plan/<string(maxlength=32):token>/done", methods=["POST"])
    @has_access
    @permission_name("use")
    def apply(self, token: str) -> Any:
        """Carry the plan out."""
        mode = plans.ALL if request.form.get("mode") == plans.ALL else plans.SKIP
        typed = request.form.get("count", "")
        try:
            with transaction():
                kept = plans.carry_out(acting(), token, mode, typed, now())
        except NotFound:
            abort(404)
        except DomainError as error:
            db.session.rollback()
            return self.page(plan_or_404(token), error.status, reasons=error.reasons)
        offer_undo(plans.act_of(kept).told(kept.done), kept.batch_id or 0, kept.back)
        if kept.skipped or not kept.back:
            return redirect(url_for("BulkView.show", token=token), 303)
        return redirect(kept.back, 303)

    @expose("/plan/<string(maxlength=32):token>/report", methods=["GET"])
    @has_access
    @permission_name("use")
    def report(self, token: str) -> Any:
        """Every row of the plan and what became of it, as a file."""
        kept = plan_or_404(token)
        body = io.StringIO()
        writer = csv.writer(body, delimiter=";", lineterminator="\r\n")
        writer.writerow(["type", "id", "result"])
        writer.writerows(outcome_rows(kept))
        name = {"Content-Disposition": f"attachment; filename={kept.register}-{kept.act}.csv"}
        return Response("\ufeff" + body.getvalue(), mimetype="text/csv", headers=name)

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("use")
    def recent(self) -> Any:
        """The operator's own bulk acts of the last days, each with its way back."""
        found = undo.recent(acting(), now())
        words = {"title": _("My recent bulk changes"), "batches": found, "act_words": act_words}
        return self.render_template("bulk/recent.html", **words)

    @expose("/batch/<int(max=2147483647):batch>/undoing", methods=["POST"])
    @has_access
    @permission_name("use")
    def undo(self, batch: int) -> Any:
        """Take a whole batch back."""
        try:
            with transaction():
                undo.undo(acting(), batch, now())
        except NotFound:
            abort(404)
        except DomainError as error:
            db.session.rollback()
            words = {"title": _("My recent bulk changes"), "reasons": error.reasons}
            found = undo.recent(acting(), now())
            page = self.render_template(
                "bulk/recent.html", batches=found, act_words=act_words, **words
            )
            return page, error.status
        flash(_("Undone."), "success")
        return redirect(back_address() or url_for("BulkView.recent"), 303)


def offer_undo(words: str, batch: int, back: str = "") -> None:
    """Say what was done, with the button that takes it back."""
    url = url_for("BulkView.undo", batch=batch, back=back or None)
    told: Any = {"text": words, "url": url, "seconds": UNDO_SECONDS}
    flash(told, "undo")


def act_or_404(register: str, name: str) -> BulkAct:
    """The act, if the actor may do it."""
    act = acts.find(register, name) or abort(404)
    act.require(acting())
    return act


def plan_or_404(token: str) -> BulkPlan:
    """The actor's own plan."""
    try:
        return plans.find(acting(), token, now())
    except NotFound:
        abort(404)


def list_or_404(register: str) -> ListView:
    """The list page of a register that the actor may open."""
    views = current_app.extensions["appbuilder"].baseviews
    found = [
        one for one in views if isinstance(one, ListView) and one.model.__tablename__ == register
    ]
    if not found or not acting().may("list", found[0].class_permission_name):
        abort(404)
    return found[0]


def matching(view: ListView) -> Select[Any]:
    """The rows that the posted address of a list finds."""
    args = MultiDict(parse_qsl(request.form.get("list", "")))
    with visibility.as_a_set():
        return view.selected(args)[0]


def chosen_rows(act: BulkAct) -> Selection:
    """The rows that the form names: one by one, a frozen selection, or all that the list finds."""
    actor, register, form = acting(), act.register, request.form
    if form.get("plan"):
        kept = plans.find(actor, form["plan"], now())
        return Selection(token="", register=register, ids=kept.ids)
    if form.get("selection"):
        found = frozen(actor, register, form["selection"], now())
        left = left_of(found, form.getlist("without"))
        return found if len(left) == found.count else keep(actor, register, left, now())
    view = list_or_404(register)
    if form.get("all"):
        return freeze(actor, register, matching(view), now())
    rows = [int(one) for one in form.getlist("row") if one.isascii() and one.isdigit()]
    few = view.base_query().where(view.model.id.in_(given_ids(rows[: MOST + 1])))
    return freeze(actor, register, few, now())


def back_address() -> str:
    """The page of ours to go back to."""
    target = request.values.get("back", "")
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target[:8000] if ours else ""


def told(kept: BulkPlan) -> list[dict[str, Any]]:
    """The first rows that change: words, address and the changes, old and new."""
    entries = [
        [Entry(kind, number, changes) for kind, number, changes in parts]
        for _kind, _id, parts in kept.sample
    ]
    flat = [one for parts in entries for one in parts]
    words = dict(zip(map(id, flat), changes_in_words(flat), strict=True))
    names = undo.names_of((one.kind, one.record) for one in flat)
    return [
        {
            "key": (kind, number),
            "parts": [
                (names.get((one.kind, one.record), ("–", "")), words[id(one)]) for one in parts
            ],
        }
        for (kind, number, _parts), parts in zip(kept.sample, entries, strict=True)
    ]


def outcome_rows(kept: BulkPlan) -> list[tuple[str, int, str]]:
    """(kind, id, what became of it) for each row."""
    skipped = {(kind, number): code for kind, number, code in kept.skipped}
    done = "changed" if kept.batch_id else "will change"
    rows = [
        (kind, number, skipped.get((kind, number), done)) for kind, number, _version in kept.rows
    ]
    return [*rows, *((kind, number, code) for kind, number, code in kept.held)]
