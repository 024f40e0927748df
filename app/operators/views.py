"""The administration of operators and teams."""

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_appbuilder.security.sqla.models import Group, Role, User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from wtforms import StringField
from wtforms.validators import Length, Optional, Regexp

from app.access.current import acting
from app.access.roles import words_of_role
from app.access.visibility import common
from app.audit.followed import HIDDEN
from app.audit.journal import name_act
from app.db import db, flush, transaction
from app.errors import DomainError
from app.fab.boxes import BoxesField
from app.fab.forms import required, strip
from app.fab.interface import CrmInterface
from app.fab.views import PK
from app.lists import filters
from app.lists.columns import Column
from app.lists.paging import Order
from app.lists.views import Shortcut
from app.operators import operations, sessions
from app.operators.forms import NewPasswordForm
from app.operators.names import name_of, plain, searched
from app.operators.passwords import hash_password
from app.operators.words import CALLED
from app.records import history
from app.records.views import RecordView

common(User, Group)

ACCOUNT_WORDS = {"first_name": _l("First name"), "password": _l("Password")}

STATES = {"active": _l("active"), "inactive": _l("deactivated"), "no_password": _l("no password")}
QUESTIONS = {
    "active": User.active.is_(True),
    "inactive": User.active.is_not(True),
    "no_password": User.password.is_(None),
}
by_name = Order("name", User.last_name.collate("polish"), User.id)
by_username = Order("username", User.username, User.id)


def role_choices() -> list[tuple[int, str, str]]:
    """The roles with what they are for."""
    found = operations.all_roles(db.session())
    return [(role.id, *words_of_role(role.name)) for role in found]


def team_choices() -> list[tuple[int, str, str]]:
    """The teams by name."""
    query = select(Group).order_by(Group.name)
    return [(team.id, team.name, team.description or "") for team in db.session.scalars(query)]


def member_choices() -> list[tuple[int, str, str]]:
    """The operators who can be members; who left can still be taken out."""
    query = select(User).order_by(User.last_name.collate("polish"), User.first_name, User.id)
    users = [user for user in db.session.scalars(query) if user.active or user.groups]
    return [(user.id, name_of(user), "" if user.active else _("deactivated")) for user in users]


def of_ids(model: Any, ids: Sequence[int] | None) -> list[Any]:
    """The rows with these ids."""
    return list(db.session.scalars(select(model).where(model.id.in_(ids or []))))


def role_words() -> list[tuple[str, Any]]:
    """The roles as the filter offers them."""
    return [(str(pk), words) for pk, words, _note in role_choices()]


def role_filter() -> filters.FilterField:
    """Operators with a role, or without any."""
    with_role = lambda ids: User.roles.any(Role.id.in_(ids))  # noqa: E731 - one expression
    return filters.one_of_few("role", _l("Role"), with_role, ~User.roles.any(), role_words)


class StampedView(RecordView):
    """Base of pages on the framework's tables: never deleted, told apart by what they hold."""

    exclude_route_methods = RecordView.exclude_route_methods | {"delete", "trashed", "restoring"}
    stamped: tuple[str, ...] = ()

    def version_of(self, item: Any) -> str:
        """A fingerprint of what the form shows."""
        values = [getattr(item, name) for name in self.stamped]
        plain = [
            sorted(one.id for one in value) if isinstance(value, list) else value
            for value in values
        ]
        return hashlib.sha256(repr(plain).encode()).hexdigest()[:20]

    def form_of(self, item: Any) -> Any:
        """The form with the fingerprint."""
        form = super().form_of(item)
        if request.method == "GET":
            form.version.data = self.version_of(item)
        return form


