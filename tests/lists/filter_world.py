"""Random records of every register, and what plain Python answers to a filter on them.

Nothing here asks the product how a filter is meant: each kind of field is modelled once more, on
the records as they are, so that both can be compared (tests/lists/test_filter_trees.py).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import holidays

from app.contractors.models import Contractor
from app.events.models import Event
from app.persons.models import Person
from tests.makers import WARSAW, Makers

NOW = datetime(2024, 3, 30, 23, 30, tzinfo=UTC)  # the 31st in Warsaw, half an hour before 1 a.m.
TODAY = date(2024, 3, 31)
GONE = 2_000_000_000
TEXTS = [
    *("Łódź", "Żuraw i Spółka", "żaba", "Ąsk", "ćma ŚWIĘTA", "100% pewne", "a_b c", "a\\b", ""),
    *("Zażółć gęślą jaźń", "856-734-62-15", "alfa 12-34", "O'Brien", None, None),
]
NEEDLES = ["lodz", "ŻU", "aba", "święta cma", "100%", "_", "\\", "gesla", "856-734", "a", "'", "x"]
EDGES = [date(1900, 1, 1), date(2199, 12, 31), date(1999, 12, 31), date(2051, 1, 1)]
LETTERS = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzacelnoszz")
FREE = holidays.country_holidays("PL", years=range(2000, 2051))
PICK = {"operator": "users", "person": "persons", "contractor": "contractors", "event": "events"}


def plain(text: str) -> str:
    """Without case and Polish accents."""
    return text.translate(LETTERS).casefold()


def number_of_days() -> dict[date, int]:
    """The working days of half a century, numbered."""
    found, number, day = {}, 0, date(2000, 1, 1)
    while day.year < 2051:
        number += day.weekday() < 5 and day not in FREE
        found[day] = number
        day += timedelta(1)
    return found


WORKING = number_of_days()


@dataclass
class World:
    """The records, who sees what, and the fields of each register with their Python values."""

    users: dict[str, Any]
    rows: dict[str, list[Any]] = field(default_factory=dict)
    nodes: dict[int, Any] = field(default_factory=dict)
    features: list[Any] = field(default_factory=list)
    hung: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    campaign: Any = None
    known: dict[tuple[str, str], Any] = field(default_factory=dict)

    def peers(self, name: str) -> set[int]:
        """Whose records count as within reach."""
        team = {"ann": ("ann", "carl"), "carl": ("ann", "carl")}.get(name, (name,))
        return {self.users[one].id for one in team}

    def seen(self, register: str, name: str) -> list[Any]:
        """The living rows that the operator sees; reckoned once."""
        if (register, name) not in self.known:
            self.known[register, name] = self.reckoned(register, name)
        found: list[Any] = self.known[register, name]
        return found

    def reckoned(self, register: str, name: str) -> list[Any]:
        """The same, from the rules."""
        rows = [row for row in self.rows[register] if row.trashed_at is None]
        if register == "stages":
            events = {event.id for event in self.seen("events", name)}
            return [row for row in rows if row.event_id in events]
        return rows if name == "admin" else [row for row in rows if self.sees(row, name)]

    def sees(self, row: Any, name: str) -> bool:
        """Whether a row is within reach."""
        peers = self.peers(name)
        if isinstance(row, Event):
            return bool({row.operator_id, *(one.operator_id for one in row.stages)} & peers)
        if isinstance(row, Contractor):
            mine = row.keeper_id is None or row.keeper_id in peers
            return mine or any(one.contractor_id == row.id for one in self.seen("events", name))
        seen = {one.id for one in self.seen("contractors", name)}
        links = {link.contractor_id for link in row.affiliations}
        return bool(links & seen) or (not links and row.created_by_id == self.users[name].id)

    def offered(self, kind: str, name: str) -> set[Any]:
        """The values one may pick."""
        if kind == "operator":
            return {user.id for user in self.users.values()}
        if kind == "node":
            return set(self.nodes)
        return {row.id for row in self.seen(PICK[kind], name)}


def make_world(makers: Makers, users: dict[str, Any], seed: int) -> World:
    """Random records in one commit."""
    rnd, world = Random(seed), World(users)
    makers.kept = lambda one: makers.session.add(one) or one  # type: ignore[method-assign]
    make_features(makers, world)
    contractors = [make_contractor(makers, world, rnd, n) for n in range(24)]
    makers.session.flush()
    persons = [make_person(makers, world, rnd, contractors) for _n in range(16)]
    makers.session.flush()
    events = [make_event(makers, world, rnd, contractors, persons) for _n in range(60)]
    makers.session.flush()
    stages = [stage for event in events for stage in event.all_stages]
    world.rows = dict(
        zip(
            ("contractors", "persons", "events", "stages"),
            (contractors, persons, events, stages),
            strict=True,
        )
    )
    for register, one in (("contractor", contractors), ("event", events)):
        hang(makers, world, rnd, register, one)
    makers.session.commit()
    return world


def make_features(makers: Makers, world: World) -> None:
    """One feature of each kind, and a campaign."""
    for kind in ("text", "number", "date", "yesno", "choice", "tree"):
        one = makers.feature(f"f_{kind}", kind, on_events=True)
        makers.session.flush()
        world.features.append(one)
        if kind in ("choice", "tree"):
            make_nodes(makers, world, one, deep=kind == "tree")
    world.campaign = makers.campaign("spring", several=True)
    makers.session.flush()
    make_nodes(makers, world, world.campaign, deep=True)


def make_nodes(makers: Makers, world: World, feature: Any, *, deep: bool) -> None:
    """Two branches of three, or five values."""
    for name in ("Łódź", "Kraków", "Żory"):
        top = makers.node(feature, name)
        below = [makers.node(feature, f"{name} {n}", top) for n in range(2)] if deep else []
        world.nodes |= {node.id: node for node in (top, *below)}


def nodes_of(world: World, feature: Any) -> list[int]:
    """The ids of a feature's nodes."""
    return [pk for pk, node in world.nodes.items() if node.feature_id == feature.id]


