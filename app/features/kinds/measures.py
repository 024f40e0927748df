"""Amounts with what they are counted in: money with its currency, quantities with their unit."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import String, and_, literal

from app.features.kinds.base import NO_BREAK, Kind, Slot, Unreadable, reader
from app.features.kinds.numbers import as_number, by_number, in_field, plain_number, written
from app.features.pointed import Names
from app.features.rules import units_in
from app.lists import dimensions, filters
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField
from app.lists.paging import Order

CURRENCIES = ("PLN", "EUR", "USD", "GBP", "CHF", "CZK")  # where the feature names none
SIGNS = {"PLN": "zł", "EUR": "€"}
AMOUNT = re.compile(r"[+\-\u2212]?[\d\s.,'\u00a0\u2009\u202f]*")


class Measured(Kind):
    """An amount with what it is counted in; the feature's `units` are those on offer."""

    style, sized, shapes = "num", True, (dict,)
    part = "unit"

    def read(self, value: Any, kept: Any) -> dict[str, str]:
        """{amount, unit}; the first unit if none is said."""
        amount, unit = self.parts(value)
        number = plain_number(amount)
        if number is None:
            raise Unreadable(self.wrong())
        usual = kept[self.part] if kept else ""
        return {"amount": number, self.part: self.unit(unit, usual)}

    def parts(self, value: Any) -> tuple[Any, str]:
        """The amount and the unit, which may be missing."""
        if isinstance(value, dict):
            return value.get("amount"), str(value.get(self.part) or "")[:20]
        if not isinstance(value, str):
            return value, ""
        amount = AMOUNT.match(value)
        end = amount.end() if amount else 0
        return value[:end], value[end:].strip()

    def unit(self, text: str, kept: str) -> str:
        """The unit that is meant; what is kept may be offered no more; raises Unreadable."""
        known = {one.casefold(): one for one in (*self.units(), *filter(None, [kept]))}
        if not text and known:
            return next(iter(known.values()))
        found = known.get(text.casefold())
        if found is None:
            raise Unreadable(self.wrong())
        return found

    def units(self) -> list[str]:
        """The units on offer, the usual one first."""
        return units_in(self.feature.units)

    def wrong(self) -> str:
        """What can be typed."""
        some = ", ".join(self.units()[:8])
        told: str = _("Give a number with one of: %(units)s.", units=some)
        return told

    def show(self, stored: Any, names: Names) -> str:
        """Amount and unit."""
        return f"{written(stored['amount'])}{NO_BREAK}{self.sign(stored[self.part])}"

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """Amount and unit; both in a text are read, too."""
        unit = {"type": "string", "enum": self.units()}
        whole = {"type": "object", "properties": {"amount": {"type": "string"}, self.part: unit}}
        return {"anyOf": [whole, {"type": "string"}]}

    def size(self, stored: Any) -> Decimal:
        """The amount."""
        return Decimal(stored["amount"])

    def sign(self, unit: str) -> str:
        """How a unit is written."""
        return unit

    def plain(self, stored: Any) -> str:
        """Amount and unit, so that a file of it can be read again."""
        return f"{in_field(stored['amount'])} {stored[self.part]}"

    def typed(self, stored: Any) -> str:
        """The same."""
        return self.plain(stored)

    def amount(self, slot: Slot) -> Any:
        """SQL of the amount as text."""
        return slot.inside("amount").as_string()

    def counted_in(self, slot: Slot) -> Any:
        """SQL of the unit."""
        return slot.inside(self.part).as_string()

    def filter(self, slot: Slot) -> FilterField:
        """By comparing amounts of the unit that is asked for."""
        number, unit = as_number(self.amount(slot)), self.counted_in(slot)

        def same(one: Any, test: Any) -> Any:
            return and_(
                test(number, as_number(literal(one["amount"], String))), unit == one[self.part]
            )

        return filters.compared(
            slot.name,
            slot.label,
            same,
            unit.is_(None),
            reader(self),
            partial(self.show, names={}),
        )

    def order(self, slot: Slot) -> Order:
        """By amount, whatever it is counted in."""
        return by_number(self, slot, self.amount(slot))

    def jump(self, text: str) -> Any:
        """The amount."""
        found = self.parse(text)
        return found and found["amount"]

    def equal(self, asked: Any) -> Any:
        """Amount and unit."""
        return asked

    def ways(self, slot: Slot) -> list[Dimension]:
        """By what it is counted in."""
        return [dimensions.texts(slot.name, slot.label, self.counted_in(slot))]


class Quantity(Measured):
    """A quantity with its unit."""

    name, label = "quantity", _l("Quantity with a unit")


class Money(Measured):
    """An amount of money with its currency."""

    name, label = "money", _l("Money")
    part = "currency"

    def units(self) -> list[str]:
        """The currencies, by their codes."""
        return [one.upper() for one in units_in(self.feature.units)] or list(CURRENCIES)

    def unit(self, text: str, kept: str) -> str:
        """The currency by its code or sign."""
        codes = {sign: code for code, sign in SIGNS.items()}
        return super().unit(codes.get(text.casefold(), text), kept)

    def show(self, stored: Any, names: Names) -> str:
        """12,50 zł: at least two places."""
        amount = stored["amount"]
        places = len(amount.partition(".")[2])
        padded = amount if places > 1 else f"{amount}0" if places else f"{amount}.00"
        return f"{written(padded)}{NO_BREAK}{self.sign(stored[self.part])}"

    def sign(self, unit: str) -> str:
        """zł, €, or the code."""
        return SIGNS.get(unit, unit)
