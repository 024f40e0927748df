"""Panels of cards and parts of forms that higher areas add to lower ones.

An area registers what it shows on the records below it: `panels.add(Contractor, panel)`; the card
asks for the panels of its model and knows nothing of who added them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SINCE = "-from"  # ends the name of a field that says from which day another one holds
Context = Callable[[Any], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Figure:
    """A number on a card, which opens exactly the rows it counts."""

    label: str
    value: Any
    url: str | None = None
    tone: str = ""


def no_figures(_data: Mapping[str, Any]) -> list[Figure]:
    """Nothing to count."""
    return []


@dataclass(frozen=True)
class Panel:
    """A part of a card: its template, what it needs, and its place (`main` or `side`).

    The template finds what `context(record)` gave in `data`; None hides the panel. `figures(data)`
    stand above the card's parts.
    """

    name: str
    template: str
    context: Context
    place: str = "main"
    rank: int = 50
    figures: Callable[[Mapping[str, Any]], list[Figure]] = no_figures


def no_values(_item: Any) -> Mapping[str, Any]:
    """The fields bring their values along."""
    return {}


def no_suggestions(_contractor: Any) -> Mapping[str, Any]:
    """Nothing to suggest."""
    return {}


def no_lock(_form: Any) -> None:
    """Nothing to lock."""


@dataclass(frozen=True)
class Group:
    """Some fields of a part, folded away below their heading unless `is_open`."""

    heading: str
    names: Sequence[str]
    is_open: bool = True


def one_group(_form: Any, names: Sequence[str]) -> Sequence[Group]:
    """All fields, without a heading."""
    return [Group("", names)]


@dataclass(frozen=True)
class FormPart:
    """Fields that a higher area adds to a form of a lower one.

    `fields(item)` gives (name, field) pairs for one request, `save(form, item)` writes them
    inside the transaction, `stored(item)` gives present values by field name. `lock(form)` takes
    locks that come before that of the record. `suggest(contractor)` gives choices, {"id", "text"},
    by field name for a new record of that contractor. `groups(form, names)` says how the fields
    stand; more than `narrow` of them get a box that narrows them by label.
    """

    name: str
    heading: Any
    fields: Callable[[Any | None], list[tuple[str, Any]]]
    save: Callable[[Any, Any], None]
    stored: Callable[[Any], Mapping[str, Any]] = no_values
    rank: int = 50
    lock: Callable[[Any], None] = no_lock
    suggest: Callable[[Any], Mapping[str, Any]] = no_suggestions
    groups: Callable[[Any, Sequence[str]], Sequence[Group]] = one_group
    narrow: int = 1_000


Settle = Callable[[Sequence[Any]], None]

_panels: dict[type[Any], list[Panel]] = {}
_settled: dict[type[Any], Settle] = {}
_parts: dict[type[Any], list[FormPart]] = {}


def add(model: type[Any], panel: Panel) -> None:
    """Show the panel on every card of `model`; adding it again replaces it."""
    others = [one for one in _panels.get(model, []) if one.name != panel.name]
    _panels[model] = sorted([*others, panel], key=lambda one: one.rank)


def of(model: type[Any]) -> list[Panel]:
    """The panels of a model's card, by rank."""
    return _panels.get(model, [])


def add_part(model: type[Any], part: FormPart) -> None:
    """Put the fields on every form of `model`; adding the part again replaces it."""
    others = [one for one in _parts.get(model, []) if one.name != part.name]
    _parts[model] = sorted([*others, part], key=lambda one: one.rank)


def parts_of(model: type[Any]) -> list[FormPart]:
    """The added parts of a model's form, by rank."""
    return _parts.get(model, [])


def settle_new(model: type[Any], deed: Settle) -> None:
    """What a higher area does with new records of `model`, whichever door they came through."""
    _settled[model] = deed


def settle(records: Sequence[Any]) -> None:
    """Let higher areas do their part for new records, stored already, all of one kind."""
    deed = _settled.get(type(records[0])) if records else None
    if deed is not None:
        deed(records)
