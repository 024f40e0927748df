"""What one may filter persons by; pages and programs ask the same fields."""

from functools import partial

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists

from app.lists import filters
from app.persons.models import Affiliation, Person
from app.persons.operations import serves

person_fields = (
    *filters.quick(
        filters.found_by("last_name", _l("Name or e-mail"), partial(filters.words_in, Person)),
        filters.related(
            "contractor",
            _l("Contractor"),
            "contractor",
            serves,
            ~exists().where(Affiliation.person_id == Person.id),
        ),
    ),
    filters.text("surname", _l("Last name"), Person.last_name),
    filters.text("first_name", _l("First name"), Person.first_name),
    filters.text("position", _l("Position"), Person.position),
    filters.text("phone", _l("Phone"), Person.phone),
    filters.text("mobile", _l("Mobile"), Person.mobile),
    filters.text("email", _l("E-mail"), Person.email),
    filters.text("notes", _l("Notes"), Person.notes),
    *filters.stamps(Person),
)
