"""What every template may use: dates and values as people write them, the menu, the language."""

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, unquote_plus

from babel.dates import format_date
from flask import Flask, current_app, g, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from app.access.current import current_actor
from app.access.roles import words_of_role
from app.days import Moment, today, zone
from app.db import now
from app.fab import keys
from app.fab.headers import csp_nonce
from app.fab.rendering import render_lean

THEMES = ("light", "dark", "auto")


def nice(value: Any) -> Any:
    """A value as people write it: dash for nothing, words for yes and no, local dates."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return nice_moment(value.astimezone(zone()).date(), value)
    if isinstance(value, Moment):
        return nice_moment(value.on, value.at)
    return nice_date(value) if isinstance(value, date) else value


def nice_date(day: date | None) -> str:
    """02.11.2026 in Polish, 2 Nov 2026 in English."""
    if day is None:
        return "–"
    return f"{day:%d.%m.%Y}" if language() == "pl" else f"{day.day} {day:%b %Y}"


def weekday_short(day: date) -> str:
    """The weekday as calendars write it, in the reader's language."""
    words: str = format_date(day, "EEE", locale=language())
    return words


def language() -> str:
    """The reader's language, asked once a request: lists write it into every date."""
    if "language" not in g:
        g.language = str(get_locale())
    words: str = g.language
    return words


def clock(at: datetime | None) -> str:
    """The time of day as H:MM, empty for a whole day."""
    return f"{(local := at.astimezone(zone())).hour}:{local:%M}" if at else ""


def nice_moment(on: date | None, at: datetime | None) -> str:
    """A day and, if known, its time."""
    return f"{nice_date(on)} {clock(at)}".strip()


def urgency(row: Any, planned: Any = True) -> tuple[str, str]:
    """How pressing an event or stage is: kind of signal and its words."""
    if row.closed_at:
        return "closed", _("closed")
    days = (row.due_on - present_day()).days if row.due_on else 0
    if days < 0:
        return "overdue", ngettext("%(num)s day late", "%(num)s days late", -days)
    if not planned:
        return "none", _("no stage planned")
    if row.due_on is None:
        return "later", _("no due date")
    if days == 0:
        return "today", _("today")
    return "later", ngettext("in %(num)s day", "in %(num)s days", days)


def present_day() -> date:
    """The company's day, the same for the whole request."""
    if "today" not in g:
        g.today = today(now())
    day: date = g.today
    return day


def phone_link(number: str | None) -> Any:
    """A telephone number that can be called."""
    if not number:
        return "–"
    plain = "".join(sign for sign in number if sign.isdigit() or sign == "+")
    return Markup('<a href="tel:{}">{}</a>').format(plain, number)


def mail_link(address: str | None) -> Any:
    """An e-mail address that can be written to."""
    return Markup('<a href="mailto:{0}">{0}</a>').format(address) if address else "–"


def web_link(address: str | None) -> Any:
    """A web address that opens beside the product."""
    if not address:
        return "–"
    url = address if address.lower().startswith(("http://", "https://")) else f"https://{address}"
    words = address.removeprefix("https://").removeprefix("http://").rstrip("/")
    link = Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>')
    return link.format(url, words)


def role_label(name: str) -> str:
    """What a role is called in the reader's language."""
    return words_of_role(name)[0]


def menu() -> list[dict[str, Any]]:
    """The menu entries the actor may see, in order of registration."""
    builder: Any = current_app.extensions["appbuilder"]
    allowed = builder.sm.get_user_menu_access()
    return [entry for item in builder.menu.get_list() if (entry := _entry(item, allowed))]


def _entry(item: Any, allowed: set[str]) -> dict[str, Any] | None:
    children = [entry for child in item.childs if (entry := _entry(child, allowed))]
    if item.name not in allowed or (item.childs and not children):
        return None
    url = item.get_url() if not item.childs else ""
    here = request.path == url or (url != "/" and bool(url) and request.path.startswith(url))
    active = here or any(child["active"] for child in children)
    words = {"name": item.name, "label": str(item.label), "icon": item.icon, "url": url}
    return {**words, "active": active, "children": children}


def context() -> dict[str, Any]:
    """Variables of every page."""
    actor = current_actor()
    theme = request.cookies.get("theme", "auto")
    may_add = actor is not None and actor.may("add", "EventView")
    return {
        "menu": menu() if actor else [],
        "locale": language(),
        "theme": theme if theme in THEMES else "auto",
        "new_event_url": url_for("EventView.add") if may_add else None,
        "actor": actor,
        "today": present_day(),
        "came_from": came_from(),
        "letters_on": keys.letters_on(),
        "hints_on": keys.hints_on(),
        "current_user": current_user,
    }


def dialogs() -> Markup:
    """The dialogs that every page has in store; made once for each language and habit of keys."""
    kept: dict[Any, Markup] = current_app.extensions.setdefault("dialogs", {})
    key = language(), keys.letters_on()
    if key not in kept:
        kept[key] = Markup(render_template("shell/_dialogs.html"))  # noqa: S704 - a template
    return kept[key]


def came_from() -> str:
    """What carries the list along from which a record was opened; empty if it was not."""
    given = request.args.get("from")
    return f"?from={quote(given, safe='')}" if given else ""


def templates(app: Flask) -> None:
    """Give the templates their filters and variables."""
    filters = (
        nice,
        nice_date,
        nice_moment,
        weekday_short,
        clock,
        phone_link,
        mail_link,
        web_link,
        urgency,
        unquote_plus,
        role_label,
    )
    app.jinja_env.filters.update({one.__name__: one for one in filters})
    words = {"csp_nonce": csp_nonce, "keyed": keys.keyed, "key_hint": keys.hint}
    words |= {"shell_dialogs": dialogs}
    app.jinja_env.globals.update(words, key_sheet=keys.sheet, key_entries=keys.ENTRIES)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    render_lean(app)
    app.context_processor(context)
