"""Readers of values: from an address they come as text, from a program as what they are."""

import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from app.db import fold
from app.lists.filters.fields import LONGEST, Unreadable

LARGEST = 2**31 - 1
MOST_DAYS = 36_500
WHOLE = re.compile(r"[+-]?\d{1,6}", re.ASCII)


def read_words(value: Any) -> str:
    """A text as it is."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST or "\x00" in value:
        raise Unreadable(value)
    return value.strip()


def read_text(value: Any) -> str:
    """A folded text."""
    return fold(read_words(value))


def read_date(value: Any) -> date:
    """An ISO date."""
    try:
        day = date.fromisoformat(read_words(value))
    except ValueError as error:
        raise Unreadable(value) from error
    if not 1900 <= day.year <= 2200:
        raise Unreadable(value)
    return day


def read_id(value: Any) -> int:
    """A record's id."""
    text = str(value) if type(value) in (int, str) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST):
        raise Unreadable(value)
    return int(text)


def read_whole(value: Any) -> int:
    """A whole number of days or the like."""
    text = str(value).strip() if type(value) in (int, str) else ""
    if not WHOLE.fullmatch(text) or abs(int(text)) > MOST_DAYS:
        raise Unreadable(value)
    return int(text)


def read_count(value: Any) -> int:
    """How many days; not fewer than none."""
    if (count := read_whole(value)) < 0:
        raise Unreadable(value)
    return count


def read_flag(value: Any) -> bool:
    """Yes or no."""
    words = {"yes": True, "no": False, True: True, False: False}
    if not isinstance(value, str | bool) or value not in words:
        raise Unreadable(value)
    return words[value]


def one_of(words: Callable[[], Collection[str]]) -> Callable[[Any], str]:
    """A reader that accepts only these words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words():
            raise Unreadable(value)
        return value

    return read
