"""Acts on definitions and trees: the shape of a tree changes only under its lock; paths are
written here and nowhere else."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Integer, String, cast, func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from app.audit.journal import name_act
from app.audit.sets import given, run
from app.db import db, flush
from app.errors import InvalidValue, NotFound, Reason, refuse_if
from app.features import nodes, rules
from app.features.catalog import is_on, registers, suits_in_sql
from app.features.kinds import Kind, Slot, Unreadable, kind_of
from app.features.models import Feature, FeatureNode, fold_name
from app.features.rules import Line

TREE_LOCK = 7_364_202
MOST_AT_ONCE = 5_000


def lock_tree(feature_id: int, *, shared: bool = False) -> None:
    """Hold the feature's tree until the end of the transaction; on SQLite writers queue anyway.

    Whoever changes the shape or closes a branch holds it alone; who hangs a record, with others.
    """
    session = db.session()
    if session.get_bind().dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        session.execute(select(lock(TREE_LOCK, feature_id)))


def fresh_node(node_id: int) -> FeatureNode:
    """The node as it is now; raises NotFound."""
    query = select(FeatureNode).where(FeatureNode.id == node_id)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(Reason("not_found", _("There is no such value.")))
    return found


def locked_node(node_id: int) -> FeatureNode:
    """The node, with its tree held alone."""
    lock_tree(fresh_node(node_id).feature_id)
    return fresh_node(node_id)


# --- adding -----------------------------------------------------------------------------------


def add_node(feature: Feature, name: str, parent: FeatureNode | None = None) -> FeatureNode:
    """A new last child of `parent`, or at the top."""
    lock_tree(feature.id)
    refuse_if(rules.reasons_not_to_add_node(feature, parent), InvalidValue)
    return plant(feature, [(name, parent)])[0]


def take_in(kind: Kind, value: Any) -> None:
    """Add the names that a value has and the dictionary lacks, at the top, if it is open."""
    feature = kind.feature
    if not feature.open_list or not kind.lacking(value):
        return
    lock_tree(feature.id)
    for name in kind.lacking(value):
        add_node(feature, name)


def ensure_path(feature: Feature, names: Sequence[str]) -> FeatureNode:
    """The node reached by these names from the top; what is missing is added."""
    node = nodes.at_names(feature.id, names)
    if node is not None:
        return node
    parent = ensure_path(feature, names[:-1]) if len(names) > 1 else None
    return add_node(feature, names[-1], parent)


def add_outline(
    feature: Feature, text: str, parent: FeatureNode | None = None, layout: str = ""
) -> int:
    """Add the nodes of a text, read as one of `rules.LAYOUTS`; returns how many are new."""
    lock_tree(feature.id)
    return plant_lines(feature, lines_in(feature, text, parent, layout), parent)[1]


def lines_in(
    feature: Feature, text: str, parent: FeatureNode | None, layout: str
) -> Sequence[Line]:
    """The lines of a text that is to be added; raises InvalidValue if they can't be."""
    try:
        lines = rules.LAYOUTS.get(layout, rules.outline)(text)
    except csv.Error as error:
        why = _("This is no table: %(why)s.", why=str(error))
        raise InvalidValue(Reason("node.table", why, field="outline")) from error
    depth = parent.depth if parent else 0
    refuse_if(rules.reasons_against_outline(feature, lines, MOST_AT_ONCE, depth), InvalidValue)
    refuse_if(rules.reasons_not_to_add_node(feature, parent), InvalidValue)
    return lines


