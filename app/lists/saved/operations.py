"""Keeping, changing, sharing and ordering saved views; the same for pages and programs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from flask import g
from flask_appbuilder.security.sqla.models import Group, Role, User, assoc_user_group
from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, func, inspect, select

from app.access.current import Actor, roles_of
from app.access.models import RoleScope
from app.db import db
from app.errors import InvalidValue, NotAllowed, Reason, RuleViolation, refuse_if
from app.lists.models import ListLayout
from app.lists.saved import rules
from app.lists.saved.models import FirstView, SavedView, TabOrder, offered

MOST_SHOWN = 200
STEPS = {"up": -1, "down": 1}


@dataclass(frozen=True)
class Known:
    """What an operator's tabs of a register are made of."""

    views: Sequence[SavedView]
    first: SavedView | None
    places: Sequence[str]
    hidden: frozenset[str]
    layout: ListLayout | None


def known_views(page: Any, actor: Actor) -> Known:
    """The views offered, the one that opens first, the order, and the table's layout.

    One statement a request.
    """
    if page.endpoint not in (found := g.setdefault("known_views", {})):
        found[page.endpoint] = _read(page, actor)
    known: Known = found[page.endpoint]
    return known


def _read(page: Any, actor: Actor) -> Known:
    asked = {"register": page.model.__tablename__, "page": page.endpoint, "actor": actor.id}
    rows = db.session.execute(_query(), asked).all()
    firsts = sorted((role, view.id, view) for view, role, *_rest in rows if role is not None)
    places, hidden, layout = rows[0][2:] if rows else (None, None, None)
    views = [view for view, *_rest in rows if view is not None]
    first = firsts[0][2] if firsts else None
    return Known(views, first, places or [], frozenset(hidden or ()), layout)


@cache
def _query() -> Any:
    """Every list asks this: it is put together once."""
    register: Any = bindparam("register")
    actor: Any = bindparam("actor")
    mine = and_(TabOrder.user_id == User.id, TabOrder.register == register)
    liked = and_(ListLayout.user_id == User.id, ListLayout.view == bindparam("page"))
    shown = and_(SavedView.register == register, offered(SavedView, actor))
    roles = roles_of([actor])
    first = (
        select(func.min(FirstView.role_id))
        .where(FirstView.view_id == SavedView.id, FirstView.role_id.in_(select(roles.c.role_id)))
        .scalar_subquery()
    )
    return (
        select(SavedView, first, TabOrder.places, TabOrder.hidden, ListLayout)
        .select_from(User)
        .outerjoin(TabOrder, mine)
        .outerjoin(ListLayout, liked)
        .outerjoin(SavedView, shown)
        .where(User.id == actor)
        .order_by(SavedView.name.collate("polish"), SavedView.id)
        .limit(MOST_SHOWN)
    )


def my_teams(actor: Actor) -> list[Group]:
    """The teams the actor is in, by name."""
    groups = assoc_user_group
    query = select(Group).join(groups, groups.c.group_id == Group.id)
    return list(db.session.scalars(query.where(groups.c.user_id == actor.id).order_by(Group.name)))


# --- acts ---------------------------------------------------------------------------------------


def keep_view(actor: Actor, view: SavedView) -> None:
    """Save a new view of the actor's."""
    view.owner_id = actor.id
    refuse_unreadable(view)
    _refuse_sharing(actor, view)
    _refuse_twins(view)
    count = select(func.count()).select_from(_namesakes(view).subquery())
    if (db.session.scalar(count) or 0) >= rules.MOST_VIEWS:
        text = _(
            "You keep %(count)s views here already; delete one first.", count=rules.MOST_VIEWS
        )
        raise RuleViolation(Reason("view.many", text))
    db.session.add(view)


