"""How events and stages are locked and called in bulk acts; their acts are made known here."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, load_only

from app.access import visibility
from app.db import db
from app.events.bulk import closed_rows, light
from app.events.bulk.closing import CloseEvents, CloseStages
from app.events.bulk.planning import MoveEvents, MoveStages, ReassignEvents, ReassignStages
from app.events.models import Event, Stage
from app.records.bulk import acts, undo
from app.records.bulk.acts import Kind


def event_words(ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """Number and subject of each event that may be seen, and its address."""
    query = visibility.visible(Event).where(Event.id.in_(ids))
    rows = db.session.scalars(query.options(load_only(Event.id, Event.number, Event.subject)))
    return {row.id: (f"{row.number} {row.subject}", f"/events/{row.id}") for row in rows}


def stage_words(ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """Event, place and subject of each stage that may be seen, and its address."""
    event = joinedload(Stage.event).load_only(Event.number, Event.subject)
    query = visibility.visible(Stage).where(Stage.id.in_(ids)).options(event)
    return {row.id: (called(row), f"/stages/{row.id}") for row in db.session.scalars(query)}


def called(stage: Stage) -> str:
    """0001/2006/CRM, stage 2: Telephone call."""
    return _(
        "%(event)s, stage %(position)s: %(subject)s",
        event=stage.event.number,
        position=stage.position,
        subject=stage.subject or stage.event.subject,
    )


def register() -> None:
    """Tell the mechanism."""
    acts.describe("event", Kind(lambda ids: light.lock_events(light.with_ids(ids)), event_words))
    acts.describe("stage", Kind(lambda ids: light.lock_events(light.of_stages(ids)), stage_words))
    for act in (CloseStages, ReassignStages, MoveStages, CloseEvents, ReassignEvents, MoveEvents):
        acts.register(act())
    closing = undo.Way(closed_rows.put_back, ("reopen", "EventView"), closed_rows.still_closed)
    undo.can_be_undone("bulk_close", closing)
    for name in ("bulk_reassign", "bulk_due", "inline_edit"):
        undo.can_be_undone(name)
