"""The records last looked at: kept in the session's cookie, stored nowhere."""

from typing import Any

from flask import Flask, Response, request, session, url_for
from sqlalchemy import Integer, String, cast, literal, union_all

from app.access.visibility import visible
from app.contractors.models import Contractor
from app.db import db
from app.events.models import Event
from app.lists.search import set_recent
from app.persons.models import Person

KEPT = 8
ICONS = {
    "EventView": "calendar-event",
    "ContractorView": "building",
    "PersonView": "users",
}


def remember(response: Response) -> Response:
    """Note the record whose card was just shown."""
    page, _dot, act = (request.endpoint or "").partition(".")
    looked = page in ICONS and act == "show" and request.method == "GET"
    if looked and response.status_code == 200 and request.view_args:
        seen = [page, request.view_args["pk"]]
        others = [one for one in session.get("seen", []) if one != seen]
        session["seen"] = [seen, *others][:KEPT]
    return response


def seen_records() -> list[dict[str, str]]:
    """The records last looked at that are still visible, the latest first; one statement."""
    keys = [(page, pk) for page, pk in session.get("seen", []) if page in ICONS]
    if not keys:
        return []
    rows = db.session.execute(union_all(*_named(keys))).all()
    names = {(page, pk): (name, note) for page, pk, name, note in rows}
    return [
        {
            "name": names[key][0],
            "note": names[key][1] or "",
            "icon": ICONS[key[0]],
            "url": url_for(f"{key[0]}.show", pk=key[1]),
        }
        for key in keys
        if key in names
    ]


def _named(keys: list[tuple[str, int]]) -> list[Any]:
    columns: dict[str, tuple[Any, Any, Any]] = {
        "EventView": (Event, Event.number, Event.subject),
        "ContractorView": (Contractor, Contractor.name, Contractor.code),
        "PersonView": (Person, Person.last_name, Person.first_name),
    }
    return [
        visible(model)
        .where(model.id.in_([pk for one, pk in keys if one == page]))
        .with_only_columns(
            literal(page, String), cast(model.id, Integer), cast(name, String), cast(note, String)
        )
        for page, (model, name, note) in columns.items()
        if any(one == page for one, _pk in keys)
    ]


def register(app: Flask) -> None:
    """Watch which cards are shown; the palette begins with them."""
    app.after_request(remember)
    set_recent(lambda: [{**one, "text": one["name"]} for one in seen_records()])
