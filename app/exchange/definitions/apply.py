"""Making the database say what a file says; each difference is told as it is made.

What a difference would be is found by making it and taking it back, so both go by the same rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.access.current import Actor
from app.audit.journal import batch_id, name_act
from app.campaigns import marking
from app.campaigns.models import Membership
from app.db import db, flush, transaction
from app.errors import Conflict, InvalidValue, NotFound, Reason, refuse_if
from app.events.definitions import Series
from app.exchange.definitions import present, trees
from app.exchange.definitions.changes import ADDED, ALTERED, Change, put, put_archived
from app.features import dated, operations, rules
from app.features.changes import batches
from app.features.models import Feature
from app.features.rules import REGISTERS
from app.operators.operations import all_roles, set_scope

Wanted = Mapping[str, Any]
ACT = "apply_definitions"


class TakenBack(Exception):
    """Ends a transaction that was only a trial."""


@dataclass(frozen=True)
class Order:
    """Who makes which state, when; `prune` archives what the file does not name."""

    actor: Actor
    state: Wanted
    at: datetime
    prune: bool = False


def differences(order: Order) -> list[Change]:
    """What applying the file would change; nothing is kept."""
    found: list[Change] = []
    try:
        with transaction():
            found = list(made(order))
            raise TakenBack
    except TakenBack:
        db.session.expire_all()
    return found


def apply(order: Order, expected: Sequence[Change]) -> list[Change]:
    """Make the database say what the file says; raises Conflict if that is not what was shown."""
    with transaction():
        name_act(db.session(), ACT)
        batch_id(db.session())  # what single acts call themselves is not heard any more
        found = list(made(order))
        if found != list(expected):
            text = _("The definitions changed meanwhile. Look at the differences again.")
            raise Conflict(Reason("definitions.changed", text))
        return found


def made(order: Order) -> Iterator[Change]:
    """Every part that the file has, in the order in which they lean on each other."""
    order.actor.require("edit", "FeatureView")
    yield from put_roles(order)
    yield from put_series(order)
    yield from put_features(order)


# --- roles and series ---------------------------------------------------------------------------


def put_roles(order: Order) -> Iterator[Change]:
    """How far roles see; who has which right is the program's."""
    session, scopes = db.session(), present.scopes()
    roles = {role.name: role for role in all_roles(session)}
    for name, scope in order.state.get("roles", {}).items():
        if scopes.get(name) != scope:
            order.actor.require("edit", "RoleView")
            set_scope(session, known(roles, name), scope)
            yield Change(ALTERED, f"role {name}", (("scope", scopes.get(name), scope),))


def put_series(order: Order) -> Iterator[Change]:
    """Series by their symbols; their numbers stay."""
    if "series" not in order.state:
        return
    there = {one.symbol: one for one in present.all_series()}
    for said in order.state["series"]:
        yield from put_one_series(order, said, there.pop(said["symbol"], None))
    for left in there.values() if order.prune else ():
        yield from put_archived(left, f"series {left.symbol}", order.at)
    flush()


def put_one_series(order: Order, said: Wanted, series: Series | None) -> Iterator[Change]:
    """One series; a new one begins its numbers."""
    what = f"series {said['symbol']}"
    wanted = {name: said[name] for name in ("symbol", "name", "pattern")}
    order.actor.require("edit", "SeriesView")
    if series is None:
        series = Series(**wanted)
        db.session.add(series)
        yield Change(ADDED, what)
    yield from put(series, what, wanted)
    yield from put_archived(series, what, order.at if said.get("archived") else None)


# --- features -----------------------------------------------------------------------------------


def put_features(order: Order) -> Iterator[Change]:
    """Features by their codes, each with its values."""
    if "features" not in order.state:
        return
    said: Sequence[Wanted] = order.state["features"]
    there = {one.code: one for one in db.session.scalars(select(Feature).order_by(Feature.code))}
    meant = [there.get(one["code"]) or there.get(one.get("was", "")) for one in said]
    for one, feature in zip(said, meant, strict=True):
        yield from put_feature(order, one, feature)
    left = [one for one in there.values() if one not in meant]
    for gone in left if order.prune else ():
        yield from put_archived(gone, f"feature {gone.code}", order.at, partial(holders, gone))
    flush()


