"""What the pages of events and stages share: reading a wish, doing an act, showing a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NoReturn
from urllib.parse import urlsplit

from flask import abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _

from app.days import Moment, in_words, zone
from app.db import db, now, transaction
from app.errors import DomainError, InvalidValue, NotFound, Reason
from app.events.operations import Wish
from app.fab.forms import not_a_date

UNDO_SECONDS = 10


@dataclass(frozen=True)
class Act:
    """An act asked for on a page: whose event, on which stage, and the words when it is done."""

    event_id: int
    words: str
    stage_id: int | None = None
    undo: bool = False


def posted_id(name: str) -> int | None:
    """A record's id from the form; None if empty, 400 if it is no id."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else abort(400)


def posted_position() -> int | None:
    """A place in the order from the form; None if empty, 400 if it is no number."""
    text = request.form.get("position", "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else abort(400)


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


def posted_due() -> Moment | None:
    """A due date with an optional time from the form."""
    words, day, hour = (
        request.form.get(name, "").strip() for name in ("due-words", "due", "due-time")
    )
    if words:
        return in_words(words, now()) or refuse_words(words)
    if not day:
        return None
    try:
        clock = time.fromisoformat(hour) if hour else None
        return Moment.of(date.fromisoformat(day), clock, zone())
    except ValueError as error:
        words = _("Give a date as YYYY-MM-DD and a time as HH:MM.")
        raise InvalidValue(Reason("value.moment", words, field="due")) from error


def refuse_words(words: str) -> NoReturn:
    """Say that these words are no date."""
    raise InvalidValue(Reason("value.moment", not_a_date(words), field="due"))


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


def perform(act: Act, deed: Callable[[], int], **more: Any) -> Any:
    """Do the act in a transaction; a refusal is shown on the event's page, with the way out."""
    try:
        with transaction():
            batch = deed()
    except NotFound:
        abort(404)
    except DomainError as error:
        return refused_page(act, error, **more)
    if act.undo:
        undo_toast(act.words, batch)
    else:
        flash(act.words, "success")
    return way_back(act.event_id)


def undo_toast(words: str, batch: int) -> None:
    """Say what was closed and offer to take it back."""
    offer_undo(words, url_for("EventView.undo", batch=batch))


def offer_undo(words: str, url: str, back: str = "") -> None:
    """Say what was done, with a button that posts to where it is taken back; `back` comes next."""
    told: Any = {"text": words, "url": url, "seconds": UNDO_SECONDS, "back": back}
    flash(told, "undo")


def page_of(name: str) -> Any:
    """The registered page of this name."""
    views = current_app.extensions["appbuilder"].baseviews
    return next(view for view in views if type(view).__name__ == name)


def refused_page(act: Act, error: DomainError, **more: Any) -> Any:
    """The event's window with the reasons and the ways out; a question stays open."""
    db.session.rollback()
    view = page_of("EventView")
    item = view.visible_or_404(act.event_id)
    asked = request.form.get("asked", "") if isinstance(error, InvalidValue) else ""
    words = {"reasons": error.reasons, "tried": act.stage_id, "asked": asked, **more}
    return view.show_item(item, error.status, **words)
