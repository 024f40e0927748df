"""What events add to the cards of contractors, persons and operators: rows and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from app.access.current import acting
from app.access.visibility import visible
from app.contractors.models import Contractor
from app.days import zone
from app.db import db
from app.errors import Reason
from app.events import feature_series, lines, words
from app.events.models import Event, Stage
from app.events.states import of_contractors, stage_in_state, with_contacts
from app.fab.dress import nice_date, urgency
from app.features.kinds.references import Target, offer
from app.lists.search import Source, add_source
from app.persons.models import Person
from app.records import noted, panels, trash
from app.records.panels import Figure, Panel

SHOWN = 5
NAMED = 20


@dataclass(frozen=True)
class Owner:
    """Whose events and stages a card shows; the lists show the same by filter `field`."""

    field: str
    pk: int
    events: ColumnElement[bool]
    stages: ColumnElement[bool]

    def url(self, view: str, state: str, **more: str) -> str:
        """The list of the owner's rows in this state."""
        asked: dict[str, Any] = {f"_flt_0_{self.field}": self.pk, "_flt_0_state": state, **more}
        return url_for(f"{view}.list", **asked)


def owner_of(record: Any) -> Owner:
    """The questions for a contractor, a person or an operator."""
    pk = int(record.id)
    if isinstance(record, Contractor):
        return Owner("contractor", pk, Event.contractor_id == pk, of_contractors([pk]))
    if isinstance(record, Person):
        return Owner("contact", pk, with_contacts([pk]), Stage.contact_id == pk)
    return Owner("operator", pk, Event.operator_id == pk, Stage.operator_id == pk)


def events_of(record: Any) -> dict[str, Any] | None:
    """The newest open and closed events with their counts."""
    if not acting().may("list", "EventView"):
        return None
    owner = owner_of(record)
    ids, counts = newest_events(owner)
    rows = load_events(ids)
    groups = [
        {
            "state": state,
            "count": counts.get(state == "closed", 0),
            "rows": [row for row in rows if row.is_closed == (state == "closed")],
            "url": owner.url("EventView", state),
        }
        for state in ("open", "closed")
    ]
    return {"groups": groups, "field": owner.field}


def newest_events(owner: Owner) -> tuple[list[int], dict[bool, int]]:
    """Ids of the newest open and closed events, and how many there are of each."""
    closed = Event.closed_at.is_not(None)
    newest = (Event.start_on.desc(), Event.id.desc())
    place = func.row_number().over(partition_by=closed, order_by=newest).label("place")
    total = func.count().over(partition_by=closed).label("total")
    columns = (Event.id.label("id"), closed.label("closed"), place, total)
    ranked = visible(Event).where(owner.events).with_only_columns(*columns).subquery()
    found = db.session.execute(select(ranked).where(ranked.c.place <= SHOWN)).all()
    return [row.id for row in found], {bool(row.closed): row.total for row in found}


def load_events(ids: Sequence[int]) -> Sequence[Event]:
    """These visible events with what a row shows, newest first."""
    if not ids:
        return []
    people = (joinedload(Event.contractor), joinedload(Event.operator), joinedload(Event.outcome))
    query = visible(Event).where(Event.id.in_(ids)).options(*people, joinedload(Event.contact))
    return db.session.scalars(query.order_by(Event.start_on.desc(), Event.id.desc())).all()


def event_figures(data: Mapping[str, Any]) -> list[Figure]:
    """How many events are open and closed."""
    words = {"open": _("open events"), "closed": _("closed events")}
    return [Figure(words[one["state"]], one["count"], one["url"]) for one in data["groups"]]


def stages_of(record: Any) -> dict[str, Any] | None:
    """The open stages due first, how many are overdue, and when something was last closed."""
    if not acting().may("list", "StageView"):
        return None
    owner = owner_of(record)
    overdue = func.count().filter(stage_in_state("overdue")).over()
    event = joinedload(Stage.event)
    people = (joinedload(Stage.contact), joinedload(Stage.operator), joinedload(Stage.outcome))
    query = (
        visible(Stage)
        .where(owner.stages, stage_in_state("open"))
        .add_columns(func.count().over(), overdue)
        .options(event.joinedload(Event.contractor), *people)
        .order_by(Stage.due_on.is_(None), Stage.due_on, Stage.id)
        .limit(SHOWN)
    )
    found = db.session.execute(query).all()
    counts = (found[0][1], found[0][2]) if found else (0, 0)
    last = last_closing(owner) if isinstance(record, Contractor) else None
    return {"rows": [row[0] for row in found], "counts": counts, "last": last, "owner": owner}


