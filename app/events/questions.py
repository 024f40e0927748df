"""The questions asked before an act on an event or stage: outcome and time, a reason, a choice."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.access.current import Actor
from app.events.models import Event, Stage

EVENT, STAGE = "EventView", "StageView"


@dataclass(frozen=True)
class Question:
    """A dialog of the event's window: its title and the right its act needs."""

    title: Any
    permission: tuple[str, str]
    about_stage: bool = False


QUESTIONS = {
    "close": Question(_l("Close event"), ("close", EVENT)),
    "cascade": Question(_l("Close with all open stages"), ("bulk_close", EVENT)),
    "close-next": Question(_l("Close and add next"), ("close", STAGE)),
    "reopen": Question(_l("Reopen event"), ("reopen", EVENT)),
    "reopen-add": Question(_l("Reopen and add a stage"), ("reopen", EVENT)),
    "delete": Question(_l("Delete event"), ("delete", EVENT)),
    "acts": Question(_l("Stage"), ("edit", STAGE), about_stage=True),
    "close-stage": Question(_l("Close stage"), ("close", STAGE), about_stage=True),
    "close-up-to": Question(_l("Close up to stage"), ("close", STAGE), about_stage=True),
    "insert": Question(_l("Insert a stage"), ("arrange", STAGE), about_stage=True),
    "reopen-stage": Question(_l("Reopen stage"), ("reopen", STAGE), about_stage=True),
    "reopen-down-to": Question(_l("Reopen down to stage"), ("reopen", STAGE), about_stage=True),
    "delete-stage": Question(_l("Delete stage"), ("delete", STAGE), about_stage=True),
}


def asked(actor: Actor, event: Event, name: str, stage_id: int | None) -> dict[str, Any] | None:
    """What the question's dialog needs; None if there is no such question for this actor here."""
    question = QUESTIONS.get(name)
    if question is None or not actor.may(*question.permission):
        return None
    stage = stage_of(event, stage_id)
    if question.about_stage and stage is None:
        return None
    return {"name": name, "title": question.title, "stage": stage}


def stage_of(event: Event, stage_id: int | None) -> Stage | None:
    """The living stage of the event with this id."""
    return next((stage for stage in event.stages if stage.id == stage_id), None)
