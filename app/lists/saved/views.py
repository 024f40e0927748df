"""The page of saved views, the dialog that saves one, and the order of tabs."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload
from wtforms import StringField
from wtforms.validators import Length

from app.access import visibility
from app.access.current import acting
from app.access.roles import words_of_role
from app.db import db, flush, now, transaction
from app.errors import Conflict, DomainError, InvalidValue, Reason
from app.fab.boxes import BoxesField
from app.fab.forms import ChoiceField, required, strip
from app.fab.interface import CrmInterface
from app.fab.views import PK
from app.lists import filters
from app.lists.columns import Column
from app.lists.paging import Order, read_moment
from app.lists.saved import operations
from app.lists.saved.models import SavedView
from app.lists.saved.rules import LONGEST_NAME, SHARES
from app.lists.saved.state import Pairs, args_of, pairs_of, read_state, state_of
from app.lists.saved.tabs import listable_pages, saving_pages
from app.lists.views import ListView, Shortcut

REGISTERS = {
    "contractor": _l("Contractors"),
    "person": _l("Persons"),
    "event": _l("Events"),
    "stage": _l("Stages"),
}
UNDO_SECONDS = 10


def share_choices() -> list[tuple[str, Any]]:
    """With whom the actor may share a view."""
    if not acting().may("share", "SavedViewView"):
        return [("private", SHARES["private"])]
    teams = [
        (f"team-{team.id}", _("team %(name)s", name=team.name))
        for team in operations.my_teams(acting())
    ]
    return [("private", SHARES["private"]), *teams, ("all", SHARES["all"])]


def role_choices() -> list[tuple[int, str, str]]:
    """The roles a view may open first for."""
    return [(role.id, words_of_role(role.name)[0], "") for role in operations.all_roles()]


def shared_with(view: SavedView) -> str:
    """With whom the view is shared, as the form says it."""
    return f"team-{view.team_id}" if view.team_id else view.share


def sent_state() -> str:
    """The state in the address, or in the form that was sent."""
    if request.method == "GET":
        return state_of(request.args)
    try:
        return read_state(request.form.get("state", ""))
    except ValueError as error:
        words = _("The filters of this view can't be read.")
        raise InvalidValue(Reason("view.state", words)) from error


def sent_pairs() -> Pairs:
    """The same as parameters of an address."""
    return pairs_of(args_of(sent_state()))


def refuse_other_version(view: SavedView) -> None:
    """Raise Conflict if somebody saved the view since the list was shown."""
    if request.form.get("version") != str(view.version):
        text = _("Somebody changed this view meanwhile; look at it again before you save.")
        raise Conflict(Reason("conflict", text))


class SavedViewView(ListView):
    """Saved views: my own, those shared with me, and for administrators all."""

    route_base = "/views"
    datamodel = CrmInterface(SavedView)
    more_permissions = ("share", "administer")
    add_template = edit_template = "lists/view_form.html"
    list_title, add_title = _l("Saved views"), _l("Save view")
    list_columns = ["name", "register", "share", "owner", "changed"]
    show_columns = list_columns
    order_columns = ["name", "changed"]
    search_columns = ["register", "share", "owner"]
    columns = (
        Column("name", _l("Name"), Order("name", SavedView.name.collate("polish"), SavedView.id)),
        Column("register", _l("Register")),
        Column("share", _l("Seen by")),
        Column("owner", _l("Owner"), style="cell-name"),
        Column(
            "changed",
            _l("Changed"),
            Order("changed", SavedView.changed_at, SavedView.id, read=read_moment),
            "cell-date",
        ),
    )
    first_order = "name"
    filter_fields = filters.quick(
        filters.choice(
            "register",
            _l("Register"),
            list(REGISTERS.items()),
            lambda word: SavedView.register == word,
        ),
        filters.choice(
            "share", _l("Seen by"), list(SHARES.items()), lambda word: SavedView.share == word
        ),
        filters.record("owner", _l("Owner"), SavedView.owner_id, "operator"),
    )
    shortcuts = (
        Shortcut(_l("All"), dict),
        Shortcut(_l("Mine"), lambda: {"_flt_0_owner": str(acting().id)}),
        Shortcut(_l("Shared"), lambda: {"_flt_0_share": "all"}),
    )
    add_columns = edit_columns = ["name", "share"]
    label_columns = {"name": _l("Name"), "share": _l("Seen by")}
    add_form_extra_fields = {
        "name": StringField(
            _l("Name"),
            [required(), Length(max=LONGEST_NAME, message=_l("This is too long."))],
            filters=[strip],
        ),
        "share": ChoiceField(_l("Seen by"), choices=share_choices),
    }

    # --- opening ----------------------------------------------------------------------------

    @expose(f"/{PK}", methods=["GET"])
    @has_access
    def show(self, pk: int) -> Any:
        """The list as it was saved; a short address to send."""
        view = self.visible_or_404(pk)
        page = listable_pages().get(view.register) or abort(404)
        return redirect(page.view_address(view))

    def row_options(self) -> Any:
        """Whose it is and who sees it."""
        return (joinedload(SavedView.owner), joinedload(SavedView.team))

    item_options = row_options

    @property
    def has_form(self) -> bool:
        """Views are saved from the lists they show."""
        return False

    # --- the form ---------------------------------------------------------------------------

    def more_fields(self, item: Any | None) -> list[tuple[str, Any]]:
        """The roles it opens first for, for administrators."""
        if item is None or not acting().may("administer", "SavedViewView"):
            return []
        label = _l("Opens first for")
        return [("first_for", BoxesField(label, choices=role_choices))]

    def form_of(self, item: Any) -> Any:
        """The form with who sees the view; what it is now stays on offer."""
        operations.refuse_foreign(acting(), item)
        form = super().form_of(item)
        now_seen = (shared_with(item), item.share_words)
        form.share.choices = list(dict([*form.share.choices, now_seen]).items())
        if request.method == "GET":
            self.show_sharing(form, item)
        return form

    def stored_form(self, form: Any, item: Any) -> Any:
        """The same form with what is stored now."""
        stored = super().stored_form(form, item)
        self.show_sharing(stored, item)
        return stored

    def show_sharing(self, form: Any, item: Any) -> None:
        """Put who sees the view, and for which roles it opens first, into the form."""
        form.share.data = shared_with(item)
        if "first_for" in form:
            form.first_for.data = operations.first_roles(item)

    def form_context(self, form: Any, item: Any | None) -> dict[str, Any]:
        """The list it is saved from; a dialog where a script asks for one."""
        register = item.register if item else request.values.get("register", "")
        page = listable_pages().get(register) or abort(404)
        dialog = "HX-Request" in request.headers
        return {
            "base": "lists/_dialog.html" if dialog else "shell/layout.html",
            "register": register,
            "register_title": page.list_title,
            "state": sent_state(),
        }

    def leave_url(self, item: Any | None) -> str:
        """Back to the list it is saved from."""
        if item is not None:
            return url_for("SavedViewView.show", pk=item.id)
        page = listable_pages().get(request.values.get("register", "")) or abort(404)
        return str(page.address(sent_pairs()))

    def fill(self, form: Any, item: Any) -> None:
        """Name and sharing."""
        share, _dash, team = (form.share.data or "").partition("-")
        item.name, item.share = form.name.data, share
        item.team_id = int(team) if team.isdigit() else None

    def create(self, form: Any) -> Any:
        """Save the state that was sent with the form."""
        item = SavedView(register=request.form.get("register", ""), state=sent_state())
        if item.register not in listable_pages():
            abort(404)
        self.fill(form, item)
        operations.keep_view(acting(), item)
        flush()
        return item

    def change(self, form: Any, item: Any) -> None:
        """Name, sharing, and for administrators the roles it opens first for."""
        with db.session.no_autoflush:
            self.fill(form, item)
            operations.change_view(acting(), item)
            if "first_for" in form:
                operations.open_first(item, form.first_for.data or [])
        flush()

    # --- acts -------------------------------------------------------------------------------

    @expose(f"/{PK}/state", methods=["POST"])
    @has_access
    @permission_name("edit")
    def state(self, pk: int) -> Any:
        """Let the view show what the list shows now."""
        try:
            with transaction():
                item = self.locked_or_404(pk)
                refuse_other_version(item)
                item.state = sent_state()
                operations.change_view(acting(), item)
                flush()
        except DomainError as error:
            flash("; ".join(str(reason.text) for reason in error.reasons), "danger")
            page = saving_pages()[self.visible_or_404(pk).register]
            return redirect(page.address(sent_pairs(), str(pk)), 303)
        flash(_("Saved: %(name)s.", name=item.name), "success")
        return redirect(url_for("SavedViewView.show", pk=pk), 303)

    def trash(self, item: Any) -> None:
        """Delete a view; for some seconds it can be had back."""
        operations.remove_view(acting(), item, now())

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        """Delete the view and offer it back."""
        with transaction():
            item = self.locked_or_404(pk)
            self.trash(item)
            flush()
        told: Any = {
            "text": _("View deleted: %(name)s.", name=item.name),
            "url": url_for("SavedViewView.restoring", pk=pk),
            "seconds": UNDO_SECONDS,
        }
        flash(told, "undo")
        return redirect(saving_pages()[item.register].get_default_url(), 303)

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("delete")
    def restoring(self, pk: int) -> Any:
        """Have a deleted view back."""
        query = visibility.trashed(SavedView, acting()).where(SavedView.id == pk)
        with transaction():
            item = visibility.unscoped(query.with_for_update()).one_or_none() or abort(404)
            operations.refuse_foreign(acting(), item)
            item.trashed_at = None
        return redirect(url_for("SavedViewView.show", pk=pk), 303)

    @expose("/tabs/<string(maxlength=40):register>", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def tab_order(self, register: str) -> Any:
        """The tabs of a register in my order: moved, hidden, shown."""
        page = listable_pages().get(register) or abort(404)
        keys = [tab.key for tab in page.tab_bar(request.args).tabs]
        if request.method == "POST":
            key, act = request.form.get("key", ""), request.form.get("act", "")
            with transaction():
                operations.put_tab(acting(), register, keys, key, act)
            return redirect(url_for("SavedViewView.tab_order", register=register), 303)
        title = _("Tabs: %(register)s", register=page.list_title)
        words = {"page": page, "tabs": page.tab_bar(request.args).tabs, "title": title}
        return self.render_template("lists/tabs.html", register=register, **words)