def plant_lines(
    feature: Feature, lines: Sequence[Line], top: FeatureNode | None = None
) -> tuple[list[FeatureNode], int]:
    """The nodes of these lines and how many of them are new, level by level: the statements do
    not grow with the number of lines. The tree is held by the caller."""
    there = {
        _key(one, one.root_or_parent): one for one in db.session.scalars(nodes.living(feature.id))
    }
    found: dict[int, Any] = {-1: top}
    added = 0
    for level in range(max((line.level for line in lines), default=-1) + 1):
        here = [(number, line) for number, line in enumerate(lines) if line.level == level]
        wanted = {
            (fold_name(line.name), above.id if (above := found[line.above]) else 0): (
                line.name,
                above,
            )
            for _number, line in here
        }
        new = [one for key, one in wanted.items() if key not in there]
        there |= {_key(one, one.root_or_parent): one for one in plant(feature, new)}
        for number, line in here:
            above = found[line.above]
            found[number] = there[fold_name(line.name), above.id if above else 0]
        added += len(new)
    return [one for number in range(len(lines)) if (one := found[number])], added


def _key(node: FeatureNode, parent_id: int) -> tuple[str, int]:
    return node.folded, parent_id


def plant(
    feature: Feature,
    wanted: Sequence[tuple[str, FeatureNode | None]],
    archived_at: datetime | None = None,
) -> list[FeatureNode]:
    """New nodes with these names, each the last below its parent; the tree is locked already."""
    session = db.session()
    places = _last_places(feature.id)
    made = []
    for name, parent in wanted:
        above = parent.id if parent else 0
        places[above] = places.get(above, 0) + 1
        node = FeatureNode(feature_id=feature.id, parent_id=above or None, name=name)
        node.archived_at = archived_at
        node.depth, node.place = (parent.depth if parent else 0) + 1, places[above]
        made.append(node)
    session.add_all(made)
    flush_names()
    _give_paths(feature.id)
    for node, (_name, parent) in zip(made, wanted, strict=True):
        set_committed_value(node, "path", f"{parent.path if parent else '/'}{node.id}/")
    return made


def _give_paths(feature_id: int) -> None:
    """The paths of new nodes, whose parents have theirs, in one statement."""
    parent = aliased(FeatureNode)
    above = select(parent.path).where(parent.id == FeatureNode.parent_id).scalar_subquery()
    path = func.coalesce(above, "/") + cast(FeatureNode.id, String) + "/"
    new = update(FeatureNode).where(FeatureNode.feature_id == feature_id, FeatureNode.path == "")
    options = {"synchronize_session": False}
    db.session.execute(new.values(path=path), execution_options=options)


def _last_places(feature_id: int) -> dict[int, int]:
    """The last place below each parent (0: the top)."""
    query = select(FeatureNode.root_or_parent, func.max(FeatureNode.place))
    mine = query.where(FeatureNode.feature_id == feature_id).group_by(FeatureNode.root_or_parent)
    places: Any = db.session.execute(mine).all()
    return dict(places)


def flush_names() -> None:
    """Flush; a name that a sibling has already is an InvalidValue at the field `name`."""
    try:
        flush()
    except InvalidValue as error:
        if error.reasons[0].code != "duplicate":
            raise
        text = _("There is already such a name here.")
        raise InvalidValue(Reason("node.name_taken", text, field="name")) from error


# --- changing ---------------------------------------------------------------------------------


def rename_node(node_id: int, name: str) -> FeatureNode:
    """Give a node another name; every record that has it shows it."""
    node = locked_node(node_id)
    name_act(db.session(), "rename_node")
    node.name = name
    flush_names()
    return node


def order_node(node_id: int, step: int) -> FeatureNode:
    """Move a node one place up (-1) or down (1) among its siblings."""
    node = locked_node(node_id)
    name_act(db.session(), "order_node")
    siblings = list(db.session.scalars(siblings_of(node)))
    index = siblings.index(node)
    target = index + step
    if 0 <= target < len(siblings):
        siblings[index], siblings[target] = siblings[target], siblings[index]
        for place, sibling in enumerate(siblings, 1):
            sibling.place = place
    db.session.flush()
    return node


