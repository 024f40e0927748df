"""Filters of a list: `_flt_<n>_<field>=value`, as the framework writes them.

`n` counts the operators of the field. A value that can't be read selects nothing and is said so;
it never selects everything.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, or_
from werkzeug.datastructures import MultiDict

from app.db import fold
from app.fab.dress import nice_date
from app.fab.pickers import picker

NUMBER = re.compile(r"(pl)?\d[\d-]*-[\d-]*\d|pl\d+", re.ASCII)
KEY = re.compile(r"_flt_(\d{1,2})_([a-z][a-z0-9_]*)")
Test = Callable[[Any], ColumnElement[bool]]


More = Callable[[], Sequence["FilterField"]]
_more: dict[type[Any], dict[str, More]] = {}


class Unreadable(ValueError):
    """A value the filter can't read."""


@dataclass(frozen=True)
class Operator:
    """One way to compare: its words, how a value is read and what it asks of the database."""

    label: Any
    read: Callable[[str], Any]
    test: Test


@dataclass(frozen=True)
class FilterField:
    """A field one may filter by; `widget` says how the value is asked for."""

    name: str
    label: Any
    widget: str
    operators: tuple[Operator, ...]
    choices: Callable[[], Sequence[tuple[str, Any]]] = tuple
    kind: str = ""
    show: Callable[[str], str] = str


@dataclass(frozen=True)
class Active:
    """A filter in force, as the chips above the list show it."""

    key: str
    field: FilterField
    operator: Operator
    value: str
    readable: bool

    @property
    def label(self) -> str:
        """The field, and the comparison where there are several."""
        several = len(self.field.operators) > 1
        return f"{self.field.label} {self.operator.label}" if several else str(self.field.label)

    @property
    def words(self) -> str:
        """The value in the reader's words."""
        return str(self.field.show(self.value)) if self.readable else self.value


def add_fields(model: type[Any], name: str, fields: More) -> None:
    """Give the list of `model` more filters; a higher area registers them, asked per request."""
    _more.setdefault(model, {})[name] = fields


def added_fields(model: type[Any]) -> list[FilterField]:
    """The filters that higher areas added to the list of `model`."""
    return [field for fields in _more.get(model, {}).values() for field in fields()]


def read_text(text: str) -> str:
    """A folded text."""
    return fold(text)


def read_date(text: str) -> date:
    """An ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(text) from error


def read_id(text: str) -> int:
    """A record's id."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Unreadable(text)
    return int(text)


def one_of(values: Sequence[str]) -> Callable[[str], str]:
    """A reader that accepts only these words."""

    def read(text: str) -> str:
        if text not in values:
            raise Unreadable(text)
        return text

    return read


def like(text: str) -> str:
    """A LIKE pattern that contains the text; the text's own wildcards stand for themselves."""
    plain = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{plain}%"


def all_words(key: Any, folded: str) -> ColumnElement[bool]:
    """Whether each word occurs in the folded column; a number also without its dashes."""
    words = folded.split()[:6]
    return and_(*(_word(key, word) for word in words)) if words else false()


def _word(key: Any, word: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = key.like(like(word), escape="\\")
    if not NUMBER.fullmatch(word):
        return found
    digits = word.removeprefix("pl").replace("-", "")
    return or_(found, key.like(like(digits), escape="\\"))


def contains(name: str, label: Any, key: Any) -> FilterField:
    """A text field searched in its folded column, word by word."""
    test = Operator(_l("contains"), read_text, lambda text: all_words(key, text))
    return FilterField(name, label, "text", (test,))


def days(name: str, label: Any, column: Any) -> FilterField:
    """A day: from, to, exactly."""
    return FilterField(
        name,
        label,
        "date",
        (
            Operator(_l("from"), read_date, lambda day: column >= day),
            Operator(_l("to"), read_date, lambda day: column <= day),
            Operator(_l("on"), read_date, lambda day: column == day),
        ),
        show=lambda text: nice_date(date.fromisoformat(text)),
    )


def record(name: str, label: Any, column: Any, kind: str) -> FilterField:
    """A relation, by the id of the other record."""
    test = Operator(_l("is"), read_id, lambda number: column == number)
    return remote(name, label, kind, test)


def remote(name: str, label: Any, kind: str, *operators: Operator) -> FilterField:
    """A record chosen by a picker; its chip shows the record's name."""
    return FilterField(name, label, "remote", operators, kind=kind, show=partial(name_of, kind))


def name_of(kind: str, text: str) -> str:
    """How the picked record is called, if it is on offer."""
    offered = picker(kind)
    found = offered.find(int(text)) if offered else None
    return offered.text(found) if offered and found else f"#{text}"


def choice(name: str, label: Any, words: Sequence[tuple[str, Any]], test: Test) -> FilterField:
    """One of a few fixed words, each with its own question."""
    operator = Operator(_l("is"), one_of([word for word, _label in words]), test)
    known = dict(words)
    show = lambda word: str(known[word])  # noqa: E731 - one word
    return FilterField(name, label, "choice", (operator,), choices=lambda: words, show=show)


def in_force(
    fields: Sequence[FilterField], args: "MultiDict[str, str]"
) -> list[tuple[Active, Any]]:
    """The filters of a query string with what they ask; odd ones select nothing."""
    known = {field.name: field for field in fields}
    found = []
    for key, value in args.items(multi=True):
        match = KEY.fullmatch(key)
        if not match or not value.strip():
            continue
        found.append(_one(known.get(match[2]), int(match[1]), key, value.strip()))
    return found


def _one(field: FilterField | None, number: int, key: str, value: str) -> tuple[Active, Any]:
    if field is None or number >= len(field.operators):
        unknown = FilterField(key, key, "text", ())
        return Active(key, unknown, Operator("?", str, lambda _v: false()), value, False), false()
    operator = field.operators[number]
    try:
        return Active(key, field, operator, value, True), operator.test(operator.read(value))
    except Unreadable:
        return Active(key, field, operator, value, False), false()
