"""The actor: who does this, through which door, with which rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    User,
    ViewMenu,
    assoc_group_role,
    assoc_permissionview_role,
    assoc_user_group,
    assoc_user_role,
)
from flask_babel import gettext as _
from sqlalchemy import (
    CTE,
    Integer,
    String,
    bindparam,
    cast,
    literal,
    null,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from app.access.models import RoleScope, SwitchedOff
from app.db import db
from app.errors import NotAllowed, Reason


class Scope(StrEnum):
    """How far an operator sees, narrowest first."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


class Door(StrEnum):
    """The way by which an act came in."""

    PAGE = "page"
    API = "api"
    CLI = "cli"
    IMPORT = "import"
    SETUP = "setup"


@dataclass(frozen=True)
class Actor:
    """An operator at work. `peers` are the ids whose records count as within reach.

    `off` is what of the pages the operator has switched off, `team` the members of all groups the
    operator is in, however far the roles let see; `roles` the ids of own roles and the teams'.
    """

    user: User
    door: Door
    permissions: frozenset[tuple[str, str]]
    scope: Scope
    peers: frozenset[int]
    off: frozenset[str] = frozenset()
    team: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()

    @property
    def id(self) -> int:
        """The operator's id."""
        return int(self.user.id)

    def may(self, permission: str, view: str) -> bool:
        """Whether the roles grant `can_<permission>` on the page `view`."""
        return (f"can_{permission}", view) in self.permissions

    def require(self, permission: str, view: str) -> None:
        """Raise NotAllowed unless the roles grant it."""
        if not self.may(permission, view):
            text = _("Your role does not permit this.")
            raise NotAllowed(Reason(f"not_allowed.{permission}", text))


def become(user: User, door: Door) -> Actor:
    """Make `user` the actor of the present session and return the actor."""
    actor = load_actor(db.session(), user, door)
    db.session().info["actor"] = actor
    return actor


def current_actor() -> Actor | None:
    """The actor of the present session, if there is one."""
    actor: Actor | None = db.session().info.get("actor")
    return actor


def acting() -> Actor:
    """The actor; raises NotAllowed where nobody is logged in."""
    actor = current_actor()
    if actor is None:
        raise NotAllowed(Reason("not_allowed.anonymous", _("Please log in.")))
    return actor


def load_actor(session: Session, user: User, door: Door) -> Actor:
    """Read permissions, scope and team mates in one statement."""
    return load_actors(session, [user], door)[0]


def load_actors(session: Session, users: Sequence[User], door: Door) -> list[Actor]:
    """The same for several operators, still in one statement."""
    rows: dict[int, list[Any]] = {user.id: [] for user in users}
    asked = {"users": list(rows)}
    for row in session.execute(_rights(), asked, execution_options={"unscoped": True}):
        rows[row[0]].append(row[1:])
    return [_actor(user, door, rows[user.id]) for user in users]


def _actor(user: User, door: Door, rows: Sequence[Any]) -> Actor:
    permissions = frozenset((one, two) for kind, one, two, _id in rows if kind == "may")
    scopes = [Scope(one) for kind, one, _two, _id in rows if kind == "scope"]
    scope = max(scopes, key=list(Scope).index, default=Scope.OWN)
    mates = {number for kind, _one, _two, number in rows if kind == "mate"}
    team = frozenset({user.id, *mates})
    peers = team if scope is Scope.TEAM else frozenset({user.id})
    off = frozenset(one for kind, one, _two, _id in rows if kind == "off")
    roles = frozenset(number for kind, _one, _two, number in rows if kind == "role")
    return Actor(user, door, permissions, scope, peers, off, team, roles)


def roles_of(users: Any) -> CTE:
    """The ids of operators' roles, own ones and those of teams, with their operators."""
    one, two = assoc_user_role.c, assoc_user_group.c
    direct = select(one.user_id, one.role_id).where(one.user_id.in_(users))
    by_group = (
        select(two.user_id, assoc_group_role.c.role_id)
        .join(assoc_user_group, two.group_id == assoc_group_role.c.group_id)
        .where(two.user_id.in_(users))
    )
    return union(direct, by_group).cte("roles")


@cache
def _rights() -> Any:
    """Every request asks this: it is put together once."""
    users: Any = bindparam("users", expanding=True)
    roles = roles_of(users)
    nothing, nobody = cast(null(), String), cast(null(), Integer)
    granted = assoc_permissionview_role
    may = (
        select(roles.c.user_id, literal("may"), Permission.name, ViewMenu.name, nobody)
        .select_from(granted)
        .join(roles, roles.c.role_id == granted.c.role_id)
        .join(PermissionView, PermissionView.id == granted.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    )
    scope = select(roles.c.user_id, literal("scope"), RoleScope.scope, nothing, nobody).join(
        roles, roles.c.role_id == RoleScope.role_id
    )
    mine = assoc_user_group.alias("mine")
    theirs = assoc_user_group.c.user_id
    mate = (
        select(mine.c.user_id, literal("mate"), nothing, nothing, theirs)
        .join(mine, mine.c.group_id == assoc_user_group.c.group_id)
        .where(mine.c.user_id.in_(users))
    )
    whose = SwitchedOff.user_id
    off = select(whose, literal("off"), SwitchedOff.name, nothing, nobody).where(whose.in_(users))
    role = select(roles.c.user_id, literal("role"), nothing, nothing, roles.c.role_id)
    return union_all(may, scope, mate, off, role)
