"""Random trees of filters over random data give the rows that plain Python gives, by role."""

from datetime import timedelta
from random import Random
from typing import Any

import prison
import pytest
from sqlalchemy import true
from werkzeug.datastructures import MultiDict

from app.access.visibility import visible
from app.contractors.fields import contractor_fields
from app.contractors.models import Contractor
from app.db import db
from app.events import delays, states
from app.events.fields import event_fields, stage_fields
from app.events.models import Event, Stage
from app.lists.filters import Takes, added_fields, asking, in_force, spans, texts
from app.persons.fields import person_fields
from app.persons.models import Person
from tests import cast
from tests.lists import filter_world as plain
from tests.lists.filter_answers import Asker
from tests.lists.filter_fields import fields_of
from tests.lists.filter_world import GONE, NEEDLES, World

REGISTERS = {
    "contractors": (Contractor, contractor_fields),
    "persons": (Person, person_fields),
    "events": (Event, event_fields),
    "stages": (Stage, stage_fields),
}
PEOPLE = {
    "ann": ("Operator", "North"),
    "carl": ("Operator", "North"),
    "bob": ("Operator", None),
    "admin": ("Administrator", None),
}


@pytest.fixture
def world(session: Any, makers: Any, monkeypatch: Any) -> World:
    """The random records, on the last day of March 2024."""
    for module in (delays, states, spans):
        monkeypatch.setattr(module, "now", lambda: plain.NOW)
    users = {name: cast.make_user(session, name, *who) for name, who in PEOPLE.items()}
    return plain.make_world(makers, users, 7)


class Trees:
    """Random trees of conditions on the fields of one register."""

    def __init__(self, world: World, rnd: Random, register: str, fields: list[Any]) -> None:
        self.world, self.rnd = world, rnd
        self.modelled = fields_of(world, register)
        self.fields = {one.name: one for one in fields if one.name in self.modelled}
        assert set(self.fields) == set(self.modelled)

    def tree(self, depth: int = 1) -> dict[str, Any]:
        """A condition, or a group."""
        if depth > 3 or (depth > 1 and self.rnd.random() < 0.6):
            return self.leaf()
        parts = [self.tree(depth + 1) for _n in range(self.rnd.randint(1, 3))]
        return {self.rnd.choice(["any", "all"]): parts}

    def leaf(self) -> dict[str, Any]:
        """A condition with a value that its operator reads."""
        field = self.fields[self.rnd.choice(sorted(self.fields))]
        operator = self.rnd.choice(field.operators)
        leaf = {"f": field.name, "o": operator.name}
        if operator.takes is Takes.NOTHING:
            return leaf
        if operator.takes is Takes.COUNT:
            return {**leaf, "v": self.rnd.choice([0, 1, 7, 30, 400])}
        make = lambda: self.value(field.name)  # noqa: E731 - one expression
        if operator.takes is Takes.ONE:
            return {**leaf, "v": make()}
        several = [make() for _n in range(2 if operator.takes is Takes.TWO else 3)]
        return {**leaf, "v": sorted(several) if operator.takes is Takes.TWO else several}

    def value(self, name: str) -> Any:
        """A value like those in the records; at times a record that is not there."""
        one, rnd = self.modelled[name], self.rnd
        feature = self.world.campaign if one.kind == "place" else one.more
        makes: dict[str, Any] = {
            "search": lambda: rnd.choice(NEEDLES),
            "text": lambda: rnd.choice(NEEDLES),
            "code": lambda: rnd.choice(["C-007", "c-01", "0003/2024/CRM", "2024", "crm"]),
            "number": lambda: rnd.choice([-3.25, 0, 2.5, 7]),
            "whole": lambda: rnd.randint(-30, 30) if rnd.random() < 0.7 else rnd.randint(0, 3),
            "day": lambda: plain.some_day(rnd).isoformat(),
            "flag": lambda: rnd.choice(["yes", "no"]),
            "choice": lambda: rnd.choice(sorted(one.more)),
            "record": lambda: self.picked(one.more),
            "node": lambda: self.node(feature),
            "tree": lambda: self.node(feature),
            "place": lambda: rnd.choice(["all", "none", f"c{feature.id}", self.node(feature)]),
        }
        return makes[one.kind]()

    def picked(self, kind: str) -> int:
        """The id of a record, seen or not."""
        rows = self.world.rows.get(plain.PICK[kind], list(self.world.users.values()))
        return self.rnd.choice([*(row.id for row in rows), *(GONE for row in rows[:1])])

    def node(self, feature: Any) -> int:
        """The id of a node."""
        return self.rnd.choice([*plain.nodes_of(self.world, feature), GONE])


def answer(model: Any, fields: list[Any], tree: dict[str, Any]) -> set[int]:
    """The ids that the product selects for the tree in an address; its chips have words."""
    found = in_force(fields, MultiDict([("where", prison.dumps(tree))]))
    assert all(one.text for one, _test in found)
    query = visible(model).where(*(test for _one, test in found)).with_only_columns(model.id)
    return set(db.session.scalars(query))


def differences(world: World, acting_as: Any, rnd: Random, rounds: int) -> list[Any]:
    """The trees to which product and Python answer differently, and how often rows were found."""
    wrong, some = [], 0
    for name in PEOPLE:
        with acting_as(world.users[name]):
            for register, (model, own) in REGISTERS.items():
                fields = [*own, *added_fields(model)]
                trees = Trees(world, rnd, register, fields)
                asker = Asker(world, name, trees.modelled)
                rows = world.seen(register, name)
                for _n in range(rounds):
                    tree = trees.tree()
                    found = answer(model, fields, tree)
                    wanted = {row.id for row in rows if asker.holds(tree, row)}
                    some += 0 < len(wanted) < len(rows)
                    if found != wanted:
                        wrong.append((name, register, tree, found ^ wanted))
    assert some > rounds * 4  # most trees tell rows apart
    return wrong


def test_a_few_trees_a_day(world, acting_as):
    assert differences(world, acting_as, Random(plain.TODAY.toordinal()), 4) == []


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_trees(world, acting_as, seed):
    assert differences(world, acting_as, Random(seed), 80) == []


MUTANTS = {
    "a day later": (spans, "present_day", lambda: plain.TODAY + timedelta(1)),
    "wildcards in texts": (texts, "escaped", lambda text: text),
    "problems select": (
        asking.Condition,
        "test",
        lambda one: true() if one.problem else right(one),
    ),
}
right = asking.Condition.test


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_mistakes_are_noticed(world, acting_as, monkeypatch):
    noticed = set()
    for name, mutant in MUTANTS.items():
        with monkeypatch.context() as patched:
            patched.setattr(*mutant)
            noticed |= {name} if differences(world, acting_as, Random(3), 8) else set()
    assert noticed == set(MUTANTS)
