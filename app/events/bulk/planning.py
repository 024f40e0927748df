"""Giving many events and stages to another operator, and moving their due dates."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, DateField, IntegerField
from wtforms.validators import NumberRange, Optional, ValidationError

from app.access.current import Actor
from app.audit.sets import Entry
from app.days import Moment, zone
from app.errors import Reason
from app.events import rules, workdays
from app.events.bulk import light
from app.events.bulk.light import LightEvent, LightStage
from app.fab.forms import relation, required
from app.records.bulk.acts import BulkAct, BulkForm, Rights
from app.records.bulk.plan import Plan, changed

FIRST_YEAR, LAST_YEAR, FARTHEST = 1900, 2200, 3_650
Light = LightEvent | LightStage
Shift = Callable[[Light], Moment | None]


# --- another operator -------------------------------------------------------------------------


class OperatorForm(BulkForm):
    """Who takes over."""

    operator = relation("operator", _l("New operator"), validators=[required()])


class EventsForm(OperatorForm):
    """Whether the stages go along."""

    pass_on = BooleanField(_l("The open stages of the former operator too"))


class ReassignStages(BulkAct):
    """Give open stages to another operator."""

    name, register = "reassign", "stage"
    label, icon = _l("Change operator…"), "user-check"
    rights = (("edit", "StageView"),)
    form = OperatorForm

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """The open ones."""
        made, number = Plan(), wanted["operator"].id
        for stage in stages_of(actor, ids):
            if not made.hold("stage", stage.id, reasons_closed(stage)):
                made.change("stage", stage.id, stage.version, given_to(stage, number))
        return made

    def lock(self, ids: Sequence[int]) -> None:
        """The events of the stages."""
        light.lock_events(light.of_stages(ids))

    def told(self, number: int) -> str:
        """What was done."""
        return ngettext(
            "%(num)s stage has a new operator.", "%(num)s stages have a new operator.", number
        )


class ReassignEvents(ReassignStages):
    """Give open events to another operator, with the open stages of the former one if wished."""

    register = "event"
    rights = (("edit", "EventView"),)
    form = EventsForm

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """The open ones."""
        made, number = Plan(), wanted["operator"].id
        for event in events_of(actor, ids):
            if not made.hold("event", event.id, rules.closed_event(event)):
                going = stages_going(event) if wanted["pass_on"] else []
                entries = [given_to(one, number) for one in (event, *going)]
                made.change("event", event.id, event.version, *entries)
        return made

    def lock(self, ids: Sequence[int]) -> None:
        """The events."""
        light.lock_events(light.with_ids(ids))

    def told(self, number: int) -> str:
        """What was done."""
        return ngettext(
            "%(num)s event has a new operator.", "%(num)s events have a new operator.", number
        )


def given_to(one: Light, operator_id: int) -> Entry:
    """The change of operator."""
    return Entry(kind_of(one), one.id, changed(operator_id=(one.operator_id, operator_id)))


def stages_going(event: LightEvent) -> list[LightStage]:
    """The open stages that go with the event: its operator's."""
    return [one for one in event.stages if one.is_open and one.operator_id == event.operator_id]


def kind_of(one: Light) -> str:
    """The table."""
    return "event" if isinstance(one, LightEvent) else "stage"


def stages_of(actor: Actor, ids: Sequence[int]) -> Iterable[LightStage]:
    """The stages with these ids that the actor sees."""
    wanted = set(ids)
    for event in light.load(actor, light.of_stages(ids), wanted):
        yield from (stage for stage in event.stages if stage.id in wanted)


def events_of(actor: Actor, ids: Sequence[int]) -> list[Any]:
    """The events with these ids that the actor sees."""
    return light.load(actor, light.with_ids(ids))


def reasons_closed(stage: Any) -> list[Reason]:
    """A closed stage is history."""
    return [rules.already_closed(stage)] if stage.is_closed else []


# --- another due date -------------------------------------------------------------------------


