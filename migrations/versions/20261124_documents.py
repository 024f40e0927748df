"""An index of each register's documents, for what features hold; on PostgreSQL only.

A large table stays open for writing meanwhile, for which the steps before are committed.
"""

from alembic import op
from sqlalchemy import text

revision = "8c41f6d2e905"
down_revision = "3b9d5e07a1c4"
branch_labels = None
depends_on = None

TABLES = ("contractor", "person", "event", "stage")
LARGE = 50_000
ROWS = text("select reltuples from pg_class where oid = cast(:name as regclass)")


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        if op.get_bind().execute(ROWS, {"name": table}).scalar_one() > LARGE:
            with op.get_context().autocommit_block():
                build(table, postgresql_concurrently=True)
        else:
            build(table)


def build(table: str, **how: bool) -> None:
    """The index, anew if an interrupted command left a part of it."""
    op.drop_index(f"ix_{table}_features", table, if_exists=True)
    ways = {"postgresql_using": "gin", "postgresql_ops": {"features": "jsonb_path_ops"}}
    op.create_index(f"ix_{table}_features", table, ["features"], **ways, **how)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.drop_index(f"ix_{table}_features", table)
