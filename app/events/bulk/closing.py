"""Closing many stages and events: what the single acts would do one after the other, at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField

from app.access.current import Actor
from app.audit.sets import Entry
from app.days import Moment
from app.errors import Reason
from app.events import rules
from app.events.bulk import closed_rows, light
from app.events.bulk.closed_rows import Closing
from app.events.bulk.light import LightEvent, LightStage
from app.events.operations import chosen_outcome
from app.events.stage_views import outcome_choices
from app.fab.forms import ChoiceField
from app.records.bulk.acts import BulkAct, BulkForm, Rights
from app.records.bulk.plan import Plan


def usual() -> int:
    """The outcome unless chosen."""
    return chosen_outcome(None).id


# --- planning ---------------------------------------------------------------------------------


def plan_stages(
    events: Iterable[LightEvent], asked: Collection[int] | None, closing: Closing
) -> Plan:
    """Which of the asked stages (None: all open ones) close, each in its turn."""
    made, moment = Plan(), closing.moment
    for event in events:
        for stage in event.stages:
            if stage.is_open if asked is None else stage.id in asked:
                _close_in_turn(made, stage, closing, moment)
    return made


def _close_in_turn(made: Plan, stage: LightStage, closing: Closing, moment: Moment) -> None:
    if made.hold("stage", stage.id, reasons_against(stage, closing, moment)):
        return
    event, entries = stage.event, [Entry("stage", stage.id, closing.changes(stage.outcome_id))]
    stage.closed_at = moment.at
    if stage.is_last:
        entries.append(Entry("event", event.id, closing.changes(event.outcome_id)))
        event.closed_at = moment.at
    made.change("stage", stage.id, stage.version, *entries)


def reasons_against(stage: Any, closing: Closing, moment: Moment) -> list[Reason]:
    """The single act's reasons against closing the stage when its turn has come."""
    if reasons := rules.closed_event(stage.event) or rules.reasons_not_to_close_next(stage):
        return reasons
    if reasons := [] if closing.events else rules.last_stage(stage):
        return reasons
    return rules.reasons_against_closing_time(stage, moment, closing.at)


def plan_events(events: Iterable[LightEvent], closing: Closing) -> Plan:
    """Which events close, with their last stages."""
    made, moment = Plan(), closing.moment
    for event in events:
        if made.hold("event", event.id, reasons_against_event(event, closing, moment)):
            continue
        last = [stage for stage in event.stages if stage.is_open]
        entries = [Entry("event", event.id, closing.changes(event.outcome_id))]
        entries += [Entry("stage", one.id, closing.changes(one.outcome_id)) for one in last]
        made.change("event", event.id, event.version, *entries)
    return made


def reasons_against_event(event: Any, closing: Closing, moment: Moment) -> list[Reason]:
    """The single act's reasons against closing the event with its last stage."""
    if reasons := rules.reasons_not_to_close_event(event):
        return reasons
    reasons = rules.reasons_against_event_time(event, moment, closing.at)
    for stage in event.stages[-1:]:
        reasons += rules.reasons_against_closing_time(stage, moment, closing.at)
    return reasons


# --- acts -------------------------------------------------------------------------------------


class ClosingForm(BulkForm):
    """The outcome of all of them; the usual one unless chosen."""

    outcome_id = ChoiceField(_l("Outcome"), choices=outcome_choices, coerce=int, default=usual)


class StagesForm(ClosingForm):
    """Whether last stages close their events."""

    events = BooleanField(_l("Also close events whose last stage is reached"))


class CloseStages(BulkAct):
    """Close stages, each in its turn."""

    name, register = "close", "stage"
    label, icon, key = _l("Close"), "check", "c"
    rights = (("close", "StageView"),)
    form = StagesForm

    def needed(self, wanted: Mapping[str, Any]) -> Rights:
        """Closing an event is an act of its own."""
        return (*self.rights, ("close", "EventView")) if wanted["events"] else self.rights

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """Each in its turn; what is closed already is said so."""
        events = light.load(actor, light.of_stages(ids), ids)
        return plan_stages(events, set(ids), how(actor, wanted, at))

    def lock(self, ids: Sequence[int]) -> None:
        """The events of the stages."""
        light.lock_events(light.of_stages(ids))

    def write(self, actor: Actor, plan: Plan, wanted: Mapping[str, Any], at: datetime) -> None:
        """Close them."""
        closed_rows.write(how(actor, wanted, at), plan.entries)

    def told(self, number: int) -> str:
        """What was done."""
        return ngettext("%(num)s stage closed.", "%(num)s stages closed.", number)


class CloseEvents(CloseStages):
    """Close events with their last stages."""

    register = "event"
    rights = (("close", "EventView"),)
    form = ClosingForm

    def needed(self, wanted: Mapping[str, Any]) -> Rights:
        """As one event is closed."""
        return self.rights

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """Those of which at most the last stage is open."""
        events = light.load(actor, light.with_ids(ids))
        return plan_events(events, how(actor, {**wanted, "events": True}, at))

    def lock(self, ids: Sequence[int]) -> None:
        """The events."""
        light.lock_events(light.with_ids(ids))

    def told(self, number: int) -> str:
        """What was done."""
        return ngettext("%(num)s event closed.", "%(num)s events closed.", number)


def how(actor: Actor, wanted: Mapping[str, Any], at: datetime) -> Closing:
    """How they are closed, as it was asked."""
    return Closing.by(actor, at, wanted["outcome_id"], events=bool(wanted.get("events")))
