"""Indexes of fast features: which there should be, which there are, and the command's work.

A name has only ids and a sum of what the index holds, so that one of another kind is another one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from zlib import crc32

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import DDL, Column, Connection, Index, Integer, MetaData, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, DropIndex

from app.db import Document, db, metadata
from app.errors import Reason, RuleViolation
from app.features.catalog import all_features, is_on, registers
from app.features.kinds import Slot, kind_of
from app.features.models import Feature

LOCK = 7_364_203
NAME = re.compile(r"fx_[a-z]+_(\d+)_\d+", re.ASCII)
STATES = {
    "built": _l("built"),
    "waiting": _l("waits for the command flask features index"),
    "invalid": _l("not usable; run the command flask features index again"),
    "none": _l("this database needs none for this kind"),
}
FOUND = {
    "postgresql": text(
        "select c.relname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid "
        "where c.relname like 'fx\\_%' and pg_table_is_visible(c.oid)"
    ),
    "sqlite": text("select name, 1 from sqlite_master where type = 'index' and name like 'fx_%'"),
}


@dataclass(frozen=True)
class Wanted:
    """An index that there should be."""

    name: str
    table: str
    statement: str


def wanted_of(feature: Feature) -> list[Wanted]:
    """The indexes of a feature, one or two for each register that it is on."""
    if not feature.fast or feature.campaign or feature.archived_at:
        return []
    return [
        one
        for model in registers()
        if is_on(feature, model)
        for one in _on_table(feature, str(model.__tablename__))
    ]


def _on_table(feature: Feature, table: str) -> Iterator[Wanted]:
    dialect: Any = db.session().get_bind().dialect
    for index in _drafts(feature, table, dialect.name):
        unnamed = str(CreateIndex(index).compile(dialect=dialect))
        name = f"fx_{table}_{feature.id}_{crc32(unnamed.encode())}"
        yield Wanted(name, table, unnamed.replace(" fx ", f" {name} ", 1))


def _drafts(feature: Feature, name: str, engine: str) -> Iterator[Index]:
    """The indexes, nameless. SQLite's tools lack the order and the letters that texts need."""
    table = Table(name, MetaData(), Column("id", Integer), Column("features", Document))
    columns: Any = SimpleNamespace(features=table.c.features, id=table.c.id)
    kind, slot = kind_of(feature), Slot(feature, columns)
    words = kind.searched(slot)
    if words is None or engine == "postgresql":
        yield Index("fx", kind.indexed(slot), table.c.id, postgresql_concurrently=True)
    if words is not None and engine == "postgresql":
        ways: Any = {"postgresql_using": "gin", "postgresql_ops": {"words": "gin_trgm_ops"}}
        yield Index("fx", words.label("words"), postgresql_concurrently=True, **ways)


def found(connection: Connection) -> dict[str, bool]:
    """The indexes of features that are there, and whether each can be used."""
    rows = connection.execute(FOUND[connection.dialect.name])
    return {name: bool(valid) for name, valid in rows if NAME.fullmatch(name)}


def state_of(feature: Feature) -> str:
    """How far the indexes of a fast feature are: a key of STATES."""
    wanted, there = wanted_of(feature), found(db.session().connection())
    states = {there.get(one.name) for one in wanted}
    if not wanted:
        return "none"
    return "invalid" if False in states else "waiting" if None in states else "built"


def drop_stale(feature: Feature) -> None:
    """Drop the feature's indexes: values of its new kind may not fit into them."""
    for name in found(db.session().connection()):
        if (match := NAME.fullmatch(name)) and int(match[1]) == feature.id:
            db.session.execute(DropIndex(Index(name), if_exists=True))


# --- the command --------------------------------------------------------------------------------


def settle(say: Callable[[str], None]) -> bool:
    """Build what is missing, drop what is not wanted; whether all is as it should be."""
    wanted = {one.name: one for feature in all_features() for one in wanted_of(feature)}
    db.session.rollback()  # nothing that is built has to wait for this transaction
    alone = {"isolation_level": "AUTOCOMMIT"} if db.engine.name == "postgresql" else {}
    with db.engine.execution_options(**alone).begin() as connection:
        _alone(connection)
        there = found(connection)
        usable = {name for name, valid in there.items() if valid}
        for name in sorted(there.keys() - (usable & wanted.keys())):
            _drop(connection, name)
            say(f"dropped: {name}")
        missing = [one for name, one in wanted.items() if name not in usable]
        done = [_built(connection, one, say) for one in missing]
        _look_through(connection, {one.table for one in wanted.values()} if done else set())
    return all(done)


def _alone(connection: Connection) -> None:
    """Statements of their own on PostgreSQL, as long as they take; raises RuleViolation."""
    if connection.dialect.name != "postgresql":
        return
    connection.detach()  # closing it ends the lock and the setting
    connection.execute(text("set statement_timeout = 0"))
    if not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar():
        words = _("The command is at work already.")
        raise RuleViolation(Reason("features.index_running", words))


def _drop(connection: Connection, name: str) -> None:
    connection.execute(DropIndex(Index(name, postgresql_concurrently=True), if_exists=True))


def _built(connection: Connection, one: Wanted, say: Callable[[str], None]) -> bool:
    try:
        connection.exec_driver_sql(one.statement)
    except DBAPIError as error:
        say(f"could not be built: {one.name}: {str(error.orig).splitlines()[0]}")
        return False
    say(f"built: {one.name}")
    return True


def _look_through(connection: Connection, tables: set[str]) -> None:
    """Let the planner know what the new indexes hold."""
    if connection.dialect.name == "postgresql":
        for table in sorted(tables):
            analyze: Any = DDL("analyze %(table)s")  # type: ignore[no-untyped-call]
            connection.execute(analyze.against(metadata.tables[table]))
