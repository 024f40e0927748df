"""Category, series, pattern, open dictionaries and searched features."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2f9c6d04b1e8"
down_revision = "f4b06a92c7d1"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(none_as_null=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB, "postgresql")
SEARCHED = ("contractor", "person", "event")
TRIGRAMS = {"postgresql_using": "gin", "postgresql_ops": {"features_key": "gin_trgm_ops"}}


def columns() -> list[sa.Column]:
    """What definitions gain."""
    return [
        sa.Column("category_pl", sa.String(80), nullable=True),
        sa.Column("category_en", sa.String(80), nullable=True),
        sa.Column("series", DOCUMENT, nullable=False, server_default="[]"),
        sa.Column("pattern", sa.String(200), nullable=True),
        sa.Column("pattern_help", sa.String(200), nullable=True),
        sa.Column("open_list", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("searchable", sa.Boolean, nullable=False, server_default=sa.false()),
    ]


def upgrade() -> None:
    for column in columns():
        op.add_column("feature", column)
    for table in SEARCHED:
        op.add_column(table, sa.Column("features_key", sa.Text, nullable=False, server_default=""))
        if op.get_bind().dialect.name == "postgresql":
            op.create_index(f"ix_{table}_features_search", table, ["features_key"], **TRIGRAMS)


def downgrade() -> None:
    for table in SEARCHED:
        if op.get_bind().dialect.name == "postgresql":
            op.drop_index(f"ix_{table}_features_search", table)
        op.drop_column(table, "features_key")
    for column in reversed(columns()):
        op.drop_column("feature", column.name)
