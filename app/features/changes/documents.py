"""The values of a feature in the documents of all records, as text: counted, changed and put back.

Each statement takes a register at once, however many records it has. A value's text is what the
database writes, so that equal texts are equal values.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.audit.journal import batch_id
from app.audit.sets import JOURNAL, given, run
from app.db import db
from app.features.catalog import registers
from app.features.changes.models import ChangedValue, FeatureChange
from app.features.kinds import Slot, kind_of
from app.features.kinds.lists import members
from app.features.models import DatedValue, Feature
from app.features.rules import SEVERAL

VALUES: Any = ChangedValue.__table__
COLUMNS = ["change_id", "kind", "record_id", "before", "after"]
JOURNALLED = ["batch_id", "record_type", "record_id", "action", "changes"]
TOLD = 20  # records that are named
LOOKED_BACK = 20_000  # entries of the journal that are searched
MOST = 100_000  # different values of a feature in a register
EVERYTHING = {"unscoped": True}


def is_postgres() -> bool:
    """Whether the database is PostgreSQL."""
    return db.session().get_bind().dialect.name == "postgresql"


def learn(*names: str) -> None:
    """Let the planner know at once how many rows these tables have got."""
    if is_postgres():
        db.session.execute(sql(f"analyze {', '.join(names)}"))


def written(value: Any) -> str | None:
    """A value as text; None stays None."""
    return None if value is None else json.dumps(value, separators=(",", ":"))


def tables() -> dict[str, Any]:
    """The tables with documents of values by name: of all registers, and of dated values."""
    return {model.__tablename__: model.__table__ for model in places()}


def places() -> list[type[Any]]:
    """The models of these tables."""
    return [*registers(), DatedValue]


def stored(table: Any, key: str) -> Any:
    """SQL of a record's value as text; NULL if it has none."""
    path = literal(key if is_postgres() else f'$."{key}"', Text)
    if is_postgres():
        return cast(table.c.features.op("->", return_type=JSONB())(path), Text)
    return table.c.features.op("->", return_type=Text())(path)


def having(model: Any, feature: Feature, nodes: Any = None) -> ColumnElement[bool]:
    """Whether a record has a value, or one of these nodes, given by ids or a SELECT."""
    if nodes is None:
        return stored(model.__table__, feature.key).is_not(None)
    kind: Any = kind_of(feature)
    return kind.holds(Slot(feature, model), nodes)


def texts(feature: Feature, nodes: Any = None) -> dict[str, int]:
    """Each value there is, or was, with the number of its records; MOST + 1 of a register at most.

    `nodes`, given by ids or a SELECT, narrows it to the values with one of them.
    """
    found: dict[str, int] = {}
    for model in places():
        value = stored(model.__table__, feature.key).label("value")
        query = select(value, func.count()).where(having(model, feature, nodes)).group_by(value)
        for text, number in db.session.execute(
            query.limit(MOST + 1), execution_options=EVERYTHING
        ):
            found[text] = found.get(text, 0) + (0 if model is DatedValue else number)
    return found


def counted(feature: Feature, nodes: Any = None) -> dict[str, int]:
    """How many records of each register have a value, or one of these nodes."""
    found = {}
    for model in registers():
        query = select(func.count()).select_from(model).where(having(model, feature, nodes))
        number = db.session.scalar(query, execution_options=EVERYTHING)
        found[model.__tablename__] = int(number or 0)
    return {name: number for name, number in found.items() if number}


def with_nodes(feature: Feature, moved: Mapping[int, int]) -> dict[str, Any]:
    """What the values with these nodes become if others take their places, each once."""
    kind: Any = kind_of(feature)
    found = {}
    for text in texts(feature, sorted(moved)):
        ids = sorted({moved.get(one, one) for one in kind.ids(json.loads(text))})
        found[text] = ids if feature.kind in SEVERAL else ids[0]
    return found


def changed_since_made(feature: Feature, nodes: Sequence[int]) -> bool:
    """Whether values of the feature were written since these nodes were made, or long ago."""
    entry = JOURNAL.c
    made = (entry.record_type == "feature_node") & (entry.action == "create")
    numbers = select(
        func.min(entry.id), func.count(), select(func.max(entry.id)).scalar_subquery()
    )
    first, known, last = db.session.execute(numbers.where(made, entry.record_id.in_(nodes))).one()
    if known < len(nodes) or last - first > LOOKED_BACK:
        return True
    told = cast(entry.changes, Text).contains(f'"{feature.key}":')
    mine = (entry.id > first) & entry.record_type.in_(tables()) & told
    return db.session.scalar(select(entry.id).where(mine).limit(1)) is not None


# --- changing -----------------------------------------------------------------------------------


def as_document(text: Any) -> Any:
    """SQL of a value out of its text."""
    return cast(text, JSONB) if is_postgres() else func.json(text)


def as_text(text: Any) -> Any:
    """SQL of a value's text as the database writes it."""
    return cast(cast(text, JSONB), Text) if is_postgres() else func.json(text)


