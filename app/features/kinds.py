"""The kinds of features: how a value is read, kept, shown and asked for; one small class each.

A document holds text, decimals as text, dates as ISO text, yes and no as booleans, and of a choice
or tree the node's id.
"""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.features import nodes
from app.features.models import Feature, FeatureNode

LONGEST = 2000
NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,10})?", re.ASCII)
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y")
YES, NO = ("yes", "true", "tak", "t", "y", "1"), ("no", "false", "nie", "n", "f", "0")


class Unreadable(ValueError):
    """A value that the kind can't read; says why in the reader's language."""


class Kind:
    """Text, the simplest kind; the others read, keep and show in their own way."""

    name: ClassVar[str] = "text"
    label: ClassVar[Any] = _l("Text")

    def parse(self, feature: Feature, value: Any) -> Any:
        """The stored form of what a person, a program or a file gave; None if empty."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        return self.read(feature, value.strip() if isinstance(value, str) else value)

    def read(self, feature: Feature, value: Any) -> Any:
        """The stored form of a value that is not empty; raises Unreadable."""
        if not isinstance(value, str):
            raise Unreadable(_("Give a text."))
        if len(value) > LONGEST:
            raise Unreadable(_("This is too long."))
        return value

    def show(self, stored: Any, trails: dict[int, str]) -> str:
        """The stored value as people write it; `trails` names nodes by id."""
        return str(stored)

    def as_json(self, stored: Any, trails: dict[int, str]) -> Any:
        """The stored value as programs get it."""
        return stored

    def to_form(self, stored: Any) -> Any:
        """What stands in the form's field."""
        return stored


class Number(Kind):
    """A decimal number, written with a comma or a point."""

    name, label = "number", _l("Number")

    def read(self, feature: Feature, value: Any) -> str:
        """Plain digits with a point; 1 234,50 becomes 1234.5."""
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            raise Unreadable(_("Give a number."))
        text = re.sub(r"\s", "", str(value)).replace(",", ".")
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = None
        sane = number is not None and number.is_finite() and abs(number.adjusted()) < 40
        plain = f"{number:f}" if sane else ""  # 1e999999999 would fill the memory
        if not NUMBER.fullmatch(plain):
            raise Unreadable(_("Give a number."))
        return plain.rstrip("0").rstrip(".") if "." in plain else plain.lstrip("+")

    def show(self, stored: Any, trails: dict[int, str]) -> str:
        """With the separators of the reader's language."""
        locale = get_locale() or "pl"
        return str(format_decimal(Decimal(stored), locale=locale, decimal_quantization=False))

    def to_form(self, stored: Any) -> Any:
        """The same, so that it reads back."""
        polish = str(get_locale()) == "pl"
        return stored.replace(".", ",") if stored and polish else stored


class Day(Kind):
    """A date."""

    name, label = "date", _l("Date")

    def read(self, feature: Feature, value: Any) -> str:
        """ISO text; 31.10.2006 is read too."""
        day = value if isinstance(value, date) else self._day(str(value))
        if day is None or not 1900 <= day.year <= 2200:
            raise Unreadable(_("Give a date as YYYY-MM-DD or DD.MM.YYYY."))
        return day.isoformat()[:10]

    def _day(self, text: str) -> date | None:
        for form in DATES:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        return None

    def show(self, stored: Any, trails: dict[int, str]) -> Any:
        """A date, which templates write in the reader's way."""
        return date.fromisoformat(stored)

    def to_form(self, stored: Any) -> Any:
        """A date for the browser's own control."""
        return date.fromisoformat(stored) if stored else None


class YesNo(Kind):
    """Yes, no, or nothing said."""

    name, label = "yesno", _l("Yes or no")

    def read(self, feature: Feature, value: Any) -> bool:
        """A boolean, or its words in both languages."""
        if isinstance(value, bool):
            return value
        word: str = str(value).casefold()
        if word not in YES + NO:
            raise Unreadable(_("Say yes or no."))
        return word in YES

    def show(self, stored: Any, trails: dict[int, str]) -> str:
        """In words."""
        return str(_("yes") if stored else _("no"))

    def to_form(self, stored: Any) -> Any:
        """The word of the choice."""
        return "" if stored is None else "yes" if stored else "no"


class Tree(Kind):
    """A node of the feature's tree, given by id, by names from the root, or as the node."""

    name, label = "tree", _l("Tree")

    def read(self, feature: Feature, value: Any) -> int:
        """The node's id; the node must live in this feature."""
        node = self.find(feature, value)
        if node is None:
            raise Unreadable(_("There is no such value."))
        if node.archived_at is not None:
            raise Unreadable(_("This value is archived."))
        return node.id

    def find(self, feature: Feature, value: Any) -> FeatureNode | None:
        """The node meant by an id, names, an object with an id, or a node."""
        if isinstance(value, FeatureNode):
            return value if value.feature_id == feature.id else None
        if isinstance(value, dict):
            value = value.get("id")
        if isinstance(value, list):
            return nodes.at_names(feature.id, [str(name) for name in value])
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
            return nodes.find(feature.id, value)
        text = str(value)
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        found = nodes.find(feature.id, number) if number else None
        return found or self.by_name(feature, text)

    def by_name(self, feature: Feature, text: str) -> FeatureNode | None:
        """The node with this name at the top, or at the end of Country/Town."""
        whole = nodes.at_names(feature.id, [text])
        return whole or nodes.at_names(feature.id, text.split("/"))

    def show(self, stored: Any, trails: dict[int, str]) -> str:
        """The names from the root down."""
        return trails.get(stored, f"#{stored}")

    def as_json(self, stored: Any, trails: dict[int, str]) -> Any:
        """Id and names; given back, the id counts."""
        return {"id": stored, "path": trails.get(stored, "").split(nodes.ARROW)}

    def to_form(self, stored: Any) -> Any:
        """The id; the form finds its node."""
        return stored


class Choice(Tree):
    """One of a flat list of values."""

    name, label = "choice", _l("Choice")


KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (Kind(), Number(), Day(), YesNo(), Choice(), Tree())
}


def kind_of(feature: Feature) -> Kind:
    """The kind of a feature."""
    return KINDS[feature.kind]