def put_feature(order: Order, said: Wanted, feature: Feature | None) -> Iterator[Change]:
    """One feature; what changes of one that is there can be taken back, as after every act.

    Marking a campaign is such a change of its own, which carries values over.
    """
    marked = feature is not None and feature.campaign
    found = list(put_whole(order, said, feature))
    if found and feature is not None and feature.campaign == marked:
        batches.finish(batches.begin(feature, ACT, feature.code, order.at))
    yield from found


def put_whole(order: Order, said: Wanted, feature: Feature | None) -> Iterator[Change]:
    """What the feature is, its values, and what is asked of them."""
    what, settings = f"feature {said['code']}", columns(said)
    asked = {name: settings.pop(name) for name in ("initial", "required")}
    if feature is None:
        feature = Feature(**settings)
        db.session.add(feature)
        yield Change(ADDED, what, (("kind", None, feature.kind),))
    else:
        yield from altered(order, feature, what, settings)
    flush()
    yield from trees.put_values(feature, said.get("values", ()), order.at, prune=order.prune)
    yield from put(feature, what, asked, partial(lacking, feature, asked["required"]))
    refuse_if(named(what, operations.reasons_against_limits(feature)), InvalidValue)
    archived_at = order.at if said.get("archived") else None
    yield from put_archived(feature, what, archived_at, partial(holders, feature))
    flush()


def lacking(feature: Feature, required: str) -> int:
    """How many records break the rule that a value is required."""
    return sum(operations.lacking(feature).values()) if required else 0


def columns(said: Wanted) -> dict[str, Any]:
    """The feature's columns; what the file leaves out has its first value."""
    roles = {name: key for key, name in present.role_names().items()}
    series = {one.symbol: one.id for one in present.all_series()}
    return {
        "code": said["code"],
        "name_pl": said["name"]["pl"],
        "name_en": said["name"]["en"],
        "kind": said["kind"],
        **{f"on_{name}": name in said["registers"] for name in REGISTERS},
        "series": sorted(known(series, symbol) for symbol in said.get("series", ())),
        **{one.name: said.get(one.name, one.first) for one in present.settings()},
        "access": {known(roles, name): level for name, level in said.get("roles", {}).items()},
    }


def known(there: Mapping[str, Any], name: str) -> Any:
    """What the file names; raises NotFound."""
    if name not in there:
        text = _("The file names what is not there: %(name)s.", name=name)
        raise NotFound(Reason("definitions.missing", text))
    return there[name]


def altered(
    order: Order, feature: Feature, what: str, settings: dict[str, Any]
) -> Iterator[Change]:
    """The differences of a feature that is there; values keep their kind."""
    was_dated = feature.dated
    campaign, count = settings.pop("campaign"), partial(holders, feature)
    if (feature.kind, feature.target) != (settings["kind"], settings["target"]):
        used = bool(count()) or operations.has_nodes(feature)
        refuse_if(named(what, rules.reasons_not_to_change_kind(used=used)))
    if feature.campaign != campaign:
        yield Change(ALTERED, what, (("campaign", feature.campaign, campaign),), count())
        marking.mark(order.actor, feature.id, order.at, campaign=campaign)
        db.session.refresh(feature)
    yield from put(feature, what, settings, count)
    flush()
    if feature.dated and not was_dated:
        dated.start(feature)


def named(what: str, reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons with what they are about."""
    return [Reason(one.code, f"{what}: {one.text}", field=one.field) for one in reasons]


def holders(feature: Feature) -> int:
    """How many records have a value of the feature, or hang on the campaign."""
    if not feature.campaign:
        return operations.uses_of(feature)
    on_it = (Membership.feature_id == feature.id) & Membership.to_at.is_(None)
    return int(db.session.scalar(select(func.count()).where(on_it)) or 0)
