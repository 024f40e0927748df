"""Editing the values of a feature: add, rename, order, move, merge, archive, delete."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access import visibility
from app.db import db, now, transaction
from app.errors import DomainError
from app.fab.views import PK, PageView
from app.features import operations, previews
from app.features.changes import values
from app.features.changes.questions import is_asked, put
from app.features.models import Feature, FeatureNode
from app.features.tree import rows_below
from app.features.views import FeatureView

NODE = "<int(max=2147483647):node_id>"


class ValueView(PageView):
    """The values of choices and trees."""

    route_base = "/features"
    class_permission_name = "FeatureView"

    @expose(f"/{PK}/branch", methods=["GET"])
    @has_access
    @permission_name("show")
    def branch(self, pk: int) -> Any:
        """The values below one, for a tree that opens it."""
        feature = visibility.find_visible(Feature, pk) or abort(404)
        text = request.args.get("of", "")
        if not is_id(text):
            abort(400)
        rows = rows_below(feature, int(text), set())
        return self.render_template("features/_branch.html", rows=rows, item=feature)

    @expose(f"/{PK}/values", methods=["POST"])
    @has_access
    @permission_name("edit")
    def add(self, pk: int) -> Any:
        """Add the values of a text, at the top or below one."""
        feature = visibility.find_visible(Feature, pk) or abort(404)
        above, layout = posted_node("parent"), request.form.get("layout", "")

        def deed() -> int | None:
            parent = operations.fresh_node(above) if above else None
            operations.add_outline(feature, posted_text(), parent, layout)
            return above

        return perform(feature.id, deed, _("Added."))

    @expose(f"/{PK}/value", methods=["POST"])
    @has_access
    @permission_name("edit")
    def add_one(self, pk: int) -> Any:
        """Add one value, right after another or as the last."""
        feature = visibility.find_visible(Feature, pk) or abort(404)
        above, after = posted_node("parent"), posted_node("after")

        def deed() -> int:
            parent = operations.fresh_node(above) if above else None
            node = operations.add_node(feature, request.form.get("name", "")[:120], parent)
            if after:
                operations.put_after(node, after)
            return node.id

        return perform(feature.id, deed, _("Added."))

    @expose(f"/{PK}/values/preview", methods=["POST"])
    @has_access
    @permission_name("edit")
    def preview(self, pk: int) -> Any:
        """What adding the text would make, while it is being typed."""
        feature = visibility.find_visible(Feature, pk) or abort(404)
        above, layout = posted_node("parent"), request.form.get("layout", "")
        try:
            parent = operations.fresh_node(above) if above else None
            branches = previews.of(feature, posted_text(), parent, layout)
        except DomainError as error:
            return self.render_template("features/_added.html", refusals=error.reasons)
        new = sum(one.is_new for one in previews.every(branches))
        words = {"branches": previews.cut(branches), "new": new, "item": feature, "above": parent}
        return self.render_template("features/_added.html", **words)

    @expose(f"/values/{NODE}/name", methods=["POST"])
    @has_access
    @permission_name("edit")
    def rename(self, node_id: int) -> Any:
        """Give a value another name."""
        name = request.form.get("name", "")[:120]
        deed = partial(operations.rename_node, node_id, name)
        return weigh(node_id, "rename_node", deed, _("Renamed."))

    @expose(f"/values/{NODE}/order", methods=["POST"])
    @has_access
    @permission_name("edit")
    def order(self, node_id: int) -> Any:
        """Move a value up or down among its siblings."""
        step = {"up": -1, "down": 1}.get(request.form.get("way", "")) or abort(400)
        return change(node_id, lambda: operations.order_node(node_id, step))

    @expose(f"/values/{NODE}/move", methods=["POST"])
    @has_access
    @permission_name("edit")
    def move(self, node_id: int) -> Any:
        """Move a value, with all below it, under another, or to the top."""
        deed = partial(operations.move_node, node_id, posted_node("parent"))
        return weigh(node_id, "move_node", deed, _("Moved."))

    @expose(f"/values/{NODE}/archive", methods=["POST"])
    @has_access
    @permission_name("archive")
    def archive(self, node_id: int) -> Any:
        """Offer a value no more, or again; records keep it."""
        if request.form.get("back"):
            return change(
                node_id, lambda: operations.archive_node(node_id, None), _("In use again.")
            )
        deed = partial(operations.archive_node, node_id, now())
        return weigh(node_id, "archive_node", deed, _("Archived."))

    @expose(f"/values/{NODE}/merge", methods=["POST"])
    @has_access
    @permission_name("edit")
    def merge(self, node_id: int) -> Any:
        """Make one value of this one and others, with all below them."""
        others = [int(text) for text in request.form.getlist("other") if is_id(text)]
        return change(node_id, lambda: values.merge(others, node_id, now(), sure()), _("Merged."))

    @expose(f"/values/{NODE}/delete", methods=["POST"])
    @has_access
    @permission_name("edit")
    def delete(self, node_id: int) -> Any:
        """Delete a value that nothing uses; of one in use, say what becomes of its records."""
        node = db.session.get(FeatureNode, node_id) or abort(404)
        into, how = posted_node("into"), request.form.get("how", "")

        def deed() -> int | None:
            values.remove(node_id, into, now(), sure(), how)
            kept = db.session.get(FeatureNode, node_id)
            return node_id if kept else None

        return perform(node.feature_id, deed, _("Removed."), node_id)


def is_id(text: str) -> bool:
    """Whether a text is an id."""
    return text.isascii() and text.isdigit() and len(text) < 10


def posted_text() -> str:
    """The values that were typed or pasted."""
    return request.form.get("outline", "")[:400_000]


def posted_node(name: str) -> int | None:
    """A value's id from the form; None if empty, 400 if it is no id."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    return int(text) if is_id(text) else abort(400)


def sure() -> str:
    """The impact that was agreed to."""
    return request.form.get("sure", "")


def weigh(node_id: int, act: str, deed: Callable[[], Any], words: str) -> Any:
    """Do something to a value, once what it touches was agreed to."""
    return change(node_id, lambda: values.act_on(node_id, act, deed, now(), sure()), words)


def change(node_id: int, deed: Callable[[], Any], words: str = "") -> Any:
    """Do something to a value, and show it."""
    node = db.session.get(FeatureNode, node_id) or abort(404)

    def done() -> int:
        deed()
        return node_id

    return perform(node.feature_id, done, words, node_id)


def perform(
    feature_id: int, deed: Callable[[], int | None], words: str, chosen: int | None = None
) -> Any:
    """Do the act in a transaction; a refusal is shown beside the tree."""
    try:
        with transaction():
            chosen = deed()
    except DomainError as error:
        db.session.rollback()
        return refused(feature_id, error)
    if words:
        flash(words, "success")
    kept: dict[str, Any] = {"open": request.form["open"]} if request.form.get("open") else {}
    value: dict[str, Any] = {"value": chosen} if chosen else {}
    return redirect(url_for("FeatureView.show", pk=feature_id, **value, **kept), 303)


def refused(feature_id: int, error: DomainError) -> Any:
    """The feature's card with the reasons; to a script that edits the tree the reasons alone."""
    if "X-Tree" in request.headers:
        told = [] if is_asked(error) else [str(one.text) for one in error.reasons]
        return {"reasons": told}, error.status
    views = current_app.extensions["appbuilder"].baseviews
    view: Any = next(one for one in views if isinstance(one, FeatureView))
    if is_asked(error):
        return put(view, error, view.visible_or_404(feature_id))
    return view.show_item(view.visible_or_404(feature_id), error.status, reasons=error.reasons)
