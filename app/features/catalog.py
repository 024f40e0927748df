"""The definitions of features, read once per session: one statement however many there are."""

from typing import Any

from sqlalchemy import event as sa_event
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Model, db
from app.features.models import Feature, FeatureNode

_registers: dict[str, type[Model]] = {}


def attach(model: type[Model]) -> None:
    """Let the records of a register carry features; the definition has a flag for it."""
    _registers[model.__tablename__] = model


def registers() -> list[type[Model]]:
    """The registers whose records carry features."""
    return list(_registers.values())


def all_features() -> list[Feature]:
    """The living definitions in their order."""
    session = db.session()
    if "features" not in session.info:
        query = select(Feature).where(Feature.archived_at.is_(None))
        ordered = query.order_by(Feature.place, Feature.id)
        session.info["features"] = list(session.scalars(ordered))
    found: list[Feature] = session.info["features"]
    return found


def features_of(model: type[Any]) -> list[Feature]:
    """The features whose values stand in the documents of a register's records."""
    return [one for one in all_features() if is_on(one, model) and not one.campaign]


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
    session.info.pop("nodes", None)
    session.info.pop("depths", None)


@sa_event.listens_for(Session, "after_flush")
def _forget_changed(session: Session, _context: Any) -> None:
    changed = (*session.new, *session.dirty, *session.deleted)
    if any(isinstance(record, Feature | FeatureNode) for record in changed):
        forget(session)
