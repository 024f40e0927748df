"""The bell: how much is new, what it is, and what the operator wants to hear of."""

from collections.abc import Collection
from typing import Any

from flask import abort, flash, jsonify, redirect, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import ngettext

from app.access.current import acting
from app.db import db, now, transaction
from app.desk import bell
from app.fab.views import PageView
from app.records.subjects import url_of
from app.records.views import read_before

FIRST, PAGE = 8, 50


class BellView(PageView):
    """What happened to the operator's work, and what is due."""

    route_base = "/bell"

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """The first of every kind, or the whole history of one."""
        kind = request.args.get("kind", "")
        if kind and kind not in bell.HISTORIES:
            abort(404)
        setting = bell.setting_of(acting())
        words: dict[str, Any] = {"kind": kind, "kinds": bell.KINDS, "heard": bell.heard(setting)}
        since = setting.seen_at or bell.LONG_AGO
        rows = told([kind] if kind else words["heard"], PAGE if kind else FIRST)
        return self.render_template(
            "desk/bell.html", title=_("Notifications"), since=since, back="/bell/", **words, **rows
        )

    @expose("/count", methods=["GET"])
    @has_access
    @permission_name("show")
    def count(self) -> Any:
        """How much is new, for the sign in the frame."""
        news = bell.unseen(acting(), bell.setting_of(acting()), now())
        total = sum(news.values())
        shown = str(total) if total < 100 else "99+"
        words = ngettext(
            "%(count)s new notification", "%(count)s new notifications", total, count=shown
        )
        return jsonify(count=total, shown=shown, text=words)

    @expose("/seen", methods=["POST"])
    @has_access
    @permission_name("edit")
    def seen(self) -> Any:
        """Everything up to now has been seen."""
        with transaction():
            bell.look(acting(), now())
        return ("", 204) if "HX-Request" in request.headers else redirect("/bell/", 303)

    @expose("/kinds", methods=["POST"])
    @has_access
    @permission_name("edit")
    def kinds(self) -> Any:
        """Which kinds ring."""
        wanted = request.form.getlist("kind")
        with transaction():
            setting = db.session.merge(bell.setting_of(acting()))
            setting.muted = ",".join(kind for kind in bell.KINDS if kind not in wanted)
        flash(_("Saved."), "success")
        return redirect("/bell/", 303)


def told(kinds: Collection[str], limit: int) -> dict[str, Any]:
    """The first rows of these kinds; reminders only beside the others."""
    actor, before = acting(), read_before(request.args)
    found = {one: bell.notices(actor, one, before, limit) for one in bell.ACTS if one in kinds}
    named = bell.mentions(actor, before, limit) if bell.MENTION in kinds else []
    due = bell.first_reminders(actor, now(), limit) if bell.REMINDER in kinds else []
    records = bell.records_of([one for rows in found.values() for one in rows])
    return {
        "found": found,
        "mentions": named,
        "reminders": due,
        "records": records,
        "limit": limit,
        "url_of": url_of,
    }
