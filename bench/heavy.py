"""Work on many rows at once: a deep tree, closing a branch, an import; measured in process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, text

from app.access.current import Actor, Door, become
from app.campaigns import bulk
from app.campaigns.places import campaign_place, node_place
from app.campaigns.tree import branch, tree
from app.db import db, now, transaction
from app.exchange.files import read_table
from app.exchange.operations import Wish, run
from app.exchange.profiles import read_profile
from app.features import operations as trees
from app.features.models import Feature, FeatureNode
from app.records.bulk.undo import undo

EVENTS, ROWS = 20_000, 50_000
PROFILE = """
target: contractors
fields: {code: code, name: name, city: city, phone: phone}
"""
T = TypeVar("T")


class Clock:
    """Collects how long each thing took."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, float]] = []

    def __call__(self, name: str, deed: Callable[[], T]) -> T:
        """Do it and note the seconds."""
        began = time.perf_counter()
        found = deed()
        self.lines.append((name, time.perf_counter() - began))
        return found


def measure(app: Any) -> list[tuple[str, float]]:
    """(what, seconds) of all."""
    clock = Clock()
    with at_work(app) as actor:
        feature = planted()
        look_and_move(clock, actor, feature)
        close_branch(clock, actor, feature)
        import_rows(clock, actor)
    return clock.lines


@contextmanager
def at_work(app: Any) -> Iterator[Actor]:
    """The administrator, who may take longer than a page may."""
    with app.test_request_context():
        db.session.execute(text("set statement_timeout = 0"))
        user = db.session.scalars(select(User).where(User.username == "admin")).one()
        yield become(user, Door.PAGE)


def planted() -> Feature:
    """A campaign of 5,000 nodes on 12 levels, on which all contractors hang."""
    with transaction() as session:
        names = {"code": "deep", "name_pl": "Głęboka", "name_en": "Deep", "kind": "tree"}
        feature = Feature(
            **names, on_contractors=True, on_events=True, campaign=True, several=False
        )
        session.add(feature)
        session.flush()
        trees.add_outline(feature, outline())
        session.execute(text(HUNG), {"feature": feature.id})
    return feature


def outline() -> str:
    """10 regions of 10 groups, below each of which five chains of ten lead down."""
    lines = []
    for region in range(10):
        lines.append(f"Region {region}")
        for group in range(10):
            lines.append(f" Group {region}-{group}")
            lines += [
                f"{' ' * (2 + step)}Chain {n}-{step}" for n in range(5) for step in range(10)
            ]
    return "\n".join(lines[:5000])


HUNG = """insert into membership (feature_id, node_id, contractor_id, from_at, created_at, changed_at)
    select :feature, n.id, c.id, now(), now(), now() from contractor c
    join (select id, row_number() over (order by id) - 1 as nr, count(*) over () as many
          from feature_node where feature_id = :feature) n on n.nr = c.id % n.many"""
OPEN = """insert into membership (feature_id, node_id, event_id, from_at, created_at, changed_at)
    select :feature, :node, id, now(), now(), now() from event
    where closed_at is null and trashed_at is null and start_on < current_date
    order by id limit :most"""


def look_and_move(clock: Clock, actor: Actor, feature: Feature) -> None:
    """The root, an open branch, and a branch that moves with what hangs on it."""
    whole = campaign_place(feature)
    clock("5,000 nodes: root of the tree", lambda: tree(whole, [], actor))
    clock("5,000 nodes: expanding the campaign", lambda: branch(whole, actor))
    first, second = tops(feature)[:2]
    clock("5,000 nodes: expanding a region", lambda: branch(node_place(feature, first), actor))
    group = db.session.scalars(
        select(FeatureNode).where(FeatureNode.parent_id == first.id).limit(1)
    ).one()
    with transaction():
        db.session.expire_all()
        clock("moving a subtree of 51 nodes", lambda: trees.move_node(group.id, second.id))


def tops(feature: Feature) -> list[FeatureNode]:
    """The campaign's uppermost nodes."""
    query = select(FeatureNode).where(
        FeatureNode.feature_id == feature.id, FeatureNode.parent_id.is_(None)
    )
    return list(db.session.scalars(query.order_by(FeatureNode.place)))


def close_branch(clock: Clock, actor: Actor, feature: Feature) -> None:
    """Plan, apply and undo the closing of a branch's events with all their stages."""
    node = tops(feature)[2]
    with transaction() as session:
        wanted = {"feature": feature.id, "node": node.id, "most": EVENTS}
        session.execute(text(OPEN), wanted)
    order = bulk.Order(node_place(feature, node), below=True, events=True)
    seen = clock("closing a branch: plan", lambda: bulk.preview(actor, order, now()))
    name = f"closing {seen.events:,} events, {len(seen.plan.rows):,} rows"
    with transaction():
        batch = clock(f"{name}: apply", lambda: bulk.apply(actor, order, seen.token, now()))
    with transaction():
        clock(f"{name}: undo", lambda: undo(actor, batch, now()))


def import_rows(clock: Clock, actor: Actor) -> None:
    """New contractors from a CSV file, written."""
    rows = "".join(f"N{n},New firm {n},Kraków,12 345 67 {n % 100:02}\n" for n in range(ROWS))
    file = f"code,name,city,phone\n{rows}".encode()
    profile = read_profile(PROFILE)
    work = lambda: run(profile, read_table(file), actor, now(), Wish())  # noqa: E731
    report = clock(f"import of {ROWS:,} contractors", work)
    if not report.applied:
        raise RuntimeError("the import was refused")
