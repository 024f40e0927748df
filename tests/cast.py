"""Who acts in the tests: operators with roles and teams, and the clients they use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Group, Role, User
from flask_jwt_extended import create_access_token
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.access.current import Actor, Door, become
from app.db import db, transaction
from app.operators.sessions import open_session

PASSWORD = "Correct-horse-battery-1"
STORED = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")


class Visitor(FlaskClient):
    """A client beside the test's own session: what either commits, the other sees at once."""

    session: Session | None = None

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Commit what the test prepared, ask, and forget what the test has read."""
        if self.session is not None:
            self.session.commit()
        answer = super().open(*args, **kwargs)
        if self.session is not None:
            self.session.expire_all()
        return answer


def make_user(
    session: Session, username: str, role: str = "Operator", team: str | None = None, **more: Any
) -> User:
    """An active operator with PASSWORD, one role and at most one team."""
    values = {
        "username": username,
        "first_name": username.capitalize(),
        "last_name": "Tester",
        "email": f"{username}@example.com",
        "password": STORED,
        "active": True,
        **more,
    }
    user = User(**values)
    session.add(user)
    user.roles = list(session.scalars(select(Role).where(Role.name == role)))
    assert user.roles, f"no role {role}"
    if team is not None:
        user.groups = [make_team(session, team)]
    session.commit()
    return user


def make_team(session: Session, name: str) -> Group:
    """The team of this name, new if need be."""
    found = session.scalar(select(Group).where(Group.name == name))
    if found is None:
        found = Group(name=name, label=name, description="")
        session.add(found)
    return found


def browser_of(app: Flask, session: Session, user: User | None) -> FlaskClient:
    """A browser, logged in by a real session row if there is a user."""
    app.test_client_class = Visitor
    client = app.test_client()
    client.session = session  # type: ignore[attr-defined]
    if user is not None:
        token = new_session(app, session, user, Door.PAGE)
        with client.session_transaction() as cookie:
            cookie.update({"sid": token, "_user_id": str(user.id), "_fresh": True})
    return client


def program_of(app: Flask, session: Session, user: User) -> FlaskClient:
    """A program that sends a token with each request."""
    client = browser_of(app, session, None)
    token = new_session(app, session, user, Door.API)
    with app.app_context():
        g.api_token = token
        bearer = create_access_token(identity=str(user.id), fresh=True)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {bearer}"
    return client


def new_session(app: Flask, session: Session, user: User, door: Door) -> str:
    """A login session of the user in the database; returns its token."""
    session.commit()
    with app.app_context(), transaction():
        return open_session(user, door)


@contextmanager
def acting_as(app: Flask, session: Session, user: User, door: Door = Door.PAGE) -> Iterator[Actor]:
    """An application context in which the user acts, as within a request."""
    user_id = user.id  # read before the commit: no snapshot of the test's own stays open
    session.commit()
    with app.app_context():
        yield become(db.session.get_one(User, user_id), door)
    session.expire_all()


Login = Callable[[User | None], FlaskClient]


def english(client: FlaskClient) -> FlaskClient:
    """The browser, answered in English."""
    client.post("/profile/language", data={"language": "en"})
    return client
