"""Numbers: kept as plain decimals in text, written with the signs of the reader's language."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import Numeric, String, cast, literal

from app.features.kinds.base import NO_BREAK, Kind, Slot, Unreadable, by_value, ordered, reader
from app.features.pointed import Names
from app.lists import filters
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField
from app.lists.paging import BadCursor, Order, read_text

PLAIN = re.compile(r"[+-]?\d{1,20}(\.\d{1,10})?", re.ASCII)
GROUPED = re.compile(r"[+-]?\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})", re.ASCII)
BLANKS = re.compile(r"[\s\u00a0\u2009\u202f']")


def plain_number(value: Any) -> str | None:
    """Plain digits with a point: 1 234,50 becomes 1234.5; None for what is no number.

    A single comma is always a decimal one, as files and Polish hands write it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = typed_number(value) if isinstance(value, str) else counted_number(value)
    if not PLAIN.fullmatch(text):
        return None
    whole, point, rest = text.removeprefix("+").partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    digits, rest = digits.lstrip("0") or "0", rest.rstrip("0")
    if digits == "0" and not rest:
        return "0"
    return f"{sign}{digits}{point if rest else ''}{rest}"


def typed_number(text: str) -> str:
    """A number as it was typed, with a point and without what parts its thousands."""
    close = BLANKS.sub("", text).replace("\u2212", "-")
    return close.replace(",", "") if GROUPED.fullmatch(close) else close.replace(",", ".")


def counted_number(value: float | Decimal) -> str:
    """A program's number in plain digits; empty for one that is too large to write out."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else ""
    number = Decimal(str(value))
    sane = number.is_finite() and abs(number.adjusted()) < 40  # 1e999999999 would fill the memory
    return f"{number:f}" if sane else ""


def written(stored: str) -> str:
    """A stored number as people write it; thousands stand apart by a blank in both languages."""
    decimal = "," if str(get_locale() or "pl") == "pl" else "."
    return f"{Decimal(stored):,f}".translate({ord(","): NO_BREAK, ord("."): decimal})


def in_field(stored: str) -> str:
    """A stored number as it stands in a field."""
    return written(stored).replace(NO_BREAK, "")


def as_number(text: Any) -> Any:
    """SQL for a decimal kept as text."""
    return cast(text, Numeric(asdecimal=False))


def from_cursor(text: str) -> Any:
    """SQL for a decimal out of a cursor; raises ValueError."""
    if not PLAIN.fullmatch(text):
        raise BadCursor(text[:40])
    return as_number(literal(text, String))


def by_number(kind: Kind, slot: Slot, text: Any) -> Order:
    """An order by decimals kept as text; a cursor keeps the text."""
    more: dict[str, Any] = {"kept": text, "compared": from_cursor}
    return ordered(slot, as_number(text), read_text, typed=kind.jump, **more)


class Number(Kind):
    """A decimal number, written with a comma or a point."""

    name, label = "number", _l("Decimal number")
    style, sized = "num", True
    refusal: Any = _l("Give a number.")

    def read(self, value: Any, kept: Any) -> str:
        """Plain digits with a point."""
        found = plain_number(value)
        if found is None:
            raise Unreadable(str(self.refusal))
        return found

    def show(self, stored: Any, names: Names) -> str:
        """With the signs of the reader's language."""
        return written(stored)

    def plain(self, stored: Any) -> Decimal:
        """The number."""
        return Decimal(stored)

    def size(self, stored: Any) -> Decimal:
        """The number."""
        return Decimal(stored)

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """A text, so that no digit is lost; a number is read, too."""
        return {"anyOf": [{"type": "string"}, {"type": "number"}]}

    def typed(self, stored: Any) -> str:
        """Without blanks."""
        return in_field(stored)

    def filter(self, slot: Slot) -> FilterField:
        """By comparing."""
        number, exact = (
            as_number(self.key(slot.value)),
            partial(cast, type_=Numeric(asdecimal=False)),
        )
        read, show = reader(self), partial(self.show, names={})
        return filters.number(slot.name, slot.label, number, read, show, exact)

    def order(self, slot: Slot) -> Order:
        """By size."""
        return by_number(self, slot, self.key(slot.value))

    def equal(self, asked: Any) -> Any:
        """The number, which is written in one way only."""
        return asked

    def ways(self, slot: Slot) -> list[Dimension]:
        """By the very number."""
        return [by_value(self, slot, self.key(slot.value), as_number)]


class Integer(Number):
    """A whole number."""

    name, label = "integer", _l("Whole number")
    refusal = _l("Give a whole number of at most 15 digits.")

    def read(self, value: Any, kept: Any) -> str:
        """Digits; 5,0 is a whole number, too."""
        found = super().read(value, kept)
        if "." in found or len(found.lstrip("-")) > 15:
            raise Unreadable(str(self.refusal))
        return found

    def plain(self, stored: Any) -> Any:
        """The number."""
        return int(stored)

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """A number."""
        return {"type": "integer"}

    def as_json(self, stored: Any, names: Names) -> int:
        """A number: programs have all its digits."""
        return int(stored)


class Percent(Number):
    """A percentage; 12,5 % is kept as 12.5."""

    name, label = "percent", _l("Percentage")
    sample = "12,5"

    def read(self, value: Any, kept: Any) -> str:
        """The number, with or without its sign."""
        text = value.removesuffix("%") if isinstance(value, str) else value
        return super().read(text, kept)

    def show(self, stored: Any, names: Names) -> str:
        """With its sign."""
        return f"{written(stored)}{NO_BREAK}%"
