"""Texts of one line and of many."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func
from wtforms import TextAreaField

from app.features import patterns
from app.features.kinds.base import Kind, Slot, Unreadable, ordered
from app.lists import dimensions, filters
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField
from app.lists.paging import Order, read_text

SORTED_BY = 400  # signs


class Text(Kind):
    """A text of one line."""

    name, label = "text", _l("Text")
    longest = 2_000

    def read(self, value: Any, kept: Any) -> str:
        """The text; breaks between lines become blanks."""
        if not isinstance(value, str):
            raise Unreadable(_("Give a text."))
        return re.sub(r"[ ]*[\r\n\t]+[ ]*", " ", value)

    def beyond(self, stored: Any) -> str:
        """Whether it is longer than the feature allows, or not as its pattern says."""
        most, pattern = self.feature.longest, self.feature.pattern
        if most and len(stored) > most:
            return _("Give at most %(most)s signs.", most=most)
        if pattern and not patterns.fits(pattern, stored):
            hint = self.feature.pattern_help
            return (
                _("This should be: %(hint)s.", hint=hint)
                if hint
                else _("This does not fit the pattern.")
            )
        return ""

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """A text; its pattern is told in words."""
        return {"type": "string", "maxLength": self.feature.longest or self.longest}

    def filter(self, slot: Slot) -> FilterField:
        """By words and beginnings."""
        return filters.text(slot.name, slot.label, self.key(slot.value))

    def searched(self, slot: Slot) -> Any:
        """Without case and accents."""
        return filters.folded(self.key(slot.value))

    def order(self, slot: Slot) -> Order:
        """In Polish order."""
        text = func.substr(self.key(slot.value), 1, SORTED_BY)
        return ordered(slot, text.collate("polish"), read_text)

    def ways(self, slot: Slot) -> list[Dimension]:
        """By the whole text."""
        return [dimensions.texts(slot.name, slot.label, self.key(slot.value))]


class LongText(Text):
    """A text of many lines; lists are not grouped by it."""

    name, label = "longtext", _l("Long text")
    longest = 20_000
    fact = "wide notes"

    def read(self, value: Any, kept: Any) -> str:
        """The text with its lines."""
        if not isinstance(value, str):
            raise Unreadable(_("Give a text."))
        return value.replace("\r\n", "\n").replace("\r", "\n")

    def control(self, stored: Any, words: Mapping[str, Any]) -> Any:
        """An area of lines."""
        return TextAreaField(**self.checked(stored, words), default=stored or "")

    def ways(self, slot: Slot) -> list[Dimension]:
        """None."""
        return []
