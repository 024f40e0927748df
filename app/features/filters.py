"""Filters by features: one per definition, read with the definitions, asked of the document."""

from collections.abc import Collection
from functools import partial
from typing import Any

from flask_babel import get_locale
from sqlalchemy import ColumnElement, Numeric, cast, select

from app.features import nodes
from app.features.catalog import features_of
from app.features.kinds import KINDS, Unreadable
from app.features.models import Feature, FeatureNode
from app.lists import filters
from app.lists.filters import FilterField, Picked


def fields_for(model: type[Any]) -> list[FilterField]:
    """The filters of a register's features."""
    return list(filters.quick(*(field_for(model, feature) for feature in features_of(model))))


def field_for(model: type[Any], feature: Feature) -> FilterField:
    """The filter of a feature."""
    value = model.features[feature.key]
    name, label = f"feature_{feature.code}", feature.name(str(get_locale()))
    found: FilterField = MAKERS[feature.kind](name, label, value, feature)
    return found


def _text(name: str, label: str, value: Any, _feature: Feature) -> FilterField:
    return filters.text(name, label, value.as_string())


def _date(name: str, label: str, value: Any, _feature: Feature) -> FilterField:
    return filters.iso_days(name, label, value.as_string())


def _number(name: str, label: str, value: Any, feature: Feature) -> FilterField:
    kind = KINDS["number"]

    def read(given: Any) -> str:
        try:
            plain: str | None = kind.parse(feature, given)
        except Unreadable as error:
            raise filters.Unreadable(given) from error
        if plain is None:
            raise filters.Unreadable(given)
        return plain

    number = cast(value.as_string(), Numeric(asdecimal=False))
    exact = partial(cast, type_=Numeric(asdecimal=False))
    show = lambda plain: kind.show(plain, {})  # noqa: E731 - one expression
    return filters.number(name, label, number, read, show, bind=exact)


def _yesno(name: str, label: str, value: Any, _feature: Feature) -> FilterField:
    return filters.flag(name, label, value.as_boolean())


def _choice(name: str, label: str, value: Any, feature: Feature) -> FilterField:
    node, kind = value.as_integer(), f"node-{feature.id}"

    def any_of(found: Collection[FeatureNode]) -> ColumnElement[bool]:
        return node.in_([one.id for one in found])

    return filters.related(name, label, kind, any_of, node.is_(None), partial(find, feature.id))


def _tree(name: str, label: str, value: Any, feature: Feature) -> FilterField:
    node, kind = value.as_integer(), f"node-{feature.id}"

    def below(top: FeatureNode) -> ColumnElement[bool]:
        return node.in_(select(FeatureNode.id).where(nodes.below(top.path)))

    def at(one: FeatureNode) -> ColumnElement[bool]:
        return node == one.id

    found = partial(find, feature.id)
    return filters.tree(name, label, kind, (below, at), node.is_(None), found)


def find(feature_id: int, ids: Collection[int]) -> dict[int, Picked]:
    """The feature's nodes with these ids, with their full names; archived ones too."""
    known = nodes.named(ids)
    found = (known[pk] for pk in ids if pk in known)
    return {node.id: Picked(node, node.trail) for node in found if node.feature_id == feature_id}


MAKERS = {
    "text": _text,
    "number": _number,
    "date": _date,
    "yesno": _yesno,
    "choice": _choice,
    "tree": _tree,
}
