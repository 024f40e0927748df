"""Agreeing to what a change of a definition touches, through pages and in operations."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.db import now, transaction
from app.errors import DomainError
from app.features.changes import batches
from app.features.changes.impact import Question
from app.features.changes.models import FeatureChange
from app.features.models import FeatureNode


def agree(client: FlaskClient, url: str, data: Mapping[str, Any]) -> Any:
    """Post, read what it touches, and post again with a yes."""
    asked = client.post(url, data=data)
    assert asked.status_code == 409, asked.text[-2000:]
    found = re.search(r'name="sure" value="(\w+)"', asked.text)
    assert found, asked.text[-2000:]
    return client.post(url, data={**data, "sure": found[1]})


def agreed(deed: Callable[[str], Any]) -> Any:
    """Do `deed(sure)` in a transaction, once it was asked about."""
    with pytest.raises(Question) as asked, transaction():
        deed("")
    with transaction():
        return deed(asked.value.impact.mark)


def taken_back(actor: Any, change: FeatureChange, days: int = 0) -> None:
    """Undo a change, some days later."""
    with transaction():
        batches.undo(actor, change.id, now() + timedelta(days=days))


def refusal(deed: Any) -> tuple[str, list[str]]:
    """The code and the rows of the reason why something is not done."""
    with pytest.raises(DomainError) as refused, transaction():
        deed()
    return refused.value.reasons[0].code, [str(row) for row in refused.value.reasons[0].rows]


def documents(session: Session) -> dict[str, Any]:
    """The contractors' values by name."""
    session.rollback()
    return dict(session.execute(select(Contractor.name, Contractor.features)).all())  # type: ignore[arg-type]


def places(session: Session) -> list[tuple[Any, ...]]:
    """Every membership there is, but who made it."""
    session.rollback()
    one = Membership
    columns = (one.id, one.node_id, one.contractor_id, one.event_id, one.from_at, one.to_at)
    return [tuple(row) for row in session.execute(select(*columns).order_by(one.id))]


def tree_of(session: Session) -> list[tuple[Any, ...]]:
    """Every value with its place."""
    session.rollback()
    one = FeatureNode
    columns = (one.id, one.parent_id, one.path, one.depth, one.place, one.name, one.archived_at)
    return [tuple(row) for row in session.execute(select(*columns).order_by(one.id))]