def values(world: World, rnd: Random) -> dict[str, Any]:
    """A document of features; each may be missing."""
    makes: dict[str, Callable[[Any], Any]] = {
        "text": lambda _one: rnd.choice([text for text in TEXTS if text and text.strip()]),
        "number": lambda _one: str(Decimal(rnd.randint(-40, 40)) / 4),
        "date": lambda _one: some_day(rnd).isoformat(),
        "yesno": lambda _one: rnd.random() < 0.5,
        "choice": lambda one: rnd.choice(nodes_of(world, one)),
        "tree": lambda one: rnd.choice(nodes_of(world, one)),
    }
    return {one.key: makes[one.kind](one) for one in world.features if rnd.random() < 0.7}


def some_day(rnd: Random) -> date:
    """A day near today, or one at an edge."""
    if rnd.random() < 0.08:
        return rnd.choice(EDGES)
    return TODAY + timedelta(rnd.choice([0, 0, -1, 1, -7, 7, rnd.randint(-60, 60), 366, -366]))


def some_moment(rnd: Random) -> datetime:
    """A moment, often about a midnight of the company."""
    minutes = rnd.choice([-61, -60, -31, -30, -1, 0, 29, 30, rnd.randint(-90_000, 90_000)])
    return NOW + timedelta(minutes=minutes)


def make_contractor(makers: Makers, world: World, rnd: Random, n: int) -> Contractor:
    """A contractor."""
    who = rnd.choice([None, *(user.id for user in world.users.values())])
    return makers.contractor(
        rnd.choice(TEXTS) or f"Firm {n}",
        code=f"C-{n:03d}",
        status=rnd.choice(["prospect", "client", "inactive"]),
        keeper_id=who,
        city=rnd.choice(TEXTS),
        features=values(world, rnd),
        created_at=some_moment(rnd),
        created_by_id=rnd.choice([None, world.users["ann"].id]),
    )


def make_person(makers: Makers, world: World, rnd: Random, contractors: list[Any]) -> Person:
    """A person, mostly of a contractor."""
    person: Person = makers.person(
        rnd.choice(TEXTS) or "Nowak",
        rnd.choice([None, *contractors, *contractors]),
        email=rnd.choice(TEXTS),
        created_at=some_moment(rnd),
        created_by_id=rnd.choice([None, *(user.id for user in world.users.values())]),
    )
    return person


