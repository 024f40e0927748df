"""Random records of every register and who sees them, reckoned in plain Python.

Nothing here or in filter_fields and filter_answers asks the product how a filter is meant: both
can be compared (tests/lists/test_filter_trees.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from app.contractors.models import Contractor
from app.events.models import Event
from app.persons.models import Person
from tests.makers import Makers

NOW = datetime(2024, 3, 30, 23, 30, tzinfo=UTC)  # the 31st in Warsaw, half an hour before 1 a.m.
TODAY = date(2024, 3, 31)
GONE = 2_000_000_000
TEXTS = [
    *("Łódź", "Żuraw i Spółka", "żaba", "Ąsk", "ćma ŚWIĘTA", "100% pewne", "a_b c", "a\\b", ""),
    *("Zażółć gęślą jaźń", "856-734-62-15", "alfa 12-34", "O'Brien", None, None),
]
ADDRESSES = [
    *("Łódź@żuraw.pl", "żaba_100%@ask.pl", "O'Brien@aba", "a_b.c@święta.example"),
    *("856-734@alfa.pl", "", None, None),
]
NEEDLES = ["lodz", "ŻU", "aba", "święta cma", "100%", "_", "\\", "gesla", "856-734", "a", "'", "x"]
EDGES = [date(1900, 1, 1), date(2199, 12, 31), date(1999, 12, 31), date(2051, 1, 1)]
PICK = {"operator": "users", "person": "persons", "contractor": "contractors", "event": "events"}


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
        email=rnd.choice(ADDRESSES),
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
