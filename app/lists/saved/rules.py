"""What a saved view must be, and who may share or change it."""

from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.errors import Reason

SHARES = {"private": _l("only me"), "team": _l("a team"), "all": _l("everybody")}
LONGEST_NAME, LONGEST_STATE, MOST_PAIRS = 60, 4_000, 120
MOST_VIEWS = 50  # of one operator in one register


class View(Protocol):
    """What the rules look at."""

    name: Any
    state: Any
    share: Any
    team_id: Any
    owner_id: Any


class Keeper(Protocol):
    """Who acts."""

    @property
    def id(self) -> int:
        """The operator's id."""

    def may(self, permission: str, view: str) -> bool:
        """Whether the roles grant it."""


def may_change(view: View, actor: Keeper) -> bool:
    """Whose view it is, and administrators."""
    return view.owner_id == actor.id or actor.may("administer", "SavedViewView")


def reasons_not_to_keep_view(view: View) -> list[Reason]:
    """What is wrong with a view itself."""
    reasons = []
    if not view.name or len(view.name) > LONGEST_NAME:
        text = _("Give a name of at most %(count)s characters.", count=LONGEST_NAME)
        reasons.append(Reason("view.name", text, field="name"))
    if len(view.state) > LONGEST_STATE:
        text = _("There is too much in this view to be saved.")
        reasons.append(Reason("view.state", text, field="state"))
    if view.share not in SHARES or (view.share == "team") != (view.team_id is not None):
        reasons.append(Reason("view.share", _("Choose who sees the view."), field="share"))
    return reasons


def reasons_not_to_change_view(view: View, actor: Keeper) -> list[Reason]:
    """Somebody else's view is changed by administrators only."""
    if may_change(view, actor):
        return []
    return [Reason("view.foreign", _("Only its owner changes this view; save it as your own."))]


def reasons_not_to_share_view(view: View, actor: Keeper, teams: set[int]) -> list[Reason]:
    """Sharing takes a permission; a team must be one of one's own."""
    if view.share == "private":
        return []
    if not actor.may("share", "SavedViewView"):
        return [Reason("view.share", _("Your role keeps views for yourself."), field="share")]
    foreign = view.share == "team" and view.team_id not in teams
    if foreign and not actor.may("administer", "SavedViewView"):
        return [Reason("view.team", _("Choose one of your teams."), field="share")]
    return []


def reasons_not_to_open_first(view: View) -> list[Reason]:
    """A role's first view must be one that everybody sees."""
    if view.share == "all":
        return []
    text = _("Share the view with everybody before it opens first for a role.")
    return [Reason("view.first", text, field="first_for")]
