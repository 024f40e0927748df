"""Who may call what: every route of the product, declared a second time, apart from the code.

A route that is not here fails the tests. `row` names what `<pk>` is; records of other teams are
404 for an operator, whatever they try.
"""

from dataclasses import dataclass

READERS = frozenset({"ann", "bob", "viewer", "manager", "editor", "admin"})
WORKERS = frozenset({"ann", "bob", "manager", "admin"})
MANAGERS = frozenset({"manager", "admin"})
EDITORS = frozenset({"editor", "admin"})
ADMINS = frozenset({"admin"})
ANYONE = READERS | {"nobody"}
NO_ONE: frozenset[str] = frozenset()

SCOPED = frozenset(
    "contractor person event stage affiliation membership view note attachment draft".split()  # noqa: SIM905
)
PERSONAL = frozenset({"view", "draft"})  # everybody's own rows, whatever the role


@dataclass(frozen=True)
class Access:
    """Who may call a route and which kind of record its <pk> is."""

    who: frozenset[str]
    row: str | None = None


def views(**pages: tuple[str | None, dict[str, frozenset[str]]]) -> dict[str, Access]:
    """Endpoints with their access: `View=(row, {"names of methods": who})`."""
    return {
        f"{view}.{method}": Access(who, row)
        for view, (row, methods) in pages.items()
        for names, who in methods.items()
        for method in names.split()
    }


NOTED_PAGES = {"list show history notes": READERS}
LINED_PAGES = {"list show history notes timeline": READERS}
WRITE_PAGES = {"add edit": WORKERS}
CELL_PAGES = {"cell save_cell": WORKERS}
TRASH_PAGES = {"delete restoring trashed": MANAGERS}
READ_API = {"get get_list info history": READERS}
LOOKUP_API = {"get get_list info": READERS}
DEFINITION = {"list show add edit history archive unarchive": EDITORS}
PAGES_OF_STAGES = {"closure position delete restoring": WORKERS, "reopening": MANAGERS}
ACTS_OF_EVENTS = {
    "closure delete undo": WORKERS,
    "reopening restoring trashed": MANAGERS,
    "ask preview": READERS,
}

