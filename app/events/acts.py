"""What the pages of events and stages share: reading a wish, doing an act, showing a refusal."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from app.days import zone
from app.db import transaction
from app.errors import DomainError, InvalidValue, Reason
from app.events.operations import NotFound, Wish

UNDO_SECONDS = 10


def posted_id(name: str) -> int | None:
    """A record's id from the form; None if empty, 400 if it is no id."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else abort(400)


def posted_moment(name: str) -> datetime | None:
    """A moment from a date-time control, in the company's zone."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        words = _("Give a date as YYYY-MM-DD and a time as HH:MM.")
        raise InvalidValue(Reason("value.moment", words, field=name)) from error
    return found if found.tzinfo else found.replace(tzinfo=zone())


def posted_wish() -> Wish:
    """What the closing form says: outcome, time, note."""
    note = request.form.get("note", "").strip()[:2000] or None
    return Wish(posted_id("outcome"), posted_moment("closed_at"), note)


def way_back(event_id: int) -> Any:
    """To the page the operator came from, if it is one of ours, else to the event."""
    target = request.form.get("back", "")
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target
    parts = urlsplit(target)
    if ours and not parts.netloc and not parts.scheme:
        return redirect(target, 303)
    return redirect(url_for("EventView.show", pk=event_id), 303)


def perform(event_id: int, deed: Callable[[], int], words: str, *, undo: bool = False) -> Any:
    """Do the act in a transaction; a refusal is shown on the event's page, with the way out."""
    from app.events.views import refused_page

    try:
        with transaction():
            batch = deed()
    except NotFound:
        abort(404)
    except DomainError as error:
        return refused_page(event_id, error)
    if undo:
        url = url_for("EventView.undo", batch=batch)
        flash({"text": words, "url": url, "seconds": UNDO_SECONDS}, "undo")  # type: ignore[arg-type]
    else:
        flash(words, "success")
    return way_back(event_id)