def change_view(actor: Actor, view: SavedView) -> None:
    """Save the changes in a view: its name, who sees it, what it shows."""
    refuse_foreign(actor, view)
    refuse_unreadable(view)
    if "share" in changed(view) or "team_id" in changed(view):
        _refuse_sharing(actor, view)
    if "name" in changed(view):
        _refuse_twins(view)
    if view.share != "all":
        open_first(view, [])


def changed(view: SavedView) -> set[str]:
    """The columns with new values."""
    state: Any = inspect(view)
    return {name for name in ("name", "share", "team_id") if state.attrs[name].history.added}


def refuse_foreign(actor: Actor, view: SavedView) -> None:
    """Raise NotAllowed if the view is another's."""
    refuse_if(rules.reasons_not_to_change_view(view, actor), NotAllowed)


def refuse_unreadable(view: SavedView) -> None:
    """Raise InvalidValue before the database sees what is wrong with a view."""
    refuse_if(rules.reasons_not_to_keep_view(view), InvalidValue)


def _refuse_sharing(actor: Actor, view: SavedView) -> None:
    teams = {team.id for team in my_teams(actor)} if view.share == "team" else set()
    refuse_if(rules.reasons_not_to_share_view(view, actor, teams), InvalidValue)


def _namesakes(view: SavedView) -> Any:
    mine = (SavedView.owner_id == view.owner_id, SavedView.register == view.register)
    return select(SavedView.id).where(*mine, SavedView.trashed_at.is_(None))


def _refuse_twins(view: SavedView) -> None:
    with db.session.no_autoflush:
        same = _namesakes(view).where(SavedView.name == view.name, SavedView.id != (view.id or 0))
        if db.session.scalar(same.limit(1)):
            text = _("You have a view with this name already.")
            raise InvalidValue(Reason("view.twin", text, field="name"))


def open_first(view: SavedView, roles: Collection[int]) -> None:
    """Let the view open first for exactly these roles, instead of the register's other views."""
    refuse_if(rules.reasons_not_to_open_first(view) if roles else [], InvalidValue)
    query = select(FirstView).where(FirstView.register == view.register)
    kept = {one.role_id: one for one in db.session.scalars(query)}
    for role, one in kept.items():
        if one.view_id == view.id and role not in roles:
            db.session.delete(one)
    for role in roles:
        one = kept.get(role) or FirstView(role_id=role, register=view.register)
        one.view_id = view.id
        db.session.add(one)


def remove_view(actor: Actor, view: SavedView, at: datetime) -> None:
    """Put the view into the trash; it opens first for nobody any more."""
    refuse_foreign(actor, view)
    open_first(view, [])
    view.trashed_at = at


def first_roles(view: SavedView) -> list[int]:
    """The ids of the roles for which the view opens first."""
    query = select(FirstView.role_id).where(FirstView.view_id == view.id)
    return list(db.session.scalars(query))


def all_roles() -> list[Role]:
    """The roles of operators."""
    query = select(Role).join(RoleScope, RoleScope.role_id == Role.id)
    return list(db.session.scalars(query.order_by(Role.id)))


# --- the order of tabs --------------------------------------------------------------------------


def put_tab(actor: Actor, register: str, keys: Sequence[str], key: str, act: str) -> None:
    """Move one tab up or down, hide or show it; `keys` is the order in which they stand now."""
    if key not in keys:
        raise InvalidValue(Reason("view.tab", _("There is no such tab.")))
    row = db.session.get(TabOrder, (actor.id, register))
    if row is None:
        row = TabOrder(user_id=actor.id, register=register, places=[], hidden=[])
        db.session.add(row)
    if act in STEPS:
        row.places = moved(list(keys), key, STEPS[act])
    else:
        others = [one for one in row.hidden if one != key and one in keys]
        row.hidden = [*others, key] if act == "hide" else others


def moved(keys: list[str], key: str, step: int) -> list[str]:
    """The keys with one of them a place further; at the ends it stays."""
    at = keys.index(key)
    to = min(max(at + step, 0), len(keys) - 1)
    keys.insert(to, keys.pop(at))
    return keys
