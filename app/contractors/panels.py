"""How contractors are called in the history of records, and where search finds them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.access.visibility import visible
from app.contractors.models import Contractor
from app.contractors.rules import STATUS_WORDS
from app.contractors.views import ContractorView
from app.db import db
from app.features.kinds.references import Target, offer
from app.lists.search import Source, add_source
from app.records import history, noted


def names(ids: set[int]) -> Mapping[int, str]:
    """Visible contractors by name and code."""
    query = visible(Contractor).where(Contractor.id.in_(ids))
    return {one.id: one.full_name for one in db.session.scalars(query)}


def note(contractor: Any) -> str:
    """What tells contractors of one name apart."""
    return " · ".join(part for part in (contractor.nip_shown, contractor.city) if part)


def register() -> None:
    """The words for the history, and the register for global search."""
    words = {
        **ContractorView.label_columns,
        "code": _l("Code"),
        "keeper": _l("Keeper"),
        "trashed": _l("In the trash"),
        "features": _l("Features"),
    }
    offer(
        Target("contractor", _l("Contractor"), Contractor, lambda row: row.name, Contractor.code)
    )
    noted.carry(Contractor, "ContractorView", _l("Contractor"))
    history.describe("contractor", _l("Contractor"), words)
    history.call_by_name(("contractor_id",), names)
    history.call_acts(
        {"bulk_keeper": _l("Keeper of many changed"), "bulk_status": _l("Status of many changed")}
    )
    history.call_words("status", STATUS_WORDS)
    add_source(
        Source(
            "contractors",
            _l("Contractors"),
            "building",
            "ContractorView",
            Contractor,
            lambda row: str(row.full_name),
            note,
            lambda: Contractor.name.collate("polish"),
            "name",
        )
    )
