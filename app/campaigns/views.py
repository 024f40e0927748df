"""The campaign page: the tree with its figures, what hangs at a place, and acts on it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.access.current import acting
from app.campaigns import operations, rules
from app.campaigns.figures import figures
from app.campaigns.links import Links
from app.campaigns.marking import mark
from app.campaigns.pickers import full_name
from app.campaigns.places import ALL, Place, at_place, find_place
from app.campaigns.tree import branch, tree
from app.contractors.models import Contractor
from app.db import db, now, transaction
from app.errors import DomainError, InvalidValue, refuse_if
from app.events.acts import posted_id
from app.events.models import Event
from app.fab.views import PageView
from app.features.changes.questions import is_asked, put
from app.features.models import Feature

FIRST_ROWS = 10
SCOPES = ("below", "here")


class CampaignView(PageView):
    """Campaigns: the tree and the work on it."""

    route_base = "/campaigns"

    # --- reading --------------------------------------------------------------------------

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """The tree, and below it what hangs at the chosen place."""
        place = place_or_404(request.args.get("node", ALL))
        return self.page(place)

    def page(self, place: Place, status: int = 200, **more: Any) -> Any:
        """Render the page for a place; `reasons` say why an act was refused."""
        below = chosen_scope() == "below"
        rows = tree(place, opened(), acting())
        own = next((one for one in flat(rows) if one.place.key == place.key), None)
        counted = own.figures if own else figures([place], acting())[place.key]
        words = {
            "title": _("Campaigns"),
            "rows": rows,
            "place": place,
            "heading": full_name(place),
            "below": below,
            "numbers": counted.below if below else counted.here,
            "figures": counted,
            "links": Links(place, below=below),
            "contractors": first_contractors(place, below=below),
            "events": first_events(place, below=below),
            "opened": request.args.get("open", ""),
        }
        return self.render_template("campaigns/show.html", **words, **more), status

    @expose("/branch", methods=["GET"])
    @has_access
    @permission_name("show")
    def branch(self) -> Any:
        """The rows below a place, for a tree that opens it."""
        place = place_or_404(request.args.get("of", ""))
        skip = request.args.get("skip", "0")
        if not (skip.isascii() and skip.isdigit() and len(skip) < 7):
            abort(400)
        rows = branch(place, acting(), int(skip))
        words = {"rows": rows, "below": chosen_scope() == "below", "place": None, "of": place}
        return self.render_template("campaigns/_branch.html", skip=int(skip), **words)

    # --- hanging --------------------------------------------------------------------------

    @expose("/hanging", methods=["POST"])
    @has_access
    @permission_name("hang")
    def hanging(self) -> Any:
        """Hang records on a node, or move them there; open events may move along."""
        register = request.form.get("register", "")
        ids = posted_ids("record")
        node_id, at, why = posted_id("node") or 0, now(), request.form.get("why")

        def deed() -> None:
            refuse_if(rules.reasons_without_place(node_id), InvalidValue)
            operations.lock_nodes([node_id])
            for record_id in sorted(set(ids)):
                operations.hang(acting(), register, record_id, node_id, at, why)
            operations.move_along(acting(), posted_ids("along"), node_id, at, why)

        return self.perform(deed, _("Hung on the campaign."))

    @expose("/off/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @permission_name("hang")
    def off(self, pk: int) -> Any:
        """Take a record off a node; where it hung stays in its history."""
        why = request.form.get("why")
        return self.perform(
            lambda: operations.take_off(acting(), pk, now(), why), _("Taken off the campaign.")
        )

    @expose("/marking/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @permission_name("mark")
    def marking(self, pk: int) -> Any:
        """Make a campaign of a tree, or a plain tree of a campaign."""
        campaign = request.form.get("campaign") == "1"
        words = _("The tree is a campaign now.") if campaign else _("It is a plain tree now.")
        sure = request.form.get("sure", "")
        deed = partial(mark, acting(), pk, now(), campaign=campaign, sure=sure)
        return self.perform(deed, words, db.session.get(Feature, pk))

    def perform(self, deed: Any, words: str, feature: Feature | None = None) -> Any:
        """Do the act in a transaction; a refusal stands where the operator was.

        A question about the feature has a page of its own.
        """
        try:
            with transaction():
                deed()
        except DomainError as error:
            if error.status == 404:
                abort(404)
            db.session.rollback()
            if feature is not None and is_asked(error):
                return put(self, error, feature)
            for reason in error.reasons:
                flash(str(reason.text), "danger")
            return back()
        flash(words, "success")
        return back()


def back() -> Any:
    """To the page the operator came from, if it is one of ours, else to the campaigns."""
    target = request.form.get("back", "")
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return redirect(target if ours else url_for("CampaignView.show"), 303)


def place_or_404(key: str) -> Place:
    """The place with this key."""
    return find_place(key) or abort(404)


def chosen_scope() -> str:
    """here or below; anything else is an odd request."""
    scope = request.args.get("scope", SCOPES[0])
    return scope if scope in SCOPES else abort(400)


def opened() -> list[str]:
    """The keys of the open branches; what can't be read opens nothing."""
    return request.args.get("open", "").split(",")[:200]


def posted_ids(name: str) -> list[int]:
    """Record ids from the form; 400 if one is none."""
    texts = [text for text in request.form.getlist(name) if text.strip()]
    plain = all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts)
    return [int(text) for text in texts] if plain and len(texts) <= 200 else abort(400)


def flat(rows: Sequence[Any]) -> list[Any]:
    """The rows and all below them."""
    return [one for row in rows for one in (row, *flat(row.rows))]


def first_contractors(place: Place, *, below: bool) -> list[Contractor]:
    """The first contractors at the place, by name."""
    query: Select[Any] = visibility.visible(Contractor).where(
        at_place(Contractor, place, below=below)
    )
    ordered = query.order_by(Contractor.name.collate("polish"), Contractor.id)
    return list(db.session.scalars(ordered.limit(FIRST_ROWS)))


def first_events(place: Place, *, below: bool) -> list[Event]:
    """The latest events at the place."""
    query: Select[Any] = visibility.visible(Event).where(at_place(Event, place, below=below))
    ordered = query.order_by(Event.start_on.desc(), Event.id.desc())
    relations = (
        joinedload(Event.contractor),
        joinedload(Event.operator),
        joinedload(Event.outcome),
    )
    return list(db.session.scalars(ordered.options(*relations).limit(FIRST_ROWS)))