class OperatorView(StampedView):
    """Operators: who may log in, with which roles, in which teams."""

    route_base = "/operators"
    datamodel = CrmInterface(User)
    show_template = "operators/show.html"
    list_title, add_title = _l("Operators"), _l("New operator")
    list_columns = ["name", "username", "email", "roles", "groups", "active"]
    show_columns = ["username", "email", "roles", "groups", "active"]
    order_columns = ["name", "username"]
    search_columns = ["name", "role", "state"]
    columns = (
        Column("name", _l("Name"), by_name),
        Column("username", _l("Username"), by_username),
        Column("email", _l("E-mail")),
        Column("roles", _l("Roles")),
        Column("groups", _l("Teams")),
        Column("active", _l("State")),
    )
    first_order = "name"
    filter_fields = filters.quick(
        filters.contains("name", _l("Name, username, e-mail"), searched),
        filters.choice("state", _l("State"), list(STATES.items()), QUESTIONS.__getitem__),
        role_filter(),
    )
    shortcuts = (
        Shortcut(_l("Active"), lambda: {"_flt_0_state": "active"}),
        Shortcut(_l("Deactivated"), lambda: {"_flt_0_state": "inactive"}),
        Shortcut(_l("All"), dict),
    )
    sections = (
        (None, ("first_name", "last_name", "username", "email")),
        (_l("Rights"), ("roles", "groups")),
    )
    add_columns = edit_columns = [name for _title, names in sections for name in names]
    stamped = ("first_name", "last_name", "username", "email", "roles", "groups")
    wide_fields = frozenset({"roles", "groups"})
    label_columns = {
        "last_name": _l("Last name"),
        "username": _l("Username"),
        "email": _l("E-mail"),
        "roles": _l("Roles"),
        "groups": _l("Teams"),
        "active": _l("State"),
    }
    add_form_extra_fields = {
        "first_name": StringField(_l("First name"), [Optional(), Length(max=64)], filters=[strip]),
        "email": StringField(
            _l("E-mail"),
            [
                required(),
                Length(max=320, message=_l("This is too long.")),
                Regexp(r"[^@\s]+@[^@\s]+\Z", message=_l("This is not an e-mail address.")),
            ],
            filters=[strip],
        ),
        "roles": BoxesField(_l("Roles"), choices=role_choices),
        "groups": BoxesField(_l("Teams"), choices=team_choices),
    }

    def item_options(self) -> Any:
        """Roles and teams come with the operator."""
        return (selectinload(User.roles), selectinload(User.groups))

    row_options = item_options

    def name_of(self, item: Any) -> str:
        """First and last name."""
        return name_of(item)

    def card_context(self, item: Any) -> dict[str, Any]:
        """The panels, and whether this operator is within my rights."""
        mine = operations.may_touch(db.session(), acting(), item)
        return {**super().card_context(item), "mine": mine, "me": acting().id == item.id}

    # --- saving -----------------------------------------------------------------------------

    def create(self, form: Any) -> Any:
        """Make the account; it can't log in before it has a password."""
        name_act(db.session(), "operator.add")
        item = User(active=True)
        self.fill(form, item)
        db.session.add(item)
        self.grant(form, item)
        return item

    def change(self, form: Any, item: Any) -> None:
        """Change the account, if it is within my rights."""
        operations.refuse_higher(db.session(), acting(), item)
        self.fill(form, item)
        self.grant(form, item)

    def fill(self, form: Any, item: Any) -> None:
        """Write names and addresses."""
        for name in ("first_name", "last_name", "username", "email"):
            setattr(item, name, form[name].data or "")
        operations.check_username(db.session(), item)

    def grant(self, form: Any, item: Any) -> None:
        """Give roles and teams."""
        flush()
        operations.set_roles(db.session(), acting(), item, of_ids(Role, form.roles.data))
        operations.set_teams(acting(), item, of_ids(Group, form.groups.data))
        flush()

    def after_save(self, item: Any) -> Any:
        """A new operator needs a password next."""
        if item.password is None and acting().may("password", self.class_permission_name):
            return redirect(url_for("OperatorView.password", pk=item.id), 303)
        return super().after_save(item)

    # --- acts -------------------------------------------------------------------------------

    @expose(f"/{PK}/deactivation", methods=["POST"])
    @has_access
    @permission_name("deactivate")
    def deactivate(self, pk: int) -> Any:
        """No login any more."""
        return self.act(pk, operations.deactivate, _l("Deactivated: %(name)s."))

    @expose(f"/{PK}/activation", methods=["POST"])
    @has_access
    @permission_name("deactivate")
    def activate(self, pk: int) -> Any:
        """Login as before."""
        return self.act(pk, operations.activate, _l("Activated: %(name)s."))

    def act(self, pk: int, deed: Any, told: Any, *more: Any) -> Any:
        """Do it to the locked operator; a refusal stands on the card."""
        try:
            with transaction():
                item = self.locked_or_404(pk)
                deed(db.session(), acting(), item, *more)
                flush()
        except DomainError as error:
            return self.show_item(self.visible_or_404(pk), error.status, reasons=error.reasons)
        flash(str(told) % {"name": self.name_of(item)}, "success")
        return redirect(url_for("OperatorView.show", pk=pk), 303)

    @expose(f"/{PK}/password", methods=["GET", "POST"])
    @has_access
    @permission_name("password")
    def password(self, pk: int) -> Any:
        """Give the operator a new password; all sessions end."""
        item, form = self.visible_or_404(pk), NewPasswordForm()
        operations.refuse_higher(db.session(), acting(), item)
        if form.validate_on_submit() and form.is_good_for(item):
            told, stored = (
                _l("The password of %(name)s is set."),
                hash_password(form.password.data),
            )
            return self.act(pk, operations.set_password, told, stored)
        words = {
            "form": form,
            "item": item,
            "title": _("Password of %(name)s", name=name_of(item)),
        }
        status = 422 if form.errors else 200
        return self.render_template("operators/new_password.html", view=self, **words), status

    @expose(f"/{PK}/sessions", methods=["GET"])
    @has_access
    @permission_name("sessions")
    def sessions(self, pk: int) -> Any:
        """The operator's logins that are open now."""
        item = self.visible_or_404(pk)
        title = _("Logins of %(name)s", name=name_of(item))
        words = {"title": title, "open": sessions.living(pk), "url": f"/operators/{pk}/sessions"}
        return self.render_template("operators/sessions.html", view=self, item=item, **words)

    @expose(f"/{PK}/sessions/end", methods=["POST"])
    @has_access
    @permission_name("sessions")
    def end_sessions(self, pk: int) -> Any:
        """End one login, or all."""
        number = request.form.get("session", type=int)
        return self.act(pk, operations.end_sessions, _l("Logged out: %(name)s."), number)


