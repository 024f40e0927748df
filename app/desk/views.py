"""Today: the landing page, and the stage beside it."""

import secrets
from typing import Any

from babel.dates import format_date
from flask import request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import get_locale

from app.access.current import acting
from app.days import today
from app.db import now
from app.desk import progress, recent, whose
from app.desk.queue_views import due_by_today
from app.desk.today import counts_of, groups_of, stages_url, unplanned_events, unplanned_url
from app.fab.views import PageView


class TodayView(PageView):
    """What is to be done today, by urgency."""

    route_base = "/today"

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """Overdue, today, tomorrow, this week; only the groups, if a script asks for them."""
        chosen = whose.chosen()
        words = desk_words(chosen)
        if request.headers.get("HX-Target") == "desk-groups":
            return self.render_template("desk/_groups.html", **words)
        return self.render_template("desk/today.html", **words, **beside(chosen))


def desk_words(chosen: whose.Whose) -> dict[str, Any]:
    """The groups and counts, as the templates show them."""
    day = today(now())
    counts = counts_of(chosen, day)
    return {
        "whose": chosen,
        "counts": counts,
        "groups": groups_of(chosen, day, counts),
        "done_url": stages_url(chosen, "closed", _flt_2_closed=day.isoformat()),
        "day": day,
        "queue_url": url_for("QueueView.show", **due_by_today(chosen)),
        "back": url_for("TodayView.show", **chosen.asked),
    }


def beside(chosen: whose.Whose) -> dict[str, Any]:
    """What stands beside the day's stages."""
    words = {"unplanned": unplanned_events(chosen), "seen": recent.seen_records()}
    written = format_date(today(now()), "EEEE, d MMMM y", locale=str(get_locale()))
    campaigns = progress.campaigns_of(chosen) if acting().may("show", "CampaignView") else []
    more = {"once": secrets.token_hex(8), "unplanned_url": unplanned_url(chosen)}
    return {**words, **more, "campaigns": campaigns, "day_words": written}
