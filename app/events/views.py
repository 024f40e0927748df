"""The register of events and the event's window: its form, its stages, its closure."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import abort, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from wtforms import BooleanField

from app.access import visibility
from app.access.current import acting
from app.days import Moment, zone
from app.db import db, flush, fold, now
from app.errors import NotFound
from app.events import operations
from app.events.acts import page_of
from app.events.columns import EVENT_COLUMNS
from app.events.definitions import Outcome, Series
from app.events.dimensions import EVENT_SUMS, of_events
from app.events.event_acts import EventActs
from app.events.fields import event_fields
from app.events.models import Event, Stage
from app.events.parties import pass_stages_on, release_foreign_contacts, settle_event
from app.events.questions import asked
from app.fab.forms import ChoiceField, MomentField, relation, required
from app.fab.interface import CrmInterface
from app.fab.pickers import Picker, picker, register
from app.lists import filters
from app.lists.exports.views import Exported
from app.lists.saved.tabs import SavedTabs
from app.lists.views import Shortcut
from app.records.cells import CellEdits
from app.records.noted import NotedView


def living_series() -> list[tuple[int, str]]:
    """The series one may choose."""
    query = select(Series).where(Series.archived_at.is_(None)).order_by(Series.id)
    return [(series.id, str(series)) for series in db.session.scalars(query)]


class EventView(EventActs, SavedTabs, Exported, CellEdits, NotedView):
    """Events: general tasks carried out through stages."""

    route_base = "/events"
    datamodel = CrmInterface(Event)
    show_template = "events/show.html"
    add_template = edit_template = "events/form.html"
    more_permissions = ("bulk_close",)
    cells: ClassVar[Mapping[str, str]] = {"due": "due", "operator": "operator"}
    list_title, add_title = _l("Events"), _l("New event")
    list_columns = [
        *("number", "subject", "contractor", "contact", "operator", "start", "steps", "due")
    ]
    show_columns = [*list_columns, "description", "series", "closed"]
    order_columns = ["number", "start", "due", "closed"]
    search_columns = ["subject", "contractor", "contact", "operator", "state", "start", "due"]
    columns = EVENT_COLUMNS
    ways, sums = of_events, EVENT_SUMS
    first_order, first_descending = "start", True
    filter_fields = event_fields
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
        (None, ("contractor", "contact", "subject", "operator", "internal", "pass_on")),
        (None, ("description",)),
        (None, ("series_id", "start", "due")),
    )
    wide_fields = frozenset({"subject"})
    add_columns = [name for _title, names in sections for name in names if name != "pass_on"]
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
        own = (Event.contractor, Event.contact, Event.operator, Event.closed_by)
        stages = selectinload(Event.all_stages)
        return (
            *(joinedload(one) for one in (*own, Event.series, Event.outcome)),
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

    def more_fields(self, item: Any | None) -> list[tuple[str, Any]]:
        """Whether a new operator takes the former one's open stages too."""
        fields = super().more_fields(item)
        if item is None or item.closed_upto == (item.last_pos or 0):
            return fields
        return [*fields, ("pass_on", BooleanField(_l("A new operator takes the open stages too")))]

    def form_of(self, item: Any) -> Any:
        """Once there are stages, the event is due when the last one is."""
        form = super().form_of(item)
        if item.last_pos:
            form.due.frozen = True
            form.due.description = _("As the last stage.")
            form.due.show_record(item)
        return form

    def fill(self, form: Any, item: Any) -> None:
        """The fields, then the parties: they must go together."""
        super().fill(form, item)
        settle_event(item)

    def create(self, form: Any) -> Any:
        """A new event, open, with the usual outcome."""
        with db.session.no_autoflush:
            item = Event(outcome_id=operations.chosen_outcome(None).id)
            self.fill(form, item)
        db.session.add(item)
        flush()
        self.save_parts(form, item)
        return item

    def change(self, form: Any, item: Any) -> None:
        """The number keeps its year; open stages don't keep contacts of a former contractor."""
        former = item.operator_id
        with db.session.no_autoflush:
            self.fill(form, item)
            released = release_foreign_contacts(item)
            if "pass_on" in form and form.pass_on.data:
                pass_stages_on(item, former)
        flush()
        self.save_parts(form, item)
        if released:
            flash(_("Contacts of the former contractor were taken from open stages."), "warning")
        if item.start_on.year != item.year:
            flash(_("The number keeps its year: %(number)s.", number=item.number), "warning")

    def locked_or_404(self, pk: int) -> Any:
        """The event with its stages, locked."""
        try:
            return operations.locked_event(pk)
        except NotFound:
            abort(404)

    def name_of(self, item: Any) -> str:
        """Zdarzenie: 0001/2006/CRM."""
        return _("Event: %(number)s", number=item.number)

    def show_item(self, item: Any, status: int = 200, **more: Any) -> Any:
        """The window, or its changing part if a script asks for it."""
        more["question"] = asked(acting(), item, more.pop("asked", ""), more.get("tried"))
        if "HX-Request" not in request.headers:
            return super().show_item(item, status, base="shell/layout.html", **more)
        page = super().show_item(item, status, base="events/_part.html", **more)
        return *page, {"HX-Replace-Url": url_for("EventView.show", pk=item.id)}

    def card_context(self, item: Any) -> dict[str, Any]:
        """The panels, the stages in the trash and what the questions need."""
        trashed = operations.trashed_stages(item)
        return {**super().card_context(item), **self.question_context(item), "trashed": trashed}

    def question_context(self, item: Any) -> dict[str, Any]:
        """The one-line form and the outcomes; what was typed before stands there again."""
        line = page_of("StageView").line_form(item)
        return {"line": line, "outcomes": living_outcomes(), "typed": request.form}

    def trash(self, item: Any) -> None:
        """With all its stages."""
        operations.trash_event(acting(), item.id, now())

    def history_item(self, pk: int) -> Any:
        """The event alone: its stages are told by the journal."""
        return visibility.find_visible(Event, pk) or abort(404)

    def history_keys(self, item: Any) -> list[tuple[str, Any]]:
        """The event's entries and those of all its stages."""
        rows: Any = Stage.__table__  # also those in the trash
        stages = select(rows.c.id).where(rows.c.event_id == item.id)
        return [*super().history_keys(item), ("stage", stages)]


def here_and_now() -> Moment:
    """The present day and time, as a new record's date."""
    return Moment.at_instant(now().replace(second=0, microsecond=0), zone())


def living_outcomes() -> list[Outcome]:
    """The outcomes one may choose, the system's first."""
    query = select(Outcome).where(Outcome.archived_at.is_(None))
    return list(db.session.scalars(query.order_by(Outcome.place, Outcome.id)))


def _search(query: Any, text: str, _more: Any) -> Any:
    if text:
        query = query.where(Event.search_key.like(filters.like(fold(text)), escape="\\"))
    return query.order_by(Event.number_key.desc())


register(
    Picker(
        "event",
        Event,
        _search,
        lambda row: row.number,
        ("list", "EventView"),
        lambda row: row.subject,
    )
)
