"""Every key of the product, in one table: the handler, the sheet and the hints all read it."""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.access.current import current_actor

WRITTEN = {"Control": "Ctrl", "Escape": "Esc", "Insert": "Ins"}


@dataclass(frozen=True)
class Key:
    """A key, a chord (`Control+k`) or two keys one after the other (`g d`).

    `does` names an action of js/keyboard.js; "press" is the control that says `data-key`.
    `entry` is the menu entry it opens.
    """

    keys: str
    where: str
    words: Any
    does: str = "press"
    entry: str = ""
    told: bool = True  # on the sheet; of a row of alike keys only the first

    @property
    def is_letter(self) -> bool:
        """Whether it is typed without a modifier, so that it may be switched off."""
        return is_letter(self.keys)

    @property
    def caps(self) -> list[str]:
        """What is written on the keys to press."""
        caps = caps_of(self.keys)
        return [*caps, "…", "9"] if self.keys == "v 1" else caps


PLACES = {
    "everywhere": _l("Everywhere"),
    "rows": _l("In lists"),
    "record": _l("On a record or the chosen row"),
    "days": _l("After r"),
    "form": _l("In forms"),
}
KEYS = (
    Key("Control+k", "everywhere", _l("Find anything, do anything"), "palette"),
    Key("/", "everywhere", _l("Search")),
    Key("n", "everywhere", _l("New event")),
    Key("Insert", "everywhere", _l("Add: a stage, an event or what the list holds"), "add"),
    Key("q", "everywhere", _l("The queue of stages")),
    Key("g d", "everywhere", _l("Today"), entry="Today"),
    Key("g z", "everywhere", _l("Events"), entry="Events"),
    Key("g e", "everywhere", _l("Stages"), entry="Stages"),
    Key("g k", "everywhere", _l("Campaigns"), entry="Campaigns"),
    Key("g o", "everywhere", _l("Persons"), entry="Persons"),
    Key("g t", "everywhere", _l("Contractors"), entry="Contractors"),
    Key("?", "everywhere", _l("This sheet")),
    Key("j", "rows", _l("Next row"), "next"),
    Key("k", "rows", _l("Previous row"), "previous"),
    Key("Enter", "rows", _l("Open the row"), "open"),
    Key("x", "rows", _l("Select the row"), "select"),
    Key("X", "rows", _l("Select all rows that match"), "select_all"),
    *(
        Key(f"v {place}", "rows", _l("The list's first to ninth tab"), told=place == 1)
        for place in range(1, 10)
    ),
    Key("F2", "rows", _l("Change in the cell"), "edit_cell"),
    Key("e", "record", _l("New stage of an event; edit anything else")),
    Key("c", "record", _l("Close it, or all that are selected")),
    Key("C", "record", _l("Close with outcome, date and note")),
    Key("r", "record", _l("Reschedule")),
    Key("t", "record", _l("Today in the calendar")),
    Key("s", "record", _l("Skip a stage of the queue")),
    Key("[", "record", _l("Previous in the list or calendar")),
    Key("]", "record", _l("Next in the list or calendar")),
    Key("{", "record", _l("Previous stage of the event")),
    Key("}", "record", _l("Next stage of the event")),
    Key("1", "days", _l("by 1 day")),
    Key("3", "days", _l("by 3 days")),
    Key("7", "days", _l("by 7 days")),
    Key("m", "days", _l("to Monday")),
    Key("d", "days", _l("to a date")),
    Key("Control+Enter", "form", _l("Save and close"), "save"),
    Key("Control+s", "form", _l("Save"), "save_here"),
    Key("Control+Alt+Enter", "form", _l("Save and add another"), "save_next"),
    Key("Escape", "form", _l("Leave; asks first if something is not saved"), "leave"),
)
ENTRIES = {key.entry: key.keys for key in KEYS if key.entry}


def is_letter(keys: str) -> bool:
    """Whether the key is a bare sign, which somebody might type or say by accident."""
    return len(keys.partition(" ")[0]) == 1


@cache
def caps_of(keys: str) -> list[str]:
    """What stands on the keys: Ctrl and K for `Control+k`."""
    parts = [part.split("+") for part in keys.split(" ")]
    return [
        WRITTEN.get(cap, cap.upper() if len(part) > 1 and len(cap) == 1 else cap)
        for part in parts
        for cap in part
    ]


def sheet() -> list[tuple[Any, list[Key]]]:
    """The keys by the place where they work."""
    return [(PLACES[where], list(some)) for where, some in groupby(KEYS, lambda key: key.where)]


def letters_on() -> bool:
    """Whether the operator has left the single-letter keys on."""
    actor = current_actor()
    return actor is None or "letters" not in actor.off


def hints_on() -> bool:
    """Whether the operator has left the hints on buttons on."""
    actor = current_actor()
    return actor is None or "hints" not in actor.off


def keyed(keys: str | None) -> Markup:
    """The attributes of the control that a key presses; several keys have commas between."""
    return attributes(keys, letters_on()) if keys else Markup("")


@cache
def attributes(keys: str, letters: bool) -> Markup:
    """The same, with single letters or without."""
    alone = [key for key in keys.split(",") if " " not in key and (letters or not is_letter(key))]
    told = Markup(' aria-keyshortcuts="{}"').format(" ".join(alone)) if alone else ""
    return Markup(' data-key="{}"{}').format(keys, told)


def hint(keys: str | None) -> Markup:
    """The key as a small badge on its control; nothing if it is switched off."""
    first = (keys or "").partition(",")[0]
    return cap(first) if first and (not is_letter(first) or letters_on()) else Markup("")


@cache
def cap(keys: str) -> Markup:
    """The badge of a key."""
    return Markup('<kbd aria-hidden="true">{}</kbd>').format(" ".join(caps_of(keys)))
