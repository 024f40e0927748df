"""What every installation has: roles with permissions, the CRM series, the outcomes."""

from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import delete, insert, select

from app.access.models import RoleScope
from app.access.roles import ROLES
from app.access.roles import Role as Definition
from app.db import db, transaction
from app.events.definitions import Outcome, Series
from app.setup import migration

OUTCOMES = ("(Inna)", "Zrealizowano", "Bez odpowiedzi", "Rezygnacja klienta")
ADMINISTRATOR = "Administrator"


def write_all() -> None:
    """Write permissions, roles and first definitions; what is there stays."""
    builder: Any = current_app.extensions["appbuilder"]
    wanted = permissions_of(builder)
    with transaction() as session:
        migration.wait_for_turn(session.connection())
        write_permissions(wanted)
        for definition in ROLES:
            write_role(definition, wanted)
        write_public_role()
        write_series()
        write_outcomes()


def permissions_of(builder: Any) -> set[tuple[str, str]]:
    """(permission, page) of every page, and of every menu entry."""
    found = {
        (permission, view.class_permission_name)
        for view in builder.baseviews
        for permission in view.base_permissions or ()
    }
    names = builder.menu.get_flat_name_list()
    return found | {("menu_access", name) for name in names if name != "-"}


def write_permissions(wanted: set[tuple[str, str]]) -> None:
    """Add the rows that are missing; a page that is gone leaves rows nobody asks for."""
    by_name = {one.name: one for one in db.session.scalars(select(Permission))}
    by_view = {one.name: one for one in db.session.scalars(select(ViewMenu))}
    for name in {permission for permission, _view in wanted} - set(by_name):
        db.session.add(Permission(name=name))
    for name in {view for _permission, view in wanted} - set(by_view):
        db.session.add(ViewMenu(name=name))
    db.session.flush()
    ids = {one.name: one.id for one in db.session.scalars(select(Permission))}
    views = {one.name: one.id for one in db.session.scalars(select(ViewMenu))}
    present = {
        (one.permission_id, one.view_menu_id) for one in db.session.scalars(select(PermissionView))
    }
    for permission, view in sorted(wanted):
        if (ids[permission], views[view]) not in present:
            db.session.add(PermissionView(permission_id=ids[permission], view_menu_id=views[view]))
    db.session.flush()


def write_role(definition: Definition, wanted: set[tuple[str, str]]) -> None:
    """Give the role exactly what the table says; Administrator has everything."""
    role = db.session.scalar(select(Role).where(Role.name == definition.name))
    if role is None:
        role = Role(name=definition.name)
        db.session.add(role)
        db.session.flush()
    grants = wanted if definition.name == ADMINISTRATOR else with_menu(definition.grants, wanted)
    pairs = {
        (one.permission.name, one.view_menu.name): one.id
        for one in db.session.scalars(select(PermissionView))
    }
    table = assoc_permissionview_role
    db.session.execute(delete(table).where(table.c.role_id == role.id))
    rows = [{"role_id": role.id, "permission_view_id": pairs[one]} for one in grants & set(pairs)]
    if rows:
        db.session.execute(insert(table), rows)
    if db.session.get(RoleScope, role.id) is None:
        db.session.add(RoleScope(role_id=role.id, scope=definition.scope))


def with_menu(
    grants: frozenset[tuple[str, str]], wanted: set[tuple[str, str]]
) -> set[tuple[str, str]]:
    """The grants and the menu entries of the pages they open."""
    builder: Any = current_app.extensions["appbuilder"]
    opened = {view for permission, view in grants if permission in ("can_list", "can_show")}
    entries = set()
    for item in builder.menu.get_list():
        below = [child for child in item.childs if _page(child) in opened]
        if below or _page(item) in opened:
            entries |= {("menu_access", one.name) for one in [item, *below]}
    return (set(grants) | entries) & wanted


def _page(item: Any) -> str:
    return item.baseview.class_permission_name if item.baseview else ""


def write_public_role() -> None:
    """The framework asks for a role of strangers; it may do nothing."""
    name = current_app.config["AUTH_ROLE_PUBLIC"]
    if db.session.scalar(select(Role).where(Role.name == name)) is None:
        db.session.add(Role(name=name))


def write_series() -> None:
    """The series CRM, as on the product card."""
    if db.session.scalar(select(Series)) is None:
        db.session.add(Series(symbol="CRM", name="CRM", pattern="{nr:4}/{rok}/{symbol}"))


def write_outcomes() -> None:
    """The system's outcome and a few to begin with."""
    if db.session.scalar(select(Outcome)) is None:
        for place, name in enumerate(OUTCOMES):
            db.session.add(Outcome(name=name, system=place == 0, place=place))