def make_event(
    makers: Makers, world: World, rnd: Random, contractors: list[Any], persons: list[Any]
) -> Event:
    """An event with up to three stages, some closed; a few in the trash."""
    people = list(world.users.values())

    def work() -> dict[str, Any]:
        return {
            "contact_id": rnd.choice([None, *(one.id for one in persons)]),
            "operator_id": rnd.choice(people).id,
            "description": rnd.choice(TEXTS),
        }

    stages = [{"subject": rnd.choice(TEXTS), **work()} for _n in range(rnd.randint(0, 3))]
    plan = {
        **work(),
        "subject": rnd.choice(TEXTS) or "Temat",
        "contractor_id": rnd.choice([None, *(one.id for one in contractors)]),
        "internal": rnd.random() < 0.2,
        "features": values(world, rnd),
        "created_at": some_moment(rnd),
    }
    done = rnd.random() < 0.3
    closed = len(stages) if done else rnd.randint(0, max(len(stages) - 1, 0))
    event: Event = makers.event(rnd.choice(people), stages, closed, done=done, **plan)
    for one in (event, *event.stages):
        one.start_on, one.due_on = some_day(rnd), rnd.choice([None, some_day(rnd), some_day(rnd)])
        if one.closed_on is not None:
            one.closed_on = some_day(rnd)
    is_long = event.is_open and (event.last_pos or 0) > event.closed_upto
    if is_long and rnd.random() < 0.15:
        event.delete_stage(event.stages[-1], at=NOW, choice="reopen_previous")
    if rnd.random() < 0.08:
        event.trashed_at = NOW
    return event


def hang(makers: Makers, world: World, rnd: Random, register: str, rows: list[Any]) -> None:
    """Some records hang on one or two nodes of the campaign; some did."""
    ids = nodes_of(world, world.campaign)
    for row in rows:
        places = rnd.sample(ids, rnd.choice([0, 0, 1, 1, 2]))
        world.hung[register, row.id] = [world.nodes[pk] for pk in places]
        for pk in places:
            makers.membership(world.nodes[pk], row)
        if not places and rnd.random() < 0.3:
            makers.membership(world.nodes[ids[0]], row, from_at=NOW, to_at=NOW)


# --- the fields ---------------------------------------------------------------------------------


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


# --- what Python answers ------------------------------------------------------------------------


