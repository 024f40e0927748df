"""The site map: every page and REST resource, in menu order."""

from typing import Any

from flask import redirect, url_for
from flask_appbuilder import AppBuilder, IndexView, expose
from flask_babel import lazy_gettext as _l

from app.access.current import current_actor
from app.contractors.views import ContractorView
from app.events.stage_views import StageView
from app.events.views import EventView
from app.lists.pages import PickerView, SearchView
from app.operators.pages import ProfileView
from app.persons.views import PersonView


class HomeView(IndexView):
    """The start page: the events, or the login."""

    @expose("/")
    def index(self) -> Any:
        """Where the operator's day begins."""
        if current_actor() is None:
            return redirect(url_for("LoginView.login"))
        return redirect(url_for("EventView.list"))


def register(builder: AppBuilder) -> None:
    """Add the pages to the menu, in order; what is not in the menu comes last."""
    add = builder.add_view
    add(EventView, "Events", label=_l("Events"), icon="calendar-event")
    add(StageView, "Stages", label=_l("Stages"), icon="list-check")
    add(ContractorView, "Contractors", label=_l("Contractors"), icon="building")
    add(PersonView, "Persons", label=_l("Persons"), icon="users")
    for view in (SearchView, PickerView, ProfileView):
        builder.add_view_no_menu(view)
