"""A change of a definition as one batch: what it wrote is kept, and can be taken back whole."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.access.current import Actor
from app.audit import sets
from app.audit.journal import as_json, batch_id, name_act
from app.audit.models import AuditEntry
from app.audit.sets import Entry
from app.db import db, metadata
from app.errors import NotFound, Reason, RuleViolation, refuse_if
from app.features import indexes, nodes, operations
from app.features.changes.documents import TOLD, VALUES, is_postgres
from app.features.changes.holders import HOLDERS
from app.features.changes.models import MARKINGS, RETYPED, UNDOABLE, FeatureChange
from app.features.found import rewritten
from app.features.holding import hold_alone
from app.features.models import Feature, FeatureNode
from app.features.pointed import names_of


def begin(feature: Feature, act: str, subject: str, at: datetime) -> FeatureChange:
    """A change within the present batch; what it writes is noted by its id."""
    take_time()
    change = FeatureChange(feature_id=feature.id, act=act, subject=subject[:400], at=at)
    change.batch_id = batch_id(db.session())
    db.session.add(change)
    db.session.flush()
    return change


def take_time() -> None:
    """Let the statements of this transaction run longer than those of a page."""
    if is_postgres():
        db.session.execute(text("set local statement_timeout = 0"))


def finish(change: FeatureChange) -> FeatureChange | None:
    """Keep what the batch changed in definitions, and how many values it rewrote; None if nothing.

    What the session has loaded is read anew.
    """
    db.session.flush()
    entry = AuditEntry
    columns = (entry.record_type, entry.record_id, entry.action, entry.changes)
    rows = db.session.execute(select(*columns).where(is_of(change)).order_by(entry.id))
    change.definitions = [list(row) for row in rows]
    query = select(VALUES.c.kind, func.count()).where(VALUES.c.change_id == change.id)
    change.counts = dict(db.session.execute(query.group_by(VALUES.c.kind)).all())
    take_along(change.feature)
    if not (change.definitions or change.counts):
        db.session.delete(change)
    db.session.flush()
    kept = change if change.definitions or change.counts else None
    db.session.expire_all()
    return kept


def is_of(change: FeatureChange) -> ColumnElement[bool]:
    """The entries of the change's batch about its feature and the values of it."""
    entry = AuditEntry
    values = select(FeatureNode.id).where(FeatureNode.feature_id == change.feature_id)
    feature = (entry.record_type == "feature") & (entry.record_id == change.feature_id)
    node = (entry.record_type == "feature_node") & entry.record_id.in_(values)
    return and_(entry.batch_id == change.batch_id, or_(feature, node))


def take_along(feature: Feature) -> None:
    """Let the search find what was rewritten."""
    if feature.searchable:
        rewritten(db.session())


# --- taking back --------------------------------------------------------------------------------


def undo(actor: Actor, change_id: int, at: datetime) -> FeatureChange:
    """Let everything be as it was before the change; raises RuleViolation if it can't."""
    change = locked(change_id)
    if change.act in MARKINGS:
        actor.require("mark", "CampaignView")
    refuse_if(reasons_against_time(change, at))
    refuse_if(reasons_against_changes(change))
    take_time()
    name_act(db.session(), f"undo_{change.act}"[:40])
    change.undone_id = batch_id(db.session())
    db.session.flush()
    if change.act == RETYPED:
        indexes.drop_stale(change.feature)
    for holder in HOLDERS:
        holder.put_back(change)
    put_definitions_back(change, at)
    db.session.expire_all()
    operations.renew_paths(change.feature_id)
    refuse_if(reasons_against_result(change.feature))
    take_along(change.feature)
    return change


