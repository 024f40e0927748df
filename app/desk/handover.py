"""Handing over: all open items of an operator to another one, in one act shown before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from app.access import visibility
from app.access.current import Actor
from app.audit.sets import Entry, given_ids
from app.campaigns.models import Membership
from app.campaigns.places import at_place, campaign_place
from app.contractors.bulk import lock_contractors
from app.contractors.models import Contractor
from app.db import db
from app.errors import InvalidValue, Reason
from app.events.bulk.light import lock_events
from app.events.bulk.planning import OperatorForm
from app.events.models import Event, Stage
from app.fab.forms import ChoiceField
from app.features.catalog import by_id, campaigns
from app.lists.selection import MOST
from app.records.bulk.acts import BulkAct
from app.records.bulk.plan import Plan, changed

EVENT, STAGE = Event.__table__.c, Stage.__table__.c
OPEN_EVENT = Event.closed_at.is_(None)
KINDS = ("event", "stage", "contractor")
NAMES = {"event": _l("Events"), "stage": _l("Stages"), "contractor": _l("Contractors")}


def campaign_choices() -> list[tuple[str, str]]:
    """The campaigns, and all records whether they hang on one or not."""
    locale = str(get_locale())
    return [("", _("all")), *((str(one.id), one.name(locale)) for one in campaigns())]


class HandOverForm(OperatorForm):
    """Who takes over, and whether only what hangs on a campaign."""

    campaign = ChoiceField(_l("Only of the campaign"), choices=campaign_choices, default="")


class HandOver(BulkAct):
    """All open events and stages and all kept contractors of operators to another one."""

    name, register = "handover", "ab_user"
    label, icon = _l("Hand over"), "switch-horizontal"
    rights = (("use", "HandoverView"),)
    form = HandOverForm
    listed = False

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """Every item that the actor sees."""
        made, new = Plan(), wanted["operator"].id
        if new in ids:
            text = _("Choose another operator.")
            raise InvalidValue(Reason("handover.same", text, field="operator"))
        for kind, query in items(actor, ids, wanted["campaign"]).items():
            name = "keeper_id" if kind == "contractor" else "operator_id"
            for number, version, old in db.session.execute(query, execution_options=UNSCOPED):
                entry = Entry(kind, number, changed(**{name: (old, new)}))
                made.change(kind, number, version, entry)
        if len(made.rows) > MOST:
            text = _("At most %(most)s rows at once; narrow the filters.", most=MOST)
            raise InvalidValue(Reason("selection.too_many", text))
        return made

    def narrowed(self, ids: Sequence[int], keys: Collection[tuple[str, int]]) -> list[int]:
        """The operators stay; their items are told apart by the plan."""
        return list(ids)

    def lock(self, ids: Sequence[int]) -> None:
        """The contractors, then the events."""
        kept = select(Contractor.id).where(Contractor.keeper_id.in_(ids))
        lock_contractors(db.session.scalars(kept, execution_options=UNSCOPED).all())
        stages = select(STAGE.event_id).where(STAGE.operator_id.in_(ids))
        mine = or_(Event.operator_id.in_(ids), Event.id.in_(stages))
        lock_events(and_(OPEN_EVENT, mine))

    def told(self, number: int) -> str:
        """What was done."""
        return ngettext("%(num)s item handed over.", "%(num)s items handed over.", number)

    def counts(self, rows: Sequence[Sequence[Any]]) -> list[tuple[str, dict[str, int]]]:
        """How many of each kind, in all and by campaign."""
        ids = {kind: [number for one, number, _v in rows if one == kind] for kind in KINDS}
        whole = [(_("In all"), {kind: len(some) for kind, some in ids.items()})]
        return [*whole, *by_campaign(ids)]


UNSCOPED = {"unscoped": True}


def items(actor: Actor, ids: Sequence[int], campaign: str) -> dict[str, Select[Any]]:
    """By kind, SELECT of (id, version, operator) of what is open and kept by the operators."""
    feature = by_id(int(campaign)) if campaign else None
    event = and_(OPEN_EVENT, visibility.within(Event, actor), hangs(Event, feature))
    found: dict[str, Any] = {
        "event": select(Event.id, Event.version, Event.operator_id)
        .where(event, Event.operator_id.in_(ids))
        .order_by(Event.id),
        "stage": select(STAGE.id, STAGE.version, STAGE.operator_id)
        .join(Event, Event.id == STAGE.event_id)
        .where(event, STAGE.position > Event.closed_upto, STAGE.operator_id.in_(ids))
        .order_by(STAGE.id),
        "contractor": select(Contractor.id, Contractor.version, Contractor.keeper_id)
        .where(visibility.within(Contractor, actor), hangs(Contractor, feature))
        .where(Contractor.keeper_id.in_(ids))
        .order_by(Contractor.id),
    }
    return found


def hangs(model: Any, feature: Any) -> ColumnElement[bool]:
    """Whether a record hangs on the campaign; on any or none, if none is chosen."""
    return at_place(model, campaign_place(feature), below=True) if feature else true()


def by_campaign(ids: Mapping[str, Sequence[int]]) -> list[tuple[str, dict[str, int]]]:
    """(campaign, how many of each kind hang on it)."""
    hung: dict[int, dict[str, int]] = {}
    own = {"event": Membership.event_id, "contractor": Membership.contractor_id}
    for kind, column in own.items():
        counted = select(Membership.feature_id, func.count(column.distinct()))
        query = counted.where(Membership.to_at.is_(None), column.in_(given_ids(ids[kind])))
        for feature, number in db.session.execute(query.group_by(Membership.feature_id)):
            hung.setdefault(feature, {})[kind] = number
    of_events = (
        select(Membership.feature_id, func.count(STAGE.id.distinct()))
        .join(Stage.__table__, STAGE.event_id == Membership.event_id)
        .where(Membership.to_at.is_(None), STAGE.id.in_(given_ids(ids["stage"])))
    )
    for feature, number in db.session.execute(of_events.group_by(Membership.feature_id)):
        hung.setdefault(feature, {})["stage"] = number
    locale = str(get_locale())
    return [(one.name(locale), hung[one.id]) for one in campaigns() if one.id in hung]


# --- who has open items -----------------------------------------------------------------------


def open_items(actor: Actor, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Operator -> how many open items of each kind, of those who have some."""
    found: dict[int, dict[str, int]] = {}
    with visibility.as_a_set():
        for kind, query in items(actor, ids, "").items():
            rows = query.order_by(None).subquery()
            counted = select(rows.c[2], func.count()).group_by(rows.c[2])
            for operator, number in db.session.execute(counted, execution_options=UNSCOPED):
                found.setdefault(operator, {})[kind] = number
    return found


def operators(*, inactive: bool, team: int | None) -> Sequence[User]:
    """The operators by name, only deactivated ones or all, of a team or of all."""
    query = select(User).order_by(User.last_name.collate("polish"), User.first_name, User.id)
    if inactive:
        query = query.where(User.active.is_not(True))
    if team is not None:
        query = query.where(User.groups.any(id=team))
    return db.session.scalars(query).all()
