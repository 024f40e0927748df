"""Two people edit one record: what differs, who touched what, and taking the other's value."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from app.fab.once import digest

TAKE, MINE, THEIRS = "take-", "mine", "theirs"
UNSEEN = frozenset({"version", "csrf_token"})


@dataclass(frozen=True)
class Difference:
    """A field with one value here and another in the database; `chosen` is mine or theirs."""

    name: str
    label: str
    mine: Any
    theirs: Any
    chosen: str


def plain(field: Any) -> str:
    """What a field holds, as a text to compare: ids of records, lines ended alike."""
    if hasattr(field, "texts"):
        return " ".join(field.texts()).strip()
    data = field.data
    if isinstance(data, list | tuple):
        return ",".join(str(getattr(one, "id", one)) for one in data)
    value = getattr(data, "id", data)
    return "" if value in (None, False) else str(value).replace("\r\n", "\n").strip()


def seen_in(form: Any) -> str:
    """Fingerprints of what a form shows; they come back with it and tell what was touched."""
    found = {field.name: _mark(plain(field)) for field in form if field.name not in UNSEEN}
    return json.dumps(found, separators=(",", ":"))


def touched(form: Any, seen: str | None) -> Collection[str]:
    """The names of the fields that no longer hold what was shown; all, if that is not known."""
    try:
        shown_before = json.loads(seen or "null")
    except ValueError:
        shown_before = None
    if not isinstance(shown_before, Mapping):
        return {field.name for field in form}
    return {one.name for one in form if shown_before.get(one.name) != _mark(plain(one))}


def _mark(text: str) -> str:
    return digest(text.encode())[:8]


def differences(form: Any, stored: Any) -> list[Difference]:
    """The fields in which a form and what is stored differ; untouched ones take what is stored."""
    changed = touched(form, request.form.get("seen"))
    pairs = [(one, stored[one.name]) for one in form if one.name not in UNSEEN]
    return [
        Difference(
            mine.name,
            mine.label.text,
            shown(mine),
            shown(theirs),
            choice_of(mine.name) or (MINE if mine.name in changed else THEIRS),
        )
        for mine, theirs in pairs
        if plain(mine) != plain(theirs)
    ]


def choice_of(name: str) -> str:
    """What was chosen for a field, if anything was."""
    given = request.form.get(f"{TAKE}{name}", "")
    return given if given in (MINE, THEIRS) else ""


def chosen_theirs() -> list[str]:
    """The fields for which the stored value is to stay."""
    return [
        name.removeprefix(TAKE)
        for name, value in request.form.items()
        if name.startswith(TAKE) and value == THEIRS
    ]


def take(mine: Any, theirs: Any) -> None:
    """Let a field hold what another of its kind holds, as if it had been typed."""
    if hasattr(mine, "typed"):
        mine.typed = None
    mine.data, mine.process_errors = theirs.data, []
    mine.raw_data = [plain(theirs)]


def shown(field: Any) -> Any:
    """A field's value in words: of a choice its label, of several their names."""
    choices = field.iter_choices() if hasattr(field, "iter_choices") else ()
    labels = [label for value, label, *_rest in choices if value == field.data]
    if labels:
        return labels[0]
    if hasattr(field, "picker") and field.data:
        several = field.data if isinstance(field.data, list) else [field.data]
        return ", ".join(str(field.picker.text(one)) for one in several)
    return field.data