def put_after(node: FeatureNode, before_id: int) -> None:
    """Let the node stand right after this sibling; elsewhere if it is none."""
    siblings = list(db.session.scalars(siblings_of(node)))
    others = [one for one in siblings if one.id != node.id]
    place = next((number for number, one in enumerate(others, 1) if one.id == before_id), None)
    if place is not None:
        others.insert(place, node)
        for number, sibling in enumerate(others, 1):
            sibling.place = number
    db.session.flush()


def siblings_of(node: FeatureNode) -> Any:
    """SELECT of the living children of the node's parent, in order, with the node itself."""
    same = FeatureNode.root_or_parent == node.root_or_parent
    mine = (FeatureNode.feature_id == node.feature_id) & same
    living = FeatureNode.archived_at.is_(None) | (FeatureNode.id == node.id)
    return select(FeatureNode).where(mine, living).order_by(FeatureNode.place, FeatureNode.id)


def move_node(node_id: int, parent_id: int | None) -> FeatureNode:
    """Move a node with all below it under another parent, or to the top."""
    node = locked_node(node_id)
    parent = fresh_node(parent_id) if parent_id else None
    refuse_if(rules.reasons_not_to_move_node(node, parent), InvalidValue)
    if node.parent_id == (parent.id if parent else None):
        return node
    name_act(db.session(), "move_node")
    old = node.path
    node.place = _last_places(node.feature_id).get(parent.id if parent else 0, 0) + 1
    node.parent_id = parent.id if parent else None
    flush_names()
    _rewrite_paths(old, f"{parent.path if parent else '/'}{node.id}/", parent, node)
    return fresh_node(node_id)


def _rewrite_paths(old: str, new: str, parent: FeatureNode | None, node: FeatureNode) -> None:
    """Give a moved branch its new paths in one statement."""
    deeper = (parent.depth + 1 if parent else 1) - node.depth
    deepest = db.session.scalar(select(func.max(FeatureNode.depth)).where(nodes.below(old)))
    refuse_if(rules.reasons_against_depth((deepest or 1) + deeper), InvalidValue)
    values = {
        "path": new + func.substr(FeatureNode.path, len(old) + 1),
        "depth": FeatureNode.depth + deeper,
    }
    branch = update(FeatureNode).where(nodes.below(old)).values(values)
    db.session.execute(branch, execution_options={"synchronize_session": False})


def renew_paths(feature_id: int) -> None:
    """Let all paths of a tree follow from the parents; what is right already stays untouched."""
    rows: Any = db.session.execute(
        select(FeatureNode.id, FeatureNode.parent_id, FeatureNode.path, FeatureNode.depth).where(
            FeatureNode.feature_id == feature_id
        )
    ).all()
    below: dict[int | None, list[int]] = defaultdict(list)
    for number, parent_id, _path, _depth in rows:
        below[parent_id].append(number)
    ways: dict[int | None, tuple[str, int]] = {None: ("/", 0)}
    waiting: list[int | None] = [None]
    while waiting:
        path, depth = ways[above := waiting.pop()]
        ways |= {one: (f"{path}{one}/", depth + 1) for one in below[above]}
        waiting += below[above]
    refuse_if(rules.reasons_against_depth(max(depth for _path, depth in ways.values())))
    wrong = [(one, *ways[one]) for one, _parent, *way in rows if tuple(way) != ways[one]]
    right = given(wrong, id=Integer(), path=String(), depth=Integer())
    table: Any = FeatureNode.__table__
    values = {"path": right.c.path, "depth": right.c.depth}
    run(update(table).where(table.c.id == right.c.id).values(values))
    db.session.expire_all()


def archive_node(node_id: int, at: Any) -> FeatureNode:
    """Hide a node and all below it from pickers, or (at=None) offer it again; records keep it."""
    node = locked_node(node_id)
    name_act(db.session(), "restore_node" if at is None else "archive_node")
    if at is None:
        refuse_if(rules.reasons_not_to_restore_node(node, archived_above(node)))
        node.archived_at = None
    else:
        branch = nodes.below(node.path) & FeatureNode.archived_at.is_(None)
        for one in db.session.scalars(select(FeatureNode).where(branch)):
            one.archived_at = at
    flush_names()
    return node


