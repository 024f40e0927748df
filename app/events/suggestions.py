"""What the form of a new event offers once its contractor or contact is chosen."""

from collections.abc import Mapping
from typing import Any

from app.access.current import acting
from app.contractors.models import Contractor
from app.events.models import Event
from app.events.parties import only_contractor
from app.fab.pickers import offer, picker
from app.records import panels

Choice = dict[str, Any]


def suggestions(args: Mapping[str, str]) -> dict[str, Any]:
    """`fill`: values for empty fields; `offer`: values for one press; `for`: whose they are."""
    contact = found("person", args.get("contact", ""))
    contractor = found("contractor", args.get("contractor", ""))
    fill: dict[str, list[Choice]] = {}
    if contractor is None and contact is not None and (contractor := only_contractor(contact)):
        fill["contractor"] = [choice("contractor", contractor)]
    if contractor is None:
        return {"fill": fill, "offer": {}, "for": None}
    if contact is None and (people := contacts_of(contractor)):
        fill["contact"] = people
    for part in panels.parts_of(Event):
        fill |= part.suggest(contractor)
    return {"fill": fill, "offer": keeper_of(contractor), "for": contractor.id}


def found(kind: str, text: str) -> Any | None:
    """The record on offer with this id."""
    chosen = picker(kind)
    is_id = text.isascii() and text.isdigit() and len(text) < 10
    return chosen.find(int(text)) if chosen and is_id else None


def choice(kind: str, row: Any) -> Choice:
    """A record as a remote select holds it."""
    chosen = picker(kind)
    return {"id": row.id, "text": chosen.text(row) if chosen else str(row)}


def contacts_of(contractor: Contractor) -> list[Choice]:
    """The contractor's only contact; nothing if there are several."""
    people = picker("person")
    if people is None or not acting().may(*people.permission):
        return []
    results: list[Choice] = offer(people, "", 0, {"contractor": str(contractor.id)})["results"]
    return results if len(results) == 1 else []


def keeper_of(contractor: Contractor) -> dict[str, Choice]:
    """The contractor's keeper as its operator, if active."""
    keeper = contractor.keeper
    return {"operator": choice("operator", keeper)} if keeper and keeper.active else {}
