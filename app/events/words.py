"""How events and stages, their fields and the acts on them are called in the history."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.db import db
from app.events.definitions import Outcome, Series
from app.records import history

SHARED = {
    "subject": _l("Subject"),
    "description": _l("Description"),
    "contact": _l("Contact"),
    "operator": _l("Operator"),
    "start": _l("Date"),
    "due": _l("Due"),
    "closed": _l("Closed"),
    "closed_by": _l("Closed by"),
    "outcome": _l("Outcome"),
    "trashed": _l("In the trash"),
}
EVENT = {
    **SHARED,
    "series": _l("Series"),
    "year": _l("Year"),
    "no": _l("Counter"),
    "number": _l("Number"),
    "internal": _l("Internal"),
    "contractor": _l("Contractor"),
    "features": _l("Features"),
}
STAGE = {**SHARED, "event": _l("Event"), "position": _l("No.")}
ACTS = {
    "close_stage": _l("Stage closed"),
    "close_up_to": _l("Closed up to a stage"),
    "close_and_add_next": _l("Stage closed, next one added"),
    "close_event": _l("Event closed"),
    "bulk_close": _l("Closed many at once"),
    "bulk_reassign": _l("Operator of many changed"),
    "inline_edit": _l("Changed in the list"),
    "bulk_due": _l("Due dates of many moved"),
    "close_cascade": _l("Closed with all open stages"),
    "reopen_event": _l("Event reopened"),
    "reopen_and_add": _l("Reopened with a new stage"),
    "reopen_stage": _l("Stage reopened"),
    "reopen_down_to": _l("Reopened down to a stage"),
    "delete_stage": _l("Stage moved to the trash"),
    "restore_stage": _l("Stage restored"),
    "move_stage": _l("Stage moved"),
    "plan_stage": _l("Stage rescheduled"),
    "trash_event": _l("Event moved to the trash"),
    "restore_event": _l("Event restored"),
}


def outcome_names(ids: set[int]) -> Mapping[int, str]:
    """Outcomes by their labels."""
    return {
        one.id: one.label for one in db.session.scalars(select(Outcome).where(Outcome.id.in_(ids)))
    }


def series_names(ids: set[int]) -> Mapping[int, str]:
    """Series by their symbols."""
    return {
        one.id: one.symbol for one in db.session.scalars(select(Series).where(Series.id.in_(ids)))
    }


def register() -> None:
    """Tell the history."""
    history.describe("event", _l("Event"), EVENT)
    history.describe("stage", _l("Stage"), STAGE)
    history.call_acts(ACTS)
    history.call_by_name(("outcome_id",), outcome_names)
    history.call_by_name(("series_id",), series_names)
