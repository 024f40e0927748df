"""Quick entry: one line becomes a stage; what it means is shown first, what is unsure is asked."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access.current import acting
from app.days import in_words
from app.db import now
from app.desk import operations
from app.desk.acts import back_address
from app.desk.lookup import meant
from app.errors import DomainError
from app.events.acts import way_back
from app.events.models import Event
from app.fab.dress import nice
from app.fab.once import Key, Reply, do_once
from app.fab.views import PageView, asked_by_form


class EntryView(PageView):
    """The line that adds a stage to an open event."""

    route_base = "/today/entry"
    class_permission_name = "StageView"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("arrange")
    def show(self) -> Any:
        """What the line means, while it is typed; the whole form where there are no scripts."""
        return self.line(reading(request.args), "_understood" if by_script() else "ask")

    @expose("/when", methods=["GET"])
    @has_access
    @permission_name("show")
    def when(self) -> Any:
        """The moment that words in a date's field say."""
        words = next((text for text in request.args.values() if text.strip()), "")[:60]
        return str(nice(in_words(words, now()))) if words else ""

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("arrange")
    def add(self) -> Any:
        """Add the stage; a line that could mean several events is asked back."""
        words = reading(request.form)
        event = words["meant"].event
        if event is None or words["reasons"]:
            return self.line(words), 422
        try:
            add_once(event, words)
        except DomainError as error:
            return self.line({**words, "reasons": error.reasons}), error.status
        flash(_("Stage added: %(number)s.", number=event.number), "success")
        if not by_script():
            return way_back(event.id)
        shown = {"event": event, "fixed": words["fixed"], "back": back_address()}
        answer = self.render_template("desk/_added.html", once=secrets.token_hex(8), **shown)
        return answer, 200, {"HX-Trigger": "desk-changed"}

    def line(self, words: Mapping[str, Any], template: str = "") -> Any:
        """The line with what it means and what there is to choose."""
        name = template or ("_entry" if by_script() else "ask")
        more = {"title": _("New stage"), "once": secrets.token_hex(8), "back": back_address()}
        return self.render_template(f"desk/{name}.html", **more, **words)


def by_script() -> bool:
    """Whether only a part of the page is asked for."""
    return "HX-Request" in request.headers


def reading(given: Mapping[str, str]) -> dict[str, Any]:
    """The line, taken apart, the event that it means, and when the stage is due."""
    text, fixed = given.get("text", "").strip(), given.get("fixed", "") == "1"
    entry, number = operations.read_line(text), given.get("event", "")
    chosen = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    found = meant(entry, chosen, fixed=fixed)
    return {
        "text": text,
        "entry": entry,
        "meant": found,
        "due": operations.due_of(entry),
        "fixed": fixed,
        "reasons": operations.reasons_against(entry),
    }


def add_once(event: Event, words: Mapping[str, Any]) -> None:
    """Add the stage that the line describes; the same line sent twice adds it once."""
    once = request.form.get("once")
    key = Key(f"line:{once}", acting().id, asked_by_form()) if once else None

    def deed() -> Reply:
        stage = operations.add_stage(event.id, words["meant"].subject, words["due"], now())
        return Reply(303, location=url_for("StageView.show", pk=stage.id))

    do_once(key, deed)