POLICY = views(
    HomeView=(None, {"index": ANYONE}),
    LoginView=(None, {"login logout": ANYONE}),
    TokenApi=(None, {"login": ANYONE, "logout": READERS, "refresh": NO_ONE}),
    ProfileView=(
        None,
        {"show password sessions end_sessions keys": READERS, "theme language": ANYONE},
    ),
    TodayView=(None, {"show": READERS}),
    DeskActs=("stage", {"show": READERS, "closure due": WORKERS}),
    FeedView=(None, {"show renew end": READERS}),
    FeedDoor=(None, {"read": ANYONE}),  # who has the address: tests/desk/test_feed.py
    CalendarView=(None, {"show": READERS}),
    BellView=(None, {"show count seen kinds": READERS}),
    QueueView=("stage", {"show": READERS, "closure due": WORKERS}),
    EntryView=(None, {"show add": WORKERS, "when": READERS}),
    SearchView=(None, {"show suggest palette": READERS}),
    PickerView=(None, {"show": READERS}),
    LayoutView=(None, {"keep": READERS}),
    ContractorView=(
        "contractor",
        {**LINED_PAGES, **WRITE_PAGES, **TRASH_PAGES, **CELL_PAGES, "status": WORKERS},
    ),
    PersonView=("person", {**LINED_PAGES, **WRITE_PAGES, **TRASH_PAGES}),
    AffiliationView=("affiliation", {"add edit delete": WORKERS}),
    EventView=(
        "event",
        {**LINED_PAGES, **WRITE_PAGES, **CELL_PAGES, **ACTS_OF_EVENTS, "suggest": WORKERS},
    ),
    StageView=("stage", {**NOTED_PAGES, "edit": WORKERS, **CELL_PAGES, **PAGES_OF_STAGES}),
    ContractorApi=(
        "contractor",
        {**READ_API, "post put": WORKERS, "delete restore": MANAGERS},
    ),
    PersonApi=("person", {**READ_API, "post put": WORKERS, "delete restore": MANAGERS}),
    EventApi=(
        "event",
        {**READ_API, "post put close add_stage delete": WORKERS, "reopen restore": MANAGERS},
    ),
    StageApi=(
        "stage",
        {**READ_API, "put close move delete restore": WORKERS, "reopen": MANAGERS},
    ),
    NoteView=(
        "note",
        {"add edit delete restoring pinning preview readers": WORKERS},
    ),
    DraftView=("draft", {"save delete token": EDITORS | WORKERS}),
    FileView=("attachment", {"show": READERS, "add delete restoring": WORKERS}),
    DatedView=(None, {"withdraw": WORKERS}),
    NoteApi=("note", {**READ_API, "post put delete restore": WORKERS}),
    AttachmentApi=("attachment", {**READ_API, "content": READERS, "post delete restore": WORKERS}),
    OperatorApi=("user", LOOKUP_API),
    SeriesApi=("series", LOOKUP_API),
    OutcomeApi=("outcome", LOOKUP_API),
    SeriesView=("series", {**DEFINITION, "example": EDITORS}),
    OutcomeView=("outcome", DEFINITION),
    OperatorView=(
        "user",
        {
            "show": READERS,
            "list": MANAGERS,
            "add edit activate deactivate end_sessions sessions password history": ADMINS,
        },
    ),
    TeamView=("team", {"list show": MANAGERS, "add edit history": ADMINS}),
    RoleView=("role", {"list scope": ADMINS}),
    CampaignView=("membership", {"show branch": READERS, "hanging off": WORKERS}),
    ClosingView=(None, {"show close": MANAGERS}),
    HandoverView=(None, {"show": MANAGERS}),
    HandoverApi=(None, {"show plan apply": MANAGERS}),
    BulkView=(None, {"selection plan show apply report recent undo": WORKERS}),
    BulkApi=(None, {"select plan apply undo": WORKERS}),
    CampaignApi=(None, {"get_list nodes figures": READERS}),
    FeatureView=("feature", {**DEFINITION, "preview": EDITORS}),
    ValueView=(
        "feature",
        {"branch add add_one preview rename order move archive merge delete": EDITORS},
    ),
    ChangeView=("feature", {"show undo": EDITORS}),
    ImportView=(None, {"show bring": ADMINS}),
    DescriptionView=(None, {"show document": ADMINS}),
    EtapOpenApi=(None, {"get": READERS}),
    health=(None, {"alive ready": ANYONE}),
)
POLICY |= views(
    StageView=("event", {"add_to": WORKERS}),
    CampaignView=("campaign", {"marking": EDITORS}),
    CampaignApi=("event", {"event_places": READERS, "hang_event take_event": WORKERS}),
)
POLICY |= views(
    CampaignApi=(
        "contractor",
        {"contractor_places": READERS, "hang_contractor take_contractor": WORKERS},
    ),
)
POLICY |= views(
    **{
        f"{name}View": (None, {"tabs_with_counts": READERS, "export": WORKERS})
        for name in ("Contractor", "Person", "Event", "Stage")
    },
    **{
        f"{name}Api": (None, {"export": WORKERS})
        for name in ("Contractor", "Person", "Event", "Stage")
    },
    ExportView=(None, {"list": MANAGERS}),
    SavedViewView=("view", {"show edit state delete restoring": READERS}),
    SavedViewApi=("view", {"get put delete": READERS}),
)
POLICY |= views(
    SavedViewView=(None, {"list add tab_order": READERS}),
    SavedViewApi=(None, {"get_list info post": READERS}),
)
POLICY |= {"static": Access(ANYONE), "appbuilder.static": Access(ANYONE)}

# What must be sent for an answer that tells more than that something is missing. {names} are
# ids: of shared rows, or of those of the owner whose records are tried.
QUERIES = {
    "NoteView.add": {"record": "contractor", "id": "{contractor}"},
    "DraftView.save": {"form": "/contractors/new", "token": "0123456789abcdef"},
    "NoteView.readers": {"record": "contractor", "id": "{contractor}"},
    "FileView.add": {"record": "contractor", "id": "{contractor}"},
    "CampaignView.branch": {"of": "{node}"},
    "ClosingView.show": {"node": "{node}"},
    "SavedViewView.add": {"register": "event"},
    "SearchView.show": {"q": "pustul"},
    "SearchView.suggest": {"q": "pustul"},
    "PickerView.show": {"q": "pustul"},
}
BODIES: dict[str, dict[str, str | int]] = {
    "NoteView.add": {"text": "a note"},
    "StageView.position": {"position": "2"},
    "StageApi.move": {"position": 2},
    "CampaignView.hanging": {"register": "contractor", "record": "{contractor}", "node": "{node}"},
    "CampaignApi.hang_contractor": {"node": "{node}"},
    "CampaignApi.hang_event": {"node": "{node}"},
    "ClosingView.close": {"node": "{node}"},
    "ValueView.add": {"name": "blue"},
    "ValueView.add_one": {"name": "blue"},
    "ValueView.rename": {"name": "blue", "version": "1"},
    "StageView.add_to": {"subject": "another"},
    "SavedViewView.add": {"register": "event", "name": "n", "share": "private", "state": "by=x"},
    **{
        f"{name}View.export": {"format": "csv", "columns": "all"}
        for name in ("Contractor", "Person", "Event", "Stage")
    },
    "SavedViewView.state": {"version": "1", "state": "by=x"},
    "SavedViewView.tab_order": {"key": "?", "act": "hide"},
    "SavedViewApi.post": {"register": "event", "name": "n", "state": "by=x"},
}
