"""The migrations lead up, down and up again, and to the schema of the models, on both engines."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, inspect

from app.db import db, prepare_engine
from app.models import metadata
from app.setup import migration
from app.setup.migration import alembic_config, keys_at_rest
from tests.databases import Databases, close, make_app

SYSTEM = {"alembic_version"}


pytestmark = pytest.mark.filterwarnings(  # indexes that only PostgreSQL has
    "ignore:autogenerate skipping metadata-specified expression-based index"
)


@pytest.fixture(params=["sqlite", "postgres"])
def connection(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Connection]:
    """A connection to a database without tables."""
    engine = create_engine(databases.empty(request.param))
    prepare_engine(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def configured(connection: Connection) -> Config:
    """Alembic on this connection."""
    found = alembic_config()
    found.attributes["connection"] = connection
    return found


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Migrate up and commit."""
    with keys_at_rest(connection):
        command.upgrade(configured(connection), revision)
        connection.commit()


def tables(connection: Connection) -> set[str]:
    """Our tables that are there."""
    return set(inspect(connection).get_table_names()) - SYSTEM


def test_up_down_and_up_again(connection: Connection) -> None:
    upgrade(connection)
    assert tables(connection) == set(metadata.tables)
    command.downgrade(configured(connection), "base")
    connection.commit()
    assert tables(connection) == set()
    upgrade(connection)
    assert tables(connection) == set(metadata.tables)


def test_the_schema_is_that_of_the_models(connection: Connection) -> None:
    upgrade(connection)
    command.check(configured(connection))


def test_tables_are_made_anew_with_rows_that_others_point_at(connection: Connection) -> None:
    upgrade(connection, "e7a2c95d1b48")  # features of six kinds
    day = "'2026-01-01'"
    feature = f"""insert into feature (id, code, name_pl, name_en, kind, on_contractors, on_events,
        campaign, several, place, created_at, changed_at, version)
        values (1, 'size', 'a', 'a', 'tree', true, false, false, false, 0, {day}, {day}, 1)"""
    node = f"""insert into feature_node (id, feature_id, root_or_parent, name, folded, path, depth,
        place, created_at, changed_at, version)
        values (1, 1, 0, 'a', 'a', '/1/', 1, 0, {day}, {day}, 1)"""
    for row in (feature, node):
        connection.exec_driver_sql(row)
    connection.commit()
    upgrade(connection)
    query = "select f.kind, n.name from feature_node n join feature f on f.id = n.feature_id"
    assert connection.exec_driver_sql(query).all() == [("tree", "a")]
    stamp = "select changes from definition_stamp"
    before = connection.exec_driver_sql(stamp).scalar_one()
    connection.exec_driver_sql("update feature set place = 2")
    assert connection.exec_driver_sql(stamp).scalar_one() == before + 1


def test_a_column_that_no_migration_makes_is_found(connection: Connection) -> None:
    upgrade(connection)
    context = MigrationContext.configure(connection)
    more = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(more)
    Table("event", more, Column("forgotten", Integer), extend_existing=True)
    changes = [one for one in compare_metadata(context, more) if isinstance(one, tuple)]
    assert [one[3].name for one in changes if one[0] == "add_column"] == ["forgotten"]


def test_migrations_stand_in_one_line() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


@pytest.mark.full
def test_a_large_table_stays_open_while_its_index_is_built(databases: Databases) -> None:
    app = make_app(databases.empty("postgres"))
    with app.app_context():
        migration.migrate("3b9d5e07a1c4")  # before documents had an index
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                """insert into contractor (code, name, status, features, search_key, version,
                created_at, changed_at) select i, i, 'client', '{"1": 2}', '', 1, now(), now()
                from generate_series(1, 60000) i"""
            )
            connection.exec_driver_sql("analyze contractor")
        migration.migrate()
        with db.engine.connect() as connection:
            index = "indexrelid = 'ix_contractor_features'::regclass"
            state = connection.exec_driver_sql(f"select indisvalid from pg_index where {index}")
            assert state.scalar_one()
        assert migration.is_current()
    close(app)
