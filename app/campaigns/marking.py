"""Making a campaign of a tree and a tree of a campaign; no record loses its place by it.

As a plain feature a record's node stands in its document; in a campaign it is a membership.
Records on several nodes keep their memberships, which count again when it is a campaign again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Integer, String, cast, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from app.access.current import Actor
from app.audit.journal import name_act
from app.audit.sets import Entry, given, journal, run
from app.campaigns.models import Membership
from app.campaigns.operations import REGISTERS, not_found
from app.db import db
from app.errors import Reason, RuleViolation
from app.features.models import Feature
from app.features.operations import lock_tree

MEMBERSHIPS: Any = Membership.__table__


@dataclass(frozen=True)
class Carried:
    """How many records are carried over, and how many hang on several nodes and stay."""

    single: int
    several: int


def carried(feature: Feature) -> Carried:
    """The counts to show before the tree changes its nature; of all records, seen or not."""
    if not feature.campaign:
        return Carried(sum(len(values_in(name, feature)) for name in REGISTERS), 0)
    found = [places_in(name, feature) for name in REGISTERS]
    single = sum(len([one for one in some.values() if len(one) == 1]) for some in found)
    return Carried(single, sum(map(len, found)) - single)


def mark(actor: Actor, feature_id: int, at: datetime, *, campaign: bool) -> Carried:
    """Make a campaign of the tree, or a plain tree of the campaign."""
    actor.require("mark", "CampaignView")
    lock_tree(feature_id)
    query = select(Feature).where(Feature.id == feature_id).with_for_update()
    feature = db.session.scalar(query.execution_options(populate_existing=True))
    if feature is None:
        raise not_found()
    if feature.kind != "tree" or feature.campaign == campaign:
        raise RuleViolation(
            Reason("feature.campaign", _("It is so already, or it is not a tree."))
        )
    name_act(db.session(), "mark_campaign" if campaign else "unmark_campaign")
    counted = carried(feature)
    for name in REGISTERS:
        if campaign:
            into_memberships(name, feature, at)
        else:
            into_documents(name, feature, at)
    feature.campaign = campaign
    feature.several = feature.several and campaign
    db.session.flush()
    db.session.expire_all()
    return counted


def values_in(register: str, feature: Feature) -> list[tuple[int, int]]:
    """(record, node) of the values in the documents."""
    model = REGISTERS[register]
    value = model.features[feature.key].as_integer()
    query = select(model.id, value).where(value.is_not(None)).order_by(model.id)
    rows: Any = db.session.execute(query, execution_options={"unscoped": True}).all()
    return [(record, node) for record, node in rows]


def places_in(register: str, feature: Feature) -> Mapping[int, list[int]]:
    """Record -> nodes on which it hangs."""
    column = MEMBERSHIPS.c[f"{register}_id"]
    mine = (MEMBERSHIPS.c.feature_id == feature.id) & MEMBERSHIPS.c.to_at.is_(None)
    query = select(column, MEMBERSHIPS.c.node_id).where(mine, column.is_not(None))
    found: dict[int, list[int]] = {}
    for record, node in db.session.execute(query.order_by(column)):
        found.setdefault(record, []).append(node)
    return found


def into_memberships(register: str, feature: Feature, at: datetime) -> None:
    """Documents give up the value; memberships take it."""
    values = values_in(register, feature)
    if not values:
        return
    rows = given(values, record=Integer(), node=Integer())
    column = MEMBERSHIPS.c[f"{register}_id"]
    moment = literal(at, MEMBERSHIPS.c.from_at.type)
    present = exists().where(
        column == rows.c.record,
        MEMBERSHIPS.c.node_id == rows.c.node,
        MEMBERSHIPS.c.to_at.is_(None),
    )
    new = select(literal(feature.id), rows.c.node, rows.c.record, moment, moment, moment)
    names = ["feature_id", "node_id", column.name, "from_at", "created_at", "changed_at"]
    run(insert(MEMBERSHIPS).from_select(names, new.where(~present)))
    put_documents(register, rows, without(register, feature.key))
    tell(register, feature, values, gone=True)


def into_documents(register: str, feature: Feature, at: datetime) -> None:
    """Memberships of records with one place end; the documents take the node."""
    values = [
        (one, some[0]) for one, some in places_in(register, feature).items() if len(some) == 1
    ]
    if not values:
        return
    rows = given(values, record=Integer(), node=Integer())
    column = MEMBERSHIPS.c[f"{register}_id"]
    ending = update(MEMBERSHIPS).where(
        column == rows.c.record,
        MEMBERSHIPS.c.feature_id == feature.id,
        MEMBERSHIPS.c.to_at.is_(None),
    )
    run(ending.values(to_at=literal(at, MEMBERSHIPS.c.to_at.type)))
    put_documents(register, rows, with_node(register, feature.key, rows.c.node))
    tell(register, feature, values, gone=False)


def put_documents(register: str, rows: Any, document: Any) -> None:
    """Write the documents of these records; open forms learn that the record changed."""
    table: Any = REGISTERS[register].__table__
    values = {"features": document, "version": table.c.version + 1}
    run(update(table).where(table.c.id == rows.c.record).values(values))


def without(register: str, key: str) -> Any:
    """The document without a key."""
    document = REGISTERS[register].__table__.c.features
    if _is_postgres():
        return document.op("-")(literal(key, String))
    return func.json_remove(document, f'$."{key}"')


def with_node(register: str, key: str, node: Any) -> Any:
    """The document with a node under the key."""
    document = REGISTERS[register].__table__.c.features
    if _is_postgres():
        path = cast([key], ARRAY(TEXT))
        return func.jsonb_set(document, path, func.to_jsonb(cast(node, Integer)))
    return func.json_set(document, f'$."{key}"', node)


def _is_postgres() -> bool:
    return db.session().get_bind().dialect.name == "postgresql"


def tell(register: str, feature: Feature, values: list[tuple[int, int]], *, gone: bool) -> None:
    """The journal: the value left the document, or came back."""
    entries = []
    for record, node in values:
        pair = [{feature.key: node}, {}] if gone else [{}, {feature.key: node}]
        entries.append(Entry(register, record, {"features": pair}))
    journal(entries)
