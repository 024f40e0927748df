"""Who may do what to which operator: nobody gives or touches more than he has himself."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.access.current import Scope
from app.errors import Reason

ORDER = list(Scope)


@dataclass(frozen=True)
class Rights:
    """What a role, an operator or an actor has: permissions and how far they reach."""

    permissions: frozenset[tuple[str, str]]
    scope: Scope

    def covers(self, other: "Rights") -> bool:
        """Whether the other has nothing beyond these."""
        reaches = ORDER.index(other.scope) <= ORDER.index(self.scope)
        return reaches and other.permissions <= self.permissions


def reasons_not_to_touch_operator(mine: Rights, theirs: Rights) -> list[Reason]:
    """An operator with more rights than mine is not mine to change."""
    if mine.covers(theirs):
        return []
    return [Reason("operator.higher", _("This operator has rights that you do not have."))]


def reasons_not_to_grant(mine: Rights, roles: Iterable[tuple[Any, Rights]]) -> list[Reason]:
    """Only roles within my own rights can be given or taken away."""
    beyond = [role for role, rights in roles if not mine.covers(rights)]
    text = _("You can only give or take away roles whose rights you have yourself.")
    return [Reason("role.beyond_own", text, field="roles")] if beyond else []


def reasons_not_to_change_teams(scope: Scope, changed: Collection[Any]) -> list[Reason]:
    """A team widens what its members see, so only who sees all changes teams."""
    if not changed or scope is Scope.ALL:
        return []
    text = _("Only who sees all records can change teams.")
    return [Reason("team.scope", text, field="groups")]


def reasons_not_to_lose_admin(others: int) -> list[Reason]:
    """Somebody must be able to administer."""
    if others:
        return []
    return [Reason("operator.last_admin", _("This is the last active administrator."))]


def reasons_not_to_keep_username(username: str, taken: bool) -> list[Reason]:
    """A name for logging in is one word and belongs to one operator, whatever its case."""
    if not username or any(sign.isspace() for sign in username):
        text = _("A username has no blanks.")
        return [Reason("operator.username", text, field="username")]
    if taken:
        text = _("Another operator has this username or e-mail address.")
        return [Reason("operator.taken", text, field="username")]
    return []


def reasons_not_to_set_scope(scope: str, administrators: bool) -> list[Reason]:
    """A role sees own, the team's or all records; administrators always all."""
    if scope not in ORDER:
        return [Reason("role.scope", _("Choose one from the list."), field="scope")]
    if administrators and scope != Scope.ALL:
        return [Reason("role.administrator", _("Administrators see all records."), field="scope")]
    return []
