"""Alembic, run by one command under a lock; the server never changes the schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import config as settings
from app.db import db

LOCK = 7_364_201


def alembic_config() -> Config:
    """Alembic's configuration, independent of the folder one is in."""
    found = Config()
    found.set_main_option("script_location", str(settings.ROOT / "migrations"))
    return found


def migrate(revision: str = "head") -> None:
    """Upgrade the database; a second migrator waits for the first."""
    with db.engine.connect() as connection:
        found = alembic_config()
        found.attributes["connection"] = connection
        with alone(connection), keys_at_rest(connection):
            command.upgrade(found, revision)
            connection.commit()


@contextmanager
def keys_at_rest(connection: Connection) -> Iterator[None]:
    """On SQLite, which rebuilds tables, foreign keys rest in the block.

    They can be switched only outside of a transaction, so the block begins and ends its own.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """One migrator at a time: an advisory lock until the connection closes, or SQLite's lock."""
    if connection.dialect.name == "sqlite":
        connection.execution_options(sqlite_begin="IMMEDIATE")
        yield
        return
    connection.execute(text("set statement_timeout = 0"))
    connection.execute(text("set idle_in_transaction_session_timeout = 0"))
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.detach()  # not back to the pool: closing it ends the lock and the setting


def wait_for_turn(connection: Connection) -> None:
    """Let nobody else migrate or write roles until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})


@cache
def wanted_revision() -> str | None:
    """The newest revision this program has."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def is_current() -> bool:
    """Whether the database has the schema this program expects."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == wanted_revision()
