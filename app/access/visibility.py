"""Which records an actor sees: one rule per model, used by every door.

The rule stands twice: `visible(Model)` puts it into a query, and a listener puts it under every
SELECT of a session, so that a query that forgot it shows nothing it should not.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    ScalarResult,
    Select,
    and_,
    false,
    inspect,
    or_,
    select,
    true,
    union,
)
from sqlalchemy import event as sa_event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.interfaces import ORMOption

from app.access.current import Actor, Scope, current_actor
from app.db import Model, db

Rule = Callable[[Any, Actor], ColumnElement[bool]]
Living = Callable[[Any], ColumnElement[bool]]
M = TypeVar("M", bound=Model)

Found = tuple[type[Model], Any]
_as_a_set: ContextVar[tuple[Found, ...] | None] = ContextVar("as_a_set", default=None)
_living: dict[type[Model], Living] = {}
_reach: dict[type[Model], list[Rule]] = {}
_personal: set[type[Model]] = set()
_common: set[type[Any]] = set()
_kept: dict[Any, list[ORMOption]] = {}
KEPT = 1_000


def living(model: type[Model], rule: Living) -> None:
    """Declare which rows of `model` are not in the trash.

    A rule gets the columns to speak of: the model itself, or those of an alias of its table.
    Its subqueries use aliases, never models, so that the scope does not apply to itself. Of the
    actor it reads what `_eyes` names, no more: rules are kept for all who have the same.
    """
    _living[model] = rule
    _reach.setdefault(model, [])


def reach(model: type[Model], rule: Rule) -> None:
    """Declare one more way for a row of `model` to be within an actor's reach."""
    _reach.setdefault(model, []).append(rule)


def personal(model: type[Model], rule: Rule) -> None:
    """Declare the one way for a row of `model` to be within reach, whatever the actor's scope."""
    _reach[model] = [rule]
    _personal.add(model)


def common(*models: type[Any]) -> None:
    """Declare models without owners, such as definitions: who may open the page sees all rows."""
    _common.update(models)


def within(model: type[Model], actor: Actor | None, columns: Any = None) -> ColumnElement[bool]:
    """The predicate for the rows of `model` the actor may see and change."""
    if actor is None:
        return false()
    if model in _common:
        return true()
    columns = columns if columns is not None else model
    return and_(_living[model](columns), reachable(model, actor, columns))


def lives(model: type[Model], columns: Any) -> ColumnElement[bool]:
    """The predicate for the rows of `model` that are not in the trash."""
    return _living[model](columns)


def reachable(model: type[Model], actor: Actor, columns: Any) -> ColumnElement[bool]:
    """The predicate for the rows within the actor's reach, living or in the trash."""
    if actor.scope is Scope.ALL and model not in _personal:
        return true()
    if _as_a_set.get() is not None and len(_reach[model]) > 1:
        return columns.id.in_(_ids_in_reach(model, actor))
    return or_(false(), *(rule(columns, actor) for rule in _reach[model]))


def reachable_by(
    key: Any, model: type[Model], actor: Actor, *, surely: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether the row of `model` with this id is within reach.

    Asked row by row, what holds `surely` only then is looked at first: it spares the question.
    """
    if _as_a_set.get() is not None:
        found: ColumnElement[bool] = key.in_(_ids_in_reach(model, actor))
        return found
    rows = model.__table__.alias()
    return or_(surely, any_row(rows, rows.c.id == key, reachable(model, actor, rows.c)))


def _ids_in_reach(model: type[Model], actor: Actor) -> Any:
    """SELECT of the ids within reach, one part for each way: joins, not questions per row."""
    rows = model.__table__.alias()
    return union(*(select(rows.c.id).where(rule(rows.c, actor)) for rule in _reach[model]))


def trashed(model: type[M], actor: Actor) -> Select[M]:
    """SELECT of the rows in the trash that the actor would see; run it with `unscoped`."""
    return select(model).where(~_living[model](model), reachable(model, actor, model))


def unscoped(query: Select[M]) -> ScalarResult[M]:
    """The rows of a query that says itself who sees what."""
    return db.session.scalars(
        query, execution_options={"unscoped": True, "populate_existing": True}
    )


def any_row(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the aliased table has such a row, asked row by row.

    OFFSET 0 keeps PostgreSQL from reading everything within reach for one page of a list.
    """
    rows = select(table.c.id).where(*conditions)
    rows = rows.offset(0) if _as_a_set.get() is None else rows
    return rows.correlate_except(table).exists()


@contextmanager
def as_a_set(*found: Found) -> Iterator[None]:
    """Conditions built in the block are for counting many rows, not for one page of a list.

    `found` are visible rows that the statement has gathered already: rules may speak of them.
    """
    token = _as_a_set.set(found)
    try:
        yield
    finally:
        _as_a_set.reset(token)


def gathered(model: type[Model]) -> Any:
    """The visible rows of `model` that the statement has already; None if it has not."""
    return dict(_as_a_set.get() or ()).get(model)


def visible(model: type[M], actor: Actor | None = None) -> Select[M]:
    """SELECT of the rows of `model` visible to the actor (default: the session's)."""
    return select(model).where(within(model, actor or current_actor()))


def find_visible(model: type[M], pk: int, *options: ORMOption) -> M | None:
    """The visible row with this primary key, or None; never from the identity map."""
    key = inspect(model).primary_key[0]
    return db.session.scalars(visible(model).where(key == pk).options(*options)).one_or_none()


def lock_visible(model: type[M], pk: int, *options: ORMOption) -> M | None:
    """Like find_visible, freshly read and locked against other writers."""
    key = inspect(model).primary_key[0]
    query = visible(model).where(key == pk).with_for_update(of=model, key_share=True)
    fresh = query.options(*options).execution_options(populate_existing=True)
    return db.session.scalars(fresh).one_or_none()


def asked_once(query: Select[Any]) -> dict[str, Any]:
    """Execution options for a statement over many rows, all of them from a `visible` query.

    The rule of its model is not put under it once more; those of other models are.
    """
    return {"asked": query.column_descriptions[0]["entity"]}


def scoped_models() -> frozenset[type[Model]]:
    """The models that have a rule."""
    return frozenset(_reach)


@sa_event.listens_for(Session, "do_orm_execute")
def _scope_everything(state: ORMExecuteState) -> None:
    if not state.is_select or state.execution_options.get("unscoped"):
        return
    if state.is_column_load or state.is_relationship_load:
        return
    asked = state.execution_options.get("asked")
    state.statement = state.statement.options(*_criteria(state.session.info, asked))


def _criteria(info: dict[Any, Any], asked: type[Model] | None) -> list[ORMOption]:
    """The rules of all other models for the actor; built once for all who see the same."""
    actor: Actor | None = info.get("actor")
    eyes = _eyes(actor) if actor else (), _as_a_set.get(), asked
    if eyes not in _kept:
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[eyes] = [
            with_loader_criteria(
                model, _rule(model, actor), include_aliases=True, propagate_to_loaders=False
            )
            for model in _reach
            if model is not asked
        ]
    return _kept[eyes]


def _eyes(actor: Actor) -> tuple[Any, ...]:
    """All that rules may ask of an actor."""
    return actor.id, actor.scope, actor.peers, actor.team, actor.permissions


def _rule(model: type[Model], actor: Actor | None) -> Any:
    return within(model, actor)
