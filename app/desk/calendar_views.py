"""The calendar of stages: a display of their list, with the same filters in the address."""

from datetime import date
from typing import Any

from babel.dates import format_date
from flask import abort, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.access.current import acting
from app.days import today
from app.db import now
from app.desk import calendar
from app.desk.whose import of_key
from app.events.acts import page_of
from app.fab.views import PageView
from app.lists.address import Args, is_choice


class CalendarView(PageView):
    """Stages by day, week and month."""

    route_base = "/calendar"
    class_permission_name = "StageView"

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """The days asked for; without filters, one's own open stages."""
        kept = choices(request.args)
        if not kept:
            return redirect(address(MultiDict(mine()), **span_asked()))
        view = page_of("StageView")
        try:
            query, active = view.selected(request.args)
        except ValueError:
            abort(400)
        span, on = read_span(request.args), read_day(request.args)
        days = calendar.days_of(span, on, query)
        return self.render_template(
            "desk/calendar.html",
            title=_("Calendar"),
            span=span,
            days=days,
            active=active,
            clashes=calendar.clashes(days) if span != "month" else (),
            hours=calendar.hours_of(days),
            back=address(kept, span=span, on=on),
            **links(kept, span, on),
        )


def choices(args: Args) -> Args:
    """The filters of the address."""
    return MultiDict(pair for pair in args.items(multi=True) if is_choice(pair[0]))


def mine(key: str = "me") -> dict[str, Any]:
    """The filters for open stages of mine, or my team's."""
    return {"_flt_0_state": "open", **of_key(acting(), key).filter}


def span_asked() -> dict[str, str]:
    """The span and day in the address, as they are."""
    return {name: request.args[name] for name in ("span", "on") if name in request.args}


def read_span(args: Args) -> str:
    """Day, week or month."""
    span = args.get("span", "week")
    return span if span in calendar.SPANS else abort(400)


def read_day(args: Args) -> date:
    """The day asked for, or today."""
    try:
        day = date.fromisoformat(args["on"]) if args.get("on") else today(now())
    except ValueError:
        abort(400)
    return day if 1901 <= day.year <= 2199 else abort(400)


def address(kept: Args, **more: Any) -> str:
    """The calendar's address with these filters."""
    values: dict[str, Any] = kept.to_dict(flat=False)
    return url_for("CalendarView.show", **values, **more)


def links(kept: Args, span: str, on: date) -> dict[str, Any]:
    """Where the calendar leads: spans, the days before and after, whose work, the list."""
    first, last = calendar.bounds(span, on)
    values: dict[str, Any] = kept.to_dict(flat=False)
    labels = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
    words = {"day": "EEEE, d MMMM y", "month": "LLLL y"}
    at = f"{format_date(first, 'd MMM', str(get_locale()))} – {written(last, 'd MMM y')}"
    bounds = {"_flt_0_due": first.isoformat(), "_flt_1_due": last.isoformat()}
    whose = {key: mine(key) for key in ("me", "team")}
    return {
        "heading": written(on, words[span]) if span in words else at,
        "spans": [
            {"text": labels[one], "url": address(kept, span=one, on=on), "active": one == span}
            for one in calendar.SPANS
        ],
        "before": address(kept, span=span, on=calendar.step(span, on, -1)),
        "after": address(kept, span=span, on=calendar.step(span, on, 1)),
        "now": address(kept, span=span),
        "whose": {key: address(MultiDict(one), span=span, on=on) for key, one in whose.items()},
        "list_url": url_for("StageView.list", **{**values, **bounds}),
        "day_url": address(kept, span="day", on="DAY"),
    }


def written(day: date, pattern: str) -> str:
    """A day in the reader's language."""
    words: str = format_date(day, pattern, str(get_locale()))
    return words
