"""The list of stages across events, the stage's window, and its acts."""

from datetime import date
from typing import Any

from flask import abort, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, false, select
from sqlalchemy.orm import joinedload, selectinload

from app.access.current import acting
from app.contractors.models import Contractor
from app.days import today
from app.db import now, transaction
from app.errors import InvalidValue, Reason
from app.events import operations
from app.events.acts import perform, posted_wish, way_back
from app.events.models import Event, Stage
from app.events.views import living_outcomes, refuse_foreign, refused_page
from app.fab.forms import ChoiceField, MomentField, relation, required
from app.fab.interface import CrmInterface, flush
from app.fab.views import PK
from app.lists import filters
from app.lists.paging import Order, read_moment
from app.lists.views import Column, Shortcut
from app.records.views import RecordView

by_start = Order("start", Stage.start_on, Stage.id, read=date.fromisoformat)
by_due = Order("due", Stage.due_on, Stage.id, nullable=True, read=date.fromisoformat)
by_closed = Order("closed", Stage.closed_at, Stage.id, nullable=True, read=read_moment)

STATES = {"open": _l("open"), "closed": _l("closed"), "overdue": _l("overdue"), "today": _l("due today")}


def in_state(word: str) -> Any:
    """The question behind each state of a stage."""
    is_open, day = Stage.closed_at.is_(None), today(now())
    questions = {
        "open": is_open,
        "closed": Stage.closed_at.is_not(None),
        "overdue": and_(is_open, Stage.due_on < day),
        "today": and_(is_open, Stage.due_on == day),
    }
    return questions.get(word, false())


def of_contractor(contractor_id: int) -> Any:
    """Stages of the contractor's events."""
    return Stage.event_id.in_(select(Event.id).where(Event.contractor_id == contractor_id))


def outcome_choices() -> list[tuple[int, str]]:
    """The outcomes one may choose."""
    return [(outcome.id, outcome.label) for outcome in living_outcomes()]


