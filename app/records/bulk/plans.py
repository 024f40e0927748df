"""Plans that were shown: kept with the version of every row, carried out once, reported on."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.access.current import Actor
from app.audit.journal import batch_id, name_act
from app.db import Document, Instant, Model, db
from app.errors import InvalidValue, NotFound, Reason, RuleViolation, refuse_if
from app.records.bulk import acts
from app.records.bulk.acts import BulkAct
from app.records.bulk.plan import Plan, Row

LASTS = timedelta(hours=2)
SHOWN, COUNTED_BY_HAND = 200, 1_000
ALL, SKIP = "all", "skip"


class BulkPlan(Model):
    """What an operator was shown: each row with its version, and those held back with the reason.

    `sample` are the first changes, `skipped` the rows that were left when it was carried out.
    """

    __tablename__ = "bulk_plan"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    register: Mapped[str] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(40))
    ids: Mapped[list[int]] = mapped_column(Document)
    asked: Mapped[dict[str, Any]] = mapped_column(Document)
    rows: Mapped[list[Any]] = mapped_column(Document)
    held: Mapped[list[Any]] = mapped_column(Document)
    reasons: Mapped[list[Any]] = mapped_column(Document)
    sample: Mapped[list[Any]] = mapped_column(Document)
    kinds: Mapped[dict[str, int]] = mapped_column(Document)
    same: Mapped[int]
    back: Mapped[str] = mapped_column(String(8000), default="")
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    skipped: Mapped[list[Any]] = mapped_column(Document, default=list)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)

    @property
    def number(self) -> int:
        """How many rows change."""
        return len(self.rows)

    @property
    def done(self) -> int:
        """How many rows were changed."""
        return len(self.rows) - len(self.skipped)

    @property
    def typed(self) -> bool:
        """Whether the number has to be typed."""
        return len(self.rows) > COUNTED_BY_HAND


def make(
    actor: Actor, act: BulkAct, ids: Sequence[int], asked: Mapping[str, Any], at: datetime
) -> BulkPlan:
    """Plan the act for the rows and keep the plan. Inside a transaction."""
    wanted = act.read(asked)
    act.require(actor, wanted)
    made = act.plan(actor, ids, wanted, at)
    db.session.execute(delete(BulkPlan).where(BulkPlan.expires_at < at))
    kept = BulkPlan(
        token=secrets.token_urlsafe(16),
        user_id=actor.id,
        register=act.register,
        act=act.name,
        ids=list(ids),
        asked=dict(asked),
        rows=[[row.kind, row.id, row.version] for row in made.rows],
        held=[[one.kind, one.id, one.reason.code] for one in made.held],
        reasons=made.reasons(),
        sample=[sampled(row) for row in made.rows[:SHOWN]],
        kinds=made.kinds(),
        same=made.same,
        expires_at=at + LASTS,
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def sampled(row: Row) -> list[Any]:
    """A row with its changes, as the plan keeps it."""
    changes = [[entry.kind, entry.record, entry.changes] for entry in row.entries]
    return [row.kind, row.id, changes]


def find(actor: Actor, token: str, at: datetime) -> BulkPlan:
    """The actor's plan with this token; raises NotFound."""
    mine = select(BulkPlan).where(BulkPlan.token == token[:32], BulkPlan.user_id == actor.id)
    live = mine.where(BulkPlan.expires_at >= at).execution_options(populate_existing=True)
    found = db.session.scalars(live).one_or_none()
    if found is None:
        raise gone()
    return found


def gone() -> NotFound:
    """The refusal of a plan that is not there any more."""
    text = _("This preview has expired. Select the rows again.")
    return NotFound(Reason("bulk.gone", text))


def act_of(kept: BulkPlan) -> BulkAct:
    """The act that was planned."""
    found = acts.find(kept.register, kept.act)
    if found is None:
        raise gone()
    return found


def carry_out(actor: Actor, token: str, mode: str, typed: str, at: datetime) -> BulkPlan:
    """Do what the plan showed, in one batch; sent again, it answers with what was done."""
    lock = select(BulkPlan.token).where(BulkPlan.token == token[:32]).with_for_update()
    db.session.execute(lock)
    kept = find(actor, token, at)
    if kept.batch_id is not None:
        return kept
    act = act_of(kept)
    wanted = act.read(kept.asked)
    act.require(actor, wanted)
    refuse_confirmation(kept, mode, typed)
    act.lock(kept.ids)
    plan, skipped = present(act, actor, kept, wanted, at)
    if skipped and mode == ALL:
        text = _("Rows changed since the preview; nothing was done. Look at the new preview.")
        raise RuleViolation(Reason("bulk.stale", text))
    refuse_if([] if plan.rows else [acts.nothing_to_do()])
    name_act(db.session(), act.batch_act, wanted.get("note"))
    act.write(actor, plan, wanted, at)
    kept.batch_id, kept.skipped = batch_id(db.session()), skipped
    db.session.flush()
    db.session.expire_all()
    return kept


def refuse_confirmation(kept: BulkPlan, mode: str, typed: str) -> None:
    """Raise if the plan may not be carried out like this."""
    if not kept.rows:
        raise RuleViolation(acts.nothing_to_do())
    if mode == ALL and kept.held:
        text = _("Some rows are held back; nothing was done.")
        raise RuleViolation(Reason("bulk.held", text, offers=("skip",)))
    if kept.typed and typed.strip() != str(kept.number):
        text = _("Type the number of rows, %(number)s, to confirm.", number=kept.number)
        raise InvalidValue(Reason("bulk.count", text, field="count"))


def present(
    act: BulkAct, actor: Actor, kept: BulkPlan, wanted: Mapping[str, Any], at: datetime
) -> tuple[Plan, list[list[Any]]]:
    """The plan for the rows shown as they are now, and those that are left: changed since."""
    shown = {(kind, number): version for kind, number, version in kept.rows}
    plan = act.plan(actor, act.narrowed(kept.ids, shown), wanted, at)
    same = {
        (row.kind, row.id) for row in plan.rows if shown.get((row.kind, row.id)) == row.version
    }
    if len(same) < len(shown):
        plan = act.plan(actor, act.narrowed(kept.ids, same), wanted, at)
    plan.rows = [row for row in plan.rows if (row.kind, row.id) in same]
    left = shown.keys() - {(row.kind, row.id) for row in plan.rows}
    why = {(one.kind, one.id): one.reason.code for one in plan.held}
    return plan, [[*key, why.get(key, "bulk.changed")] for key in sorted(left)]
