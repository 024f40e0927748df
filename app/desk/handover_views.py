"""The page of operators with open items, from which they are handed over."""

from typing import Any

from flask import request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_appbuilder.security.sqla.models import Group
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.current import acting
from app.db import db
from app.desk.handover import KINDS, NAMES, open_items, operators
from app.fab.views import PageView
from app.records.panels import Panel


class HandoverView(PageView):
    """Open items of operators, first of those who left."""

    route_base = "/handover"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("use")
    def show(self) -> Any:
        """Who has open items: deactivated operators, or all; of one team, or of all."""
        team = request.args.get("team", type=int)
        everybody = bool(request.args.get("all"))
        found = operators(inactive=not everybody, team=team)
        counts = open_items(acting(), [one.id for one in found])
        words = {
            "title": _("Hand over"),
            "rows": [(one, counts[one.id]) for one in found if one.id in counts],
            "kinds": [(kind, NAMES[kind]) for kind in KINDS],
            "teams": db.session.scalars(select(Group).order_by(Group.name)).all(),
            "team": team,
            "everybody": everybody,
        }
        return self.render_template("desk/handover.html", **words)


def of_operator(user: Any) -> dict[str, Any] | None:
    """The operator's open items, for who may hand them over; hidden if there are none."""
    if not acting().may("use", "HandoverView"):
        return None
    counts = open_items(acting(), [user.id]).get(user.id)
    if not counts:
        return None
    kinds = [(NAMES[kind], counts.get(kind, 0)) for kind in KINDS]
    return {"user": user, "kinds": kinds, "back": url_for("OperatorView.show", pk=user.id)}


PANEL = Panel("handover", "desk/_handover_panel.html", of_operator, "side", 5)
