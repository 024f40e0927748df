"""What the desk adds to the pages below it: other displays of the list of stages."""

from flask_babel import lazy_gettext as _l

from app.events.stage_views import StageView
from app.lists.views import Display

DISPLAYS = (Display(_l("Queue"), "player-play", "QueueView.show"),)


def register() -> None:
    """Let the list of stages lead to the queue."""
    StageView.displays = DISPLAYS