def keep(change: FeatureChange, name: str, becomes: Mapping[str, Any] | None) -> None:
    """Note what values of a register become: by their texts, or all of them nothing."""
    table = tables()[name]
    value = stored(table, change.feature.key)
    row = (literal(change.id), literal(name, Text), table.c.id, value)
    if becomes is None:
        query = select(*row, literal(None, Text)).where(value.is_not(None))
    else:
        pairs = ((text, written(new)) for text, new in becomes.items())
        new = given(pairs, before=Text(), after=Text())
        query = select(*row, as_text(new.c.after)).join_from(table, new, new.c.before == value)
    run(insert(VALUES).from_select(COLUMNS, query))


def keep_records(change: FeatureChange, name: str, becomes: Iterable[Sequence[Any]]) -> None:
    """Note what the values of these records become: (record, value)."""
    table = tables()[name]
    new = given(((one, written(value)) for one, value in becomes), record=Integer(), after=Text())
    value = stored(table, change.feature.key)
    row = (literal(change.id), literal(name, Text), table.c.id, value, as_text(new.c.after))
    query = select(*row).join_from(table, new, new.c.record == table.c.id)
    run(insert(VALUES).from_select(COLUMNS, query))


def write(change: FeatureChange, name: str, *, back: bool = False) -> None:
    """Write what was noted of a register, or what stood there before, and journal it."""
    learn("changed_value")
    table, key = tables()[name], change.feature.key
    old, new = (VALUES.c.after, VALUES.c.before) if back else (VALUES.c.before, VALUES.c.after)
    document = case((new.is_(None), without(table, key)), else_=with_value(table, key, new))
    version = {"version": table.c.version + 1} if "version" in table.c else {}
    values = {"features": document, **version}
    run(update(table).where(mine(change, name), VALUES.c.record_id == table.c.id).values(values))
    if version:
        tell(change, name, old, new)


def tell(change: FeatureChange, name: str, old: Any, new: Any) -> None:
    """Journal the values of a register."""
    key = change.feature.key
    changes = made("features", listed(_part(key, old), _part(key, new)))
    entry = (literal(batch_id(db.session())), VALUES.c.kind, VALUES.c.record_id)
    query = select(*entry, literal("update"), changes).where(mine(change, name))
    run(insert(JOURNAL).from_select(JOURNALLED, query))


def mine(change: FeatureChange, kind: str) -> ColumnElement[bool]:
    """The change's values of a kind of record."""
    return and_(VALUES.c.change_id == change.id, VALUES.c.kind == kind)


def without(table: Any, key: str) -> Any:
    """SQL of a document without a key."""
    if is_postgres():
        return table.c.features.op("-", return_type=JSONB())(literal(key, Text))
    return func.json_remove(table.c.features, f'$."{key}"')


def with_value(table: Any, key: str, text: Any) -> Any:
    """SQL of a document with a value, given as text, under the key."""
    if is_postgres():
        path = cast([key], ARRAY(Text))
        return func.jsonb_set(table.c.features, path, as_document(text), type_=JSONB())
    return func.json_set(table.c.features, f'$."{key}"', as_document(text))


def _part(key: str, text: Any) -> Any:
    """SQL of a document with one value, or an empty one if its text is NULL."""
    filled = cast(made(key, as_document(text)), Text)
    return as_document(case((text.is_(None), literal("{}", Text)), else_=filled))


def made(key: str, value: Any) -> Any:
    """SQL of a document with one value."""
    make = func.jsonb_build_object if is_postgres() else func.json_object
    return make(literal(key, Text), value)


def listed(*values: Any) -> Any:
    """SQL of a list of documents."""
    make = func.jsonb_build_array if is_postgres() else func.json_array
    return make(*values)


def ids_before(change: FeatureChange, name: str) -> Any:
    """SELECT of (record, node): each node in what the values of a register were before."""
    text = VALUES.c.before
    several = case((text.like("[%"), text), else_=literal("[", Text) + text + literal("]", Text))
    one = members(cast(several, JSONB) if is_postgres() else several)
    query = select(VALUES.c.record_id.label("record"), cast(one.c.value, Integer).label("node"))
    return query.select_from(VALUES.join(one, literal(True))).where(mine(change, name))


# --- putting back -------------------------------------------------------------------------------


def kept_kinds(change: FeatureChange) -> list[str]:
    """The registers of which the change rewrote values."""
    return [name for name in change.counts if name in tables()]


def in_the_way(change: FeatureChange) -> list[tuple[str, int]]:
    """The first records whose value is not what the change left; (register, id)."""
    names = tables() if change.whole else kept_kinds(change)
    return [(name, pk) for name in names for pk in _changed_since(change, name)]


def _changed_since(change: FeatureChange, name: str) -> Sequence[int]:
    table = tables()[name]
    value = stored(table, change.feature.key)
    here = and_(mine(change, name), VALUES.c.record_id == table.c.id)
    other = exists().where(here, value.is_distinct_from(VALUES.c.after))
    new = value.is_not(None) & ~exists().where(here)
    query = select(table.c.id).where(other | new if change.whole else other)
    rows = db.session.scalars(query.limit(TOLD), execution_options=EVERYTHING)
    return list(rows)


def put_back(change: FeatureChange) -> None:
    """Let the documents hold what they held before."""
    for name in kept_kinds(change):
        write(change, name, back=True)
