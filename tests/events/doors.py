"""How tests use the pages of events and stages."""

import re
from typing import Any

from flask.testing import FlaskClient

from app.events.models import Event


def codes(answer: Any) -> list[str]:
    """The codes of the reasons a page shows."""
    return re.findall(r'data-reason="([^"]+)"', answer.text)


def close_event(client: FlaskClient, event: Event, **fields: Any) -> Any:
    """Close the event by page."""
    return client.post(f"/events/{event.id}/closure", data=fields)


def close_stage(client: FlaskClient, event: Event, lp: int, **fields: Any) -> Any:
    """Close the stage with this Lp by page."""
    return client.post(f"/stages/{event.stages[lp - 1].id}/closure", data=fields)


def on_stage(client: FlaskClient, event: Event, lp: int, act: str, **fields: Any) -> Any:
    """Another act on the stage with this Lp."""
    return client.post(f"/stages/{event.stages[lp - 1].id}/{act}", data=fields)


def add_stage(client: FlaskClient, event: Event, subject: str = "", **fields: Any) -> Any:
    """Add a stage in one line."""
    return client.post(f"/stages/in/{event.id}", data={"subject": subject, **fields})


def state(event: Event) -> str:
    """The stages as letters, closed or open, and a capital for the event: `ccoO`."""
    stages = "".join("c" if stage.is_closed else "o" for stage in event.stages)
    return stages + ("C" if event.is_closed else "O")


def subjects(event: Event) -> list[str | None]:
    """The subjects of the living stages in order."""
    return [stage.subject for stage in event.stages]
