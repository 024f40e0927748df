"""Fixtures of all tests: the application on both engines, the cast, clients, makers.

A test that uses `app` runs on SQLite and on PostgreSQL; `on_postgres` and `on_sqlite` choose one.
No application context is open while a client runs, so that no request shares another's.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

from app.access.current import Actor
from tests import cast
from tests.databases import Databases, Statements, Watch, close, engine_of, make_app
from tests.makers import Makers

# Long walks over all routes: every day on SQLite, in `make test-full` on PostgreSQL too.
FULL_ON_POSTGRES = {
    "test_site_map.py",
    "test_odd_input.py",
    "test_visibility.py",
    "test_columns.py",
    "test_group_pages.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, so that `-m "not postgres"` leaves it out."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("app") == "postgres":
            item.add_marker(pytest.mark.postgres)
            if item.path.name in FULL_ON_POSTGRES:
                item.add_marker(pytest.mark.full)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """New databases, empty or prepared, for tests that want their own."""
    found = Databases(tmp_path_factory.mktemp("databases"))
    yield found
    found.stop()


@pytest.fixture(scope="session")
def apps(databases: Databases) -> Iterator[Callable[[str], Flask]]:
    """The application on an engine's prepared database, built at first need."""

    @cache
    def build(engine: str) -> Flask:
        app = make_app(databases.prepared(engine))
        app.extensions["watch"] = Watch(engine_of(app))
        built.append(app)
        return app

    built: list[Flask] = []
    yield build
    for app in built:
        app.extensions["watch"].let_go()
        close(app)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, apps: Callable[[str], Flask]) -> Flask:
    """The application; each test that uses it runs on both engines."""
    return apps(request.param)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The test's own session: sees everything, commits for real; rows are wiped afterwards."""
    every: Any = {"unscoped": True}
    with Session(engine_of(app), expire_on_commit=False, execution_options=every) as session:
        sa_event.listen(session, "after_commit", lambda one: one.info.pop("batch", None))
        yield session
        session.rollback()
    watch: Watch = app.extensions["watch"]
    try:
        watch.check_tally()
    finally:
        watch.wipe()


@pytest.fixture
def statements(app: Flask, session: Session) -> Callable[[], AbstractContextManager[Statements]]:
    """`with statements() as seen:` collects the SQL of the block; `seen.writes` what changes."""
    watch: Watch = app.extensions["watch"]
    return watch.recording


@pytest.fixture
def with_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms need their token, as outside tests."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


# --- the cast ----------------------------------------


@pytest.fixture
def make_user(session: Session) -> Callable[..., User]:
    """`make_user(username, role="Operator", team=None, **columns)`; the password is PASSWORD."""
    return lambda username, *args, **more: cast.make_user(session, username, *args, **more)


@pytest.fixture
def admin(session: Session) -> User:
    """An administrator."""
    return cast.make_user(session, "admin", "Administrator")


@pytest.fixture
def english(client_as: Callable[[User], FlaskClient]) -> Callable[[User], FlaskClient]:
    """`english(ann)`: her browser, answered in English."""
    return lambda user: cast.english(client_as(user))


@pytest.fixture
def ann(session: Session) -> User:
    """An operator who sees her team's records."""
    return cast.make_user(session, "ann", "Operator", "North")


@pytest.fixture
def bob(session: Session) -> User:
    """An operator of another team."""
    return cast.make_user(session, "bob", "Operator", "South")


@pytest.fixture
def viewer(session: Session) -> User:
    """A reader, who sees everything and changes nothing."""
    return cast.make_user(session, "viewer", "Reader")


@pytest.fixture
def manager(session: Session) -> User:
    """A manager, who sees everything, reopens and closes in bulk."""
    return cast.make_user(session, "manager", "Manager")


@pytest.fixture
def editor(session: Session) -> User:
    """A definitions editor."""
    return cast.make_user(session, "editor", "Definitions editor")


# --- doors ----------------------------------------


@pytest.fixture
def client_as(app: Flask, session: Session) -> Callable[[User | None], FlaskClient]:
    """`client_as(ann)`: a browser in which she is logged in; None: nobody."""
    return lambda user: cast.browser_of(app, session, user)


@pytest.fixture
def api_as(app: Flask, session: Session) -> Callable[[User], FlaskClient]:
    """`api_as(ann)`: a program that sends her token."""
    return lambda user: cast.program_of(app, session, user)


@pytest.fixture
def acting_as(app: Flask, session: Session) -> Callable[..., AbstractContextManager[Actor]]:
    """`with acting_as(ann) as actor:` operations may be called, as within a request of hers."""
    return lambda user, *door: cast.acting_as(app, session, user, *door)


@pytest.fixture
def command(app: Flask, session: Session) -> Callable[..., Any]:
    """`command("events", "close", "1")`: the result of a run of the command line."""

    def run(*words: str, **more: Any) -> Any:
        session.commit()
        result = app.test_cli_runner().invoke(args=list(words), **more)
        session.expire_all()
        return result

    return run


# --- records ----------------------------------------


@pytest.fixture
def makers(session: Session) -> Makers:
    """All make-functions; the fixtures below are its methods."""
    return Makers(session)


@pytest.fixture
def make_contractor(makers: Makers) -> Callable[..., Any]:
    """`make_contractor(name=, keeper=, **columns)`."""
    return makers.contractor


@pytest.fixture
def make_person(makers: Makers) -> Callable[..., Any]:
    """`make_person(last_name=, contractor=, **columns)`."""
    return makers.person


@pytest.fixture
def make_event(makers: Makers) -> Callable[..., Any]:
    """`make_event(operator=, stages=["a", "b"], closed=1, done=False, contractor=, due=, ...)`."""
    return makers.event


@pytest.fixture
def make_feature(makers: Makers) -> Callable[..., Any]:
    """`make_feature(code=, kind=, **columns)`."""
    return makers.feature


@pytest.fixture
def make_campaign(makers: Makers) -> Callable[..., Any]:
    """`make_campaign(code=, **columns)`: a tree marked as a campaign."""
    return makers.campaign


@pytest.fixture
def make_node(makers: Makers) -> Callable[..., Any]:
    """`make_node(feature, name=, parent=, **columns)`."""
    return makers.node


@pytest.fixture
def make_membership(makers: Makers) -> Callable[..., Any]:
    """`make_membership(node, contractor or event)`."""
    return makers.membership
