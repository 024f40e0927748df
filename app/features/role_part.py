"""What each role may do with a feature: a part of the definition's form."""

from collections.abc import Iterable, Mapping
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


# --- in the history -----------------------------------------------------------------------------


def role_ids(access: Mapping[str, str]) -> Iterable[int]:
    """The roles that are allowed less than all."""
    return map(int, access)


def role_names(ids: set[int]) -> Mapping[int, str]:
    """Roles by what they are called."""
    roles = all_roles(db.session())
    return {role.id: words_of_role(role.name)[0] for role in roles if role.id in ids}


def told(
    old: Mapping[str, str] | None, new: Mapping[str, str] | None, names: Mapping[int, str]
) -> Iterable[tuple[str, str, str]]:
    """(role, old, new) for each role whose access differs."""
    before, after = old or {}, new or {}
    for role in dict.fromkeys([*before, *after]):
        was, now = (str(WORDS[one.get(role, EDIT)]) for one in (before, after))
        yield names.get(int(role), f"#{role}"), was, now
