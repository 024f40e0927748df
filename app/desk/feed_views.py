"""Addresses for calendar programs: made and ended on the profile, read without a login."""

from typing import Any

from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.current import Door, acting, become
from app.db import db, now, transaction
from app.desk import feed
from app.desk.models import CalendarFeed
from app.events.acts import posted_id
from app.fab.views import PageView
from app.operators import logins

TYPE = "text/calendar; charset=utf-8"


class FeedView(PageView):
    """The operator's addresses for calendar programs."""

    route_base = "/profile/feeds"
    class_permission_name = "ProfileView"

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """Which addresses there are."""
        return self.page()

    @expose("/renew", methods=["POST"])
    @has_access
    @permission_name("edit")
    def renew(self) -> Any:
        """Make an address, or a new one in place of the old; it is shown this once."""
        group_id = posted_team()
        with transaction():
            token = feed.renew(acting(), group_id)
        path = url_for("FeedDoor.read", token=token)
        return self.page(made=f"{current_app.config['PUBLIC_URL']}{path}", made_for=group_id)

    @expose("/end", methods=["POST"])
    @has_access
    @permission_name("edit")
    def end(self) -> Any:
        """End an address."""
        group_id = posted_team()
        with transaction():
            feed.end(acting(), group_id)
        flash(_("The address opens nothing any more."), "success")
        return redirect("/profile/feeds/", 303)

    def page(self, **more: Any) -> Any:
        """One's own calendar and those of one's teams."""
        rows = db.session.scalars(
            select(CalendarFeed).where(CalendarFeed.user_id == acting().id)
        ).all()
        words = {"title": _("Calendar in other programs"), "teams": acting().user.groups}
        found = {row.group_id: row for row in rows}
        return self.render_template("desk/feeds.html", feeds=found, **words, **more)


class FeedDoor(PageView):
    """The door for calendar programs: who has the address reads, with its owner's rights."""

    route_base = "/feed"

    @expose("/<string(maxlength=60):token>.ics", methods=["GET"])
    def read(self, token: str) -> Any:
        """The calendar; 304 if the program has it already, 404 for a wrong or ended address."""
        found = feed.find(token)
        if found is None:
            logins.count_attempt(f"feed {request.remote_addr}")
            abort(404)
        if not become(found.user, Door.API).may("list", "StageView"):
            abort(404)
        stages = feed.stages_of(found, now())
        answer = Response(feed.written(found, stages), content_type=TYPE)
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.headers["Content-Disposition"] = 'inline; filename="etap.ics"'
        if stages:
            answer.last_modified = max(stage.changed_at for stage in stages)
        answer.add_etag()
        return answer.make_conditional(request) if request.if_none_match else answer


def posted_team() -> int | None:
    """One of the operator's own teams, or none."""
    group_id = posted_id("team")
    if group_id is not None and group_id not in {team.id for team in acting().user.groups}:
        abort(404)
    return group_id
