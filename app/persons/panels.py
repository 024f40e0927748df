"""What persons add to the card of a contractor, and how their history is told."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from app.access.current import acting
from app.access.visibility import visible, within
from app.contractors.models import Contractor
from app.db import db
from app.features.kinds.references import Target, offer
from app.lists.search import Source, add_source
from app.persons.models import Affiliation, Person
from app.persons.operations import serves
from app.persons.views import PersonView
from app.records import history, noted, panels

SHOWN = 8
LINK_LABELS = {
    "person": _l("Person"),
    "contractor": _l("Contractor"),
    "role": _l("Role"),
    "from": _l("From"),
    "to": _l("Until"),
}


def persons_of(contractor: Contractor) -> dict[str, Any]:
    """The first links to persons, present ones first, and how many persons there are."""
    persons = visible(Person).where(serves([contractor.id])).subquery()
    count = select(func.count()).select_from(persons).scalar_subquery()
    query = (
        select(Affiliation, count)
        .join(Affiliation.person)
        .where(Affiliation.contractor_id == contractor.id, within(Person, acting()))
        .options(contains_eager(Affiliation.person))
        .order_by(
            Affiliation.to_on.is_not(None), Person.last_name.collate("polish"), Affiliation.id
        )
    )
    rows = db.session.execute(query.limit(SHOWN)).all()
    url = url_for("PersonView.list", _flt_0_contractor=contractor.id)
    return {"links": [row[0] for row in rows], "count": rows[0][1] if rows else 0, "url": url}


def panel(contractor: Contractor) -> dict[str, Any] | None:
    """The persons, for those who may list them."""
    return persons_of(contractor) if acting().may("list", "PersonView") else None


def figures(data: Mapping[str, Any]) -> list[panels.Figure]:
    """How many persons there are."""
    return [panels.Figure(_("persons"), data["count"], data["url"])]


def names(ids: set[int]) -> Mapping[int, str]:
    """Visible persons by their names."""
    return {
        one.id: one.full_name
        for one in db.session.scalars(visible(Person).where(Person.id.in_(ids)))
    }


def register() -> None:
    """Put the panel on the card, the words into the history and the register into search."""
    panels.add(
        Contractor, panels.Panel("persons", "persons/_panel.html", panel, "side", 20, figures)
    )
    offer(Target("person", _l("Person"), Person, lambda row: row.last_name))
    noted.carry(Person, "PersonView", _l("Person"))
    history.call_by_name(("contact_id", "person_id"), names)
    history.describe(
        "person",
        _l("Person"),
        {
            **PersonView.label_columns,
            "trashed": _l("In the trash"),
            "features": _l("Features"),
        },
    )
    history.describe("affiliation", _l("Link to a contractor"), LINK_LABELS)
    add_source(
        Source(
            "persons",
            _l("Persons"),
            "user",
            "PersonView",
            Person,
            lambda row: str(row.full_name),
            lambda row: row.position or row.email or "",
            lambda: Person.last_name.collate("polish"),
            "last_name",
        )
    )
