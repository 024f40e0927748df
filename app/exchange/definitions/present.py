"""What the database defines at present, as a file says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Integer, inspect, select

from app.access.models import RoleScope
from app.db import db
from app.events.definitions import Series
from app.features.models import Feature, FeatureNode
from app.features.rules import REGISTERS
from app.operators.operations import all_roles

OWN_WORDS = frozenset(
    (
        *("id", "version", "created_by_id", "created_at", "changed_at", "archived_at"),
        *("code", "name_pl", "name_en", "kind", "series", "access"),
        *(f"on_{name}" for name in REGISTERS),
    )
)  # columns that a file says in words of its own, or that are an installation's own


@dataclass(frozen=True)
class Setting:
    """A column of features as a part of the file; left out where it has its first value."""

    name: str
    first: Any
    schema: Mapping[str, Any]


def settings() -> list[Setting]:
    """The settings of features, in the order of the columns."""
    columns = inspect(Feature).columns
    return [setting(one) for name, one in columns.items() if name not in OWN_WORDS]


def setting(column: Any) -> Setting:
    """The setting of a column: yes or no, a whole number or a text."""
    kind = {Boolean: "boolean", Integer: "integer"}.get(type(column.type), "string")
    limits = {"maxLength": column.type.length} if getattr(column.type, "length", None) else {}
    first = column.default.arg if column.default is not None else None
    return Setting(column.key, first, {"type": kind, **limits})


def settings_schema() -> dict[str, Any]:
    """The parts of the schema that follow from the columns."""
    return {one.name: one.schema for one in settings()}


def state() -> dict[str, Any]:
    """All that a file can say."""
    return {
        "etap": 1,
        "roles": scopes(),
        "series": [series_words(one) for one in all_series()],
        "features": feature_words(),
    }


def scopes() -> dict[str, str]:
    """Role -> how far it sees."""
    session = db.session()
    found = dict(session.execute(select(RoleScope.role_id, RoleScope.scope)).all())
    return {role.name: found[role.id] for role in all_roles(session) if role.id in found}


def all_series() -> list[Series]:
    """The series by symbol."""
    return list(db.session.scalars(select(Series).order_by(Series.symbol)))


def series_words(series: Series) -> dict[str, Any]:
    """A series as a file says it."""
    said = {name: getattr(series, name) for name in ("symbol", "name", "pattern")}
    return said | ({"archived": True} if series.archived_at else {})


def feature_words() -> list[dict[str, Any]]:
    """The features in their order, with their values."""
    query = select(Feature).order_by(Feature.place, Feature.code)
    branches = values_by_parent()
    names, symbols = role_names(), {one.id: one.symbol for one in all_series()}
    return [
        words_of(one, names, symbols) | values_words(branches, one.id)
        for one in db.session.scalars(query)
    ]


def role_names() -> dict[str, str]:
    """The id of a role, as definitions keep it -> its name."""
    return {str(role.id): role.name for role in all_roles(db.session())}


def words_of(
    feature: Feature, roles: Mapping[str, str], symbols: Mapping[int, str]
) -> dict[str, Any]:
    """A feature as a file says it, without its values."""
    said: dict[str, Any] = {
        "code": feature.code,
        "name": {"pl": feature.name_pl, "en": feature.name_en},
        "kind": feature.kind,
        "registers": [name for name in REGISTERS if getattr(feature, f"on_{name}")],
    }
    said |= {"series": [symbols[pk] for pk in feature.series]} if feature.series else {}
    said |= {
        one.name: value
        for one in settings()
        if (value := getattr(feature, one.name)) != one.first and value is not None
    }
    access = {roles[key]: level for key, level in feature.access.items() if key in roles}
    said |= {"roles": dict(sorted(access.items()))} if access else {}
    return said | ({"archived": True} if feature.archived_at else {})


# --- values -------------------------------------------------------------------------------------

Branches = Mapping[tuple[int, int], list[FeatureNode]]


def values_by_parent(feature_id: int | None = None) -> dict[tuple[int, int], list[FeatureNode]]:
    """(feature, parent or 0) -> the values below it in order; of one feature or of all."""
    query = select(FeatureNode).order_by(FeatureNode.place, FeatureNode.id)
    if feature_id is not None:
        query = query.where(FeatureNode.feature_id == feature_id)
    found: dict[tuple[int, int], list[FeatureNode]] = {}
    for node in db.session.scalars(query):
        found.setdefault((node.feature_id, node.root_or_parent), []).append(node)
    return found


def values_words(branches: Branches, feature_id: int, parent: int = 0) -> dict[str, Any]:
    """The values below one, or at the top, as a file says them; nothing if there is none."""
    below: Callable[[FeatureNode], dict[str, Any]] = lambda node: values_words(  # noqa: E731
        branches, feature_id, node.id
    )
    found = [node_words(node, below(node)) for node in branches.get((feature_id, parent), ())]
    return {"values": found} if found else {}


def node_words(node: FeatureNode, below: Mapping[str, Any]) -> Any:
    """A value as a file says it: its name, or an object where there is more to say."""
    more = ({"archived": True} if node.archived_at else {}) | dict(below)
    return {"name": node.name, **more} if more else node.name
