"""The databases behind the tests: made once by the migration, wiped after each test.

Tests commit for real, since a rolled-back savepoint would never fire a deferred constraint.
"""

import itertools
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy import event as sa_event
from werkzeug.security import generate_password_hash

import config
from app import create_app
from app.db import db, metadata
from app.setup import definitions, migration
from tests.postgres import Cluster, start_cluster

SECRET = "a-secret-for-tests-only-0123456789"
SEEDED = (
    "ab_permission",
    "ab_view_menu",
    "ab_permission_view",
    "ab_role",
    "ab_permission_view_role",
    "role_scope",
    "series",
    "outcome",
)
LASTING = {"workday"}  # filled by the migration, and renewed to the same
COUNTED = {"contractor", "event", "stage", "membership", "feature"}  # by triggers, in `tally`
WRITTEN = re.compile(r'\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY)\s+"?(\w+)', re.IGNORECASE)
PREAMBLE = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
FILES = TemporaryDirectory(prefix="etap-files-")
NOBODYS = generate_password_hash("nobody", "pbkdf2:sha256:1")
COUNTER = itertools.count(1)


def make_app(url: str, **more: Any) -> Flask:
    """The application on the database, with cheap passwords and, unless asked for, no CSRF."""
    settings = config.settings({"SECRET_KEY": SECRET, "DATABASE_URL": url})
    cheap = {
        "PASSWORD_METHOD": "pbkdf2:sha256:1",
        "AUTH_DB_FAKE_PASSWORD_HASH_CHECK": NOBODYS,
        "WTF_CSRF_ENABLED": False,
        "TESTING": True,
        "FILES": FILES.name,
    }
    app = create_app({**settings, **cheap, **more})
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            sa_event.listen(db.engine, "connect", hurry)
    return app


def hurry(connection: Any, _record: Any) -> None:
    """Nobody cuts the power of a test's database."""
    connection.execute("PRAGMA synchronous=OFF")


def engine_of(app: Flask) -> Engine:
    """The application's engine."""
    with app.app_context():
        return db.engine


def close(app: Flask) -> None:
    """Let go of all connections."""
    engine_of(app).dispose()


class Databases:
    """Fresh databases with schema, roles and first definitions: copies of one per engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.templates: dict[str, str] = {}
        self._cluster: Cluster | None = None

    @property
    def cluster(self) -> Cluster:
        """The PostgreSQL server of these tests, started at first need."""
        if self._cluster is None:
            self._cluster = start_cluster()
        return self._cluster

    def stop(self) -> None:
        """Stop the server, if it was started."""
        if self._cluster is not None:
            self._cluster.stop()

    def empty(self, engine: str, name: str | None = None) -> str:
        """Address of a new database without tables."""
        name = name or f"empty_{next(COUNTER)}"
        if engine == "postgres":
            return self.cluster.createdb(name)
        return f"sqlite:///{self.folder / name}.db"

    def prepared(self, engine: str) -> str:
        """Address of a new database as `flask setup migrate` and `roles` leave it."""
        name = f"copy_{next(COUNTER)}"
        template = self.template(engine)
        if engine == "postgres":
            return self.cluster.createdb(name, template.rpartition("/")[2])
        shutil.copy(template.removeprefix("sqlite:///"), self.folder / f"{name}.db")
        return f"sqlite:///{self.folder / name}.db"

    def template(self, engine: str) -> str:
        """Address of the database that is copied; made at first need."""
        if engine not in self.templates:
            self.templates[engine] = self.empty(engine, f"template_{engine}")
            app = make_app(self.templates[engine])
            with app.app_context():
                migration.migrate()
                definitions.write_all()
            close(app)
        return self.templates[engine]


class Statements(list[str]):
    """The SQL that ran, without what opens and ends transactions."""

    @property
    def writes(self) -> list[str]:
        """Those that change rows."""
        return [statement for statement in self if WRITTEN.search(without_locks(statement))]


def without_locks(statement: str) -> str:
    """The statement without a row lock, which reads like a change."""
    return re.sub(r"FOR (?:NO KEY )?UPDATE", "", statement)


class Watch:
    """Listens to an engine: which tables were written since the last wipe, and what ran."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.touched: set[str] = set()
        self.recorders: list[Statements] = []
        self.kept: dict[str, tuple[sqlite3.Connection, set[str]]] = {}
        self.seeds = {name: self.rows(name) for name in SEEDED}
        sa_event.listen(engine, "before_cursor_execute", self.note)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self.engine.connect() as connection:
            return [
                dict(row) for row in connection.execute(select(metadata.tables[name])).mappings()
            ]

    def note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        """One statement is about to run."""
        if not statement.startswith(PREAMBLE):
            self.touched.update(WRITTEN.findall(without_locks(statement)))
            for recorder in self.recorders:
                recorder.append(statement)

    @contextmanager
    def recording(self) -> Iterator[Statements]:
        """Collect the statements of the block."""
        recorder = Statements()
        self.recorders.append(recorder)
        try:
            yield recorder
        finally:
            self.recorders.remove(recorder)

    def wipe(self) -> None:
        """Delete what the test wrote; roles and first definitions are put back."""
        touched = (self.touched & set(metadata.tables)) - LASTING
        if touched & COUNTED:
            touched.add("tally")
        if touched & set(SEEDED):
            touched |= set(SEEDED)
        if touched:
            with unchecked(self.engine) as connection:
                for table in reversed(metadata.sorted_tables):
                    if table.name in touched:
                        connection.execute(delete(table))
                for name in SEEDED:
                    if name in touched and self.seeds[name]:
                        connection.execute(insert(metadata.tables[name]), self.seeds[name])
        self.touched.clear()

    def keep(self, name: str) -> None:
        """Remember all that is in an SQLite database: copying it back is faster than making it."""
        if self.engine.dialect.name == "sqlite":
            copy = sqlite3.connect(":memory:", check_same_thread=False)
            with self.raw() as here:
                here.backup(copy)
            self.kept[name] = copy, set(self.touched)

    def let_go(self) -> None:
        """Close what was kept."""
        for copy, _touched in self.kept.values():
            copy.close()

    def put_back(self, name: str) -> bool:
        """Have it again; says whether it was kept."""
        if name not in self.kept:
            return False
        copy, touched = self.kept[name]
        with self.raw() as here:  # the stamp goes on: processes keep definitions by it
            ((changes,),) = here.execute("select changes from definition_stamp")
            copy.backup(here)
            here.execute("update definition_stamp set changes = ?", (changes + 1,))
            here.commit()
        self.touched |= touched
        return True

    @contextmanager
    def raw(self) -> Iterator[Any]:
        """The driver's own connection."""
        with self.engine.connect() as connection:
            yield connection.connection.driver_connection

    def check_tally(self) -> None:
        """Whatever the test did, by whichever door: the tree's numbers must have followed."""
        if self.touched & COUNTED:
            with self.engine.connect() as connection:
                assert tally_differences(connection) == []


def tally_differences(connection: Connection) -> list[Any]:
    """Where the numbers kept for the campaign tree are not those of a recount."""
    if connection.dialect.name != "postgresql":
        return []
    return [tuple(row) for row in connection.execute(text("select * from tally_differences()"))]


@contextmanager
def unchecked(engine: Engine) -> Iterator[Any]:
    """A committed transaction in which no foreign key and no trigger of ours is in force."""
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        try:
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            if sqlite:
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