class DueForm(BulkForm):
    """By how many days, or to which day."""

    days = IntegerField(
        _l("Move by days"),
        [Optional(), NumberRange(-FARTHEST, FARTHEST, _l("This number is out of range."))],
        description=_l("Later is positive, earlier negative."),
    )
    working = BooleanField(_l("Count working days"))
    day = DateField(_l("Or set the date"))

    def validate_day(self, field: Any) -> None:
        """One of the two, and a day of our times."""
        if bool(self.days.data) == bool(field.data):
            raise ValidationError(_("Give a number of days or a date."))
        if field.data and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(_("Give a date as YYYY-MM-DD."))


class MoveStages(BulkAct):
    """Move the due dates of open stages; an event follows its last one."""

    name, register = "due", "stage"
    label, icon, key = _l("Move due date…"), "calendar-due", "r"
    rights: ClassVar[Rights] = (("edit", "StageView"),)
    form = DueForm

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """The open ones."""
        made, shift = Plan(), shifted(wanted)
        for stage in stages_of(actor, ids):
            if not made.hold("stage", stage.id, reasons_closed(stage)):
                move(made, stage, shift(stage), [stage])
        return made

    def lock(self, ids: Sequence[int]) -> None:
        """The events of the stages."""
        light.lock_events(light.of_stages(ids))

    def told(self, number: int) -> str:
        """What was done."""
        return ngettext("%(num)s due date moved.", "%(num)s due dates moved.", number)


class MoveEvents(MoveStages):
    """Move the due dates of open events: with stages, that of the last one."""

    register = "event"
    rights = (("edit", "EventView"), ("edit", "StageView"))

    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """The open ones."""
        made, shift = Plan(), shifted(wanted)
        for event in events_of(actor, ids):
            if not made.hold("event", event.id, rules.closed_event(event)):
                move(made, event, shift(event), event.stages[-1:])
        return made

    def lock(self, ids: Sequence[int]) -> None:
        """The events."""
        light.lock_events(light.with_ids(ids))


def move(made: Plan, one: Light, due: Moment | None, stages: Sequence[LightStage]) -> None:
    """Take the new due date in, for the stages and for an event that follows its last."""
    kind = kind_of(one)
    if made.hold(kind, one.id, reasons_against_day(due)) or due is None:
        return
    entries = [Entry("stage", stage.id, other_due(stage, due)) for stage in stages]
    if not stages:
        entries.append(Entry("event", one.id, other_due(one, due)))
    entries += [
        Entry("event", stage.event.id, other_due(stage.event, due), derived=True)
        for stage in stages
        if stage.is_last
    ]
    made.change(kind, one.id, one.version, *entries)


def other_due(one: Light, due: Moment) -> dict[str, list[Any]]:
    """The change of a due date."""
    old, new = iso(one.due_on, one.due_at), iso(due.on, due.at)
    return changed(due_on=(old[0], new[0]), due_at=(old[1], new[1]))


def iso(on: date | None, at: datetime | None) -> tuple[str | None, str | None]:
    """A moment as the journal keeps it."""
    return on and on.isoformat(), at and at.isoformat()  # type: ignore[return-value]


def shifted(wanted: Mapping[str, Any]) -> Shift:
    """What gives a record its new due date; None if there is nothing to move."""
    if wanted["day"]:
        return lambda one: with_time(wanted["day"], one.due_at)
    days = wanted["days"]
    later = workdays.shift(days) if wanted["working"] else (lambda day: day + timedelta(days))
    return lambda one: with_time(later(one.due_on), one.due_at) if one.due_on else None


def with_time(day: date, at: datetime | None) -> Moment:
    """The day, with the time of day of the moment if there is one."""
    return Moment.of(day, at.astimezone(zone()).time() if at else None, zone())


def reasons_against_day(due: Moment | None) -> list[Reason]:
    """Nothing to move, or out of our times."""
    if due is None:
        return [Reason("due.none", _("There is no due date to move."))]
    if not FIRST_YEAR <= due.on.year <= LAST_YEAR:
        return [Reason("due.range", _("The date would be out of range."))]
    return []
