"""What the desk adds to the pages below it: other displays of the list of stages."""

from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _l

from app.desk.handover import HandOver
from app.desk.handover_views import PANEL
from app.events.stage_views import StageView
from app.lists.views import Display
from app.operators.views import OperatorView
from app.records import history, panels
from app.records.bulk import acts, undo

DISPLAYS = (
    Display(_l("Queue"), "player-play", "QueueView.show"),
    Display(_l("Calendar"), "calendar", "CalendarView.show"),
)


def register() -> None:
    """Let the list of stages lead to queue and calendar; hand over what an operator leaves."""
    OperatorView.displays = (Display(_l("Hand over"), "switch-horizontal", "HandoverView.show"),)
    panels.add(User, PANEL)
    acts.register(HandOver())
    undo.can_be_undone("bulk_handover")
    history.call_acts({"bulk_handover": _l("Handed over")})
    StageView.displays = DISPLAYS
