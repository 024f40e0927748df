"""Memberships in changes of definitions: ended, begun and reopened by the set, noted, put back.

What is noted of a membership is its end: a moment, nothing while it lasts, None if there was none.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from app.access.current import current_actor
from app.audit.journal import batch_id
from app.audit.sets import JOURNAL, given, run
from app.campaigns.models import Membership
from app.db import db
from app.features.changes import documents
from app.features.changes.documents import COLUMNS, TOLD, VALUES, mine
from app.features.changes.holders import HOLDERS
from app.features.changes.models import MARKINGS, FeatureChange
from app.features.models import Feature

MEMBERSHIPS: Any = Membership.__table__
KIND, LASTS = "membership", ""
RECORDS = {"contractor": MEMBERSHIPS.c.contractor_id, "event": MEMBERSHIPS.c.event_id}


def present(feature: Feature) -> ColumnElement[bool]:
    """The memberships of a campaign that last."""
    return and_(MEMBERSHIPS.c.feature_id == feature.id, MEMBERSHIPS.c.to_at.is_(None))


def note(change: FeatureChange, which: Any, before: str | None, after: str | None) -> None:
    """Keep the end of these memberships before and after."""
    row = (literal(change.id), literal(KIND, Text), MEMBERSHIPS.c.id)
    query = select(*row, literal(before, Text), literal(after, Text)).where(which)
    run(insert(VALUES).from_select(COLUMNS, query))


def noted(change: FeatureChange, *ways: ColumnElement[bool]) -> Any:
    """SELECT of the ids of the memberships that were noted."""
    return select(VALUES.c.record_id).where(mine(change, KIND), *ways)


def tell(
    change: FeatureChange, ways: ColumnElement[bool], action: str, name: str, new: Any
) -> None:
    """Journal a column of memberships that were noted."""
    changes = documents.made(name, documents.listed(null(), new))
    entry = (literal(batch_id(db.session())), literal(KIND, Text), MEMBERSHIPS.c.id)
    query = select(*entry, literal(action), changes).where(
        MEMBERSHIPS.c.id.in_(noted(change, ways))
    )
    run(insert(JOURNAL).from_select(documents.JOURNALLED, query))


def end(change: FeatureChange, which: ColumnElement[bool]) -> None:
    """End these memberships now."""
    note(change, which, LASTS, change.at.isoformat())
    lasted = VALUES.c.before == LASTS
    ended = noted(change, lasted)
    tell(change, lasted, "update", "to_at", literal(change.at.isoformat(), Text))
    until = literal(change.at, MEMBERSHIPS.c.to_at.type)
    last = case((MEMBERSHIPS.c.from_at > until, MEMBERSHIPS.c.from_at), else_=until)
    run(update(MEMBERSHIPS).where(MEMBERSHIPS.c.id.in_(ended)).values(to_at=last))
    documents.learn("changed_value", "membership")


def reopen(change: FeatureChange, which: ColumnElement[bool], ended: datetime) -> None:
    """Let these memberships, which ended at a moment, go on."""
    note(change, which, ended.isoformat(), LASTS)
    again = noted(change, VALUES.c.before == ended.isoformat())
    run(update(MEMBERSHIPS).where(MEMBERSHIPS.c.id.in_(again)).values(to_at=None))


def begin(change: FeatureChange, register: str, wanted: Any) -> None:
    """Hang records on nodes, (record, node), from now on; where they hang already is noted."""
    record = RECORDS[register]
    same = and_(record == wanted.c.record, MEMBERSHIPS.c.node_id == wanted.c.node)
    there = exists().where(present(change.feature), same)
    known = and_(present(change.feature), exists().where(same))
    note(change, known & MEMBERSHIPS.c.id.not_in(noted(change)), LASTS, LASTS)
    actor, moment = current_actor(), literal(change.at, MEMBERSHIPS.c.from_at.type)
    by = literal(actor.id if actor else None, Integer)
    columns = (
        literal(change.feature_id),
        wanted.c.node,
        wanted.c.record,
        moment,
        moment,
        moment,
        by,
    )
    new = select(*columns).where(~there).distinct()
    names = ["feature_id", "node_id", record.name, "from_at", "created_at", "changed_at"]
    run(insert(MEMBERSHIPS).from_select([*names, "created_by_id"], new))
    fresh = and_(present(change.feature), MEMBERSHIPS.c.from_at == moment, record.is_not(None))
    note(change, fresh & MEMBERSHIPS.c.id.not_in(noted(change)), None, LASTS)
    tell(change, VALUES.c.before.is_(None), "create", "node_id", MEMBERSHIPS.c.node_id)
    documents.learn("changed_value", "membership")


class Memberships:
    """The places of records in campaigns, as definitions change."""

    def counted(self, feature: Feature, nodes: Any = None) -> Mapping[str, int]:
        """How many contractors and events hang on the campaign, or on these nodes."""
        if not feature.campaign:
            return {}
        here = present(feature) if nodes is None else present(feature) & among(nodes)
        counts = [func.count(column.distinct()) for column in RECORDS.values()]
        row = db.session.execute(select(*counts).where(here)).one()
        return {name: number for name, number in zip(RECORDS, row, strict=True) if number}

    def had(self, feature: Feature, nodes: Sequence[int]) -> bool:
        """Whether a record ever hung there."""
        query = select(MEMBERSHIPS.c.id).where(among(nodes)).limit(1)
        return db.session.scalar(query) is not None

    def carry(self, change: FeatureChange, moved: Mapping[int, int]) -> None:
        """Move the records from node to node; who would hang on one twice hangs there once."""
        if not change.feature.campaign:
            return
        end(change, present(change.feature) & among(list(moved)))
        ways = given(moved.items(), old=Integer(), new=Integer())
        for name, column in RECORDS.items():
            left = select(column.label("record"), ways.c.new.label("node")).join(
                ways, ways.c.old == MEMBERSHIPS.c.node_id
            )
            ended = MEMBERSHIPS.c.id.in_(noted(change, VALUES.c.before == LASTS))
            begin(change, name, left.where(ended, column.is_not(None)).subquery())

    def in_the_way(self, change: FeatureChange) -> Collection[tuple[str, int]]:
        """The first records that have come, gone or moved since."""
        ends = [end for (end,) in _ends(change, VALUES.c.after)]
        same = or_(false(), *(and_(VALUES.c.after == end, ends_at(end)) for end in ends))
        here = and_(mine(change, KIND), VALUES.c.record_id == MEMBERSHIPS.c.id)
        moved = exists().where(here, ~same)
        new = and_(present(change.feature), ~exists().where(here))
        marked = change.act in MARKINGS
        query = select(*RECORDS.values()).where(moved | new if marked else moved)
        rows = db.session.execute(query.limit(TOLD)).all()
        return [("contractor", one) if one else ("event", other) for one, other in rows]

    def put_back(self, change: FeatureChange) -> None:
        """Take away what was begun; let the others last, or end, as before."""
        run(
            delete(MEMBERSHIPS).where(
                MEMBERSHIPS.c.id.in_(noted(change, VALUES.c.before.is_(None)))
            )
        )
        for (end,) in _ends(change, VALUES.c.before):
            until = datetime.fromisoformat(end) if end else None
            which = MEMBERSHIPS.c.id.in_(noted(change, VALUES.c.before == end))
            run(update(MEMBERSHIPS).where(which).values(to_at=until))


def among(nodes: Any) -> ColumnElement[bool]:
    """Whether a membership is on one of these nodes, given by ids or a SELECT."""
    one: ColumnElement[bool] = MEMBERSHIPS.c.node_id.in_(nodes)
    return one


def ends_at(text: str) -> ColumnElement[bool]:
    """Whether a membership has this end."""
    column = MEMBERSHIPS.c.to_at
    if not text:
        return column.is_(None)
    return or_(column == datetime.fromisoformat(text), column == MEMBERSHIPS.c.from_at)


def _ends(change: FeatureChange, column: Any) -> Any:
    query = select(column).where(mine(change, KIND), column.is_not(None)).distinct()
    return db.session.execute(query).all()


HOLDERS.append(Memberships())
