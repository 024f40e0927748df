"""The database: base class of the tables, column types, and the one place that commits."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask_appbuilder import Model as FabModel
from flask_babel import gettext as _
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    Index,
    Integer,
    MetaData,
    TypeDecorator,
    inspect,
    make_url,
)
from sqlalchemy import event as sa_event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import MANYTOONE, DeclarativeBase, Mapped, Session, mapped_column, registry

from app.errors import InvalidValue, Reason

SHOWN_AS = {"folded": "name"}  # columns kept for comparing, by the field people fill in

metadata: MetaData = FabModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

fab_registry: registry = FabModel.registry


class Model(DeclarativeBase):
    """Base of every table; shares metadata and registry with the framework's own tables."""

    metadata = metadata
    registry = fab_registry


db = SQLAlchemy(metadata=metadata, session_options={"expire_on_commit": False})

Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database on both engines."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they would be off by the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite returns naive UTC; PostgreSQL the server's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Checked:
    """A record that says at flush what is wrong with it: `check()` raises a DomainError."""

    def check(self) -> None:
        """Raise if the record may not be stored like this."""


class Versioned:
    """A record people edit: its version travels with the form and stops lost updates."""

    unversioned: ClassVar[frozenset[str]] = frozenset()
    version: Mapped[int] = mapped_column(Integer, default=1)

    def derived(self) -> frozenset[str]:
        """Columns that follow other records at present; nobody edits them."""
        return frozenset()

    @property
    def etag(self) -> str:
        """The version as an HTTP entity tag."""
        return f'"{self.version}"'


def now() -> datetime:
    """The present moment, aware; the doors ask for it once and pass it on."""
    return datetime.now(UTC)


def fold(text: str | None) -> str:
    """The form in which text is searched: no case, no accents, l for ł."""
    plain = unicodedata.normalize("NFKD", (text or "").casefold()).replace("ł", "l")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def search_index(table: str, name: str = "search", column: str = "search_key") -> Index:
    """An index for any part of the search key; on PostgreSQL only."""
    how: Any = {"postgresql_using": "gin", "postgresql_ops": {column: "gin_trgm_ops"}}
    return Index(f"ix_{table}_{name}", column, **how).ddl_if(dialect="postgresql")


def feature_index(table: str) -> Index:
    """The same of what features add to the search."""
    return search_index(table, "features_search", "features_key")


def document_index(table: str) -> Index:
    """An index of what the documents of features hold; on PostgreSQL only."""
    how: Any = {"postgresql_using": "gin", "postgresql_ops": {"features": "jsonb_path_ops"}}
    return Index(f"ix_{table}_features", "features", **how).ddl_if(dialect="postgresql")


def polish_index(model: type, table: str, column: str) -> Index:
    """An index in the order of Polish lists; on PostgreSQL only, SQLite's tools lack the order."""
    ordered = vars(model)[column].column.collate("polish")
    return Index(f"ix_{table}_{column}_polish", ordered, "id").ddl_if(dialect="postgresql")


@contextmanager
def transaction() -> Iterator[Session]:
    """Run the block in one transaction: commit at its end, undo all of it on an error.

    Inside another `transaction()` it joins the outer one. On SQLite the write lock is taken here,
    so parse and hash before.
    """
    session = db.session()
    if session.info.get("writing"):
        yield session
        return
    session.commit()  # ends the reading transaction: a lock taken later could not see new rows
    session.info["writing"] = True
    try:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        with _duplicates_named():
            yield session
            session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("writing", None)
        session.info.pop("batch", None)
        session.info.pop("act", None)


def flush() -> None:
    """Flush; a value that must be unique and is not becomes an InvalidValue naming its field."""
    with _duplicates_named():
        db.session.flush()


@contextmanager
def _duplicates_named() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if field := duplicate_field(error):
            raise duplicate(field) from error
        raise


def duplicate(field: str) -> InvalidValue:
    """The refusal of a value that another record has."""
    text = _("This value is taken by another record.")
    return InvalidValue(Reason("duplicate", text, field=field))


def duplicate_field(error: IntegrityError) -> str | None:
    """The last column of the violated unique constraint, as both engines report it."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        if getattr(error.orig, "sqlstate", "") != "23505":
            return None
        found = re.search(r"Key \((.+?)\)=", diagnosis.message_detail or "")
    else:
        found = re.search(r"UNIQUE constraint failed: (.+)", str(error.orig))
    column = found.group(1).split(",")[-1].strip().split(".")[-1] if found else None
    return SHOWN_AS.get(column or "", column)


@sa_event.listens_for(Session, "before_flush")
def _check_and_version(session: Session, _context: Any, _instances: Any) -> None:
    for record in [*session.new, *session.dirty]:
        if isinstance(record, Checked):
            record.check()
    for record in session.dirty:
        if isinstance(record, Versioned) and _changed(record):
            record.version += 1


def _changed(record: Versioned) -> bool:
    """Whether a column that people edit has a new value."""
    state = inspect(record)
    silent = {"version", *record.unversioned, *record.derived()}
    plain = any(
        state.attrs[name].history.has_changes()
        for name in state.mapper.column_attrs.keys()  # noqa: SIM118 - not a dict
        if name not in silent
    )
    return plain or any(_leads_elsewhere(state, one) for one in state.mapper.relationships)


def _leads_elsewhere(state: Any, relation: Any) -> bool:
    """Whether a relation was set to another record than its column, which follows at the flush."""
    added = state.attrs[relation.key].history.added
    if relation.direction is not MANYTOONE or not added:
        return False
    ((local, remote),) = relation.local_remote_pairs
    new = getattr(added[0], remote.key) if added[0] is not None else None
    return bool(new != getattr(state.object, local.key))


# --- SQLite ------------------------------------------------------------------------------------

POLISH = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"
_RANK = {letter: f"{number:02d}" for number, letter in enumerate(POLISH)}


def polish_key(text: str) -> str:
    """Sort key of the Polish alphabet, digits before letters."""
    return "".join(_RANK.get(letter, f"!{letter}") for letter in text.casefold())


def _compare_polish(left: str, right: str) -> int:
    one, two = (polish_key(left), left), (polish_key(right), right)
    return (one > two) - (one < two)


def local_day(moment: str | None, place: str) -> str | None:
    """The day of a moment in ISO text on the clock of a zone."""
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(place)) if moment else None
    return local.date().isoformat() if local else None


def prepare_engine(engine: Engine) -> None:
    """Give SQLite its pragmas, Polish collation and explicit write locks."""
    if engine.dialect.name != "sqlite":
        return

    @sa_event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        connection.create_collation("polish", _compare_polish)
        connection.create_function("fold", 1, fold, deterministic=True)
        connection.create_function("local_day", 2, local_day, deterministic=True)
        connection.execute("PRAGMA busy_timeout=30000")  # first: the next one may have to wait
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa_event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")


def engine_options(url: str) -> dict[str, Any]:
    """Pool and time-outs for the engine behind `url`."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"check_same_thread": False}}
    limits = "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=60000 -c jit=off"
    return {
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "pool_timeout": 5,
        "pool_size": 8,
        "max_overflow": 8,
        "connect_args": {"connect_timeout": 3, "options": limits},
    }
