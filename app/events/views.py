"""The register of events and the event's window: its form, its stages, its closure."""

from datetime import date
from typing import Any

from flask import abort, current_app, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, exists, false, select
from sqlalchemy.orm import joinedload, selectinload

from app.access import visibility
from app.access.current import acting
from app.contractors.models import Contractor
from app.days import Moment, today
from app.db import db, fold, now, transaction
from app.errors import DomainError, InvalidValue, Reason
from app.events import operations, undo
from app.events.acts import perform, posted_wish, way_back
from app.events.definitions import Outcome, Series
from app.events.models import Event, Stage
from app.fab.forms import ChoiceField, MomentField, relation, required
from app.fab.interface import CrmInterface, flush
from app.fab.pickers import Picker, picker, register
from app.fab.views import PK
from app.lists import filters
from app.lists.paging import Order, read_moment, read_number
from app.lists.views import Column, Shortcut
from app.persons.models import Affiliation, Person
from app.records.views import RecordView

by_number = Order("number", Event.number_key, Event.id, read=read_number)
by_start = Order("start", Event.start_on, Event.id, read=date.fromisoformat)
by_due = Order("due", Event.due_on, Event.id, nullable=True, read=date.fromisoformat)
by_closed = Order("closed", Event.closed_at, Event.id, nullable=True, read=read_moment)

STATES = {
    "open": _l("open"),
    "closed": _l("closed"),
    "overdue": _l("overdue"),
    "partly": _l("partly done"),
    "no_stage": _l("open without a planned stage"),
}


def in_state(word: str) -> Any:
    """The question behind each state of an event."""
    is_open, day = Event.closed_at.is_(None), today(now())
    questions = {
        "open": is_open,
        "closed": Event.closed_at.is_not(None),
        "overdue": and_(is_open, Event.due_on < day),
        "partly": and_(is_open, Event.closed_upto > 0),
        "no_stage": and_(is_open, Event.last_pos.is_(None)),
    }
    return questions.get(word, false())


def with_contact(person_id: int) -> Any:
    """Events in which the person takes part, also by a stage."""
    stage = exists().where(Stage.event_id == Event.id, Stage.contact_id == person_id)
    return (Event.contact_id == person_id) | stage


def living_series() -> list[tuple[int, str]]:
    """The series one may choose."""
    query = select(Series).where(Series.archived_at.is_(None)).order_by(Series.id)
    return [(series.id, str(series)) for series in db.session.scalars(query)]


