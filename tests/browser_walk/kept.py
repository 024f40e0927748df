"""What pages show only after somebody has done something: the plan of an act on many rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.events.models import Stage
from app.records.bulk.plans import BulkPlan
from tests.browser_walk.server import ADMIN

PLAN = "sample"


def keep_plan(session: Session) -> None:
    """A plan with rows that change and rows held back, shown to the administrator."""
    planned = Stage.closed_at.is_(None), Stage.due_on.is_not(None)
    stages = session.scalars(select(Stage).where(*planned).order_by(Stage.id).limit(6)).all()
    session.merge(
        BulkPlan(
            token=PLAN,
            user_id=session.scalars(select(User.id).where(User.username == ADMIN)).one(),
            register="stage",
            act="due",
            ids=[one.id for one in stages],
            asked={"days": "3"},
            rows=[["stage", one.id, one.version] for one in stages],
            held=[["stage", one.id, "stage.already_closed"] for one in stages[:2]],
            reasons=[["stage.already_closed", "Etap jest już zamknięty.", 2]],
            sample=[sampled(one) for one in stages],
            kinds={"stage": len(stages)},
            same=1,
            skipped=[],
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
    )
    session.commit()


def sampled(stage: Stage) -> list[Any]:
    """The stage with the change of its due date."""
    assert stage.due_on is not None
    later = (stage.due_on + timedelta(3)).isoformat()
    return ["stage", stage.id, [["stage", stage.id, {"due_on": [str(stage.due_on), later]}]]]
