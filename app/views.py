"""The site map: every page and REST resource, in menu order."""

from typing import Any

from flask import redirect, url_for
from flask_appbuilder import AppBuilder, IndexView, expose
from flask_babel import lazy_gettext as _l

from app.access.current import current_actor
from app.campaigns import panels as campaign_panels
from app.campaigns.api import CampaignApi
from app.campaigns.closing_views import ClosingView
from app.campaigns.views import CampaignView
from app.contractors import bulk as contractor_bulk
from app.contractors import panels as contractor_panels
from app.contractors.api import ContractorApi
from app.contractors.views import ContractorView
from app.desk import panels as desk_panels
from app.desk.acts import DeskActs
from app.desk.bell_views import BellView
from app.desk.calendar_views import CalendarView
from app.desk.entry_views import EntryView
from app.desk.feed_views import FeedDoor, FeedView
from app.desk.handover_api import HandoverApi
from app.desk.handover_views import HandoverView
from app.desk.queue_views import QueueView
from app.desk.views import TodayView
from app.events import panels as event_panels
from app.events.api import EventApi
from app.events.bulk import kinds as event_bulk
from app.events.definition_api import OutcomeApi, SeriesApi
from app.events.definition_views import OutcomeView, SeriesView
from app.events.stage_api import StageApi
from app.events.stage_views import StageView
from app.events.views import EventView
from app.exchange.views import ImportView
from app.features import words as feature_words
from app.features.changes.views import ChangeView
from app.features.dated_views import DatedView
from app.features.node_views import ValueView
from app.features.views import FeatureView
from app.lists.exports.views import ExportView
from app.lists.pages import LayoutView, PickerView, SearchView
from app.lists.saved.api import SavedViewApi
from app.lists.saved.views import SavedViewView
from app.operators.api import OperatorApi
from app.operators.pages import ProfileView
from app.operators.role_views import RoleView
from app.operators.views import OperatorView, TeamView
from app.persons import panels as person_panels
from app.persons.api import PersonApi
from app.persons.links import AffiliationView
from app.persons.views import PersonView
from app.records.bulk.api import BulkApi
from app.records.bulk.views import BulkView
from app.records.drafted import DraftView
from app.records.file_views import FileView
from app.records.note_api import AttachmentApi, NoteApi
from app.records.note_views import NoteView

RESOURCES = (
    ContractorApi,
    PersonApi,
    EventApi,
    StageApi,
    CampaignApi,
    BulkApi,
    HandoverApi,
    NoteApi,
    AttachmentApi,
    OperatorApi,
    SeriesApi,
    OutcomeApi,
    SavedViewApi,
)

OUT_OF_MENU = (
    SearchView,
    PickerView,
    LayoutView,
    SavedViewView,
    ProfileView,
    AffiliationView,
    ClosingView,
    ValueView,
    ChangeView,
    NoteView,
    FileView,
    DatedView,
    DraftView,
    DeskActs,
    EntryView,
    QueueView,
    BulkView,
    BellView,
    HandoverView,
    CalendarView,
    FeedView,
    FeedDoor,
)


class HomeView(IndexView):
    """The start page: today, or the login."""

    @expose("/")
    def index(self) -> Any:
        """Where the operator's day begins."""
        if current_actor() is None:
            return redirect(url_for("LoginView.login"))
        return redirect(url_for("TodayView.show"))


def register(builder: AppBuilder) -> None:
    """Add the pages to the menu, in order; what is not in the menu comes last."""
    add = builder.add_view
    add(TodayView, "Today", label=_l("Today"), icon="home")
    add(EventView, "Events", label=_l("Events"), icon="calendar-event")
    add(StageView, "Stages", label=_l("Stages"), icon="list-check")
    add(CampaignView, "Campaigns", label=_l("Campaigns"), icon="binary-tree")
    add(ContractorView, "Contractors", label=_l("Contractors"), icon="building")
    add(PersonView, "Persons", label=_l("Persons"), icon="users")
    definitions = {"category": "Definitions", "category_label": _l("Definitions")}
    add(FeatureView, "Features", label=_l("Features"), icon="tags", **definitions)
    add(SeriesView, "Series", label=_l("Number series"), icon="hash", **definitions)
    add(OutcomeView, "Outcomes", label=_l("Outcomes"), icon="flag", **definitions)
    administration = {"category": "Administration", "category_label": _l("Administration")}
    add(OperatorView, "Operators", label=_l("Operators"), icon="user-cog", **administration)
    add(TeamView, "Teams", label=_l("Teams"), icon="users-group", **administration)
    add(RoleView, "Roles", label=_l("Roles"), icon="shield-lock", **administration)
    add(ExportView, "Exports", label=_l("Exports"), icon="file-export", **administration)
    add(ImportView, "Import", label=_l("Import"), icon="file-import", **administration)
    for view in OUT_OF_MENU:
        builder.add_view_no_menu(view)
    for resource in RESOURCES:
        builder.add_api(resource)
    for area in (
        feature_words,
        contractor_panels,
        person_panels,
        event_panels,
        campaign_panels,
        desk_panels,
    ):
        area.register()
    for acts in (contractor_bulk, event_bulk):
        acts.register()
