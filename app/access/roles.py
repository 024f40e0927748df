"""The roles of the product: one table of role x page x permission, and how far each role sees."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.access.current import Scope

Grants = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Role:
    """One role: its name, what it is called and for, how far it sees and what it may do."""

    name: str
    label: Any
    purpose: Any
    scope: Scope
    grants: Grants


def on(pages: str, acts: str) -> Grants:
    """The same acts on each of the pages, both as words in a row."""
    return frozenset((f"can_{act}", page) for page in pages.split() for act in acts.split())


def together(*parts: Iterable[tuple[str, str]]) -> Grants:
    """All of these grants."""
    return frozenset().union(*parts)


RECORDS = "ContractorView PersonView EventView StageView"
APIS = "ContractorApi PersonApi EventApi StageApi"
LOOKUPS = "OperatorApi SeriesApi OutcomeApi"
ORDERED = "EventView StageView EventApi StageApi"
DEFINITIONS = "FeatureView SeriesView OutcomeView"

READING = together(
    on("ProfileView BellView", "show edit"),
    on("SavedViewView", "list show add edit delete"),
    on("SavedViewApi", "get info post put delete"),
    on(
        "TodayView SearchView PickerView LayoutView CampaignView OperatorView",
        "show",
    ),
    on(RECORDS, "list show history"),
    on(APIS, "get info history"),
    on(LOOKUPS, "get info"),
    on("CampaignApi OpenApi", "get"),
    on("FileView", "show"),
    on("NoteApi AttachmentApi", "get info history"),
)
WORKING = together(
    READING,
    on("ContractorView PersonView EventView", "add edit"),
    on("StageView", "edit"),
    on("AffiliationView", "add edit delete"),
    on(APIS, "put"),
    on("ContractorApi PersonApi EventApi", "post"),
    on(ORDERED, "close delete"),
    on("StageView EventApi StageApi", "arrange"),
    on("EventView", "undo"),
    on("StageApi", "restore"),
    on("CampaignView CampaignApi", "hang"),
    on(f"{RECORDS} {APIS}", "export"),
    on("BulkView BulkApi", "use"),
    on("DraftView", "edit"),
    on("NoteView", "add edit delete"),
    on("FileView", "add delete"),
    on("DatedView", "withdraw"),
    on("NoteApi", "post put delete restore"),
    on("AttachmentApi", "post delete restore"),
)
MANAGING = together(
    WORKING,
    on(RECORDS, "delete"),
    on("ContractorView PersonView EventView", "restore"),
    on(APIS, "delete restore"),
    on(ORDERED, "reopen"),
    on("EventView CampaignView", "bulk_close"),
    on("StageView", "edit_history delete_history"),
    on("NoteView FileView", "edit_others"),
    on("OperatorView TeamView", "list show"),
    on("HandoverView HandoverApi", "use"),
    on("SavedViewView", "share"),
    on("ExportView", "list"),
)
DEFINING = together(
    READING,
    on(DEFINITIONS, "list show add edit history archive"),
    on("CampaignView", "mark"),
    on("DraftView", "edit"),
)

ROLES = (
    Role(
        "Administrator",
        _l("Administrator"),
        _l("Everything, also operators and roles"),
        Scope.ALL,
        frozenset(),  # every permission there is
    ),
    Role(
        "Definitions editor",
        _l("Definitions editor"),
        _l("Features, campaigns, series, outcomes; reads all records"),
        Scope.ALL,
        DEFINING,
    ),
    Role(
        "Manager",
        _l("Manager"),
        _l("All records; reopens, closes in bulk, restores"),
        Scope.ALL,
        MANAGING,
    ),
    Role(
        "Operator",
        _l("Operator"),
        _l("Works with own and the team's records"),
        Scope.TEAM,
        WORKING,
    ),
    Role("Reader", _l("Reader"), _l("Reads everything, changes nothing"), Scope.ALL, READING),
)

# --- in words -----------------------------------------------------------------------------------

SCOPES = {
    Scope.OWN: _l("own records"),
    Scope.TEAM: _l("the team's records"),
    Scope.ALL: _l("all records"),
}


def words_of_role(name: str) -> tuple[str, str]:
    """What a role is called and what it is for; a role of somebody's own making has its name."""
    found = next((role for role in ROLES if role.name == name), None)
    return (str(found.label), str(found.purpose)) if found else (name, "")