class TeamView(StampedView):
    """Teams: whose records their members see."""

    route_base = "/teams"
    datamodel = CrmInterface(Group)
    list_title, add_title = _l("Teams"), _l("New team")
    list_columns = show_columns = ["name", "description", "users"]
    order_columns = ["name"]
    search_columns = ["name"]
    columns = (
        Column("name", _l("Name"), Order("name", Group.name.collate("polish"), Group.id)),
        Column("description", _l("Description")),
        Column("users", _l("Members")),
    )
    first_order = "name"
    filter_fields = filters.quick(filters.contains("name", _l("Name"), plain(Group.name)))
    sections = ((None, ("name", "description", "users")),)
    add_columns = edit_columns = ["name", "description", "users"]
    stamped = ("name", "description", "users")
    wide_fields = frozenset({"description", "users"})
    label_columns = {"name": _l("Name"), "description": _l("Description"), "users": _l("Members")}
    add_form_extra_fields = {
        "name": StringField(_l("Name"), [required(), Length(max=100)], filters=[strip]),
        "users": BoxesField(_l("Members"), choices=member_choices),
    }

    def item_options(self) -> Any:
        """The members come with the team."""
        return (selectinload(Group.users),)

    row_options = item_options

    def create(self, form: Any) -> Any:
        """Make the team with its members."""
        item = Group()
        db.session.add(item)
        self.change(form, item)
        return item

    def change(self, form: Any, item: Any) -> None:
        """Write name and members."""
        operations.refuse_double_team(db.session(), item, form.name.data)
        item.name, item.description = form.name.data, form.description.data or ""
        item.label = item.label or item.name
        operations.set_members(acting(), item, of_ids(User, form.users.data))
        flush()


history.call_acts(CALLED)
history.describe("ab_user", _l("Operator"), {**OperatorView.label_columns, **ACCOUNT_WORDS})
history.describe("ab_group", _l("Team"), TeamView.label_columns)
history.call_words("active", {True: _l("active"), False: _l("deactivated")})
history.call_words("password", {HIDDEN: _l("set")})
