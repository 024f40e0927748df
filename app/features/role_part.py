"""What each role may do with a feature: a part of the definition's form."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.access.roles import words_of_role
from app.db import db
from app.fab.forms import ChoiceField
from app.features.rights import EDIT, HIDDEN, LEVELS, READ
from app.operators.operations import all_roles
from app.records.panels import FormPart

PREFIX = "role_"
WORDS = {EDIT: _l("sees and changes it"), READ: _l("sees it"), HIDDEN: _l("does not see it")}


def fields(item: Any | None) -> list[tuple[str, Any]]:
    """A choice for each role; of a campaign none."""
    if item is not None and item.campaign:
        return []
    access = (item.access or {}) if item is not None else {}
    return [
        (f"{PREFIX}{role.id}", field(role, access.get(str(role.id), EDIT)))
        for role in all_roles(db.session())
    ]


def field(role: Any, level: str) -> ChoiceField:
    """The choice of a role."""
    made: ChoiceField = ChoiceField(
        words_of_role(role.name)[0], choices=lambda: list(WORDS.items()), default=level
    )
    return made


def save(form: Any, item: Any) -> None:
    """Keep what is less than all, of a feature that is no campaign."""
    sent = {
        one.name.removeprefix(PREFIX): one.data
        for one in form
        if one.name.startswith(PREFIX) and one.raw_data
    }
    access = {**(item.access or {}), **sent}
    kept = {role: level for role, level in access.items() if level in LEVELS and level != EDIT}
    item.access = {} if item.campaign else kept


part = FormPart("access", _l("Roles"), fields, save, rank=60)
