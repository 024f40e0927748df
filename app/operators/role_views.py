"""The page of roles: who may do what where, and how far each role sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, redirect, request
from flask_appbuilder import expose, has_access, permission_name
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.current import Scope
from app.access.models import RoleScope
from app.access.roles import SCOPES, words_of_role
from app.access.visibility import common
from app.db import db, transaction
from app.fab.views import PK, PageView
from app.operators import operations
from app.operators.words import ACTS, PAGES

common(Role)


@dataclass(frozen=True)
class Line:
    """One right: the act in words and the ids of the roles that have it."""

    act: str
    roles: frozenset[int]


class RoleView(PageView):
    """Roles: read here, kept in the program; how far a role sees is chosen here."""

    route_base = "/roles"
    default_view = "list"

    @expose("/", methods=["GET"])
    @has_access
    def list(self) -> Any:
        """The table of roles, pages and acts."""
        roles = operations.all_roles(db.session())
        scopes = {row.role_id: row.scope for row in db.session.scalars(select(RoleScope))}
        words = {
            "title": _("Roles"),
            "roles": [(role, *words_of_role(role.name), scopes.get(role.id)) for role in roles],
            "pages": rights_by_page(),
            "scopes": [(scope.value, SCOPES[scope]) for scope in Scope],
        }
        return self.render_template("operators/roles.html", view=self, **words)

    @expose(f"/{PK}/scope", methods=["POST"])
    @has_access
    @permission_name("edit")
    def scope(self, pk: int) -> Any:
        """Let the role see own, the team's or all records."""
        with transaction():
            role = db.get_or_404(Role, pk)
            operations.set_scope(db.session(), role, request.form.get("scope", ""))
        flash(_("Saved: %(name)s.", name=words_of_role(role.name)[0]), "success")
        return redirect("/roles/", 303)


def rights_by_page() -> dict[str, Sequence[Line]]:
    """Every right that a page asks for, in words; pages in the order of the menu, the API last."""
    holders = roles_by_right()
    found: dict[str, Any] = {}
    builder: Any = current_app.extensions["appbuilder"]
    titles = {
        view.class_permission_name: title
        for view in builder.baseviews
        if (title := title_of(view))
    }
    for view in sorted(
        builder.baseviews, key=lambda view: view.class_permission_name.endswith("Api")
    ):
        name = view.class_permission_name
        page = titles.get(name) or name_of_resource(name, titles)
        for permission in sorted(view.base_permissions or ()):
            words = str(ACTS.get(permission.removeprefix("can_"), permission))
            line = Line(words, frozenset(holders.get((permission, name), ())))
            if line not in found.setdefault(page, []):
                found[page].append(line)
    return found


def title_of(view: Any) -> str:
    """What a page is called; nothing for a resource of the API."""
    title = PAGES.get(view.class_permission_name) or getattr(view, "list_title", None)
    return str(title or "")


def name_of_resource(name: str, titles: Mapping[str, str]) -> str:
    """A resource is called like the page of the same records."""
    stem = name.removesuffix("Api").removesuffix("View")
    return str(_("API: %(resource)s", resource=titles.get(f"{stem}View") or stem))


def roles_by_right() -> dict[tuple[str, str], set[int]]:
    """(permission, page) -> ids of the roles that have it."""
    table = assoc_permissionview_role
    query = (
        select(Permission.name, ViewMenu.name, table.c.role_id)
        .join(PermissionView, PermissionView.permission_id == Permission.id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .join(table, table.c.permission_view_id == PermissionView.id)
    )
    found: dict[tuple[str, str], set[int]] = {}
    for permission, page, role in db.session.execute(query):
        found.setdefault((permission, page), set()).add(role)
    return found