class StageView(RecordView):
    """Stages of all events."""

    route_base = "/stages"
    datamodel = CrmInterface(Stage)
    exclude_route_methods = RecordView.exclude_route_methods | {"add"}
    show_template = "events/stage.html"
    more_permissions = ("edit_history", "delete_history")
    edit_template = "events/stage_form.html"
    list_title, add_title = _l("Stages"), _l("New stage")
    list_columns = ["position", "start", "event", "contractor", "contact", "operator", "due", "closed"]
    show_columns = [*list_columns, "subject", "description", "outcome"]
    order_columns = ["start", "due", "closed"]
    search_columns = ["event", "contractor", "contact", "operator", "state", "start", "due"]
    columns = (
        Column("position", _l("Lp")),
        Column("start", _l("Date"), by_start, "cell-date"),
        Column("subject", _l("Subject"), style="note"),
        Column("event", _l("Event"), style="cell-nowrap"),
        Column("contractor", _l("Contractor")),
        Column("contact", _l("Contact")),
        Column("operator", _l("Operator")),
        Column("due", _l("Due"), by_due, "cell-status"),
        Column("closed", _l("Completed"), by_closed, "cell-date"),
    )
    first_order = "due"
    filter_fields = (
        filters.choice("state", _l("State"), list(STATES.items()), in_state),
        filters.record("event", _l("Event"), Stage.event_id, "event"),
        filters.remote(
            "contractor",
            _l("Contractor"),
            "contractor",
            filters.Operator(_l("is"), filters.read_id, of_contractor),
        ),
        filters.record("contact", _l("Contact"), Stage.contact_id, "person"),
        filters.record("operator", _l("Operator"), Stage.operator_id, "operator"),
        filters.days("start", _l("Date"), Stage.start_on),
        filters.days("due", _l("Due"), Stage.due_on),
        filters.days("closed", _l("Closed on"), Stage.closed_on),
    )
    shortcuts = (
        Shortcut(_l("All"), dict),
        Shortcut(_l("My open"), lambda: {"_flt_0_state": "open", "_flt_0_operator": str(acting().id)}),
        Shortcut(_l("Today"), lambda: {"_flt_0_state": "today"}),
        Shortcut(_l("Overdue"), lambda: {"_flt_0_state": "overdue"}),
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
        "outcome_id": ChoiceField(_l("Completed"), choices=outcome_choices, coerce=int),
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
        except operations.NotFound:
            abort(404)

    def name_of(self, item: Any) -> str:
        """Etap 2 · 0001/2006/CRM 2006-10-31."""
        return _("Stage %(position)s: %(number)s", position=item.position, number=item.event.number)

    def more_fields(self, item: Any | None) -> list[tuple[str, Any]]:
        """The time of completion, for those who may correct history."""
        if item is None or item.is_open or not acting().may("edit_history", "StageView"):
            return []
        return [("closed", MomentField(_l("Closed at"), validators=[required()]))]

    def fill(self, form: Any, item: Any) -> None:
        """Plan and completion go through their verbs; the rest is plain."""
        due = form["due"].data
        for field in form:
            if field.name in self.edit_columns and field.name != "due":
                self._fill_one(field, item)
        refuse_foreign_contact(item)
        operations.plan_stage(acting(), item, due)
        if "closed" in form and form["closed"].data:
            closed_at = form["closed"].data.at or item.closed_at
            operations.correct_closing(acting(), item, closed_at, now())

    def _fill_one(self, field: Any, item: Any) -> None:
        if field.name == "outcome_id" and item.is_closed and field.data != item.outcome_id:
            acting().require("edit_history", "StageView")
        field.populate_obj(item, field.name)

    def after_save(self, item: Any) -> Any:
        """Back to the event's window."""
        return way_back(item.event_id)

    def history_keys(self, item: Any) -> list[tuple[str, int]]:
        """The stage's own entries."""
        return [("stage", item.id)]

    # --- acts -----------------------------------------------------------------------------

    def event_of(self, pk: int) -> int:
        """The event of a visible stage."""
        return int(self.visible_or_404(pk).event_id)

    @expose(f"/in/{PK}", methods=["POST"])
    @has_access
    @permission_name("arrange")
    def add_to(self, pk: int) -> Any:
        """Add a stage to an event in one line; `position` inserts it."""
        form = self.new_form()
        form.start.validators = form.operator.validators = form.outcome_id.validators = ()
        form.outcome_id.validate_choice = False
        if not form.validate():
            return self._bad_line(pk, form)
        return perform(pk, lambda: self._add(pk, form), _("Stage added."))

    def _bad_line(self, event_id: int, form: Any) -> Any:
        wrong = [
            Reason("stage.value", f"{form[name].label.text}: {text}", field=name)
            for name, texts in form.errors.items()
            for text in texts
        ]
        return refused_page(event_id, InvalidValue(*wrong))

    def _add(self, event_id: int, form: Any) -> int:
        event = operations.locked_event(event_id)
        text = request.form.get("position", "").strip()
        position = int(text) if text.isdigit() and len(text) < 5 else None
        stage = operations.next_stage(event, form.subject.data, now())
        for name in ("description", "start", "due", "contact", "operator"):
            if form[name].data:
                form[name].populate_obj(stage, name)
        event.add_stage(stage, position)
        refuse_foreign_contact(stage)
        flush()
        return operations.done()

    @expose(f"/{PK}/closure", methods=["POST"])
    @has_access
    @permission_name("close")
    def closure(self, pk: int) -> Any:
        """Close the stage; `how` is alone, up_to (with all before) or add_next (and go on)."""
        wish, event_id = posted_wish, self.event_of(pk)
        how = request.form.get("how", "alone")
        subject = request.form.get("subject")
        deeds = {
            "alone": lambda: operations.close_stage(acting(), pk, wish(), now()),
            "up_to": lambda: operations.close_up_to(acting(), pk, wish(), now()),
            "add_next": lambda: operations.close_and_add_next(acting(), pk, wish(), now(), subject),
        }
        if how not in deeds:
            abort(400)
        return perform(event_id, deeds[how], _("Stage closed."), undo=True)

    @expose(f"/{PK}/reopening", methods=["POST"])
    @has_access
    @permission_name("reopen")
    def reopening(self, pk: int) -> Any:
        """Open the stage again; with `down_to`, all closed ones from it on."""
        reason, down_to = request.form.get("reason"), bool(request.form.get("down_to"))
        deed = lambda: operations.reopen_stage(acting(), pk, reason, down_to=down_to)  # noqa: E731
        return perform(self.event_of(pk), deed, _("Stage reopened."))

    @expose(f"/{PK}/position", methods=["POST"])
    @has_access
    @permission_name("arrange")
    def position(self, pk: int) -> Any:
        """Give the stage another place among the open ones."""
        text = request.form.get("position", "")
        place = int(text) if text.isdigit() and len(text) < 6 else abort(400)
        deed = lambda: operations.move_stage(acting(), pk, place)  # noqa: E731
        return perform(self.event_of(pk), deed, _("Stage moved."))

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    @permission_name("delete")
    def delete(self, pk: int) -> Any:
        """Move the stage to the trash."""
        choice, reason = request.form.get("choice"), request.form.get("reason")
        deed = lambda: operations.delete_stage(acting(), pk, now(), choice, reason)  # noqa: E731
        return perform(self.event_of(pk), deed, _("Stage moved to the trash."))

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("arrange")
    def restoring(self, pk: int) -> Any:
        """Take the stage out of the trash."""
        try:
            with transaction():
                event_id = operations.restore_stage(acting(), pk).event_id
        except operations.NotFound:
            abort(404)
        return way_back(event_id)


def refuse_foreign_contact(stage: Stage) -> None:
    """A stage's contact works for the event's contractor."""
    refuse_foreign(stage.event.contractor, stage.contact)

