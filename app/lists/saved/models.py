"""Saved views, the views that open first for a role, and each operator's order of tabs."""

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Group, Role, User, assoc_user_group
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access import visibility
from app.access.current import Actor
from app.audit.models import Audited
from app.db import Checked, Document, Instant, Model, Versioned
from app.errors import InvalidValue, refuse_if
from app.lists.saved import rules


class SavedView(Audited, Checked, Versioned, Model):
    """A register's list as somebody wants to see it again: filters, columns, order, grouping."""

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("share in ('private', 'team', 'all')", name="share"),
        CheckConstraint("(share = 'team') = (team_id is not null)", name="team"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    register: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(rules.LONGEST_NAME))
    state: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    share: Mapped[str] = mapped_column(String(8), default="private")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("ab_group.id"), index=True)
    trashed_at: Mapped[datetime | None] = mapped_column(Instant)

    owner: Mapped[User] = relationship(User, foreign_keys=[owner_id])
    team: Mapped[Group | None] = relationship(Group)

    @property
    def share_words(self) -> str:
        """Who sees the view, in the reader's language."""
        return self.team.name if self.team else str(rules.SHARES[self.share])

    def check(self) -> None:
        """Refuse a view without a name, too long, or shared with nobody."""
        refuse_if(rules.reasons_not_to_keep_view(self), InvalidValue)

    def __repr__(self) -> str:
        return self.name


class FirstView(Audited, Model):
    """The view that opens first in a register for the operators of a role."""

    __tablename__ = "first_view"
    __table_args__ = (UniqueConstraint("role_id", "register"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"))
    register: Mapped[str] = mapped_column(String(40))
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"), index=True)

    role: Mapped[Role] = relationship(Role)
    view: Mapped[SavedView] = relationship(SavedView)


class TabOrder(Model):
    """How an operator has put the tabs of a register: their keys in order, and those hidden."""

    __tablename__ = "tab_order"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    register: Mapped[str] = mapped_column(String(40), primary_key=True)
    places: Mapped[list[str]] = mapped_column(Document, default=list)
    hidden: Mapped[list[str]] = mapped_column(Document, default=list)


def offered(view: Any, actor_id: Any) -> ColumnElement[bool]:
    """The views that are the actor's own or shared with the actor."""
    groups = assoc_user_group
    teams = select(groups.c.group_id).where(groups.c.user_id == actor_id)
    with_team = and_(view.share == "team", view.team_id.in_(teams))
    return or_(view.owner_id == actor_id, view.share == "all", with_team)


def _seen(view: Any, actor: Actor) -> ColumnElement[bool]:
    """Administrators also see what others keep for themselves."""
    return true() if actor.may("administer", "SavedViewView") else offered(view, actor.id)


visibility.living(SavedView, lambda view: view.trashed_at.is_(None))
visibility.personal(SavedView, _seen)