class EventView(RecordView):
    """Events: general tasks carried out through stages."""

    route_base = "/events"
    datamodel = CrmInterface(Event)
    show_template = "events/show.html"
    more_permissions = ("bulk_close",)
    list_title, add_title = _l("Events"), _l("New event")
    list_columns = ["number", "subject", "contractor", "contact", "operator", "start", "steps", "due"]
    show_columns = [*list_columns, "description", "series", "closed"]
    order_columns = ["number", "start", "due", "closed"]
    search_columns = ["subject", "contractor", "contact", "operator", "state", "start", "due"]
    columns = (
        Column("number", _l("Number"), by_number),
        Column("subject", _l("Subject"), style="note"),
        Column("contractor", _l("Contractor")),
        Column("contact", _l("Contact")),
        Column("operator", _l("Operator")),
        Column("start", _l("Date"), by_start, "cell-date"),
        Column("steps", _l("Stages"), style="cell-nowrap"),
        Column("due", _l("Due"), by_due, "cell-status"),
        Column("closed", _l("Completed"), by_closed, "cell-date"),
    )
    first_order, first_descending = "start", True
    filter_fields = (
        filters.contains("subject", _l("Number or subject"), Event.search_key),
        filters.choice("state", _l("State"), list(STATES.items()), in_state),
        filters.record("contractor", _l("Contractor"), Event.contractor_id, "contractor"),
        filters.remote(
            "contact",
            _l("Contact"),
            "person",
            filters.Operator(_l("is"), filters.read_id, with_contact),
        ),
        filters.record("operator", _l("Operator"), Event.operator_id, "operator"),
        filters.days("start", _l("Date"), Event.start_on),
        filters.days("due", _l("Due"), Event.due_on),
        filters.days("closed", _l("Closed on"), Event.closed_on),
    )
    shortcuts = (
        Shortcut(_l("All"), dict),
        Shortcut(
            _l("My open"),
            lambda: {"_flt_0_state": "open", "_flt_0_operator": str(acting().id)},
        ),
        Shortcut(_l("Open"), lambda: {"_flt_0_state": "open"}),
        Shortcut(_l("Overdue"), lambda: {"_flt_0_state": "overdue"}),
        Shortcut(_l("Without a stage"), lambda: {"_flt_0_state": "no_stage"}),
    )
    sections = (
        (None, ("series_id", "start", "due")),
        (None, ("contractor", "contact", "operator", "internal")),
        (None, ("subject", "description")),
    )
    add_columns = [name for _title, names in sections for name in names]
    edit_columns = [name for name in add_columns if name != "series_id"]
    label_columns = {
        "subject": _l("Subject"),
        "description": _l("Description"),
        "internal": _l("Internal: not for a contractor"),
    }
    add_form_extra_fields = {
        "series_id": ChoiceField(_l("Series"), choices=living_series, coerce=int),
        "start": MomentField(_l("Date"), validators=[required()]),
        "due": MomentField(_l("Due")),
        "contractor": relation("contractor", _l("Contractor")),
        "contact": relation("person", _l("Contact"), depends="contractor"),
        "operator": relation("operator", _l("Operator"), validators=[required()]),
    }

    def item_options(self) -> Any:
        """Everything the window shows comes with few statements."""
        people = (joinedload(Event.contact), joinedload(Event.operator), joinedload(Event.closed_by))
        stages = selectinload(Event.all_stages)
        return (
            joinedload(Event.contractor),
            joinedload(Event.series),
            joinedload(Event.outcome),
            *people,
            stages.joinedload(Stage.contact),
            stages.joinedload(Stage.operator),
            stages.joinedload(Stage.outcome),
        )

    def row_options(self) -> Any:
        """The relations a row shows."""
        relations = (Event.contractor, Event.contact, Event.operator, Event.outcome)
        return [joinedload(one) for one in relations]

    def defaults(self) -> dict[str, Any]:
        """Now, by me; contractor, contact or node carried along from where I was."""
        carried = {
            name: found
            for name, kind in (("contractor", "contractor"), ("contact", "person"))
            if (number := request.args.get(name, type=int))
            and (found := picker(kind).find(number))  # type: ignore[union-attr]
        }
        series = living_series()
        first = {"series_id": series[0][0]} if series else {}
        return {**first, "start": here_and_now(), "operator": acting().user, **carried}

    def fill(self, form: Any, item: Any) -> None:
        """The due date belongs to the last stage once there is one; the contact to the contractor."""
        due = (item.due_on, item.due_at)
        super().fill(form, item)
        if item.last_pos:
            item.due_on, item.due_at = due
        settle_contact(item)

    def create(self, form: Any) -> Any:
        """A new event, open, with the usual outcome."""
        with db.session.no_autoflush:
            item = Event(outcome_id=operations.chosen_outcome(None).id)
            self.fill(form, item)
        db.session.add(item)
        flush()
        self.save_parts(form, item)
        return item

    def name_of(self, item: Any) -> str:
        """Zdarzenie: 0001/2006/CRM."""
        return _("Event: %(number)s", number=item.number)

    def card_context(self, item: Any) -> dict[str, Any]:
        """Stages, outcomes and the reasons against closing."""
        context = super().card_context(item)
        return {**context, "outcomes": living_outcomes(), "here_and_now": here_and_now()}

    def trash(self, item: Any) -> None:
        """With all its stages."""
        operations.trash_event(acting(), item.id, now())

    def history_keys(self, item: Any) -> list[tuple[str, int]]:
        """The event's entries and those of all its stages."""
        query = select(Stage.id).where(Stage.event_id == item.id)
        ids = db.session.scalars(query, execution_options={"unscoped": True})
        return [("event", item.id), *(("stage", number) for number in ids)]

    # --- acts -----------------------------------------------------------------------------

    @expose(f"/{PK}/closure", methods=["POST"])
    @has_access
    @permission_name("close")
    def closure(self, pk: int) -> Any:
        """Close the event; with `named` stages, all of them first."""
        named = [int(text) for text in request.form.getlist("named") if text.isdigit()]

        def deed() -> int:
            if named:
                return operations.close_cascade(acting(), pk, posted_wish(), now(), named)
            return operations.close_event(acting(), pk, posted_wish(), now())

        return perform(pk, deed, _("Event closed."), undo=True)

    @expose(f"/{PK}/reopening", methods=["POST"])
    @has_access
    @permission_name("reopen")
    def reopening(self, pk: int) -> Any:
        """Open the event again; with `add`, by a new last stage."""
        reason, subject = request.form.get("reason"), request.form.get("subject")

        def deed() -> int:
            if request.form.get("add"):
                return operations.reopen_and_add(acting(), pk, reason, now(), subject)
            return operations.reopen_event(acting(), pk, reason)

        return perform(pk, deed, _("Event reopened."))

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("restore")
    def restoring(self, pk: int) -> Any:
        """Take the event out of the trash."""
        return perform(pk, lambda: operations.restore_event(acting(), pk), _("Event restored."))

    @expose("/undoing/<int(max=2147483647):batch>", methods=["POST"])
    @has_access
    @permission_name("close")
    def undo(self, batch: int) -> Any:
        """Take back a closing just done."""
        try:
            with transaction():
                event_id = undo.undo_closing(acting(), batch, now())
        except operations.NotFound:
            abort(404)
        return way_back(event_id)

    @expose(f"/{PK}/preview", methods=["GET"])
    @has_access
    @permission_name("show")
    def preview(self, pk: int) -> Any:
        """The event with its stages, to read and to print."""
        item = self.visible_or_404(pk)
        title = self.name_of(item)
        return self.render_template("events/preview.html", item=item, title=title, view=self)


