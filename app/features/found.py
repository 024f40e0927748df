"""What features add to the search: the texts of those marked so, beside the register's own key.

A record's texts stand folded in one column, a line each that begins with the feature's id. A word
is looked up in the column's index, whatever the number of features; then it must stand in a line
of a feature that the operator sees.
"""

from collections.abc import Iterable, Mapping
from functools import partial, reduce
from operator import add
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    false,
    func,
    inspect,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session, object_session

from app.audit import sets
from app.db import Document, db, fold
from app.features.catalog import all_features, is_on, registers
from app.features.models import Feature
from app.features.rights import is_seen
from app.lists.filters import add_words, folded, has

AT_ONCE = 20_000  # records; their keys take some seconds
DECIDING = ("searchable", "archived_at", "kind", "on_contractors", "on_persons", "on_events")


def attach(model: type[Any]) -> None:
    """Keep the key of a register's records, and look for words in it."""
    sa_event.listen(model, "before_insert", _fill)
    sa_event.listen(model, "before_update", _fill)
    add_words(model, partial(has_word, model))
    sets.follow("features", follow)


def searched(model: type[Any], session: Session | None = None) -> list[Feature]:
    """The features by which a register's records are found, whoever asks."""
    return [one for one in all_features(session) if one.searchable and is_on(one, model)]


def key_of(features: Iterable[Feature], document: Mapping[str, Any]) -> str:
    """The lines of a document."""
    texts = ((one.key, document.get(one.key)) for one in features)
    return "".join(line(key, fold(text)) for key, text in texts if isinstance(text, str))


def line(key: str, text: Any) -> Any:
    """A feature's id and its text, in one line."""
    return f"{key}:{text.replace(chr(10), ' ')}\n"


def _fill(_mapper: Any, _connection: Any, record: Any) -> None:
    if inspect(record).attrs.features.history.has_changes():
        features = searched(type(record), object_session(record))
        record.features_key = key_of(features, record.features or {})


def follow(table: Any, document: Any) -> Mapping[str, Any]:
    """The key of documents that are written by one statement."""
    model = next((one for one in searched_registers() if one.__table__ is table), None)
    if model is None:
        return {}
    return {"features_key": key_in_sql(searched(model), type_coerce(document, Document))}


def has_word(model: type[Any], word: str) -> ColumnElement[bool] | None:
    """Whether a folded word stands in a feature that the operator sees; None if in none it can."""
    keys = [one.key for one in searched(model) if is_seen(one)]
    if not keys:
        return None
    plain = "".join(sign if sign.isalnum() else f"\\{sign}" for sign in word)
    seen = f"(^|\n)({'|'.join(keys)}):[^\n]*{plain}"
    return and_(has(model.features_key, word), model.features_key.regexp_match(seen))


def key_in_sql(features: Iterable[Feature], document: Any) -> Any:
    """The lines of a document in SQL."""
    texts = {one.key: document[one.key].as_string() for one in features}
    lines = (
        case((text.is_not(None), stored_line(key, text)), else_="") for key, text in texts.items()
    )
    return reduce(add, lines, literal(""))


def stored_line(key: str, text: Any) -> Any:
    """The same in SQL."""
    return literal(f"{key}:") + func.replace(folded(text), "\n", " ", type_=String) + "\n"


def rows_with(model: type[Any], features: Iterable[Feature]) -> ColumnElement[bool]:
    """Whether a record has a value of one of these."""
    return or_(*(model.features[one.key].as_string().is_not(None) for one in features), false())


def waiting(feature: Feature) -> int:
    """How many records have a value that is not in their key yet."""
    return sum(
        count(db.session(), model, rows_with(model, [feature]) & ~has_line(model, feature))
        for model in searched_registers()
        if is_on(feature, model)
    )


def has_line(model: type[Any], feature: Feature) -> ColumnElement[bool]:
    """Whether a record's key has the feature's line."""
    found: ColumnElement[bool] = model.features_key.regexp_match(f"(^|\n){feature.key}:")
    return found


def count(session: Session, model: type[Any], test: ColumnElement[bool]) -> int:
    """How many records, whoever may see them."""
    query = select(func.count()).select_from(model).where(test)
    return int(session.scalar(query, execution_options={"unscoped": True}) or 0)


def searched_registers() -> list[Any]:
    """The registers whose records are found by their features."""
    return [model for model in registers() if hasattr(model, "features_key")]


def renew(session: Session, model: type[Any]) -> int:
    """Write the keys of stored records anew, in one statement; how many were otherwise."""
    marked = searched(model, session)
    some = (model.features_key != "") | rows_with(model, marked)
    key = key_in_sql(marked, model.features)
    statement = update(model).where(some, model.features_key != key).values(features_key=key)
    options = {"synchronize_session": False, "unscoped": True}
    done: Any = session.execute(statement, execution_options=options)
    return int(done.rowcount)


# --- when a definition changes -------------------------------------------------------------------


@sa_event.listens_for(Session, "after_flush")
def _note(session: Session, _context: Any) -> None:
    """Remember that a feature is to be found from now on."""
    if any(isinstance(one, Feature) and _is_newly_searched(one) for one in session.dirty):
        session.info["search_stale"] = True


def _is_newly_searched(feature: Feature) -> bool:
    """Whether its values are to be found and perhaps were not before."""
    state = inspect(feature)
    changed = (state.attrs[name].history.has_changes() for name in DECIDING)
    return feature.searchable and feature.archived_at is None and any(changed)


@sa_event.listens_for(Session, "after_flush_postexec")
def _renew(session: Session, _context: Any) -> None:
    """Write the keys of its records, unless they are so many that the command line must."""
    if session.info.pop("search_stale", False):
        rewritten(session)


def rewritten(session: Session) -> None:
    """The same, after values were rewritten behind the session's back."""
    for model in searched_registers():
        if count(session, model, rows_with(model, searched(model, session))) <= AT_ONCE:
            renew(session, model)
