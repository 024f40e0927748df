"""What was changed in definitions, newest first, with the way back."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.access.current import acting
from app.audit.models import Batch
from app.db import db, now, transaction
from app.errors import DomainError
from app.fab.views import PK, PageView
from app.features.changes import batches
from app.features.changes.models import UNDOABLE, FeatureChange
from app.features.changes.questions import REGISTERS
from app.features.models import Feature
from app.records import history
from app.records.views import read_before

SHOWN, TOLD = 50, 5
TOLD_BY_VALUE = ("rename_node", "move_node")
KEPT = {**REGISTERS, "membership": _l("places in campaigns")}


class ChangeView(PageView):
    """The changes of features and their values."""

    route_base = "/features/changes"
    class_permission_name = "FeatureView"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("history")
    def show(self) -> Any:
        """The changes, of one feature if the address names it."""
        return self.page()

    def page(self, status: int = 200, **more: Any) -> Any:
        """Render the list; `reasons` say why one could not be taken back."""
        feature = chosen_feature()
        before = read_before(request.args)
        rows = found(feature, before)
        words = {
            "title": _("Changes of %(name)s", name=feature.name(str(get_locale())))
            if feature
            else _("Changes of features"),
            "feature": feature,
            "rows": [told(one) for one in rows[:SHOWN]],
            "older": rows[SHOWN - 1].id if len(rows) > SHOWN else None,
            "before": before,
        }
        return self.render_template("features/changes.html", **words, **more), status

    @expose(f"/{PK}/undo", methods=["POST"])
    @has_access
    @permission_name("edit")
    def undo(self, pk: int) -> Any:
        """Take a change back, whole."""
        try:
            with transaction():
                batches.undo(acting(), pk, now())
        except DomainError as error:
            if error.status == 404:
                abort(404)
            return self.page(error.status, reasons=error.reasons)
        flash(_("Taken back."), "success")
        return redirect(url_for("ChangeView.show", feature=request.args.get("feature")), 303)


def chosen_feature() -> Feature | None:
    """The feature that the address names, or all."""
    text = request.args.get("feature", "")
    if not text:
        return None
    plain = text.isascii() and text.isdigit() and len(text) < 10
    return (db.session.get(Feature, int(text)) if plain else None) or abort(404)


def found(feature: Feature | None, before: int | None) -> Sequence[FeatureChange]:
    """A page of the changes, and one more if there is."""
    whose = joinedload(FeatureChange.batch).joinedload(Batch.actor)
    query = select(FeatureChange).options(whose, joinedload(FeatureChange.feature))
    if feature is not None:
        query = query.where(FeatureChange.feature_id == feature.id)
    if before is not None:
        query = query.where(FeatureChange.id < before)
    return db.session.scalars(query.order_by(FeatureChange.id.desc()).limit(SHOWN + 1)).all()


def told(change: FeatureChange) -> dict[str, Any]:
    """A change in words."""
    kinds = ("feature", "feature_node") if change.act in TOLD_BY_VALUE else ("feature",)
    rows = [one for one in change.definitions if one[2] == "update" and one[0] in kinds][:TOLD]
    entries = [
        SimpleNamespace(kind=kind, changes=changes) for kind, _pk, _act, changes in rows[:TOLD]
    ]
    act, counts = history.Act.of(change.batch), change.counts.items()
    return {
        "change": change,
        "feature": change.feature.name(str(get_locale())),
        "who": act.who,
        "act": history.act_words(change.act),
        "counts": [(KEPT[name], number) for name, number in counts if name in KEPT],
        "details": [one for some in history.changes_in_words(entries) for one in some],
        "undoable": change.undone_id is None and now() - change.at <= UNDOABLE,
    }
