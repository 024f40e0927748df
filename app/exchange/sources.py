"""Where a field's value comes from: a column, a fixed value, or a text made of columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.days import Moment

GAP = re.compile(r"\{([^{}]+)\}")
PARTS = ("last_word", "before_last_word", "first_word", "after_first_word")


class Unreadable(ValueError):
    """A cell that can't be read as what it should be; says why."""


@dataclass(frozen=True)
class Source:
    """How to get a field's text out of a row."""

    column: str | None = None
    template: str | None = None
    value: Any = None
    part: str | None = None
    letters: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    by: tuple[str, ...] = ()
    via: str | None = None

    @classmethod
    def of(cls, written: Any) -> "Source":
        """The source as a profile writes it: a column's name, or a mapping."""
        if isinstance(written, str):
            return cls(column=written)
        more = dict(written)
        by = more.pop("by", ())
        by = (by,) if isinstance(by, str) else tuple(by)
        return cls(by=by, words=more.pop("map", {}), via=more.pop("of", None), **more)

    @property
    def columns(self) -> set[str]:
        """The columns it reads."""
        named = {self.column} if self.column else set()
        return named | set(GAP.findall(self.template or ""))

    def text(self, cells: Mapping[str, str], empty: frozenset[str]) -> str | None:
        """The text for a row, None if there is none."""
        if self.value is not None:
            return as_text(self.value)
        found = self._raw({name: "" if text in empty else text for name, text in cells.items()})
        found = part_of(found, self.part) if self.part else found
        found = found.lower() if self.letters == "small" else found
        if self.words and found:
            if found not in self.words:
                raise Unreadable(_("The profile has no word for “%(text)s”.", text=found[:60]))
            found = self.words[found]
        return found or self.default

    def _raw(self, cells: Mapping[str, str]) -> str:
        if self.column:
            return cells.get(self.column, "")
        names = GAP.findall(self.template or "")
        if any(not cells.get(name) for name in names):
            return ""
        return GAP.sub(lambda gap: cells[gap.group(1)], self.template or "")


def as_text(value: Any) -> str:
    """A fixed value as a cell would have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def part_of(text: str, part: str) -> str:
    """The named part of a text of several words."""
    words = text.split()
    parts = {
        "last_word": words[-1:],
        "before_last_word": words[:-1],
        "first_word": words[:1],
        "after_first_word": words[1:],
    }
    return " ".join(parts[part])


# --- days --------------------------------------------------------------------------------------

ISO_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
POLISH_FORMS = ("%d.%m.%Y", "%d.%m.%Y %H:%M")


def read_moment(text: str, forms: tuple[str, ...], company: ZoneInfo) -> Moment:
    """A day, with a time if the form that fits has one."""
    for form in (*forms, *ISO_FORMS, *POLISH_FORMS):
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - the company's clock, below
        except ValueError:
            continue
        if not 1900 <= found.year <= 2200:
            break
        return Moment.of(found.date(), found.time() if "%H" in form else None, company)
    raise Unreadable(_("“%(text)s” is not a date in a form that is known.", text=text[:60]))


def read_day(text: str, forms: tuple[str, ...], company: ZoneInfo) -> date:
    """A day; a time is left out."""
    return read_moment(text, forms, company).on


def at_noon(moment: Moment, company: ZoneInfo) -> Moment:
    """The moment, or noon of a day without a time: completion needs one."""
    return moment if moment.at else Moment.of(moment.on, time(12), company)


YES, NO = ("yes", "true", "tak", "t", "y", "1"), ("no", "false", "nie", "n", "f", "0")


def read_yes_no(text: str) -> bool:
    """Yes or no in both languages."""
    word = text.casefold()
    if word not in YES + NO:
        raise Unreadable(_("“%(text)s” is neither yes nor no.", text=text[:60]))
    return word in YES
