"""Rows given to a statement as one parameter, so that statements do not grow with the rows."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Integer, Subquery, cast, column, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from app.db import db


def given(
    rows: Iterable[Sequence[Any]], names: Sequence[str], documents: Sequence[str] = ()
) -> Subquery:
    """A table of these rows; columns are integers, or JSON if named in `documents`."""
    text = json.dumps(list(rows), separators=(",", ":"), ensure_ascii=False)
    if db.session().get_bind().dialect.name == "postgresql":
        return _postgres(text, names, documents)
    return _sqlite(text, names, documents)


def _postgres(text: str, names: Sequence[str], documents: Sequence[str]) -> Subquery:
    table = func.jsonb_array_elements(cast(literal(text), JSONB)).table_valued(
        column("value", JSONB), joins_implicitly=True
    )
    value = table.c.value
    columns = [
        value.op("->")(number) if name in documents else cast(value.op("->>")(number), Integer)
        for number, name in enumerate(names)
    ]
    return select(*(one.label(name) for one, name in zip(columns, names, strict=True))).subquery()


def _sqlite(text: str, names: Sequence[str], _documents: Sequence[str]) -> Subquery:
    table = func.json_each(literal(text)).table_valued("value", joins_implicitly=True)
    columns = [func.json_extract(table.c.value, f"$[{number}]") for number in range(len(names))]
    return select(*(one.label(name) for one, name in zip(columns, names, strict=True))).subquery()
