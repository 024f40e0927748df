"""The definitions of features: each process keeps a copy until the database counts a change.

A request learns the count with its login; what has no login reads the definitions once a session.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import current_app
from flask_babel import get_locale
from sqlalchemy import ColumnElement, inspect, select, true
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from app.access.current import current_actor
from app.db import Model, db
from app.features.models import Feature, FeatureNode
from app.features.rights import is_seen

Made = TypeVar("Made")
_registers: dict[str, type[Model]] = {}


def attach(model: type[Model]) -> None:
    """Let the records of a register carry features; the definition has a flag for it."""
    _registers[model.__tablename__] = model


def registers() -> list[type[Model]]:
    """The registers whose records carry features."""
    return list(_registers.values())


def all_features(session: Session | None = None) -> list[Feature]:
    """The living definitions in their order, read by the present session unless told."""
    session = session or db.session()
    if "features" not in session.info:
        session.info["features"] = kept(session) if is_kept(session) else read(session)
    found: list[Feature] = session.info["features"]
    return found


def is_kept(session: Session) -> bool:
    """Whether the process has copies and the definitions did not change since."""
    changes = session.info.get("definitions")
    return changes is not None and changes == current_app.extensions.get("definitions", [None])[0]


def kept(session: Session) -> list[Feature]:
    """The process's copies as objects of this session, without a statement."""
    return [present(session, one) for one in current_app.extensions["definitions"][1]]


def read(session: Session) -> list[Feature]:
    """The definitions of the database; the process keeps copies if it knows as of when."""
    query = select(Feature).where(Feature.archived_at.is_(None))
    found = list(session.scalars(query.order_by(Feature.place, Feature.id)))
    changes = session.info.get("definitions")
    if changes is not None:
        current_app.extensions["definitions"] = changes, [copied(one) for one in found], {}
    return found


def copied(feature: Feature) -> Feature:
    """A copy that belongs to no session."""
    columns = inspect(Feature).column_attrs.keys()
    copy = Feature(**{name: getattr(feature, name) for name in columns})
    make_transient_to_detached(copy)
    return copy


def made_once(what: str, model: type[Any], make: Callable[[list[Feature]], Made]) -> Made:
    """What is made of the features that the operator sees on a register, and of nothing else.

    It is kept with the definitions, for operators of the same roles and language.
    """
    if not is_kept(db.session()):
        return make(features_of(model))
    actor, (_changes, copies, made) = current_actor(), current_app.extensions["definitions"]
    roles = None if actor is None else tuple(sorted(actor.roles))
    key = what, model, roles, str(get_locale())
    if key not in made:
        made[key] = make([one for one in of_records(copies, model) if is_seen(one)])
    found: Made = made[key]
    return found


def present(session: Session, copy: Feature) -> Feature:
    """The session's own object of this definition, as it stands there if it does."""
    here: Any = session.identity_map.get(identity_key(instance=copy))
    return here or session.merge(copy, load=False)


def features_of(model: type[Any]) -> list[Feature]:
    """The features of a register's records that the present operator sees."""
    return [one for one in carried_by(model) if is_seen(one)]


def carried_by(model: type[Any]) -> list[Feature]:
    """The features whose values stand in the documents of a register's records, whoever asks."""
    return of_records(all_features(), model)


def of_records(features: Iterable[Feature], model: type[Any]) -> list[Feature]:
    """Those that stand in the documents of a register's records."""
    return [one for one in features if is_on(one, model) and not one.campaign]


def features_on(record: Any) -> list[Feature]:
    """The features that the record has or may get, of those that the operator sees."""
    return [one for one in features_of(type(record)) if suits(one, record)]


def carried_on(record: Any) -> list[Feature]:
    """The features that the record has or may get, whoever asks."""
    return [one for one in carried_by(type(record)) if suits(one, record)]


def suits(feature: Feature, record: Any) -> bool:
    """Whether the record is of a series that the feature belongs to, if that is limited."""
    return not feature.series or getattr(record, "in_series", None) in (None, *feature.series)


def suits_in_sql(feature: Feature, model: type[Any]) -> ColumnElement[bool]:
    """The same in SQL."""
    if not feature.series or not hasattr(model, "in_series"):
        return true()
    limited: ColumnElement[bool] = model.in_series.in_(feature.series)
    return limited


def campaigns_of(model: type[Any]) -> list[Feature]:
    """The campaigns on which a register's records may hang."""
    return [one for one in campaigns() if is_on(one, model)]


def campaigns() -> list[Feature]:
    """The features marked as campaigns."""
    return [one for one in all_features() if one.campaign]


def is_on(feature: Feature, model: type[Any]) -> bool:
    """Whether the feature belongs to the register's records."""
    return bool(getattr(feature, f"on_{model.__tablename__}s", False))


def by_code(code: str) -> Feature | None:
    """The living feature with this code."""
    return next((one for one in all_features() if one.code == code), None)


def by_id(feature_id: int) -> Feature | None:
    """The living feature with this id."""
    return next((one for one in all_features() if one.id == feature_id), None)


@sa_event.listens_for(Session, "after_commit")
@sa_event.listens_for(Session, "after_soft_rollback")
def forget(session: Session, *_more: Any) -> None:
    """Read definitions and nodes anew at the next question."""
    session.info.pop("features", None)
    session.info.pop("definitions", None)
    session.info.pop("nodes", None)
    session.info.pop("pointed", None)
    session.info.pop("held", None)
    session.info.pop("depths", None)


@sa_event.listens_for(Session, "after_flush")
def _forget_changed(session: Session, _context: Any) -> None:
    changed = (*session.new, *session.dirty, *session.deleted)
    if any(isinstance(record, Feature | FeatureNode) for record in changed):
        forget(session)