@dataclass(frozen=True)
class Asker:
    """Who asks, in which register."""

    world: World
    name: str
    fields: dict[str, Modelled]

    def holds(self, tree: dict[str, Any], row: Any) -> bool:
        """Whether the tree holds for the record."""
        if "f" in tree:
            return self.condition(tree["f"], tree["o"], tree.get("v"), row)
        ((how, parts),) = tree.items()
        return (any if how == "any" else all)(self.holds(part, row) for part in parts)

    def condition(self, name: str, operator: str, given: Any, row: Any) -> bool:
        """Whether one condition holds."""
        one = self.fields[name]
        if self.is_gone(one, operator, given):
            return False
        value = one.value(row)
        if operator in ("empty", "filled"):
            return self.is_empty(one, value) == (operator == "empty")
        found: bool = getattr(self, f"by_{one.kind}")(one, operator, given, value, row)
        return found

    def is_empty(self, one: Modelled, value: Any) -> bool:
        """Whether there is no value at all."""
        texts = one.kind in ("text", "code")
        return value is None or value in (set(), []) or (texts and value == "")

    def is_gone(self, one: Modelled, operator: str, given: Any) -> bool:
        """Whether it speaks of a record that the asker can't pick."""
        picks = {"record": one.more, "node": "node", "tree": "node", "place": "node"}
        if one.kind not in picks or operator in ("empty", "filled", "me", "team"):
            return False
        given = given if isinstance(given, list) else [given]
        places = {"all", "none", f"c{self.world.campaign.id}"} if one.kind == "place" else set()
        offered = self.world.offered(picks[one.kind], self.name)
        if one.kind != "record":
            feature = self.world.campaign if one.kind == "place" else one.more
            offered = {pk for pk in offered if self.world.nodes[pk].feature_id == feature.id}
        return bool(set(given) - offered - places)

    def by_search(self, _one: Any, operator: str, given: str, value: str, _row: Any) -> bool:
        words = plain(given).split()
        return (operator == "ct") == (bool(words) and all(self.occurs(w, value) for w in words))

    def occurs(self, word: str, key: str) -> bool:
        """A number also without its dashes."""
        number = word.replace("-", "").isdigit() and "-" in word
        return word in key or (number and word.replace("-", "") in key)

    def by_text(self, _one: Any, operator: str, given: str, value: Any, _row: Any) -> bool:
        has, word = plain(value or ""), plain(given)
        tests = {
            "ct": word in has,
            "nct": word not in has,
            "eq": word == has,
            "sw": has.startswith(word),
        }
        return tests[operator] and (value is not None or operator == "nct")

    def by_code(self, one: Any, operator: str, given: str, value: Any, row: Any) -> bool:
        if operator == "eq":
            return bool(value == given)
        return self.by_text(one, operator, given, value, row)

    def by_number(self, _one: Any, operator: str, given: Any, value: Any, _row: Any) -> bool:
        if value is None:
            return False
        return compare(
            operator, value, *map(Decimal, given if isinstance(given, list) else [given])
        )

    def by_whole(self, _one: Any, operator: str, given: Any, value: Any, _row: Any) -> bool:
        if value is None:
            return False
        return compare(operator, value, *(given if isinstance(given, list) else [given]))

    def by_day(self, one: Any, operator: str, given: Any, value: Any, row: Any) -> bool:
        if value is None:
            return False
        if operator == "overdue":
            return one.more(row) and (TODAY - value).days >= max(given, 1)
        if operator in RELATIVE:
            return RELATIVE[operator](value, given)
        days = given if isinstance(given, list) else [given]
        return compare(operator, value, *map(date.fromisoformat, days))

    def by_flag(self, _one: Any, _operator: str, given: str, value: Any, _row: Any) -> bool:
        return value is not None and value == (given == "yes")

    def by_choice(self, one: Any, operator: str, given: Any, value: Any, _row: Any) -> bool:
        given = given if isinstance(given, list) else [given]
        return any(one.more[word](value) for word in given) == (operator != "ne")

    def by_record(self, _one: Any, operator: str, given: Any, value: set[int], _r: Any) -> bool:
        me, team = self.world.users[self.name].id, self.world.peers(self.name)
        wanted: Collection[int] = {"me": [me], "team": team}.get(
            operator, given if isinstance(given, list) else [given]
        )
        return bool(value & set(wanted)) == (operator != "ne")

    def by_node(self, one: Any, operator: str, given: Any, value: Any, row: Any) -> bool:
        return self.by_record(one, operator, given, {value} - {None}, row)

    def by_tree(self, _one: Any, operator: str, given: list[int], value: Any, _row: Any) -> bool:
        paths = [self.world.nodes[value].path] if value is not None else []
        return self.in_branch(operator, [self.world.nodes[pk].path for pk in given], paths)

    def in_branch(self, operator: str, tops: list[str], paths: list[str]) -> bool:
        """Whether one of the paths is, or begins with, one of the upper ones."""
        below = any(path.startswith(top) for top in tops for path in paths)
        at = bool(set(tops) & set(paths))
        return {"below": below, "nbelow": not below, "eq": at, "ne": not at}[operator]

    def by_place(self, _one: Any, operator: str, given: list[Any], value: Any, _row: Any) -> bool:
        paths, below = [node.path for node in value], operator in ("below", "nbelow")
        words = {"all": True, "none": not paths}
        words[f"c{self.world.campaign.id}"] = bool(paths) and below
        told = [words[key] for key in given if key in words]
        tops = [self.world.nodes[key].path for key in given if key in self.world.nodes]
        found = any(told) or self.in_branch("below" if below else "eq", tops, paths)
        return found == (operator in ("below", "eq"))


def compare(operator: str, value: Any, one: Any, other: Any = None) -> bool:
    """From, to, exactly, between."""
    tests = {"ge": value >= one, "le": value <= one, "eq": value == one}
    tests |= {"lt": value < one, "gt": value > one}
    return one <= value <= other if operator == "between" else tests[operator]


def iso_week(day: date) -> tuple[int, int]:
    """Year and number of its week."""
    return day.isocalendar()[:2]


def months(day: date) -> int:
    """Months, counted through."""
    return day.year * 12 + day.month


RELATIVE: dict[str, Callable[[date, Any], bool]] = {
    "today": lambda day, _n: day == TODAY,
    "yesterday": lambda day, _n: (TODAY - day).days == 1,
    "tomorrow": lambda day, _n: (day - TODAY).days == 1,
    "this_week": lambda day, _n: iso_week(day) == iso_week(TODAY),
    "last_week": lambda day, _n: iso_week(day) == iso_week(TODAY - timedelta(7)),
    "next_week": lambda day, _n: iso_week(day) == iso_week(TODAY + timedelta(7)),
    "this_month": lambda day, _n: months(day) == months(TODAY),
    "last_month": lambda day, _n: months(day) == months(TODAY) - 1,
    "this_year": lambda day, _n: day.year == TODAY.year,
    "last_days": lambda day, n: 0 <= (TODAY - day).days <= n,
    "next_days": lambda day, n: 0 <= (day - TODAY).days <= n,
    "before_days": lambda day, n: (TODAY - day).days > n,
}
