"""What one may filter contractors by; pages and programs ask the same fields."""

from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l

from app.contractors.models import Contractor
from app.contractors.rules import STATUS_WORDS, clean_nip
from app.lists import filters
from app.lists.filters import Unreadable
from app.lists.filters.readers import read_words


def read_nip(value: Any) -> str:
    """A tax number, or the beginning of one, as it is stored."""
    found = clean_nip(read_words(value))
    if found is None:
        raise Unreadable(value)
    return found


contractor_fields = (
    *filters.quick(
        filters.found_by(
            "name", _l("Name, code, NIP, city"), partial(filters.words_in, Contractor)
        ),
        filters.choice(
            "status",
            _l("Status"),
            list(STATUS_WORDS.items()),
            lambda word: Contractor.status == word,
        ),
        filters.record("keeper", _l("Keeper"), Contractor.keeper_id, "operator"),
    ),
    filters.text("title", _l("Name"), Contractor.name),
    filters.code("code", _l("Code"), Contractor.code),
    filters.code("nip", "NIP", Contractor.nip, read_nip),
    filters.code("regon", "REGON", Contractor.regon),
    filters.text("street", _l("Street and number"), Contractor.street),
    filters.text("postcode", _l("Postcode"), Contractor.postcode),
    filters.text("city", _l("City"), Contractor.city),
    filters.text("country", _l("Country"), Contractor.country),
    filters.text("phone", _l("Phone"), Contractor.phone),
    filters.text("mobile", _l("Mobile"), Contractor.mobile),
    filters.text("email", _l("E-mail"), Contractor.email),
    filters.text("web", _l("Web"), Contractor.web),
    filters.text("notes", _l("Notes"), Contractor.notes),
    *filters.stamps(Contractor),
)
