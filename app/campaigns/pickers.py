"""Choosing a place of any campaign, and the filter `node` of the lists."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select

from app.campaigns.places import Place, at_place, find_place, node_place, nowhere
from app.db import fold
from app.events.models import Event, Stage
from app.fab.pickers import Picker, register
from app.features import nodes
from app.features.catalog import by_id, campaigns
from app.features.models import FeatureNode
from app.lists.filters import FilterField, Picked, Unreadable, folded, like, quick, tree

KEY = re.compile(r"all|none|c?[0-9]{1,9}")


def living_places() -> Any:
    """SELECT of the nodes of all campaigns that one may choose."""
    ids = [feature.id for feature in campaigns()]
    return select(FeatureNode).where(
        FeatureNode.feature_id.in_(ids), FeatureNode.archived_at.is_(None)
    )


def name_places(found: Sequence[FeatureNode]) -> None:
    """Give each node its full name, the campaign's in front."""
    nodes.name_trails(found)
    for node in found:
        feature = by_id(node.feature_id)
        if feature is not None:
            node.trail = f"{feature.name(str(get_locale()))}{nodes.ARROW}{node.trail}"


def search_places(query: Any, text: str, _more: Mapping[str, str]) -> Any:
    """Every word must occur in the node's name or in its campaign's."""
    for word in text.split()[:6]:
        called = [one.id for one in campaigns() if word in fold(f"{one.name_pl} {one.name_en}")]
        named = folded(FeatureNode.name).like(like(word), escape="\\")
        query = query.where(or_(named, FeatureNode.feature_id.in_(called)))
    return query.order_by(FeatureNode.depth, FeatureNode.place, FeatureNode.folded, FeatureNode.id)


register(
    Picker(
        "place",
        FeatureNode,
        search_places,
        lambda node: node.trail,
        ("show", "PickerView"),
        prepare=name_places,
        rows=living_places,
    )
)


def read_key(value: Any) -> str:
    """The key of a place: all, none, c3 or 12."""
    key = str(value) if type(value) in (int, str) else ""
    if not KEY.fullmatch(key):
        raise Unreadable(value)
    return key


def picked_places(keys: Collection[str]) -> dict[str, Picked]:
    """The places with these keys, with their full names."""
    known = nodes.named(int(key) for key in keys if key.isdigit())
    found = {key: place_of(key, known) for key in keys}
    return {key: Picked(place, called(place)) for key, place in found.items() if place}


def place_of(key: str, known: Mapping[int, FeatureNode]) -> Place | None:
    """The place with this key, its node among those known."""
    if not key.isdigit():
        return find_place(key)
    node = known.get(int(key))
    feature = by_id(node.feature_id) if node is not None else None
    if node is None or feature is None or not feature.campaign:
        return None
    return node_place(feature, node)


def called(place: Place) -> str:
    """Campaign and names from the top down, of a place whose node knows its trail."""
    if place.node is None or place.feature is None:
        return place.name
    return f"{place.feature.name(str(get_locale()))}{nodes.ARROW}{place.node.trail}"


def full_name(place: Place) -> str:
    """Campaign and names from the top down."""
    if place.node is not None:
        nodes.name_trails([place.node])
    return called(place)


def hangs(model: type[Any], below: bool, place: Place) -> ColumnElement[bool]:
    """Whether a record, or a stage's event, hangs at the place."""
    if model is Stage:
        return at_place(Event, place, below=below, ids=Stage.event_id)
    return at_place(model, place, below=below)


def filters_for(model: type[Any]) -> Sequence[FilterField]:
    """The filter by place: with all below (0), or just here (1)."""
    if not campaigns():
        return []
    tests = (partial(hangs, model, True), partial(hangs, model, False))
    nowhere_now = hangs(model, True, nowhere())
    field = tree("node", _("Campaign"), "place", tests, nowhere_now, picked_places)
    return quick(replace(field, read=read_key))


def filter_maker(model: type[Any]) -> Any:
    """The same, to be asked for each request."""
    return partial(filters_for, model)
