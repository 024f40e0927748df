"""The fields of each register, as plain Python values of the records of filter_world.

Days are reckoned here once more, apart from the product.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import holidays

from tests.lists.filter_world import TODAY, World
from tests.makers import WARSAW

FREE = holidays.country_holidays("PL", years=range(2000, 2051))


def number_of_days() -> dict[date, int]:
    """The working days of half a century, numbered."""
    found, number, day = {}, 0, date(2000, 1, 1)
    while day.year < 2051:
        number += day.weekday() < 5 and day not in FREE
        found[day] = number
        day += timedelta(1)
    return found


WORKING = number_of_days()


@dataclass(frozen=True)
class Modelled:
    """A field: its kind, and its value in a record."""

    kind: str
    value: Callable[[Any], Any]
    more: Any = None


def late(row: Any) -> int | None:
    """Days late."""
    return None if row.due_on is None else max(((row.closed_on or TODAY) - row.due_on).days, 0)


def late_work(row: Any) -> int | None:
    """Working days late; unknown outside the calendar."""
    end = row.closed_on or TODAY
    if row.due_on is None or end <= row.due_on:
        return None if row.due_on is None else 0
    known = end in WORKING and row.due_on in WORKING
    return WORKING[end] - WORKING[row.due_on] if known else None


def left(row: Any) -> int | None:
    """Days left while open."""
    return None if row.closed_on or row.due_on is None else (row.due_on - TODAY).days


def left_work(row: Any) -> int | None:
    """Working days left while open."""
    if row.closed_on or row.due_on not in WORKING:
        return None
    return WORKING[row.due_on] - WORKING[TODAY]


def column(kind: str, name: str, more: Any = None) -> Modelled:
    """A field that is a column."""
    return Modelled(kind, lambda row: getattr(row, name), more)


def ids(*names: str) -> Callable[[Any], set[int]]:
    """The related records' ids."""
    return lambda row: {getattr(row, name) for name in names} - {None}


WORK = {
    "left": Modelled("whole", left),
    "late": Modelled("whole", late),
    "left_work": Modelled("whole", left_work),
    "late_work": Modelled("whole", late_work),
    "start": column("day", "start_on"),
    "due": Modelled("day", lambda row: row.due_on, lambda row: row.closed_on is None),
    "closed": column("day", "closed_on"),
    "description": column("text", "description"),
    "operator": Modelled("record", ids("operator_id"), "operator"),
    "closed_by": Modelled("record", ids("closed_by_id"), "operator"),
}
EVENT_STATES: dict[str, Callable[[Any], bool]] = {
    "open": lambda row: row.closed_on is None,
    "closed": lambda row: row.closed_on is not None,
    "closed_late": lambda row: bool(row.closed_on and row.due_on and row.closed_on > row.due_on),
    "overdue": lambda row: row.closed_on is None and bool(row.due_on and row.due_on < TODAY),
    "partly": lambda row: row.closed_on is None and row.closed_upto > 0,
    "no_stage": lambda row: row.closed_on is None and not row.stages,
}
STAGE_STATES: dict[str, Callable[[Any], bool]] = {
    **{name: EVENT_STATES[name] for name in ("open", "closed", "overdue")},
    "today": lambda row: row.closed_on is None and row.due_on == TODAY,
}


def fields_of(world: World, register: str) -> dict[str, Modelled]:
    """The fields of a register that are compared."""
    makes = {
        "contractors": contractor_fields,
        "persons": person_fields,
        "events": event_fields,
        "stages": stage_fields,
    }
    return makes[register](world)


def contractor_fields(world: World) -> dict[str, Modelled]:
    """Contractors'."""
    statuses = {
        word: (lambda row, word=word: row.status == word)
        for word in ("prospect", "client", "inactive")
    }
    return {
        "name": column("search", "search_key"),
        "title": column("text", "name"),
        "city": column("text", "city"),
        "code": column("code", "code"),
        "status": Modelled("choice", lambda row: row, statuses),
        "keeper": Modelled("record", ids("keeper_id"), "operator"),
        "created": Modelled("day", lambda row: row.created_at.astimezone(WARSAW).date()),
        "created_by": Modelled("record", ids("created_by_id"), "operator"),
        "node": Modelled("place", lambda row: world.hung["contractor", row.id]),
        **feature_fields(world),
    }


def person_fields(_world: World) -> dict[str, Modelled]:
    """Persons'."""
    return {
        "last_name": column("search", "search_key"),
        "surname": column("text", "last_name"),
        "email": column("text", "email"),
        "contractor": Modelled(
            "record", lambda row: {link.contractor_id for link in row.affiliations}, "contractor"
        ),
        "created": Modelled("day", lambda row: row.created_at.astimezone(WARSAW).date()),
    }


def event_fields(world: World) -> dict[str, Modelled]:
    """Events'."""
    return {
        **WORK,
        "subject": column("search", "search_key"),
        "title": column("text", "subject"),
        "number": column("code", "number"),
        "state": Modelled("choice", lambda row: row, EVENT_STATES),
        "contractor": Modelled("record", ids("contractor_id"), "contractor"),
        "contact": Modelled(
            "record",
            lambda row: {one.contact_id for one in (row, *row.stages)} - {None},
            "person",
        ),
        "internal": column("flag", "internal"),
        "stages": Modelled("whole", lambda row: len(row.stages)),
        "created": Modelled("day", lambda row: row.created_at.astimezone(WARSAW).date()),
        "node": Modelled("place", lambda row: world.hung["event", row.id]),
        **feature_fields(world),
    }


def stage_fields(world: World) -> dict[str, Modelled]:
    """Stages'."""
    return {
        **WORK,
        "subject": Modelled("search", lambda row: row.event.search_key),
        "title": column("text", "subject"),
        "state": Modelled("choice", lambda row: row, STAGE_STATES),
        "event": Modelled("record", ids("event_id"), "event"),
        "contractor": Modelled(
            "record", lambda row: {row.event.contractor_id} - {None}, "contractor"
        ),
        "contact": Modelled("record", ids("contact_id"), "person"),
        "led_by": Modelled("record", lambda row: {row.event.operator_id}, "operator"),
        "position": column("whole", "position"),
        "next": Modelled("flag", lambda row: row.position == row.event.closed_upto + 1),
        "node": Modelled("place", lambda row: world.hung["event", row.event_id]),
    }


def feature_fields(world: World) -> dict[str, Modelled]:
    """Those of the features."""
    kinds = {"date": "day", "yesno": "flag", "choice": "node", "tree": "tree"}
    reads: dict[str, Callable[[Any], Any]] = {
        "number": Decimal,
        "date": date.fromisoformat,
    }

    def value(one: Any) -> Callable[[Any], Any]:
        read = reads.get(one.kind, lambda stored: stored)
        return lambda row: read(row.features[one.key]) if one.key in row.features else None

    return {
        f"feature_{one.code}": Modelled(kinds.get(one.kind, one.kind), value(one), one)
        for one in world.features
    }
