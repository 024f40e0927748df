"""What makes a person's data right; pure checks that answer with reasons."""

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.contractors.rules import reasons_against_email
from app.errors import Reason

if TYPE_CHECKING:
    from app.persons.models import Affiliation, Person


def reasons_not_to_keep(person: "Person") -> list[Reason]:
    """Why the person's data can't be stored."""
    wrong = reasons_against_email("person", person.email)
    if not (person.last_name or "").strip():
        wrong.append(Reason("person.name_missing", _("Give a last name."), field="last_name"))
    return wrong


def reasons_not_to_link(link: "Affiliation") -> list[Reason]:
    """Why a person's link to a contractor can't be stored."""
    if link.from_on and link.to_on and link.to_on < link.from_on:
        text = _("The last day is before the first.")
        return [Reason("affiliation.dates", text, field="to_on")]
    return []
