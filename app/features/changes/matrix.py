"""What becomes of a value when its feature changes its kind: one table for all pairs of kinds.

A value that can't be carried over raises Unreadable. Whether something is lost is asked of the
table as well: on the way back there must stand what stood there before.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _

from app.features.kinds import Kind, Unreadable
from app.features.kinds.lists import MOST, joined, parted
from app.features.kinds.measures import Measured
from app.features.nodes import ARROW, DEEPEST
from app.features.pointed import Names
from app.features.rules import DEEP, FLAT, KINDS, SEVERAL

# = stays as it is; t through its text; n numbers and amounts; y yes is one and no is none;
# d days and moments; v values of dictionaries and trees; . can't be: each must be mapped.
TABLE = """
            tx lt in nu mo pe qu yn da ti dt dr mo rf ch cs tr ts
text        =  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
longtext    t  =  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
integer     t  t  =  n  n  n  n  y  .  .  .  .  .  .  t  t  t  t
number      t  t  n  =  n  n  n  y  .  .  .  .  .  .  t  t  t  t
money       t  t  n  n  =  n  n  .  .  .  .  .  .  .  t  t  t  t
percent     t  t  n  n  n  =  n  .  .  .  .  .  .  .  t  t  t  t
quantity    t  t  n  n  n  n  =  .  .  .  .  .  .  .  t  t  t  t
yesno       t  t  y  y  .  .  .  =  .  .  .  .  .  .  t  t  t  t
date        t  t  .  .  .  .  .  .  =  .  d  d  d  .  t  t  t  t
time        t  t  .  .  .  .  .  .  .  =  .  .  .  .  t  t  t  t
datetime    t  t  .  .  .  .  .  .  d  d  =  d  d  .  t  t  t  t
daterange   t  t  .  .  .  .  .  .  d  .  d  =  d  .  t  t  t  t
month       t  t  .  .  .  .  .  .  d  .  d  d  =  .  t  t  t  t
reference   t  t  .  .  .  .  .  .  .  .  .  .  .  t  t  t  t  t
choice      t  t  t  t  t  t  t  t  t  t  t  t  t  t  =  v  v  v
choices     t  t  t  t  t  t  t  t  t  t  t  t  t  t  v  =  v  v
tree        t  t  t  t  t  t  t  t  t  t  t  t  t  t  v  v  =  v
trees       t  t  t  t  t  t  t  t  t  t  t  t  t  t  v  v  v  =
"""
TEXTS = ("text", "longtext")
WAYS: dict[tuple[str, str], str] = {
    (line.split()[0], new): way
    for line in TABLE.split("\n")[2:-1]
    for new, way in zip(KINDS, line.split()[1:], strict=True)
}


@dataclass(frozen=True)
class Called:
    """Values of a dictionary or tree by their names, from the top down, before they are there."""

    paths: Sequence[tuple[str, ...]]

    def shown(self) -> list[str]:
        """Their names in full."""
        return [ARROW.join(path) for path in self.paths]


@dataclass(frozen=True)
class Passage:
    """From one kind to another; `names` tells what values point at."""

    old: Kind
    new: Kind
    names: Names

    @property
    def way(self) -> str:
        """How the table decides."""
        return WAYS[self.old.name, self.new.name]

    def carried(self, stored: Any) -> Any:
        """What a value becomes; raises Unreadable if it can't be carried over."""
        return CARRIED[self.way](self, stored)

    def loses(self, stored: Any, new: Any) -> bool:
        """Whether the way back would not lead to the same value."""
        if self.way == "t":
            return self._text_lost(stored, new)
        back = Passage(self.new, self.old, self.names)
        flattened = self.old.name in DEEP and self.new.name in FLAT
        try:
            return bool(back.carried(new) != stored or (flattened and self.is_deep(stored)))
        except Unreadable:
            return True

    def _text_lost(self, stored: Any, new: Any) -> bool:
        """Whether people would read something else; what is written in full says the same."""
        if self.old.pointing or self.old.name in TEXTS:
            before = close(self.old.show(stored, self.names))
            return not any(close(form).startswith(before) for form in self.forms(new))
        try:
            return bool(self.old.parse(self.shown(new)) != stored)
        except Unreadable:
            return True

    def forms(self, new: Any) -> list[str]:
        """The ways in which the new value is written."""
        return [self.shown(new), *([new] if isinstance(new, str) else [])]

    def is_deep(self, stored: Any) -> bool:
        """Whether one of the values stands below another."""
        return any(ARROW in self.names.get(key, "") for key in self.old.points(stored))

    def shown(self, new: Any) -> str:
        """The new value as people will see it."""
        if isinstance(new, Called):
            several = self.new.name in SEVERAL
            return joined(new.shown()) if several else new.shown()[0]
        return self.new.show(new, self.names)