def here_and_now() -> Moment:
    """The present day and time, as a new record's date."""
    return Moment.at_instant(now().replace(second=0, microsecond=0), current_app.config["COMPANY_ZONE"])


def living_outcomes() -> list[Outcome]:
    """The outcomes one may choose, the system's first."""
    query = select(Outcome).where(Outcome.archived_at.is_(None)).order_by(Outcome.place, Outcome.id)
    return list(db.session.scalars(query))


def settle_contact(event: Event) -> None:
    """A contact brings its only contractor; one of another contractor is refused."""
    if event.contact is not None and event.contractor is None:
        linked = contractors_of(event.contact)
        if len(linked) == 1:
            event.contractor = visibility.find_visible(Contractor, linked.pop())
    refuse_foreign(event.contractor, event.contact)


def refuse_foreign(contractor: Contractor | None, contact: Person | None) -> None:
    """Refuse a contact who does not work for the contractor."""
    if contact is None or (contractor and contractor.id in contractors_of(contact)):
        return
    text = _("This person does not work for the chosen contractor.")
    raise InvalidValue(Reason("event.foreign_contact", text, field="contact"))


def contractors_of(person: Person) -> set[int]:
    """The contractors a person is linked to."""
    query = select(Affiliation.contractor_id).where(Affiliation.person_id == person.id)
    return set(db.session.scalars(query))


def refused_page(event_id: int, error: DomainError) -> Any:
    """The event's window with the reasons and the ways out."""
    db.session.rollback()
    view: Any = next(
        one for one in current_app.extensions["appbuilder"].baseviews if isinstance(one, EventView)
    )
    item = view.visible_or_404(event_id)
    return view.show_item(item, error.status, reasons=error.reasons)


def _search(query: Any, text: str, _more: Any) -> Any:
    if text:
        query = query.where(Event.search_key.like(filters.like(fold(text)), escape="\\"))
    return query.order_by(Event.number_key.desc())


register(
    Picker("event", Event, _search, lambda row: row.number, ("list", "EventView"), lambda row: row.subject)
)
