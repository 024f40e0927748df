"""Questions about documents that indexes answer: on PostgreSQL what they contain, and ISO texts.

SQLite compares the values themselves.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, any_, false, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.db import Document


class bytewise(GenericFunction[str]):  # noqa: N801 - the name of an SQL function
    """A text in the order of its bytes, as ISO days and moments stand in order."""

    type = String()
    inherit_cache = True


class looked_up(GenericFunction[bool]):  # noqa: N801 - the name of an SQL function
    """What PostgreSQL finds by the index of documents, and how SQLite asks the same."""

    inherit_cache = True


@compiles(bytewise, "sqlite")
def _as_it_is(element: Any, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(bytewise, "postgresql")
def _in_bytes(element: Any, compiler: Any, **more: Any) -> str:
    return f'({compiler.process(element.clauses, **more)} COLLATE "C")'


@compiles(looked_up, "sqlite")
def _compared(element: Any, compiler: Any, **more: Any) -> str:
    _contained, plain = element.clauses
    return f"({compiler.process(plain, **more)})"


@compiles(looked_up, "postgresql")
def _contained(element: Any, compiler: Any, **more: Any) -> str:
    contained, _plain = element.clauses
    return f"({compiler.process(contained, **more)})"


def contains(slot: Any, value: Any) -> ColumnElement[bool]:
    """Whether a document holds this value; PostgreSQL alone can ask so."""
    found: ColumnElement[bool] = slot.model.features.op("@>", is_comparison=True)(value)
    return found


def has(slot: Any, stored: Any, plain: Any) -> Any:
    """Whether the value is this one; a fast feature has an index of its own for the plain test."""
    if slot.feature.fast:
        return plain
    return looked_up(contains(slot, literal({slot.feature.key: stored}, Document)), plain)


def has_any(slot: Any, ids: Any, plain: Any, *, several: bool = False) -> Any:
    """Whether the value is one of these ids, given as numbers or a SELECT, or has one of them."""
    if slot.feature.fast:
        return plain
    found = _one_of if isinstance(ids, Collection) else _selected
    return looked_up(found(slot, ids, several=several), plain)


def _one_of(slot: Any, ids: Collection[int], *, several: bool) -> ColumnElement[bool]:
    documents = ({slot.feature.key: [pk] if several else pk} for pk in ids)
    return or_(false(), *(contains(slot, literal(one, Document)) for one in documents))


def _selected(slot: Any, ids: Any, *, several: bool) -> ColumnElement[bool]:
    (pk,) = ids.subquery().c
    value = func.jsonb_build_array(pk) if several else pk
    some = select(func.jsonb_build_object(slot.feature.key, value)).scalar_subquery()
    return contains(slot, any_(func.array(some)))
