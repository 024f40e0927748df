"""Closing the stages of a branch: options, preview, the act, and its undo."""

from datetime import date
from typing import Any

from flask import abort, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app.access.current import acting
from app.campaigns import bulk
from app.campaigns.bulk import Order
from app.campaigns.pickers import full_name
from app.campaigns.places import find_place
from app.db import db, now, transaction
from app.errors import DomainError
from app.events.views import living_outcomes
from app.fab.views import PageView
from app.records.bulk.views import offer_undo


class ClosingView(PageView):
    """Close stages at a place of a campaign."""

    route_base = "/campaigns/closing"
    class_permission_name = "CampaignView"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("bulk_close")
    def show(self) -> Any:
        """The options and what would close."""
        return self.page(read_order(request.args))

    def page(self, order: Order, status: int = 200, **more: Any) -> Any:
        """Options and preview; `reasons` say why the act was refused."""
        try:
            found = bulk.preview(acting(), order, now())
        except DomainError as error:
            found, more = None, {"reasons": error.reasons, **more}
        place = full_name(order.place)
        words = {
            "title": _("Close stages: %(place)s", place=place),
            "order": order,
            "place": place,
            "preview": found,
            "outcomes": living_outcomes(),
        }
        return self.render_template("campaigns/closing.html", **words, **more), status

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("bulk_close")
    def close(self) -> Any:
        """Close what the preview showed; if something changed since, show a new one."""
        order, token = read_order(request.form), request.form.get("token", "")
        try:
            with transaction():
                batch = bulk.apply(acting(), order, token, now())
        except DomainError as error:
            db.session.rollback()
            return self.page(order, error.status, reasons=error.reasons)
        stages = request.form.get("stages", "0")
        number = int(stages) if stages.isascii() and stages.isdigit() and len(stages) < 7 else 0
        text = ngettext("%(num)s stage closed.", "%(num)s stages closed.", number)
        back = url_for("CampaignView.show", node=order.place.key)
        offer_undo(text, batch, back)
        return redirect(back, 303)


def read_order(args: "MultiDict[str, str]") -> Order:
    """What is to be closed; 404 for a place that is not there, 400 for what can't be read."""
    place = find_place(args.get("node", ""))
    if place is None or place.feature is None:
        abort(404)
    outcome = args.get("outcome", "").strip()
    if outcome and not (outcome.isascii() and outcome.isdigit() and len(outcome) < 10):
        abort(400)
    until, events = read_day(args.get("until", "")), bool(args.get("events"))
    note = args.get("note", "").strip()[:2000] or None
    below = args.get("scope", "below") != "here"
    return Order(place, below, until, events, int(outcome) if outcome else None, note)


def read_day(text: str) -> date | None:
    """A day, or none; 400 if it is neither."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        abort(400)
