"""Changes of many records at once: statements that do not grow with the rows, and their journal.

Rows travel as one JSON parameter. What is changed is said as the journal keeps it, so that a batch
is taken back by the same words turned round.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Integer,
    String,
    Subquery,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.audit.journal import batch_id, tell
from app.audit.models import AuditEntry
from app.db import Document, Instant, db, metadata

Changes = dict[str, list[Any]]
JOURNAL: Any = AuditEntry.__table__
SQLITE_TIME = "%Y-%m-%d %H:%M:%S.%f"


@dataclass(frozen=True)
class Entry:
    """What changes in one record, column -> [old, new]; a derived change leaves its version."""

    kind: str
    record: int
    changes: Changes
    derived: bool = False

    def reversed(self) -> "Entry":
        """The change that takes this one back."""
        back = {name: [new, old] for name, (old, new) in self.changes.items()}
        return Entry(self.kind, self.record, back, self.derived)


def given(rows: Iterable[Sequence[Any]], **types: Any) -> Subquery:
    """A table of these rows with columns of these types; dates and moments come as ISO text."""
    kinds = list(types.values())
    if db.session().get_bind().dialect.name == "postgresql":
        table, columns = _postgres(rows, kinds)
    else:
        table, columns = _sqlite(rows, kinds)
    return (
        select(*(one.label(name) for one, name in zip(columns, types, strict=True)))
        .select_from(table)
        .subquery()
    )


def given_ids(ids: Iterable[int]) -> Any:
    """SELECT of these ids, for IN."""
    return select(given(((one,) for one in ids), id=Integer).c.id)


def _postgres(rows: Iterable[Sequence[Any]], kinds: Sequence[Any]) -> tuple[Any, list[Any]]:
    text = literal(_json(rows))
    table = func.jsonb_array_elements(cast(text, JSONB)).table_valued(
        column("value", JSONB), joins_implicitly=True
    )
    value = table.c.value
    return table, [
        value.op("->")(number) if kind is Document else cast(value.op("->>")(number), kind)
        for number, kind in enumerate(kinds)
    ]


def _sqlite(rows: Iterable[Sequence[Any]], kinds: Sequence[Any]) -> tuple[Any, list[Any]]:
    times = {number for number, kind in enumerate(kinds) if isinstance(kind, Instant)}
    stored = [
        [_utc(one) if number in times else one for number, one in enumerate(row)] for row in rows
    ]
    table = func.json_each(literal(_json(stored))).table_valued("value", joins_implicitly=True)
    values = [func.json_extract(table.c.value, f"$[{number}]") for number in range(len(kinds))]
    pairs = zip(values, kinds, strict=True)
    return table, [
        value if kind is Document else type_coerce(value, kind) for value, kind in pairs
    ]


def _json(rows: Iterable[Sequence[Any]]) -> str:
    return json.dumps([list(row) for row in rows], separators=(",", ":"), ensure_ascii=False)


def _utc(text: str | None) -> str | None:
    """A moment as SQLite stores it."""
    return text and datetime.fromisoformat(text).astimezone(UTC).strftime(SQLITE_TIME)


def run(statement: Any) -> None:
    """Execute a set-based statement; what the session has loaded is forgotten by the caller."""
    options = {"synchronize_session": False, "unscoped": True}
    db.session.execute(statement, execution_options=options)


Following = Callable[[Any, Any], Mapping[str, Any]]
_following: dict[str, Following] = {}


def follow(name: str, values: Following) -> None:
    """Let columns follow the column `name`: `values(table, written)` gives them in SQL."""
    _following[name] = values


def write(entries: Sequence[Entry], at: datetime) -> None:
    """Change the records and journal it: one statement for each set of columns.

    What is no column, such as a change of the past, is left to those who follow the journal.
    """
    groups: dict[tuple[str, tuple[str, ...], bool], list[Entry]] = defaultdict(list)
    for one in entries:
        columns = sorted(name for name in one.changes if name in metadata.tables[one.kind].c)
        groups[one.kind, tuple(columns), one.derived].append(one)
    for (kind, names, derived), some in groups.items():
        run(_update(metadata.tables[kind], names, some, at, derived=derived))
    journal(entries)


def _update(
    table: Any, names: Sequence[str], entries: Sequence[Entry], at: datetime, *, derived: bool
) -> Any:
    types = {f"new_{name}": table.c[name].type for name in names}
    rows = given(
        ((one.record, *(one.changes[name][1] for name in names)) for one in entries),
        record=Integer(),
        **types,
    )
    values: dict[str, Any] = {name: rows.c[f"new_{name}"] for name in names}
    for name in (one for one in names if one in _following):
        values |= _following[name](table, values[name])
    values["changed_at"] = at
    if "version" in table.c and not derived:
        values["version"] = table.c.version + 1
    return update(table).where(table.c.id == rows.c.record).values(values)


def journal(entries: Sequence[Entry]) -> None:
    """Write the journal's entries of the present batch in one statement."""
    if not entries:
        return
    kinds = sorted({one.kind for one in entries})
    rows = given(
        ((kinds.index(one.kind), one.record, one.changes) for one in entries),
        kind=Integer(),
        record=Integer(),
        changes=Document,
    )
    kind = case(
        *((rows.c.kind == number, literal(name, String)) for number, name in enumerate(kinds))
    )
    batch = literal(batch_id(db.session()))
    values = select(batch, kind, rows.c.record, literal("update"), rows.c.changes)
    columns = ["batch_id", "record_type", "record_id", "action", "changes"]
    run(insert(JOURNAL).from_select(columns, values))
    told = [(one.kind, one.record, one.changes) for one in entries]
    tell(db.session(), batch_id(db.session()), told)
