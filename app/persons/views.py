"""The register of persons: list, card, form with the links to contractors."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.fab.dress import present_day
from app.fab.forms import relation
from app.fab.interface import CrmInterface
from app.fab.pickers import Picker, picker, register
from app.lists import dimensions, filters
from app.lists.columns import Column
from app.lists.dimensions import Dimension
from app.lists.exports.views import Exported
from app.lists.paging import Order, read_moment
from app.lists.saved.tabs import SavedTabs
from app.persons.fields import person_fields
from app.persons.models import Affiliation, Person
from app.persons.operations import serves, visible_links
from app.records.noted import NotedView

by_name = Order("last_name", Person.last_name.collate("polish"), Person.id, indexed=True)
by_position = Order("position", Person.position.collate("polish"), Person.id, nullable=True)
by_email = Order("email", Person.email.collate("polish"), Person.id, nullable=True)
by_created = Order("created", Person.created_at, Person.id, read=read_moment)


def of_persons() -> list[Dimension]:
    """The ways to group persons."""
    return [dimensions.texts("position", _("Position"), Person.position)]


def served(person: Any) -> str:
    """The contractors whom the person serves now."""
    links = [link for link in person.seen_links if not link.is_past(present_day())]
    return "; ".join(link.contractor.full_name for link in links)


class PersonView(SavedTabs, Exported, NotedView):
    """Persons on the contractors' side."""

    route_base = "/persons"
    datamodel = CrmInterface(Person)
    show_template = "persons/show.html"
    list_title, add_title = _l("Persons"), _l("New person")
    list_columns = ["last_name", "position", "contractors", "phone", "email"]
    show_columns = [*list_columns, "first_name", "mobile", "notes"]
    order_columns = ["last_name"]
    search_columns = ["last_name", "contractor"]
    columns = (
        Column("last_name", _l("Name"), by_name, value=str),
        Column("position", _l("Position"), by_position),
        Column("contractors", _l("Contractors"), value=served),
        Column(
            "phone",
            _l("Phone"),
            style="cell-nowrap",
            value=lambda person: person.phone or person.mobile,
        ),
        Column("email", _l("E-mail"), by_email),
        Column("mobile", _l("Mobile"), style="cell-nowrap", first=False),
        Column("notes", _l("Notes"), first=False),
        Column("created", _l("Created"), by_created, "cell-date", first=False),
    )
    ways = of_persons
    first_order = "last_name"
    filter_fields = person_fields
    sections = (
        (_l("Person"), ("last_name", "first_name", "position")),
        (_l("Contact"), ("phone", "mobile", "email")),
        (_l("Works for"), ("contractor",)),
        (_l("Notes"), ("notes",)),
    )
    add_columns = [name for _title, names in sections for name in names]
    edit_columns = [name for name in add_columns if name != "contractor"]
    label_columns = {
        "last_name": _l("Last name"),
        "first_name": _l("First name"),
        "position": _l("Position"),
        "phone": _l("Phone"),
        "mobile": _l("Mobile"),
        "email": _l("E-mail"),
        "notes": _l("Notes"),
    }
    add_form_extra_fields = {"contractor": relation("contractor", _l("Contractor"))}

    def load(self, ids: Sequence[int], columns: Sequence[Column] = ()) -> Sequence[Any]:
        """The rows with their links to contractors."""
        return with_links(super().load(ids, columns))

    def card_context(self, item: Any) -> dict[str, Any]:
        """The card's panels, and the links."""
        with_links([item])
        return super().card_context(item)

    def defaults(self) -> dict[str, Any]:
        """A person added from a contractor's card works for that contractor."""
        number = request.args.get("contractor", type=int)
        offered = picker("contractor")
        return {"contractor": offered.find(number)} if number and offered else {}

    def fill(self, form: Any, item: Any) -> None:
        """Write the fields; the first contractor becomes a link."""
        chosen = form["contractor"].data if "contractor" in form else None
        for field in form:
            if field.name in self.edit_columns:
                field.populate_obj(item, field.name)
        if chosen is not None:
            item.affiliations = [Affiliation(contractor_id=chosen.id)]

    def name_of(self, item: Any) -> str:
        """Fiszki / Jan."""
        return str(item.full_name)

    def leave_url(self, item: Any | None) -> str:
        """A new person's form leads back to the contractor it was opened from."""
        number = None if item else request.args.get("contractor", type=int)
        return url_for("ContractorView.show", pk=number) if number else super().leave_url(item)


def with_links(persons: Sequence[Person]) -> Sequence[Person]:
    """Give the persons `seen_links`: to contractors the operator sees, present ones first."""
    seen = visible_links([person.id for person in persons]) if persons else {}
    for person in persons:
        person.seen_links = sorted(seen[person.id], key=lambda link: link.to_on is not None)
    return persons


def _search(query: Any, text: str, more: Any) -> Any:
    contractor = more.get("contractor", "")
    if contractor.isascii() and contractor.isdigit() and len(contractor) < 10:
        query = query.where(serves([int(contractor)]))
    if text:
        query = query.where(filters.all_words(Person.search_key, text))
    return query.order_by(Person.last_name.collate("polish"), Person.id)


register(
    Picker(
        "person",
        Person,
        _search,
        lambda row: row.full_name,
        ("list", "PersonView"),
        lambda row: row.position or "",
    )
)
