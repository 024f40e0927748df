"""Acts on operators, teams and roles, the same for pages, commands and import."""

from collections.abc import Collection, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Group,
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from app.access.current import Actor, Scope, load_actor
from app.access.models import RoleScope, SwitchedOff
from app.audit.journal import name_act
from app.db import duplicate
from app.errors import InvalidValue, NotAllowed, refuse_if
from app.operators import rules, sessions
from app.operators.rules import Rights

ADMINISTRATOR = "Administrator"


def rights_of_actor(actor: Actor) -> Rights:
    """What the actor has."""
    return Rights(actor.permissions, actor.scope)


def rights_of_role(session: Session, role: Role) -> Rights:
    """What a role gives."""
    table = assoc_permissionview_role
    query = (
        select(Permission.name, ViewMenu.name)
        .join(PermissionView, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .join(table, table.c.permission_view_id == PermissionView.id)
        .where(table.c.role_id == role.id)
    )
    scope = session.get(RoleScope, role.id)
    pairs = frozenset((one, two) for one, two in session.execute(query))
    return Rights(pairs, Scope(scope.scope) if scope else Scope.OWN)


def refuse_higher(session: Session, actor: Actor, user: User) -> None:
    """Raise NotAllowed if the operator has rights that the actor has not."""
    theirs = rights_of_actor(load_actor(session, user, actor.door))
    found = rules.reasons_not_to_touch_operator(rights_of_actor(actor), theirs)
    refuse_if(found, NotAllowed)


def may_touch(session: Session, actor: Actor, user: User) -> bool:
    """Whether the operator's rights are within the actor's."""
    theirs = rights_of_actor(load_actor(session, user, actor.door))
    return rights_of_actor(actor).covers(theirs)


def set_roles(session: Session, actor: Actor, user: User, roles: Collection[Role]) -> None:
    """Give the operator exactly these roles."""
    changed = set(user.roles) ^ set(roles)
    if not changed:
        return
    given = [(role, rights_of_role(session, role)) for role in changed]
    refuse_if(rules.reasons_not_to_grant(rights_of_actor(actor), given), NotAllowed)
    if any(role.name == ADMINISTRATOR for role in changed & set(user.roles)):
        refuse_last_admin(session, user)
    user.roles = sorted(roles, key=lambda role: role.id)


def set_teams(actor: Actor, user: User, teams: Collection[Group]) -> None:
    """Make the operator a member of exactly these teams."""
    changed = set(user.groups) ^ set(teams)
    refuse_if(rules.reasons_not_to_change_teams(actor.scope, changed), NotAllowed)
    if changed:
        user.groups = sorted(teams, key=lambda team: team.id)


def set_members(actor: Actor, team: Group, members: Collection[User]) -> None:
    """Make exactly these operators members of the team."""
    changed = set(team.users) ^ set(members)
    refuse_if(rules.reasons_not_to_change_teams(actor.scope, changed), NotAllowed)
    if changed:
        team.users = sorted(members, key=lambda user: user.id)


def refuse_last_admin(session: Session, user: User) -> None:
    """Raise RuleViolation if nobody else could administer; the role is locked until the commit."""
    role = select(Role).where(Role.name == ADMINISTRATOR).with_for_update()
    session.execute(role)
    others = select(func.count(User.id.distinct())).join(User.roles)
    query = others.where(Role.name == ADMINISTRATOR, User.active, User.id != user.id)
    count = session.scalar(query.where(User.password.is_not(None))) or 0
    refuse_if(rules.reasons_not_to_lose_admin(count))


def deactivate(session: Session, actor: Actor, user: User) -> None:
    """The operator can't log in any more; records and history keep the name."""
    refuse_higher(session, actor, user)
    if any(role.name == ADMINISTRATOR for role in user.roles):
        refuse_last_admin(session, user)
    name_act(session, "operator.deactivate")
    user.active = False


def activate(session: Session, actor: Actor, user: User) -> None:
    """The operator may log in again."""
    refuse_higher(session, actor, user)
    name_act(session, "operator.activate")
    user.active = True


def set_password(session: Session, actor: Actor, user: User, stored: str) -> None:
    """Give the operator a new password, already checked and hashed; all sessions end."""
    refuse_higher(session, actor, user)
    name_act(session, "operator.password")
    user.password = stored


def end_sessions(session: Session, actor: Actor, user: User, number: int | None) -> None:
    """End one login of the operator, or all of them."""
    refuse_higher(session, actor, user)
    if number is None:
        sessions.end_all(user.id)
    else:
        sessions.end_one(user.id, number)


def check_username(session: Session, user: User) -> None:
    """Raise InvalidValue if another operator could be meant by this username."""
    name = (user.username or "").lower()
    clash = or_(func.lower(User.username) == name, func.lower(User.email) == name)
    query = select(User.id).where(clash, User.id != (user.id or 0)).limit(1)
    with session.no_autoflush:
        taken = session.scalar(query) is not None
    refuse_if(rules.reasons_not_to_keep_username(user.username or "", taken), InvalidValue)


def refuse_double_team(session: Session, team: Group, name: str) -> None:
    """Raise InvalidValue if another team is called so, whatever the case."""
    with session.no_autoflush:
        others = session.execute(select(Group.id, Group.name)).all()
    if any(other != team.id and called.casefold() == name.casefold() for other, called in others):
        raise duplicate("name")


def set_scope(session: Session, role: Role, scope: str) -> None:
    """Say how far a role sees; in force with the next request of everybody who has it."""
    found = rules.reasons_not_to_set_scope(scope, role.name == ADMINISTRATOR)
    refuse_if(found, InvalidValue)
    name_act(session, "role.scope")
    row = session.get(RoleScope, role.id)
    if row is None:
        session.add(RoleScope(role_id=role.id, scope=scope))
    else:
        row.scope = scope


def all_roles(session: Session) -> Sequence[Role]:
    """The roles that can be given, in the order they were made."""
    hidden: Any = Role.name != "Public"
    return session.scalars(select(Role).where(hidden).order_by(Role.id)).all()


def switch_off(session: Session, user_id: int, names: Collection[str]) -> None:
    """Write what of the pages an operator does not want, and nothing else."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    session.execute(delete(SwitchedOff).where(SwitchedOff.user_id == user_id))
    session.add_all(SwitchedOff(user_id=user_id, name=name) for name in names)
    session.flush()
