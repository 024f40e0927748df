"""The tabs above a register: its ready filters and the views saved for the operator."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from sqlalchemy import ColumnElement, func, literal, select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict

from app.access.current import acting
from app.db import db
from app.lists.address import Args, filled
from app.lists.paging import COUNTED
from app.lists.saved.models import SavedView
from app.lists.saved.operations import Known, known_views
from app.lists.saved.rules import may_change
from app.lists.saved.state import Pairs, are_same, args_of, filters_in, pairs_of

PATIENCE = text("set local statement_timeout = 3000")  # milliseconds, for all counts together
ALL = "all"  # what `view` says in an address with nothing else in it


@dataclass(frozen=True)
class Tab:
    """One tab: its key in the operator's order, its words, the state it opens."""

    key: str
    text: Any
    pairs: Pairs
    url: str = ""
    active: bool = False
    hidden: bool = False
    view: SavedView | None = None
    count: str | None = None
    broken: bool = False


@dataclass(frozen=True)
class Bar:
    """The tabs of an address, which of them it is, and whether it differs from what was saved."""

    register: str
    tabs: Sequence[Tab]
    pairs: Pairs
    current: SavedView | None
    changed: bool
    may_save: bool = field(default=False)

    @property
    def shown(self) -> list[Tab]:
        """The tabs to show: a hidden one too while it is open."""
        return [tab for tab in self.tabs if tab.active or not tab.hidden]

    @property
    def active(self) -> Tab | None:
        """The tab of the address."""
        return next((tab for tab in self.tabs if tab.active), None)

    @property
    def state(self) -> str:
        """The state of the address, as text."""
        return urlencode(self.pairs)


class SavedTabs:
    """The tabs of a register; a part of its page."""

    def tab_bar(self, args: Args) -> Bar:
        """The tabs, and where among them the address stands."""
        page: Any = self
        register = page.model.__tablename__
        known, pairs = known_views(page, acting()), pairs_of(args)
        current = next((one for one in known.views if str(one.id) == args.get("view")), None)
        tabs = in_order(list(self.all_tabs(known, pairs, current)), known)
        active = active_key(tabs, pairs, current, args)
        marked = [replace(tab, active=tab.key == active) for tab in tabs]
        changed = current is not None and not are_same(pairs, pairs_of(args_of(current.state)))
        may_save = current is not None and may_change(current, acting())
        return Bar(register, marked, pairs, current, changed, may_save)

    def all_tabs(self, known: Known, pairs: Pairs, current: SavedView | None) -> Iterator[Tab]:
        """The ready filters, which keep order and columns of the list, then the saved views."""
        page: Any = self
        filters = filters_in(pairs)
        kept = [pair for pair in pairs if pair not in filters] if current is None else []
        for shortcut in page.shortcuts:
            own = list(shortcut.query().items())
            url = self.address([*kept, *own])
            yield Tab(f"?{urlencode(own)}", shortcut.label, own, url)
        for view in known.views:
            saved = pairs_of(args_of(view.state))
            yield Tab(str(view.id), view.name, saved, self.view_address(view), view=view)

    def address(self, pairs: Pairs, view: str = "") -> str:
        """The list's address with this state; an empty one says that it is meant to be empty."""
        page: Any = self
        named = view or ("" if pairs else ALL)
        args = MultiDict([("view", named), *pairs] if named else pairs).to_dict(flat=False)
        values: dict[str, Any] = args
        return url_for(f"{page.endpoint}.list", **values)

    def view_address(self, view: SavedView) -> str:
        """The address a saved view opens."""
        return self.address(pairs_of(args_of(view.state)), str(view.id))

    def first_address(self) -> str | None:
        """Where the register opens for the operator's role, if something was chosen for it."""
        page: Any = self
        first = known_views(page, acting()).first
        return self.view_address(first) if first else None

    def layout(self) -> Any:
        """How the operator likes the table, read with the views."""
        return known_views(self, acting()).layout

    @expose("/tabs", methods=["GET"])
    @has_access
    @permission_name("list")
    def tabs_with_counts(self) -> Any:
        """The tabs once more, each with how many rows it shows."""
        page: Any = self
        bar = self.tab_bar(filled(request.args))
        tabs = counted(page, [tab for tab in bar.tabs if tab.active or not tab.hidden])
        return page.render_template("lists/_tabs.html", view=self, bar=replace(bar, tabs=tabs))


def in_order(tabs: list[Tab], known: Known) -> list[Tab]:
    """The tabs as the operator put them; new ones stand last."""
    places = {key: place for place, key in enumerate(known.places)}
    sorted_tabs = sorted(tabs, key=lambda tab: places.get(tab.key, len(places)))
    return [replace(tab, hidden=tab.key in known.hidden) for tab in sorted_tabs]


def active_key(
    tabs: Sequence[Tab], pairs: Pairs, current: SavedView | None, args: Args
) -> str | None:
    """The key of the tab the address belongs to: the view it names, or equal filters."""
    if current is not None:
        return str(current.id)
    filters = filters_in(pairs)
    ready = [tab for tab in tabs if tab.view is None]
    return next((tab.key for tab in ready if set(tab.pairs) == filters), None)


# --- counts -------------------------------------------------------------------------------------


def counted(page: Any, tabs: Sequence[Tab]) -> list[Tab]:
    """The tabs with their capped counts, from one statement; without, if that takes too long."""
    queries, broken = {}, set()
    for tab in tabs:
        query = readable_query(page, args_of(urlencode(tab.pairs)))
        if query is None:
            broken.add(tab.key)
        else:
            queries[tab.key] = capped(query)
    counts = count_all(queries)
    return [replace(tab, count=counts.get(tab.key), broken=tab.key in broken) for tab in tabs]


def readable_query(page: Any, args: Args) -> Any:
    """The rows that a state selects; None if something in it can't be read any more."""
    try:
        query, active = page.selected(args)
        page.chosen_orders(args)
    except ValueError:
        return None
    return query if all(one.readable for one in active) else None


def capped(query: Any) -> ColumnElement[int]:
    """The number of rows, counted no further than one past the cap."""
    some = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    found: ColumnElement[int] = (
        select(func.count()).select_from(some.limit(COUNTED + 1).subquery()).scalar_subquery()
    )
    return found


def count_all(queries: Mapping[str, ColumnElement[int]]) -> dict[str, str]:
    """All counts in words; none if the database does not answer in time."""
    if not queries:
        return {}
    try:
        if db.engine.dialect.name == "postgresql":
            db.session.execute(PATIENCE)
        row = db.session.execute(select(*queries.values())).one()
    except DBAPIError:
        db.session.rollback()
        return {}
    found = zip(queries, row, strict=True)
    return {key: f"{COUNTED}+" if n > COUNTED else str(n) for key, n in found}


def saving_pages() -> dict[str, Any]:
    """The pages with saved views, by the name of their table."""
    builder: Any = current_app.extensions["appbuilder"]
    found = [view for view in builder.baseviews if isinstance(view, SavedTabs)]
    pages: Sequence[Any] = found
    return {page.model.__tablename__: page for page in pages}


def listable_pages() -> dict[str, Any]:
    """Those the actor may open."""
    may = acting().may
    pages = saving_pages().items()
    return {name: page for name, page in pages if may("list", page.class_permission_name)}
