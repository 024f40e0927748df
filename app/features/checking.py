"""What contradicts the definitions: values, their history, the paths of trees. Nothing is changed.

Records are read a thousand at a time; what their values point at is asked at once for all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.db import db
from app.features.catalog import registers
from app.features.kinds import kind_of
from app.features.kinds.references import TARGETS
from app.features.models import DatedValue, Feature, FeatureNode
from app.features.operations import wrong_paths
from app.features.past import dated_on, valid
from app.features.pointed import NODE, Key

AT_ONCE = 1_000
Value = tuple[str, Feature, Any]  # whose it is, in words, and what stands there


def faults() -> Iterator[str]:
    """Each contradiction, in words."""
    known = {one.key: one for one in db.session.scalars(select(Feature))}
    for model in registers():
        for rows in pieces(model):
            values, wrong = read(known, [(f"{model.__tablename__} {pk}", one) for pk, one in rows])
            yield from [*wrong, *dangling(values), *differing(model, dict(rows))]
    for past in pieces(DatedValue):
        values, wrong = read(known, [(f"dated_value {pk}", one) for pk, one in past])
        yield from [*wrong, *dangling(values)]
    for pk in wrong_paths():
        yield f"feature_node {pk}: its path does not follow from its parent"


def pieces(model: Any) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """(id, document) of all rows, trashed ones too."""
    table, last = model.__table__.c, 0
    while True:
        query = select(table.id, table.features).where(table.id > last).order_by(table.id)
        rows = [(pk, one or {}) for pk, one in db.session.execute(query.limit(AT_ONCE))]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def read(
    known: Mapping[str, Feature], rows: Sequence[tuple[str, dict[str, Any]]]
) -> tuple[list[Value], list[str]]:
    """The values that can be read, and what is wrong with the others."""
    values, wrong = list[Value](), list[str]()
    for whose, document in rows:
        for key, stored in document.items():
            feature = known.get(key)
            if feature is None:
                wrong.append(f"{whose}: a value of feature {key}, which there is not")
            elif not kind_of(feature).is_sound(stored):
                wrong.append(f"{whose}: {feature.code} holds what is no {feature.kind}")
            else:
                values.append((whose, feature, stored))
    return values, wrong


def dangling(values: Sequence[Value]) -> Iterator[str]:
    """Values that point at a node or record that is not there, or at another feature's node."""
    pointing = [
        (whose, feature, key)
        for whose, feature, stored in values
        for key in kind_of(feature).points(stored)
    ]
    there = found({key for _whose, _feature, key in pointing})
    for whose, feature, key in pointing:
        owner = there.get(key)
        if owner is None or (key[0] == NODE and owner != feature.id):
            yield f"{whose}: {feature.code} points at {key[0]} {key[1]}, which there is not"


def found(keys: set[Key]) -> dict[Key, int]:
    """Those of the keys that are there, whoever may see them; nodes with their feature."""
    there: dict[Key, int] = {}
    for kind in {kind for kind, _pk in keys}:
        model: Any = FeatureNode if kind == NODE else TARGETS[kind].model
        table, ids = model.__table__.c, [pk for name, pk in keys if name == kind]
        owner = table.feature_id if kind == NODE else table.id
        query = select(table.id, owner).where(table.id.in_(ids))
        there |= {(kind, pk): value for pk, value in db.session.execute(query)}
    return there


def differing(model: Any, documents: Mapping[int, dict[str, Any]]) -> Iterator[str]:
    """Records whose document has another value than the history of a dated feature."""
    features = dated_on(model)
    newest = valid(model, documents.keys(), features)
    for pk, document in documents.items():
        for feature in features:
            _since, value = newest.get(pk, {}).get(feature.key, (None, None))
            if value != document.get(feature.key):
                yield f"{model.__tablename__} {pk}: {feature.code} is not what its history says"
