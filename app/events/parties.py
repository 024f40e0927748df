"""Who takes part in an event or stage: contractor, contact, operator; whether they go together."""

from flask_babel import gettext as _
from sqlalchemy import inspect, select
from sqlalchemy.orm import InstanceState

from app.access import visibility
from app.contractors.models import Contractor
from app.db import db
from app.errors import InvalidValue, Reason, RuleViolation, refuse_if
from app.events.models import Event, Stage
from app.persons.models import Affiliation, Person


def settle_event(event: Event) -> None:
    """Let the contact bring the contractor, then refuse parties that don't go together."""
    if event.contact is not None and event.contractor is None and not event.internal:
        event.contractor = only_contractor(event.contact)
    refuse_if(reasons_not_to_change_contractor(event), RuleViolation)
    wrong = [
        *reasons_against_internal(event),
        *reasons_against_contact(event.contractor, event.contact),
        *reasons_against_operator(event),
    ]
    refuse_if(wrong, InvalidValue)


def settle_stage(stage: Stage) -> None:
    """Refuse a contact of another contractor and an operator who is no longer active."""
    wrong = [
        *reasons_against_contact(stage.event.contractor, stage.contact),
        *reasons_against_operator(stage),
    ]
    refuse_if(wrong, InvalidValue)


def release_foreign_contacts(event: Event) -> int:
    """Take from the open stages contacts who don't work for the event's contractor; how many."""
    foreign = [
        stage
        for stage in event.stages
        if stage.is_open and reasons_against_contact(event.contractor, stage.contact)
    ]
    for stage in foreign:
        stage.contact = None
    return len(foreign)


def pass_stages_on(event: Event, former: int) -> None:
    """Give the open stages of the event's former operator to its present one."""
    for stage in event.stages:
        if stage.is_open and stage.operator_id == former:
            stage.operator = event.operator


def only_contractor(person: Person) -> Contractor | None:
    """The contractor of a person who works for just one, if the actor may see it."""
    linked = contractors_of(person)
    return visibility.find_visible(Contractor, linked.pop()) if len(linked) == 1 else None


def contractors_of(person: Person) -> set[int]:
    """The contractors a person is linked to."""
    query = select(Affiliation.contractor_id).where(Affiliation.person_id == person.id)
    return set(db.session.scalars(query))


def reasons_not_to_change_contractor(event: Event) -> list[Reason]:
    """A closed event keeps its contractor."""
    if event.is_open or event.id is None or not is_changed(event, "contractor"):
        return []
    text = _("The event is closed: its contractor can't be changed any more.")
    return [Reason("event.closed", text, offers=("reopen_event",), field="contractor")]


def reasons_against_internal(event: Event) -> list[Reason]:
    """An internal event is for nobody outside."""
    if not (event.internal and event.contractor):
        return []
    text = _("An internal event has no contractor.")
    return [Reason("event.internal_contractor", text, field="internal")]


def reasons_against_contact(contractor: Contractor | None, contact: Person | None) -> list[Reason]:
    """A contact works for the event's contractor; without one, for nobody."""
    if contact is None:
        return []
    linked = contractors_of(contact)
    if contractor.id in linked if contractor else not linked:
        return []
    if contractor is None:
        text = _("This person works for a contractor; the event has none.")
        return [Reason("event.contractor_missing", text, field="contact")]
    text = _("This person does not work for the chosen contractor.")
    return [Reason("event.foreign_contact", text, field="contact")]


def reasons_against_operator(record: Event | Stage) -> list[Reason]:
    """Nobody gives work to an operator who is no longer active."""
    if record.operator is None or record.operator.active or not is_changed(record, "operator"):
        return []
    text = _("This operator is no longer active.")
    return [Reason("operator.inactive", text, field="operator")]


def is_changed(record: Event | Stage, name: str) -> bool:
    """Whether the relation leads to another record than the one stored."""
    state: InstanceState[Event | Stage] = inspect(record)
    stored = state.attrs[f"{name}_id"].history
    if stored.added:
        return True
    related = getattr(record, name)
    return bool((related.id if related else None) != (stored.unchanged or [None])[0])