def last_closing(owner: Owner) -> tuple[datetime | None, str]:
    """When the owner's last stage or event was closed, and the list that has it first."""
    stages = visible(Stage).where(owner.stages).with_only_columns(func.max(Stage.closed_at))
    events = visible(Event).where(owner.events).with_only_columns(func.max(Event.closed_at))
    both = select(stages.scalar_subquery(), events.scalar_subquery())
    stage_at, event_at = db.session.execute(both).one()
    view = "EventView" if event_at and (not stage_at or event_at > stage_at) else "StageView"
    newest_first = {f"_oc_{view}": "closed", f"_od_{view}": "desc"}
    return (event_at if view == "EventView" else stage_at), owner.url(
        view, "closed", **newest_first
    )


def stage_figures(data: Mapping[str, Any]) -> list[Figure]:
    """Stages overdue, the next due, the last contact."""
    owner, (_total, late) = data["owner"], data["counts"]
    found = [
        Figure(_("overdue stages"), late, owner.url("StageView", "overdue"), "red" if late else "")
    ]
    following = data["rows"][0] if data["rows"] and data["rows"][0].due_on else None
    tone = {"overdue": "red", "today": "green"}.get(urgency(following)[0], "") if following else ""
    url = url_for("EventView.show", pk=following.event_id) if following else None
    due = nice_date(following.due_on) if following else "–"
    found.append(Figure(_("next due"), due, url, tone))
    if data["last"] is not None:
        at, url = data["last"]
        found.append(Figure(_("last contact"), nice_date(local_day(at)), url if at else None))
    return found


def local_day(at: datetime | None) -> date | None:
    """The company's day of a moment."""
    return at.astimezone(zone()).date() if at else None


def reasons_not_to_trash_contractor(contractor: Contractor) -> list[Reason]:
    """A contractor with open events stays."""
    count, rows = open_events(Event.contractor_id == contractor.id)
    text = ngettext(
        "%(num)s event of this contractor is still open.",
        "%(num)s events of this contractor are still open.",
        count,
    )
    return [Reason("contractor.open_events", text, rows=rows)] if count else []


def reasons_not_to_trash_person(person: Person) -> list[Reason]:
    """A person whom open events, or their open stages, name as the contact stays."""
    planned = select(Stage.event_id).where(
        Stage.contact_id == person.id, Stage.closed_at.is_(None), Stage.position.is_not(None)
    )
    count, rows = open_events(or_(Event.contact_id == person.id, Event.id.in_(planned)))
    text = ngettext(
        "%(num)s open event has this person as its contact.",
        "%(num)s open events have this person as their contact.",
        count,
    )
    return [Reason("person.open_events", text, rows=rows)] if count else []


def open_events(which: ColumnElement[bool]) -> tuple[int, Sequence[Event]]:
    """How many such events are open; those the operator may see are named."""
    mine = (which, Event.closed_at.is_(None), Event.trashed_at.is_(None))
    query = select(func.count()).select_from(Event).where(*mine)
    count = db.session.scalar(query, execution_options={"unscoped": True}) or 0
    named = visible(Event).where(*mine).order_by(Event.id).limit(NAMED) if count else None
    return count, db.session.scalars(named).all() if named is not None else []


def register() -> None:
    """The panels of the cards, the guard before the trash, the register for global search."""
    for model in (Contractor, Person, User):
        events = Panel("events", "events/_events_panel.html", events_of, "main", 30, event_figures)
        panels.add(model, events)
        stages = Panel("stages", "events/_stages_panel.html", stages_of, "main", 31, stage_figures)
        panels.add(model, stages)
    noted.carry(Event, "EventView", _l("Event"))
    noted.carry(Stage, "StageView", _l("Stage"))
    offer(Target("event", _l("Event"), Event, lambda row: row.number, Event.number))
    words.register()
    lines.register()
    feature_series.register()
    trash.guard(Contractor, "open events", reasons_not_to_trash_contractor)
    trash.guard(Person, "open events", reasons_not_to_trash_person)
    add_source(
        Source(
            "events",
            _l("Events"),
            "calendar-event",
            "EventView",
            Event,
            lambda row: f"{row.number} {row.subject}",
            lambda row: nice_date(row.start_on),
            Event.start_on.desc,
            "subject",
        )
    )
