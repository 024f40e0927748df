"""Choosing a place of any campaign, and the filter `node` of the lists."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from app.campaigns.places import Place, at_place, find_place
from app.events.models import Event, Stage
from app.fab.pickers import Picker, register
from app.features import nodes
from app.features.catalog import by_id, campaigns
from app.features.models import FeatureNode
from app.features.pickers import search
from app.lists.filters import FilterField, Operator, Unreadable


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


register(
    Picker(
        "place",
        FeatureNode,
        search,
        lambda node: node.trail,
        ("show", "PickerView"),
        prepare=name_places,
        rows=living_places,
    )
)


def full_name(place: Place) -> str:
    """Campaign and names from the top down."""
    if place.node is None or place.feature is None:
        return place.name
    campaign = place.feature.name(str(get_locale()))
    names = nodes.trails([place.node.path])[place.node.path]
    return f"{campaign}{nodes.ARROW}{names}"


def read_place(text: str) -> Place:
    """The place with this key."""
    found = find_place(text)
    if found is None:
        raise Unreadable(text)
    return found


def shown_place(text: str) -> str:
    """The full name of a place by its key."""
    found = find_place(text)
    return full_name(found) if found is not None else text


def hangs(model: type[Any], below: bool, place: Place) -> ColumnElement[bool]:
    """Whether a record, or a stage's event, hangs at the place."""
    if model is Stage:
        return at_place(Event, place, below=below, ids=Stage.event_id)
    return at_place(model, place, below=below)


def filters_for(model: type[Any]) -> list[FilterField]:
    """The filter by place: with all below (0), or just here (1)."""
    if not campaigns():
        return []
    tests = (
        Operator(_("in the branch"), read_place, partial(hangs, model, True)),
        Operator(_("exactly at"), read_place, partial(hangs, model, False)),
    )
    return [FilterField("node", _("Campaign"), "remote", tests, kind="place", show=shown_place)]


def filter_maker(model: type[Any]) -> Any:
    """The same, to be asked for each request."""
    return partial(filters_for, model)
