"""One typed line taken apart: an event's number, when, and the words that are left."""

import re
from dataclasses import dataclass
from datetime import date, time

from app.spoken import understand

NUMBER = re.compile(r"(\d{1,6})/(\d{4})(?:/(\w{1,20}))?", re.ASCII)
LONGEST = 300


@dataclass(frozen=True)
class Entry:
    """What a line says: `words` begin with the contractor, unless `number` names the event."""

    words: tuple[str, ...]
    day: date | None = None
    hour: time | None = None
    number: str | None = None
    impossible: str | None = None


def take_apart(text: str, today: date) -> Entry:
    """Read "zefir tel. jutro 10" or "0001/2026 oferta pt 14:30"."""
    words = text[:LONGEST].split()
    at = next((at for at, word in enumerate(words) if NUMBER.fullmatch(word)), None)
    number = words.pop(at) if at is not None else None
    said = understand(words, today)
    return Entry(said.rest, said.day, said.hour, number, said.impossible)
