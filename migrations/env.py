"""Runs migrations on the connection it is given, or on that of the environment's settings."""

import sqlalchemy as sa
from alembic import context
from sqlalchemy import create_engine

import config
from app.db import Instant, prepare_engine
from app.models import metadata
from app.setup.migration import keys_at_rest


def plain_type(kind, item, autogen_context):
    """Write our own column types as the plain ones they are in the database."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")'
    return False


def is_comparable(_item, name, kind, _reflected, other) -> bool:
    """Indexes in Polish order, of trigrams and of documents: PostgreSQL tells of them otherwise than
    we write them, and SQLite has none. Those of features come and go with the definitions."""
    if kind == "index" and (name or "").startswith("fx_"):
        return False
    if kind != "index" or not (name or "").endswith(("_polish", "_search", "_features")):
        return True
    return other is None and context.get_context().dialect.name == "postgresql"


def run(connection) -> None:
    """Migrate; SQLite rebuilds tables, for which the caller lets foreign keys rest."""
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=sqlite,
        compare_type=True,
        include_object=is_comparable,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and (wrong := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"foreign keys point at nothing: {wrong[:5]}")


def run_own() -> None:
    """Open the database of the settings."""
    engine = create_engine(config.database_url())
    prepare_engine(engine)
    with engine.connect() as connection, keys_at_rest(connection):
        run(connection)
        connection.commit()


given = context.config.attributes.get("connection")
if given is None:
    run_own()
else:
    run(given)
