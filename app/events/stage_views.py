"""The list of stages across events, the stage's window, and its acts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import abort, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, selectinload

from app.access.current import acting
from app.audit.journal import name_act
from app.contractors.models import Contractor
from app.days import Moment
from app.db import db, now
from app.errors import NotFound
from app.events import operations
from app.events.acts import undo_toast, way_back
from app.events.columns import STAGE_COLUMNS
from app.events.dimensions import STAGE_SUMS, of_stages
from app.events.fields import stage_fields
from app.events.models import Event, Stage
from app.events.operations import Wish
from app.events.parties import settle_stage
from app.events.stage_acts import StageActs
from app.events.views import living_outcomes
from app.fab.dress import nice_date
from app.fab.forms import ChoiceField, MomentField, relation, required
from app.fab.interface import CrmInterface
from app.lists.exports.views import Exported
from app.lists.saved.tabs import SavedTabs
from app.lists.views import Shortcut
from app.records.cells import CellEdits
from app.records.noted import NotedView

CLOSINGS = {
    "close_stage": lambda stage, wish: operations.close_stage(acting(), stage.id, wish, now()),
    "close_up_to": lambda stage, wish: operations.close_up_to(acting(), stage.id, wish, now()),
    "close_and_add_next": lambda stage, wish: operations.close_and_add_next(
        acting(), stage.id, wish, now()
    ),
    "close_event": lambda stage, wish: operations.close_event(
        acting(), stage.event_id, wish, now()
    ),
}


def outcome_choices() -> list[tuple[int, str]]:
    """The outcomes one may choose."""
    return [(outcome.id, outcome.label) for outcome in living_outcomes()]


class StageView(StageActs, SavedTabs, Exported, CellEdits, NotedView):
    """Stages of all events."""

    route_base = "/stages"
    datamodel = CrmInterface(Stage)
    exclude_route_methods = NotedView.exclude_route_methods | {"add", "trashed", "timeline"}
    show_template = "events/stage.html"
    more_permissions = ("edit_history", "delete_history")
    cells: ClassVar[Mapping[str, str]] = {
        "due": "due",
        "operator": "operator",
        "outcome": "outcome_id",
        "closed": "outcome_id",
    }
    edit_template = "events/stage_form.html"
    list_title, add_title = _l("Stages"), _l("New stage")
    list_columns = [
        *("position", "start", "event", "contractor", "contact", "operator", "due", "closed")
    ]
    show_columns = [*list_columns, "subject", "description", "outcome"]
    order_columns = ["start", "due", "closed"]
    search_columns = ["event", "contractor", "contact", "operator", "state", "start", "due"]
    columns = STAGE_COLUMNS
    ways, sums = of_stages, STAGE_SUMS
    note_span = 3
    first_order = "due"
    opens_with = {"_flt_0_state": "open"}
    filter_fields = stage_fields
    shortcuts = (
        Shortcut(_l("Open"), lambda: {"_flt_0_state": "open"}),
        Shortcut(
            _l("My open"),
            lambda: {"_flt_0_state": "open", "_flt_0_operator": str(acting().id)},
        ),
        Shortcut(_l("Today"), lambda: {"_flt_0_state": "today"}),
        Shortcut(_l("Overdue"), lambda: {"_flt_0_state": "overdue"}),
        Shortcut(_l("All"), dict),
    )
    sections = (
        (None, ("start", "due")),
        (None, ("contact", "operator", "outcome_id")),
        (None, ("subject", "description")),
    )
    add_columns = edit_columns = [name for _title, names in sections for name in names]
    label_columns = {"subject": _l("Subject"), "description": _l("Description")}
    add_form_extra_fields = {
        "start": MomentField(_l("Date"), validators=[required()]),
        "due": MomentField(_l("Due")),
        "contact": relation("person", _l("Contact"), depends="contractor"),
        "operator": relation("operator", _l("Operator"), validators=[required()]),
        "outcome_id": ChoiceField(_l("Outcome"), choices=outcome_choices, coerce=int),
    }

    def item_options(self) -> Any:
        """The stage with its event and the people."""
        event = joinedload(Stage.event)
        people = (joinedload(Stage.contact), joinedload(Stage.operator), joinedload(Stage.outcome))
        mates = event.options(
            joinedload(Event.contractor).load_only(Contractor.name, Contractor.code),
            selectinload(Event.all_stages),
        )
        return (mates, *people)

    def row_options(self) -> Any:
        """The relations a row shows."""
        event = joinedload(Stage.event)
        people = (Stage.contact, Stage.operator, Stage.outcome)
        return [event.joinedload(Event.contractor), *(joinedload(one) for one in people)]

    def locked_or_404(self, pk: int) -> Any:
        """The stage of its locked event."""
        try:
            return operations.locked_stage(pk)
        except NotFound:
            abort(404)

    def name_of(self, item: Any) -> str:
        """Etap 1: 0001/2006/CRM 31.10.2006."""
        event = item.event
        words = {"position": item.position, "number": event.number}
        day = nice_date(event.start_on)
        return _("Stage %(position)s: %(number)s %(date)s", date=day, **words)

    def card_context(self, item: Any) -> dict[str, Any]:
        """The stages before and after, beside the panels."""
        return {**super().card_context(item), **neighbours(item)}

    def form_context(self, form: Any, item: Any | None) -> dict[str, Any]:
        """The stages before and after, beside the added parts."""
        return {**super().form_context(form, item), **(neighbours(item) if item else {})}

    def more_fields(self, item: Any | None) -> list[tuple[str, Any]]:
        """The time of completion, for those who may correct history."""
        fields = super().more_fields(item)
        if item is None or item.is_open or not acting().may("edit_history", "StageView"):
            return fields
        return [*fields, ("closed", MomentField(_l("Completed at"), validators=[required()]))]

    def change(self, form: Any, item: Any) -> None:
        """Save; with `then`, close as well, in the same transaction."""
        then = request.form.get("then", "")
        if then in CLOSINGS:
            name_act(db.session(), then)
        super().change(form, item)
        if then in CLOSINGS:
            acting().require("close", "StageView")
            g.closing = CLOSINGS[then](item, Wish(form.outcome_id.data))

    def fill(self, form: Any, item: Any) -> None:
        """Plan and completion go through their verbs; the rest is plain."""
        with db.session.no_autoflush:
            for name in ("contact", "operator", "subject", "description"):
                form[name].populate_obj(item, name)
            settle_stage(item)
            self.fill_days(form, item)

    def fill_days(self, form: Any, item: Any) -> None:
        """Beginning, due date, completion and outcome; of a closed stage they are history."""
        if not form.start.keeps(Moment(item.start_on, item.start_at)):
            operations.begin_stage(acting(), item, form.start.data, now())
        if not form.due.keeps(item.due_on and Moment(item.due_on, item.due_at)):
            operations.plan_stage(acting(), item, form.due.data)
        if "closed" in form and not form.closed.keeps(Moment(item.closed_on, item.closed_at)):
            operations.correct_closing(acting(), item, form.closed.data.at, now())
        if form.outcome_id.data != item.outcome_id:
            operations.correct_outcome(acting(), item, form.outcome_id.data)

    def after_save(self, item: Any) -> Any:
        """To the event's window; ready for the next stage, if one is to be added."""
        if closing := g.pop("closing", None):
            undo_toast(_("Stage closed."), closing)
        if request.form.get("then") == "next":
            url = url_for("EventView.show", pk=item.event_id, line=1, _anchor="line")
            return redirect(url, 303)
        return way_back(item.event_id)

    def history_keys(self, item: Any) -> list[tuple[str, Any]]:
        """The stage's own entries."""
        return [("stage", item.id)]


def neighbours(stage: Stage) -> dict[str, Stage | None]:
    """The stages before and after."""
    stages, index = stage.event.stages, stage.index
    before = stages[index - 1] if index else None
    after = stages[index + 1] if index + 1 < len(stages) else None
    return {"previous": before, "following": after}
