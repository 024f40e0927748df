"""Whose event a typed line is about: found among what the operator sees, asked if unsure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import joinedload

from app.access.visibility import find_visible, visible
from app.contractors.models import Contractor
from app.db import db, fold
from app.desk.entry import NUMBER, Entry
from app.events.flush import number_key
from app.events.models import Event
from app.lists.filters import like
from app.persons.models import Person

NAMED, OFFERED, LONGEST_NAME = 50, 10, 4


@dataclass(frozen=True)
class Meant:
    """What a line is about: one event, or those to choose among; and what is to be done."""

    events: Sequence[Event]
    subject: str = ""
    problem: str = ""
    contractor: Contractor | None = None

    @property
    def event(self) -> Event | None:
        """The event, if there is no doubt."""
        return self.events[0] if len(self.events) == 1 else None


def meant(entry: Entry, event_id: int | None = None, *, fixed: bool = False) -> Meant:
    """The event that was chosen, else that of the number, else those of whom the words name.

    On a line that stands at an event, which is `fixed`, no word names anybody.
    """
    if event_id is not None:
        found = find_visible(Event, event_id, *WITH_NAMES)
        if found is None:
            return Meant([])
        words = entry.words if fixed or entry.number else without_names(entry.words, found)
        return Meant([found], " ".join(words))
    if entry.number:
        problem = _("There is no open event %(number)s.", number=entry.number)
        return Meant(by_number(entry.number), " ".join(entry.words), problem)
    return by_words(entry.words)


WITH_NAMES = (joinedload(Event.contractor), joinedload(Event.contact))


def open_events(*conditions: ColumnElement[bool]) -> Sequence[Event]:
    """The visible open events of which this holds, the latest first."""
    query = visible(Event).where(Event.closed_at.is_(None), *conditions).options(*WITH_NAMES)
    latest = query.order_by(Event.start_on.desc(), Event.id.desc())
    return db.session.scalars(latest.limit(OFFERED)).all()


def by_number(number: str) -> Sequence[Event]:
    """The open events with this number, of any series if none is named."""
    match = NUMBER.fullmatch(number)
    if match is None:
        return []
    found = open_events(Event.number_key == number_key(int(match[2]), int(match[1])))
    series = fold(match[3])
    return [one for one in found if not series or fold(one.number).endswith(f"/{series}")]


def by_words(words: Sequence[str]) -> Meant:
    """The open events of the contractor, or else the contact, that the first words name."""
    if not words or not fold(words[0]):
        return Meant([], problem=_("Begin with a contractor or the number of an event."))
    if firms := named(Contractor, words):
        events = open_events(Event.contractor_id.in_([one.id for one in firms]))
        problem = _("%(name)s has no open event.", name=firms[0].name)
        return settled(events, words, problem, firms[0] if len(firms) == 1 else None)
    persons = named(Person, words)
    events = open_events(Event.contact_id.in_([one.id for one in persons])) if persons else []
    return settled(events, words, _("There is no open event for “%(word)s”.", word=words[0]))


def settled(
    events: Sequence[Event], words: Sequence[str], problem: str, firm: Contractor | None = None
) -> Meant:
    """The events with what is left of the words behind the names."""
    left = without_names(words, events[0]) if events else words[1:]
    return Meant(events, " ".join(left), problem, firm)


def named(model: Any, words: Sequence[str]) -> list[Any]:
    """The visible records with a word that begins like the first; further words narrow them."""
    start = like(fold(words[0])).removeprefix("%")
    key = model.search_key
    begins = or_(key.like(start, escape="\\"), key.like(f"% {start}", escape="\\"))
    rows = list(db.session.scalars(visible(model).where(begins).order_by(model.id).limit(NAMED)))
    for word in words[1:LONGEST_NAME]:
        fewer = [row for row in rows if has_word(row.search_key, word)]
        if not fewer:
            break
        rows = fewer
    return rows


def has_word(key: str, word: str) -> bool:
    """Whether a word of the key begins like this one."""
    return any(one.startswith(fold(word)) for one in key.split())


def without_names(words: Sequence[str], event: Event) -> Sequence[str]:
    """The words behind those that name the event's contractor or contact."""
    key = " ".join(one.search_key for one in (event.contractor, event.contact) if one)
    count = 0
    while count < min(len(words), LONGEST_NAME) and has_word(key, words[count]):
        count += 1
    return words[count:]