def archived_above(node: FeatureNode) -> bool:
    """Whether a node above this one is archived."""
    above = [number for number in nodes.ids_of(node.path) if number != node.id]
    query = select(func.count()).where(
        FeatureNode.id.in_(above), FeatureNode.archived_at.is_not(None)
    )
    return bool(db.session.scalar(query))


# --- what is asked of values ------------------------------------------------------------------


def reasons_against_limits(feature: Feature) -> list[Reason]:
    """Why initial value, range or length don't suit the kind; the kind reads them."""
    kind, wrong = kind_of(feature), []
    for name in ("least", "most", "initial"):
        try:
            stored = kind.parse(getattr(feature, name))
        except Unreadable as error:
            wrong.append(Reason("feature.limit", str(error), field=name))
            continue
        if stored is not None and name != "initial" and not kind.sized:
            text = _("Values of this kind have no range.")
            wrong.append(Reason("feature.no_range", text, field=name))
        elif stored is not None and not wrong and (text := kind.beyond(stored)):
            wrong.append(Reason("feature.limit", text, field=name))
    return wrong


def lacking(feature: Feature) -> dict[str, int]:
    """How many living records of each of its registers have no value, whoever may see them."""
    found = {
        model.__tablename__: _lacking_in(model, feature)
        for model in registers()
        if is_on(feature, model)
    }
    return {name: number for name, number in found.items() if number}


def _lacking_in(model: Any, feature: Feature) -> int:
    lacks = model.features[feature.key].as_string().is_(None) & suits_in_sql(feature, model)
    query = select(func.count()).select_from(model).where(lacks, model.trashed_at.is_(None))
    return int(db.session.scalar(query, execution_options={"unscoped": True}) or 0)


# --- use --------------------------------------------------------------------------------------


def uses_of(feature: Feature) -> int:
    """How many records have a value of the feature, whoever may see them."""
    return sum(_uses_in(model, feature) for model in registers())


def _uses_in(model: Any, feature: Feature) -> int:
    has = model.features[feature.key].as_string().is_not(None)
    query = select(func.count()).select_from(model).where(has)
    return int(db.session.scalar(query, execution_options={"unscoped": True}) or 0)


def uses_of_nodes(feature: Feature, ids: Sequence[int]) -> int:
    """How many records have one of the nodes as a value."""
    return sum(_uses_of_nodes_in(Slot(feature, model), ids) for model in registers())


def _uses_of_nodes_in(slot: Slot, ids: Sequence[int]) -> int:
    kind: Any = kind_of(slot.feature)
    query = select(func.count()).select_from(slot.model).where(kind.holds(slot, ids))
    return int(db.session.scalar(query, execution_options={"unscoped": True}) or 0)


def has_nodes(feature: Feature) -> bool:
    """Whether the feature has any node, archived ones included."""
    query = select(FeatureNode.id).where(FeatureNode.feature_id == feature.id).limit(1)
    return db.session.scalar(query) is not None


# --- checking ---------------------------------------------------------------------------------


def wrong_paths() -> list[int]:
    """The ids of nodes whose path does not follow from their parent; there should be none."""
    parent = FeatureNode.__table__.alias("parent").c
    node = FeatureNode.__table__.c
    before = func.coalesce(parent.path, "/")
    right = before + cast(node.id, String) + "/"
    joined = FeatureNode.__table__.outerjoin(parent.path.table, parent.id == node.parent_id)
    depth = func.coalesce(parent.depth, 0) + 1
    other = func.coalesce(parent.feature_id, node.feature_id) != node.feature_id
    query = select(node.id).select_from(joined)
    wrong = (node.path != right) | (node.depth != depth) | other
    return list(db.session.execute(query.where(wrong).order_by(node.id)).scalars())
