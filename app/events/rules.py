"""When stages and their event may be closed, reopened, moved and removed.

A rule answers with the reasons against an act; an empty list means yes. The page lists them, the
model raises them, the API and the command line print them. `closed_upto` is the number of closed
stages (they are always the first ones), `len(event.stages)` the number of all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.days import Moment
from app.errors import Reason

if TYPE_CHECKING:
    from app.events.models import Event, Stage

REOPEN_PREVIOUS = "reopen_previous"
CLOSE_EVENT = "close_event"


def closed_event(event: "Event", *offers: str) -> list[Reason]:
    """The reason that the event is closed, if it is."""
    if event.is_open:
        return []
    return [Reason("event.closed", _("The event is closed."), offers=offers)]


def reasons_not_to_add_stage(event: "Event") -> list[Reason]:
    """A stage is added at the end of an open event."""
    return closed_event(event, "reopen_and_add")


def reasons_not_to_insert_stage(event: "Event", position: int) -> list[Reason]:
    """A stage is inserted behind the closed ones."""
    if not event.is_open:
        return closed_event(event, "reopen_and_add")
    if position <= event.closed_upto:
        text = _("A new stage can't stand before a closed one.")
        return [Reason("stage.before_closed", text, offers=("add_at_end",))]
    return []


def already_closed(stage: "Stage") -> Reason:
    """The reason that a stage is done."""
    return Reason("stage.already_closed", _("The stage is already closed."), rows=(stage,))


def reasons_not_to_close_next(stage: "Stage") -> list[Reason]:
    """A stage closes when it is the first open one."""
    event = stage.event
    if stage.is_closed:
        return [already_closed(stage)]
    if earlier := [other for other in event.stages[: stage.index] if other.is_open]:
        text = _("Earlier stages are still open.")
        offers = ("close_cascade",) if stage.is_last else ("close_up_to",)
        return [Reason("stage.out_of_order", text, offers=offers, rows=earlier)]
    return []


def reasons_not_to_close_stage(stage: "Stage") -> list[Reason]:
    """A stage closes in its turn; the last one only together with its event."""
    if reasons := closed_event(stage.event) or reasons_not_to_close_next(stage):
        return reasons
    return last_stage(stage)


def last_stage(stage: "Stage") -> list[Reason]:
    """The reason that the stage is the last one, if it is."""
    if not stage.is_last:
        return []
    text = _("The last stage closes together with its event.")
    return [
        Reason(
            "stage.last_closes_with_event",
            text,
            offers=("close_event", "close_and_add_next"),
            rows=(stage,),
        )
    ]


def reasons_not_to_close_and_add_next(stage: "Stage") -> list[Reason]:
    """*Close and add next* is for the last stage, when it is the only open one."""
    if reasons := closed_event(stage.event) or reasons_not_to_close_next(stage):
        return reasons
    if stage.is_last:
        return []
    text = _("This is not the last stage; close it alone.")
    return [Reason("stage.not_last", text, offers=("close_stage",))]


def reasons_not_to_close_up_to(stage: "Stage") -> list[Reason]:
    """All open stages up to this one may close at once, but never the last."""
    if reasons := closed_event(stage.event) or last_stage(stage):
        return reasons
    if stage.is_closed:
        return [already_closed(stage)]
    return []


def reasons_not_to_close_event(event: "Event") -> list[Reason]:
    """An event closes when at most its last stage is open."""
    if not event.is_open:
        return [Reason("event.already_closed", _("The event is already closed."))]
    if still_open := [stage for stage in event.stages[:-1] if stage.is_open]:
        text = _("Earlier stages are still open.")
        return [Reason("event.open_stages", text, offers=("close_cascade",), rows=still_open)]
    return []


def reasons_not_to_close_cascade(event: "Event", named: Sequence[int]) -> list[Reason]:
    """Closing an event with all its stages needs them named: what was shown is what closes."""
    if not event.is_open:
        return [Reason("event.already_closed", _("The event is already closed."))]
    open_ones = [stage for stage in event.stages if stage.is_open]
    if sorted(named) == sorted(stage.id for stage in open_ones):
        return []
    text = _("The open stages are not those you confirmed.")
    return [Reason("event.stages_changed", text, offers=("close_cascade",), rows=open_ones)]


def reasons_not_to_reopen_event(event: "Event") -> list[Reason]:
    """Only a closed event can be reopened."""
    if event.is_open:
        return [Reason("event.not_closed", _("The event is open."))]
    return []


def reasons_not_to_reopen_stage(stage: "Stage") -> list[Reason]:
    """Of the closed stages the last one is reopened first."""
    event = stage.event
    if reasons := closed_event(event, "reopen_event") or open_stage(stage):
        return reasons
    if stage.position == event.closed_upto:
        return []
    later = [other for other in event.stages[stage.index + 1 :] if other.is_closed]
    text = _("Later stages are closed too.")
    return [Reason("stage.not_top", text, offers=("reopen_down_to",), rows=later)]


def reasons_not_to_reopen_down_to(stage: "Stage") -> list[Reason]:
    """All closed stages from this one on may be reopened at once."""
    return closed_event(stage.event, "reopen_event") or open_stage(stage)


def open_stage(stage: "Stage") -> list[Reason]:
    """The reason that the stage is open, if it is."""
    return [Reason("stage.not_closed", _("The stage is open."))] if stage.is_open else []


def reasons_not_to_delete_stage(stage: "Stage", choice: str | None) -> list[Reason]:
    """A stage goes from an open event; if a closed one becomes the last, somebody must choose."""
    if reasons := closed_event(stage.event, "reopen_event"):
        return reasons
    if leaves_closed_last(stage) and choice not in (REOPEN_PREVIOUS, CLOSE_EVENT):
        text = _("The stage before it is closed and would become the last one.")
        return [
            Reason(
                "stage.choose_new_last",
                text,
                offers=(REOPEN_PREVIOUS, CLOSE_EVENT),
                rows=(stage.event.stages[-2],),
            )
        ]
    return []


def leaves_closed_last(stage: "Stage") -> bool:
    """Whether removing the stage leaves only closed ones."""
    return stage.is_last and len(stage.event.stages) > 1 and stage.event.stages[-2].is_closed


def reasons_not_to_move_stage(stage: "Stage", position: int) -> list[Reason]:
    """Open stages change places among themselves."""
    event = stage.event
    if reasons := closed_event(event, "reopen_event"):
        return reasons
    if stage.is_closed or position <= event.closed_upto:
        text = _("Closed stages keep their places.")
        return [Reason("stage.closed_prefix", text)]
    if position > len(event.stages):
        text = _("There is no such place in the order.")
        return [Reason("stage.no_such_position", text, field="position")]
    return []


def reasons_against_closing_time(stage: "Stage", closing: Moment, now: datetime) -> list[Reason]:
    """A closing time lies between its neighbours', from the stage's first day on, not ahead."""
    if closing.at is None or closing.at > now:
        text = _("The time of completion is in the future.")
        return [Reason("stage.realization_future", text, field="closed_at")]
    if closing.on < stage.start_on:
        text = _("The stage had not begun by then.")
        return [Reason("stage.realization_before_start", text, field="closed_at")]
    return between_neighbours(stage, closing.at)


def reasons_against_event_time(event: "Event", closing: Moment, now: datetime) -> list[Reason]:
    """An event without stages closes from its day on, not ahead of now; else its stages tell."""
    if event.stages:
        return []
    if closing.at is None or closing.at > now:
        text = _("The time of completion is in the future.")
        return [Reason("event.realization_future", text, field="closed_at")]
    if closing.on < event.start_on:
        text = _("The event had not begun by then.")
        return [Reason("event.realization_before_start", text, field="closed_at")]
    return []


def between_neighbours(stage: "Stage", closed_at: datetime) -> list[Reason]:
    """Completion never goes back in time along the order of the stages."""
    stages = stage.event.stages
    before = [one.closed_at for one in stages[: stage.index] if one.closed_at]
    after = [one.closed_at for one in stages[stage.index + 1 :] if one.closed_at]
    if any(other > closed_at for other in before) or any(other < closed_at for other in after):
        text = _("The time of completion must lie between those of the stages beside it.")
        return [Reason("stage.realization_order", text, field="closed_at")]
    return []


def missing_reason(reason: str | None) -> list[Reason]:
    """Acts that turn history back need words why."""
    if (reason or "").strip():
        return []
    return [Reason("reason_required", _("Say why."), field="reason")]


def is_whole(event: "Event") -> bool:
    """Whether the closed stages come first and the event is closed just when its last one is."""
    closed = [stage.is_closed for stage in event.stages]
    in_order = closed == sorted(closed, reverse=True)
    return in_order and (not closed or closed[-1] == event.is_closed)


def reasons_not_to_keep_event(event: "Event") -> list[Reason]:
    """Why an event's data can't be stored."""
    subject = (event.subject or "").strip()
    if not subject:
        return [Reason("event.subject_missing", _("Give a subject."), field="subject")]
    if len(subject) > 255:
        return [Reason("event.subject_long", _("The subject is too long."), field="subject")]
    return []
