"""Another keeper or status for many contractors at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import load_only

from app.access import visibility
from app.access.current import Actor
from app.audit.sets import Entry, given_ids
from app.contractors.models import Contractor
from app.contractors.rules import STATUS_WORDS
from app.db import db
from app.fab.forms import ChoiceField, relation
from app.records.bulk import acts, undo
from app.records.bulk.acts import BulkAct, BulkForm, Kind
from app.records.bulk.plan import Plan, changed


class KeeperForm(BulkForm):
    """Who keeps them; nobody if empty."""

    keeper = relation("operator", _l("New keeper"), description=_l("Empty: nobody keeps them."))


class StatusForm(BulkForm):
    """What they become."""

    status = ChoiceField(_l("New status"), choices=lambda: list(STATUS_WORDS.items()))


class ChangeKeeper(BulkAct):
    """Give contractors to another keeper."""

    name, register = "keeper", "contractor"
    label, icon = _l("Change keeper…"), "user-check"
    rights = (("edit", "ContractorView"),)
    form: ClassVar[type[BulkForm]] = KeeperForm

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """All that have another now."""
        made, (name, new) = Plan(), self.value(wanted)
        column = getattr(Contractor, name)
        query = select(Contractor.id, Contractor.version, column)
        mine = query.where(visibility.within(Contractor, actor), Contractor.id.in_(given_ids(ids)))
        rows = db.session.execute(
            mine.order_by(Contractor.id), execution_options={"unscoped": True}
        )
        for number, version, old in rows:
            change = Entry("contractor", number, changed(**{name: (old, new)}))
            made.change("contractor", number, version, change)
        return made

    def value(self, wanted: Mapping[str, Any]) -> tuple[str, Any]:
        """The column and its new value."""
        keeper = wanted["keeper"]
        return "keeper_id", keeper.id if keeper else None

    def lock(self, ids: Sequence[int]) -> None:
        """The contractors."""
        lock_contractors(ids)

    def told(self, number: int) -> str:
        """What was done."""
        return ngettext("%(num)s contractor changed.", "%(num)s contractors changed.", number)


class ChangeStatus(ChangeKeeper):
    """Give contractors another status."""

    name = "status"
    label, icon = _l("Change status…"), "flag"
    form = StatusForm

    def value(self, wanted: Mapping[str, Any]) -> tuple[str, Any]:
        """The status."""
        return "status", wanted["status"]


def lock_contractors(ids: Sequence[int]) -> None:
    """Lock them in the order of their ids."""
    lock = select(Contractor.id).where(Contractor.id.in_(given_ids(ids))).order_by(Contractor.id)
    locked = lock.with_for_update(key_share=True)
    db.session.execute(locked, execution_options={"unscoped": True}).all()


def words(ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """Name and code of each contractor that may be seen, and its address."""
    query = visibility.visible(Contractor).where(Contractor.id.in_(ids))
    few = load_only(Contractor.id, Contractor.name, Contractor.code)
    rows = db.session.scalars(query.options(few))
    return {row.id: (str(row.full_name), f"/contractors/{row.id}") for row in rows}


def register() -> None:
    """Tell the mechanism."""
    acts.describe("contractor", Kind(lock_contractors, words))
    for act in (ChangeKeeper, ChangeStatus):
        acts.register(act())
        undo.can_be_undone(act().batch_act)