def locked(change_id: int) -> FeatureChange:
    """The change, with its tree and its feature held; raises NotFound."""
    query = select(FeatureChange).where(FeatureChange.id == change_id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(Reason("not_found", _("There is no such change.")))
    operations.lock_tree(found.feature_id)
    hold_alone(found.feature_id)
    db.session.get(Feature, found.feature_id, with_for_update=True, populate_existing=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def reasons_against_time(change: FeatureChange, at: datetime) -> list[Reason]:
    """Why the change can't be taken back any more, or again."""
    if change.undone_id is not None:
        return [Reason("undo.done", _("This was taken back already."))]
    if at - change.at > UNDOABLE:
        return [Reason("undo.too_late", _("Changes can be taken back for 30 days."))]
    return []


def reasons_against_changes(change: FeatureChange) -> list[Reason]:
    """What was changed since, by name."""
    records = [one for holder in HOLDERS for one in holder.in_the_way(change)]
    rows = [*definitions_in_the_way(change), *called(records[:TOLD])]
    words = _("It can't be taken back: this has been changed since.")
    return [Reason("undo.changed", words, rows=rows)] if rows else []


def called(records: Sequence[tuple[str, int]]) -> list[str]:
    """Records by name, as far as they may be seen."""
    names = names_of(records)
    return [names[one] or f"#{one[1]}" for one in records]


def definitions_in_the_way(change: FeatureChange) -> list[str]:
    """The names of features and values that are not what the change left."""
    found = []
    for kind, rows in grouped(change).items():
        now = present(kind, [pk for pk, _action, _changes in rows])
        for pk, _action, changes in rows:
            left = {name: new for name, (_old, new) in changes.items() if name not in MOVING}
            if pk not in now or any(as_json(now[pk][name]) != left[name] for name in left):
                found.append(str(now[pk].get("name") or now[pk]["code"]) if pk in now else "–")
    return found


MOVING = ("path", "depth", "place")  # follow from where a node stands


def grouped(change: FeatureChange) -> dict[str, list[tuple[int, str, Any]]]:
    """The definitions of a change by table: (id, action, changes), each row's changes as one."""
    found: dict[str, dict[int, tuple[int, str, Any]]] = defaultdict(dict)
    for kind, pk, action, changes in change.definitions:
        _pk, first, before = found[kind].get(pk, (pk, action, {}))
        joined = {
            name: [before.get(name, changes.get(name))[0], changes.get(name, before.get(name))[1]]
            for name in {**before, **changes}
        }
        found[kind][pk] = pk, first, joined
    return {kind: list(rows.values()) for kind, rows in found.items()}


def present(kind: str, ids: Sequence[int]) -> dict[int, Any]:
    """The rows of a table with these ids as they are now."""
    table = metadata.tables[kind]
    rows = db.session.execute(select(table).where(table.c.id.in_(ids))).mappings()
    return {row["id"]: row for row in rows}


def put_definitions_back(change: FeatureChange, at: datetime) -> None:
    """Write the rows as they were; values that the change made are archived."""
    entries = [
        Entry(kind, pk, made_undone(at) if action == "create" else changes).reversed()
        for kind, rows in grouped(change).items()
        for pk, action, changes in rows
    ]
    try:
        sets.write(entries, at)
    except IntegrityError as error:
        words = _("It can't be taken back: a value of the same name has been added since.")
        raise RuleViolation(Reason("node.name_taken", words)) from error


def made_undone(at: datetime) -> dict[str, list[Any]]:
    """What a value that was made is turned back to: archived, so that nothing points nowhere."""
    return {"archived_at": [at.isoformat(), None]}


def reasons_against_result(feature: Feature) -> list[Reason]:
    """Why the definition can't be left like this."""
    feature.check()
    above, node = aliased(FeatureNode), FeatureNode
    buried = select(node.name).where(
        node.feature_id == feature.id,
        node.archived_at.is_(None),
        above.feature_id == feature.id,
        above.archived_at.is_not(None),
        above.id != node.id,
        nodes.below(above.path, node),
    )
    names: Iterable[str] = db.session.scalars(buried.limit(TOLD))
    words, rows = _("It can't be taken back: a value above is archived."), list(names)
    return [Reason("node.archived_above", words, rows=rows)] if rows else []
