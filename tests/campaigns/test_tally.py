"""The numbers the database keeps for the tree are those of a recount, whatever is done."""

import random
import threading
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.db import now
from tests.databases import tally_differences

only_postgres = pytest.mark.parametrize("app", ["postgres"], indirect=True)
ACTS = {
    "trash events": "update event set trashed_at = now() where id % 3 = {n}",
    "restore events": "update event set trashed_at = null where id % 2 = {n} % 2",
    "trash contractors": "update contractor set trashed_at = now() where id % 3 = {n}",
    "restore contractors": "update contractor set trashed_at = null where id % 2 = {n} % 2",
    "shift due days": "update stage set due_on = due_on + 5 - 4 * {n} where id % 3 = {n}",
    "take due days": "update stage set due_on = null where id % 7 = {n}",
    "shift plans": "update event set due_on = due_on - 9 + 7 * {n} where id % 3 = {n}",
    "take off": "update membership set to_at = now() where to_at is null and id % 3 = {n}",
    "put back": """update membership m set to_at = null where id % 5 = {n} and not exists (
        select from membership o where o.id <> m.id and o.node_id = m.node_id
        and (o.to_at is null or o.id % 5 = {n})
        and (o.event_id = m.event_id or o.contractor_id = m.contractor_id))""",
    "move": """update membership m set node_id = n.id from feature_node n
        where m.id % 4 = {n} and n.feature_id = m.feature_id and n.id % 2 = m.id % 2
        and not exists (select from membership o where o.node_id = n.id)""",
    "forget": "delete from membership where id % 6 = {n}",
    "plain tree": "update feature set campaign = not campaign where id % 2 = {n} % 2",
    "archive": "update feature set archived_at = case {n} when 0 then now() end where id % 2 = 0",
    "subjects": "update event set subject = 'other', version = version + 1",
    "fold": "select tally_fold()",
}


class Desk:
    """Random acts on a small world: four nodes in two campaigns."""

    def __init__(self, session, makers, operator, seed):
        self.session, self.makers, self.operator = session, makers, operator
        self.chance, self.names = random.Random(seed), count()
        fairs = makers.campaign("fairs", several=True)
        self.nodes = [
            makers.node(feature, f"N{n}") for feature in (makers.campaign(), fairs) for n in "ab"
        ]
        self.acts = [self.contractor, self.event, self.event, self.hang, self.hang, self.close]

    def act(self):
        """One act, committed; returns its name."""
        name, n = self.chance.choice(list(ACTS)), self.chance.randrange(3)
        if self.chance.random() < 0.5:
            deed = self.chance.choice(self.acts)
            deed()
            name = deed.__name__
        else:
            self.session.execute(text(ACTS[name].format(n=n)))
        self.session.commit()
        self.session.expire_all()
        return name

    def day(self):
        return now().date() + timedelta(days=self.chance.randrange(-30, 30))

    def contractor(self):
        self.makers.contractor(f"Firm {next(self.names)}")

    def event(self):
        planned = [
            {"subject": "step", "due_on": self.day()} for _n in range(self.chance.randrange(4))
        ]
        closed = self.chance.randint(0, len(planned))
        self.makers.event(self.operator, stages=planned, closed=closed, due_on=self.day())

    def hang(self):
        """Several records at once on one node, those that are not there yet."""
        node, which = self.chance.choice(self.nodes), self.chance.choice(["event", "contractor"])
        self.session.execute(
            text(f"""insert into membership (feature_id, node_id, {which}_id, from_at, created_at,
              changed_at) select {node.feature_id}, {node.id}, r.id, now(), now(), now()
              from {which} r where r.id % 2 = {self.chance.randrange(2)} and not exists (
              select from membership m where m.{which}_id = r.id and m.node_id = {node.id}
              and m.to_at is null)""")
        )

    def close(self):
        """Close the open events that have no stages."""
        self.session.execute(
            text(
                "update event set closed_at = now(), closed_on = current_date"
                " where last_pos is null and closed_at is null and id % 2 = 0"
            )
        )


@only_postgres
@pytest.mark.parametrize("seed", range(6))
def test_the_numbers_kept_are_those_of_a_recount(app, session, makers, ann, seed):
    desk = Desk(session, makers, ann, seed)
    for _turn in range(40):
        name = desk.act()
        assert tally_differences(session.connection()) == [], name


@only_postgres
def test_a_wrong_number_is_found(app, session, command):
    session.execute(text("insert into tally (place, events) values (0, 1)"))
    session.commit()
    result = command("campaigns", "check")
    assert result.exit_code == 1
    assert '"events": -1' in result.output
    session.execute(text("delete from tally"))
    session.commit()
    assert command("campaigns", "check").exit_code == 0


def test_the_command_says_that_all_is_right(app, command, makers, ann):
    makers.membership(makers.node(makers.campaign()), makers.event(ann, stages=["a"]))
    result = command("campaigns", "check")
    assert result.exit_code == 0
    assert "numbers" in result.output


@only_postgres
def test_old_rows_become_one_per_place_and_day(app, session, makers, ann):
    node, late = makers.node(makers.campaign()), datetime(2024, 3, 6, 12, 0, tzinfo=UTC)
    for number in range(4):
        due = late + timedelta(days=number)
        makers.membership(node, makers.event(ann, stages=[{"subject": "a", "due": due}]))
    session.execute(text("select tally_fold()"))
    session.commit()
    rows = session.execute(text("select place, open from tally where due_on is not null")).all()
    assert sorted(rows) == [(0, 4), (node.id, 4)]
    assert session.scalar(text("select count(*) from tally")) == 4  # and one for all other numbers


@only_postgres
def test_closing_and_hanging_at_once_leave_the_right_numbers(app, session, makers, ann):
    """Whoever comes second waits for the record and counts what the first one left."""
    nodes = [makers.node(makers.campaign("spring"), "a"), makers.node(makers.campaign("fairs"))]
    events = [makers.event(ann) for _n in range(6)]
    wishes = [
        f"insert into membership (feature_id, node_id, event_id, from_at, created_at, changed_at)"
        f" select {node.feature_id}, {node.id}, id, now(), now(), now() from event"
        for node in nodes
    ]
    wishes += [
        "update event set closed_at = now(), closed_on = current_date where closed_at is null",
        "update event set trashed_at = now() where id % 2 = 0",
    ]
    engine, start = session.get_bind(), threading.Barrier(len(wishes))

    def work(wish):
        with engine.connect() as connection:
            start.wait()
            for event in events:
                word = "and" if "where" in wish else "where"
                connection.execute(text(f"{wish} {word} id = {event.id}"))
                connection.commit()

    threads = [threading.Thread(target=work, args=(wish,)) for wish in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally_differences(session.connection()) == []
    with pytest.raises(IntegrityError):  # the world is one in which everybody got through
        session.execute(text(f"{wishes[0]} where id = {events[0].id}"))
    session.rollback()
