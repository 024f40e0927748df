"""The roles of the product: one table of role x page x permission, and how far each role sees."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.access.current import Scope

READ = ("list", "show", "history")
WRITE = ("add", "edit")
API_READ = ("get", "info")
API_WRITE = ("post", "put")
STAGE_WORK = ("close", "arrange", "undo")

RECORDS = ("ContractorView", "PersonView", "EventView", "StageView")
APIS = ("ContractorApi", "PersonApi", "EventApi", "StageApi")


@dataclass(frozen=True)
class Role:
    """One role: its name, what it is for, how far it sees and what it may do."""

    name: str
    purpose: str
    scope: Scope
    grants: frozenset[tuple[str, str]]


def grants(**pages: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Grants as (permission, page) pairs."""
    return frozenset((f"can_{what}", page) for page, acts in pages.items() for what in acts)


def on(pages: Iterable[str], *acts: str) -> frozenset[tuple[str, str]]:
    """The same acts on each of the pages."""
    return grants(**dict.fromkeys(pages, acts))


EVERYBODY = (
    grants(ProfileView=("show", "edit"), SearchView=("show",), PickerView=("show",))
    | grants(TodayView=("show",), SecuritySessionApi=("delete",))
)
READING = (
    EVERYBODY
    | on(RECORDS, *READ)
    | on(APIS, *API_READ)
    | grants(CampaignView=("show",), CampaignApi=API_READ, OperatorView=("show",))
)
WORKING = (
    READING
    | on(RECORDS, *WRITE)
    | on(APIS, *API_WRITE)
    | on(("EventView", "StageView", "EventApi", "StageApi"), *STAGE_WORK)
    | grants(CampaignView=("hang",), CampaignApi=("hang",), StageView=("delete",))
    | grants(StageApi=("delete",), EventView=("delete",), EventApi=("delete",))
)
MANAGING = (
    WORKING
    | on(RECORDS, "delete", "restore", "export")
    | on(APIS, "delete")
    | on(("EventView", "EventApi", "StageView", "StageApi"), "reopen", "bulk_close")
    | on(("StageView", "StageApi"), "edit_history", "delete_history")
    | grants(CampaignView=("bulk_close",), CampaignApi=("bulk_close",))
    | grants(OperatorView=("list", "show"), TeamView=("list", "show"))
)
DEFINING = READING | on(
    ("FeatureView", "SeriesView", "OutcomeView"), "list", "show", "add", "edit", "history", "archive"
)

ROLES = (
    Role("Administrator", _l("Everything, also operators and roles"), Scope.ALL, frozenset()),
    Role("Definitions editor", _l("Features, campaigns, series, outcomes"), Scope.ALL, DEFINING),
    Role("Manager", _l("All records; reopens, closes in bulk"), Scope.ALL, MANAGING),
    Role("Operator", _l("Own and the team's records"), Scope.TEAM, WORKING),
    Role("Reader", _l("Reads everything, changes nothing"), Scope.ALL, READING),
)
