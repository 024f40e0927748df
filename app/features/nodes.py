"""Questions about nodes: where they stand, what is below them, how they are called in full."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from app.db import db, fold
from app.features.models import FeatureNode, fold_name

ARROW = " › "
DEEPEST = 60  # as many names lead to a node
ALIKE = 500  # names that are compared with a wrong one


def below(path: Any, node: Any = FeatureNode) -> ColumnElement[bool]:
    """The node at `path` and all below it: a range of the index, since ':' follows '9' and '/'."""
    return and_(node.path >= path, node.path < path + ":")


def living(feature_id: int) -> Select[FeatureNode]:
    """SELECT of the nodes one may choose."""
    return select(FeatureNode).where(
        FeatureNode.feature_id == feature_id, FeatureNode.archived_at.is_(None)
    )


def find(feature_id: int, node_id: int) -> FeatureNode | None:
    """The feature's node with this id, archived or not."""
    query = select(FeatureNode).where(
        FeatureNode.id == node_id, FeatureNode.feature_id == feature_id
    )
    return db.session.scalars(query).one_or_none()


def at_names(feature_id: int, names: Sequence[str]) -> FeatureNode | None:
    """The living node reached by these names from the root down."""
    node: FeatureNode | None = None
    for name in names:
        parent = node.id if node else 0
        step = living(feature_id).where(
            FeatureNode.root_or_parent == parent, FeatureNode.folded == fold_name(name)
        )
        node = db.session.scalars(step).one_or_none()
        if node is None:
            return None
    return node


def at_trail(feature_id: int, text: str) -> FeatureNode | None:
    """The living node called so in full; a name may hold the arrow itself."""
    parts, whole = text.split(ARROW)[:DEEPEST], fold_name(text)
    ends = [fold_name(ARROW.join(parts[place:])) for place in range(len(parts))]
    found = list(db.session.scalars(living(feature_id).where(FeatureNode.folded.in_(ends))))
    name_trails(found)
    return next((node for node in found if fold_name(node.trail) == whole), None)


def is_archived(feature_id: int, name: str) -> bool:
    """Whether an archived node at the top is called so."""
    query = select(FeatureNode.id).where(
        FeatureNode.feature_id == feature_id,
        FeatureNode.root_or_parent == 0,
        FeatureNode.folded == fold_name(name),
        FeatureNode.archived_at.is_not(None),
    )
    return db.session.scalars(query.limit(1)).first() is not None


def near(feature_id: int, text: str) -> list[str]:
    """The names, in full, that are most like a text, among those about as long."""
    last = fold(text.rpartition("/")[2].rpartition(ARROW.strip())[2].strip())
    apart = func.abs(func.length(FeatureNode.folded) - len(last))
    rows = list(db.session.scalars(living(feature_id).order_by(apart).limit(ALIKE)))
    by_name = {fold(node.name): node for node in reversed(rows)}
    found = [by_name[name] for name in get_close_matches(last, by_name)]
    name_trails(found)
    return [node.trail for node in found]


def ids_of(path: str) -> list[int]:
    """The ids on the way from the root to a node."""
    return [int(part) for part in path.strip("/").split("/") if part]


def _pairs(query: Any) -> Any:
    return db.session.execute(query).all()


def known_names() -> dict[int, str]:
    """The names of nodes that this request has read."""
    names: dict[int, str] = db.session().info.setdefault("node_names", {})
    return names


def trails(paths: Iterable[str]) -> dict[str, str]:
    """Path -> the names from the root down; one statement for those not known yet."""
    wanted = list(dict.fromkeys(paths))
    names = known_names()
    if missing := {number for path in wanted for number in ids_of(path)} - set(names):
        query = select(FeatureNode.id, FeatureNode.name).where(FeatureNode.id.in_(sorted(missing)))
        names |= dict(_pairs(query))
    return {path: ARROW.join(names.get(one, "?") for one in ids_of(path)) for path in wanted}


def trails_of(ids: Iterable[int]) -> dict[int, str]:
    """Node id -> the names from the root down."""
    wanted = sorted(set(ids))
    columns = (FeatureNode.id, FeatureNode.path, FeatureNode.name)
    rows = _pairs(select(*columns).where(FeatureNode.id.in_(wanted))) if wanted else []
    known_names().update({number: name for number, _path, name in rows})
    names = trails(path for _number, path, _name in rows)
    return {number: names[path] for number, path, _name in rows}


def named(ids: Iterable[int]) -> dict[int, FeatureNode]:
    """The nodes with these ids, with their full names; what a request knows is not asked again."""
    known: dict[int, FeatureNode] = db.session().info.setdefault("nodes", {})
    if missing := set(ids) - set(known):
        query = select(FeatureNode).where(FeatureNode.id.in_(sorted(missing)))
        found = list(db.session.scalars(query))
        name_trails(found)
        known |= {node.id: node for node in found}
    return known


def name_trails(found: Sequence[FeatureNode]) -> None:
    """Give each node its full name as `trail`."""
    known_names().update({node.id: node.name for node in found})
    names = trails(node.path for node in found)
    for node in found:
        node.trail = names[node.path]
