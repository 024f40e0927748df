"""What makes a contractor's data right; pure checks that answer with reasons."""

from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from stdnum.pl import nip, regon

from app.errors import Reason

if TYPE_CHECKING:
    from app.contractors.models import Contractor

STATUS_WORDS = {"prospect": _l("prospect"), "client": _l("client"), "inactive": _l("inactive")}


def clean_nip(text: str | None) -> str | None:
    """A tax number as ten digits; spaces, dashes and a leading PL are accepted."""
    plain = (text or "").strip().upper().removeprefix("PL")
    return nip.compact(plain) or None


def clean_regon(text: str | None) -> str | None:
    """A REGON as nine or fourteen digits."""
    return regon.compact((text or "").strip()) or None


def reasons_not_to_keep(contractor: "Contractor") -> list[Reason]:
    """Why the contractor's data can't be stored."""
    wrong = []
    if not (contractor.name or "").strip():
        wrong.append(Reason("contractor.name_missing", _("Give a name."), field="name"))
    if contractor.nip and not nip.is_valid(contractor.nip):
        text = _("This is not a valid NIP: ten digits with a right check digit are needed.")
        wrong.append(Reason("contractor.nip_invalid", text, field="nip"))
    if contractor.regon and not regon.is_valid(contractor.regon):
        text = _("This is not a valid REGON.")
        wrong.append(Reason("contractor.regon_invalid", text, field="regon"))
    wrong += reasons_against_email("contractor", contractor.email)
    if contractor.status not in STATUS_WORDS:
        text = _("Choose a status.")
        wrong.append(Reason("contractor.status_unknown", text, field="status"))
    return wrong


def reasons_against_email(owner: str, address: str | None) -> list[Reason]:
    """Why this can't be an address of e-mail; whether anybody reads it is not asked."""
    try:
        if address:
            validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        text = _("This is not an e-mail address, like anna@firma.pl.")
        return [Reason(f"{owner}.email_invalid", text, field="email")]
    return []