def close(text: str) -> str:
    """A text without blanks, but with its lines."""
    return re.sub(r"[ \u00a0\u2009\u202f]", "", text).casefold()


def same(_passage: Passage, stored: Any) -> Any:
    """What is not touched."""
    return stored


def refused(_passage: Passage, _stored: Any) -> Any:
    """What has no counterpart."""
    raise Unreadable(_("Values of these kinds have nothing in common."))


def through_text(passage: Passage, stored: Any) -> Any:
    """As if what is shown were typed anew."""
    if any(
        key not in passage.names or not passage.names[key] for key in passage.old.points(stored)
    ):
        raise Unreadable(_("It is not known what it points at."))
    text = passage.old.show(stored, passage.names)
    if passage.new.name in FLAT + DEEP:
        return called(passage.new.name, text)
    return passage.new.parse(text)


def called(kind: str, text: str) -> Called:
    """The names in a text."""
    parts = parted(text) if kind in SEVERAL else [text]
    paths = [tuple(split(part) if kind in DEEP else [plain(part)]) for part in parts if part]
    if not paths or len(paths) > MOST:
        raise Unreadable(_("Give at most %(most)s values.", most=MOST))
    if any(not name or len(name) > 120 for path in paths for name in path):
        raise Unreadable(_("A name is too long."))
    if any(len(path) > DEEPEST for path in paths):
        raise Unreadable(_("The tree would be too deep."))
    return Called(tuple(dict.fromkeys(paths)))


def split(text: str) -> list[str]:
    """The names on the way to a value."""
    return [plain(part) for part in text.split(ARROW.strip())]


def plain(text: str) -> str:
    """A name as values have it, on one line."""
    return " ".join(text.split())


def through_number(passage: Passage, stored: Any) -> Any:
    """The number with a unit, without it, or rounded."""
    unit = "" if isinstance(stored, str) else next(v for k, v in stored.items() if k != "amount")
    number = stored if isinstance(stored, str) else stored["amount"]
    if isinstance(passage.new, Measured):
        return passage.new.parse({"amount": number, passage.new.part: unit})
    if passage.new.name == "integer":
        number = f"{Decimal(number).quantize(Decimal(1), ROUND_HALF_UP):f}"
    return passage.new.parse(number)


def through_flag(passage: Passage, stored: Any) -> Any:
    """1 and 0."""
    if passage.new.name != "yesno":
        return "1" if stored else "0"
    if stored not in ("0", "1"):
        raise Unreadable(_("Say yes or no."))
    return stored == "1"


def through_days(passage: Passage, stored: Any) -> Any:
    """The first day, its beginning, its month; of a month all its days."""
    kind, new = passage.old, passage.new
    local = kind.local(stored) if kind.name == "datetime" else None  # type: ignore[attr-defined]
    first, last = days_of(kind.name, f"{local:%Y-%m-%d}" if local else stored)
    if local and new.name == "time":
        return new.parse(f"{local:%H:%M}")
    if new.name == "datetime":
        return new.parse(datetime.combine(first, time.min))
    if new.name == "daterange":
        return new.parse({"from": first.isoformat(), "to": last.isoformat()})
    return new.parse(f"{first:%Y-%m}" if new.name == "month" else first)


def days_of(kind: str, stored: str) -> tuple[date, date]:
    """The first and the last day of a stored day, span or month."""
    if kind == "month":
        first = date.fromisoformat(f"{stored}-01")
        after = (first + timedelta(days=31)).replace(day=1)
        return first, after - timedelta(days=1)
    return date.fromisoformat(stored[:10]), date.fromisoformat(stored[-10:])


def through_values(passage: Passage, stored: Any) -> Any:
    """The same nodes: as a list, or the first of them."""
    ids = passage.old.ids(stored)  # type: ignore[attr-defined]
    return sorted(ids) if passage.new.name in SEVERAL else ids[0]


CARRIED: dict[str, Callable[[Passage, Any], Any]] = {
    "=": same,
    "t": through_text,
    "n": through_number,
    "y": through_flag,
    "d": through_days,
    "v": through_values,
    ".": refused,
}
