"""A field one may filter by, and its operators; higher areas add theirs to a register's list."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement

from app.lists.remembered import once

Test = Callable[..., ColumnElement[bool]]
MOST_VALUES, LONGEST = 50, 200


class Unreadable(ValueError):
    """A value the filter can't read."""


class Takes(StrEnum):
    """What an operator compares with; the builder offers controls for it."""

    NOTHING = "nothing"
    ONE = "one"
    TWO = "two"
    SEVERAL = "several"
    COUNT = "count"


@dataclass(frozen=True)
class Operator:
    """One way to compare: its name in trees and programs, its words, what it asks.

    `words` writes the comparison with its count, where the words change with it.
    """

    name: str
    label: Any
    test: Test
    takes: Takes = Takes.ONE
    words: Callable[[int], str] | None = None


@dataclass(frozen=True)
class Picked:
    """What a picked value stands for, and how it is called."""

    value: Any
    text: str


Find = Callable[[Collection[Any]], Mapping[Any, Picked]]


@dataclass(frozen=True)
class FilterField:
    """A field one may filter by; `widget` says how a value is asked for.

    `_flt_<n>_` counts the operators: append new ones, never renumber. `find` looks up picked
    values, all of one `kind` at once; `quick` fields stand in the panel by themselves, many are
    offered by `group`. What has a history can be asked `as_of` a day.
    """

    name: str
    label: Any
    widget: str
    operators: tuple[Operator, ...]
    read: Callable[[Any], Any]
    choices: Callable[[], Sequence[tuple[str, Any]]] = tuple
    kind: str = ""
    find: Find | None = None
    show: Callable[[Any], str] = str
    quick: bool = False
    group: str = ""
    as_of: Callable[[date], "FilterField"] | None = None

    def operator(self, name: str) -> Operator | None:
        """The operator of this name."""
        return next((one for one in self.operators if one.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """The field for the builder of conditions."""
        operators = [
            {"name": one.name, "label": str(one.label), "takes": one.takes}
            for one in self.operators
        ]
        return {
            "name": self.name,
            "label": str(self.label),
            "group": self.group,
            "widget": self.widget,
            "remote": f"/picker/{self.kind}" if self.widget == "remote" else "",
            "choices": [(word, str(label)) for word, label in self.choices()],
            "operators": operators,
            "dated": self.as_of is not None,
        }


def quick(*fields: FilterField) -> tuple[FilterField, ...]:
    """The same fields, each with a control of its own in the panel."""
    return tuple(replace(field, quick=True) for field in fields)


More = Callable[[], Sequence[FilterField]]
_more: dict[type[Any], dict[str, More]] = {}


def add_fields(model: type[Any], name: str, fields: More) -> None:
    """Give the list of `model` more filters; a higher area registers them, asked per request."""
    _more.setdefault(model, {})[name] = fields


def added_fields(model: type[Any]) -> list[FilterField]:
    """The filters that higher areas added to the list of `model`."""
    more = _more.get(model, {}).values()
    return once(("filters", model), lambda: [field for fields in more for field in fields()])
