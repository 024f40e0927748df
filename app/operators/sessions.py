"""Logins that can be ended: cookie and token name a row here, and only a living row opens."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import has_request_context, request
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

from app.access.current import Door
from app.access.models import DefinitionStamp
from app.db import db, now, transaction
from app.operators.models import LoginSession

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
TOUCH = timedelta(minutes=5)
KEPT = timedelta(days=30)
UNSCOPED = {"unscoped": True}


def hashed(token: str) -> str:
    """What of a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def admit(user: User, door: Door) -> str | None:
    """Start a session for who gave the right password, unless it was changed meanwhile.

    `user` is as it was when the password was compared. Call it inside a transaction.
    """
    query = select(User.password, User.active).where(User.id == user.id)
    row = db.session.execute(query.with_for_update(read=True)).one_or_none()
    unchanged = row is not None and row.active and row.password == user.password
    return open_session(user, door) if unchanged else None


def open_session(user: User, door: Door) -> str:
    """Start a login session inside a transaction; returns its secret token."""
    token = secrets.token_urlsafe(32)
    row = LoginSession(
        token_hash=hashed(token),
        user_id=user.id,
        door=door,
        address=request.remote_addr if has_request_context() else None,
        agent=request.user_agent.string[:200] if has_request_context() else None,
    )
    old = (LoginSession.user_id == user.id, LoginSession.created_at < now() - KEPT)
    db.session.execute(delete(LoginSession).where(*old))
    db.session.add(row)
    db.session.flush()
    return token


def user_of(token: str | None, user_id: int, at: datetime) -> User | None:
    """The active operator behind a living session; notes at most every 5 minutes that it lives.

    The same statement reads how often definitions changed, for who keeps copies of them.
    """
    if not token:
        return None
    changes = select(DefinitionStamp.changes).scalar_subquery().label("changes")
    query = select(LoginSession, User, changes).join(User, User.id == LoginSession.user_id)
    mine = (LoginSession.token_hash == hashed(token), LoginSession.user_id == user_id, User.active)
    query = query.where(*mine, *is_living(at))
    row = db.session.execute(query, execution_options=UNSCOPED).one_or_none()
    if row is None:
        return None
    if row.LoginSession.seen_at < at - TOUCH and not is_unattended():
        with transaction():
            row.LoginSession.seen_at = at
    db.session().info["definitions"] = row.changes
    user: User = row.User
    return user


def is_unattended() -> bool:
    """Whether the page asks by itself: that keeps nobody logged in."""
    return has_request_context() and "X-Unattended" in request.headers


def is_living(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """What makes a session open doors at this moment."""
    return (
        LoginSession.ended_at.is_(None),
        LoginSession.created_at > at - LONGEST,
        LoginSession.seen_at > at - IDLE,
    )


def living(user_id: int) -> Sequence[LoginSession]:
    """The operator's sessions that are open now, the last used first."""
    query = select(LoginSession).where(LoginSession.user_id == user_id, *is_living(now()))
    return db.session.scalars(query.order_by(LoginSession.seen_at.desc(), LoginSession.id)).all()


def end(token: str | None) -> None:
    """End the session of this token."""
    if token:
        _end(LoginSession.token_hash == hashed(token))


def end_one(user_id: int, number: int) -> None:
    """End the session with this id, if it is the operator's."""
    _end(LoginSession.user_id == user_id, LoginSession.id == number)


def end_all(user_id: int, but: str | None = None) -> None:
    """End all sessions of an operator, except the one of the token `but`."""
    _end(LoginSession.user_id == user_id, LoginSession.token_hash != hashed(but or ""))


def _end(*which: Any) -> None:
    living = (*which, LoginSession.ended_at.is_(None))
    db.session.execute(update(LoginSession).where(*living).values(ended_at=now()))


def _sensitive_change(user: User, *_args: Any) -> None:
    session = Session.object_session(user)
    if session is not None and user.id is not None:
        session.info.setdefault("end_sessions", set()).add(user.id)


@sa_event.listens_for(Session, "after_flush")
def _end_sessions(session: Session, _context: Any) -> None:
    ids = session.info.pop("end_sessions", None)
    if ids:
        living = (LoginSession.user_id.in_(ids), LoginSession.ended_at.is_(None))
        session.connection().execute(update(LoginSession).where(*living).values(ended_at=now()))


@sa_event.listens_for(Session, "after_rollback")
def _nothing_to_end(session: Session) -> None:
    session.info.pop("end_sessions", None)


def watch_accounts() -> None:
    """End an operator's sessions when password, roles or standing change."""
    for attribute, kind in ((User.password, "set"), (User.active, "set")):
        sa_event.listen(attribute, kind, _sensitive_change)
    for kind in ("append", "remove"):
        sa_event.listen(User.roles, kind, _sensitive_change)
