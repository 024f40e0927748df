"""Stages on the time lines of contractors, persons and events: done, and planned."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app.access.visibility import visible
from app.contractors.models import Contractor
from app.db import db
from app.events.definitions import Outcome
from app.events.models import Event, Stage
from app.events.states import of_contractors, with_contacts
from app.persons.models import Person
from app.records import subjects, timeline
from app.records.timeline import STAGES, Entry, Place, Source

AHEAD = 10


def of_record(record: Any) -> ColumnElement[bool]:
    """Whether a stage belongs to the contractor, person or event."""
    if isinstance(record, Contractor):
        return of_contractors([record.id])
    if isinstance(record, Person):
        return Stage.contact_id == record.id
    return Stage.event_id == record.id


def stages(record: Any) -> Any:
    """SELECT of the record's visible stages with what an entry tells."""
    people = (joinedload(Stage.operator), joinedload(Stage.outcome), joinedload(Stage.event))
    return visible(Stage).where(of_record(record)).options(*people)


def done(record: Any, place: Place | None, most: int) -> list[Entry]:
    """Closed stages, by when they were closed."""
    behind = timeline.older(Stage.closed_at, Stage.id, STAGES, place)
    query = stages(record).where(Stage.closed_at.is_not(None), behind)
    query = query.order_by(Stage.closed_at.desc(), Stage.id.desc()).limit(most)
    return [entry(one, one.closed_at, told(one.outcome)) for one in db.session.scalars(query)]


def told(outcome: Outcome) -> str:
    """Its name, if somebody chose it: the ordinary one says nothing."""
    return "" if outcome.system else outcome.bracketed


def ahead(record: Any) -> list[Entry]:
    """The open stages due first, the last of them on top."""
    query = stages(record).where(Stage.closed_at.is_(None))
    query = query.order_by(Stage.due_on.is_(None), Stage.due_on, Stage.id).limit(AHEAD)
    found = [
        entry(one, one.due_at or one.start_at or one.created_at, "")
        for one in db.session.scalars(query)
    ]
    return found[::-1]


def entry(stage: Stage, at: Any, text: str) -> Entry:
    """A stage in a line."""
    title = f"{stage.event.number} · {stage.position}. {stage.subject or stage.event.subject}"
    url, who = url_for("StageView.show", pk=stage.id), timeline.name_of(stage.operator)
    day = None if stage.closed_at else stage.due_on
    return Entry(at, stage.id, title, url, who, text, day)


def below(record: Any) -> Sequence[tuple[str, Any]]:
    """The visible events and stages whose notes and files belong to the record's time line."""
    if isinstance(record, Event):
        return [("stage", select(Stage.id).where(Stage.event_id == record.id))]
    mine = (
        with_contacts([record.id])
        if isinstance(record, Person)
        else Event.contractor_id == record.id
    )
    events = visible(Event).where(mine).with_only_columns(Event.id)
    return [("event", events), ("stage", select(Stage.id).where(Stage.event_id.in_(events)))]


def register() -> None:
    """Put stages on the time lines."""
    source = Source("stage", _l("Stages"), "list-check", STAGES, done, ahead)
    for model in (Contractor, Person, Event):
        timeline.begin(model)
        timeline.add(model, source)
        subjects.add_keys(model, below)
