"""Yes or no."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.fab.forms import ChoiceField
from app.features.kinds.base import Kind, Slot, Unreadable, ordered
from app.features.pointed import Names
from app.lists import dimensions, filters
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField
from app.lists.paging import Order, read_flag

YES, NO = ("yes", "true", "tak", "t", "y", "1"), ("no", "false", "nie", "n", "f", "0")


def yes_or_no() -> list[tuple[str, Any]]:
    """The choices of a yes-or-no feature."""
    return [("", "–"), ("yes", _("yes")), ("no", _("no"))]


class YesNo(Kind):
    """Yes, no, or nothing said."""

    name, label = "yesno", _l("Yes or no")
    shapes = (bool,)

    def read(self, value: Any, kept: Any) -> bool:
        """A boolean, or its words in both languages."""
        if isinstance(value, bool):
            return value
        word = value.casefold() if isinstance(value, str) else ""
        if word not in YES + NO:
            raise Unreadable(_("Say yes or no."))
        return word in YES

    def show(self, stored: Any, names: Names) -> str:
        """In words."""
        return str(_("yes") if stored else _("no"))

    def plain(self, stored: Any) -> bool:
        """The boolean."""
        return bool(stored)

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}

    def control(self, stored: Any, words: Mapping[str, Any]) -> Any:
        """A choice of both and nothing."""
        chosen = "" if stored is None else "yes" if stored else "no"
        checked = self.checked(stored, words)
        return ChoiceField(**checked, choices=yes_or_no, default=chosen)

    def key(self, value: Any) -> Any:
        """A boolean."""
        return value.as_boolean()

    def filter(self, slot: Slot) -> FilterField:
        """By either."""
        return filters.flag(slot.name, slot.label, self.key(slot.value))

    def order(self, slot: Slot) -> Order:
        """No before yes."""
        return ordered(slot, self.key(slot.value), read_flag)

    def equal(self, asked: Any) -> bool:
        """What is asked for."""
        return bool(asked)

    def ways(self, slot: Slot) -> list[Dimension]:
        """By either."""
        return [dimensions.flags(slot.name, slot.label, self.key(slot.value))]
