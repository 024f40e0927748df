"""Features whose values keep their history, and those that lists find and sort by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "3b9d5e07a1c4"
down_revision = "2f9c6d04b1e8"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(none_as_null=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB, "postgresql")
LIVING = sa.text("taken_back_id is null")


def upgrade() -> None:
    for name in ("dated", "fast"):
        flag = sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        op.add_column("feature", flag)
    op.create_table(
        "dated_value",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("register", sa.String(12), nullable=False),
        sa.Column("record_id", sa.Integer, nullable=False),
        sa.Column("feature_id", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("features", DOCUMENT, nullable=False),
        sa.Column("batch_id", sa.Integer, nullable=False),
        sa.Column("taken_back_id", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_value")),
        sa.ForeignKeyConstraint(
            ["feature_id"], ["feature.id"], name=op.f("fk_dated_value_feature_id")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_dated_value_batch_id")),
        sa.ForeignKeyConstraint(
            ["taken_back_id"], ["batch.id"], name=op.f("fk_dated_value_taken_back_id")
        ),
    )
    op.create_index(op.f("ix_dated_value_batch_id"), "dated_value", ["batch_id"])
    op.create_index(op.f("ix_dated_value_taken_back_id"), "dated_value", ["taken_back_id"])
    op.create_index(
        "ix_dated_value_record",
        "dated_value",
        ["feature_id", "register", "record_id", "valid_from", "id"],
        postgresql_where=LIVING,
        sqlite_where=LIVING,
    )


def downgrade() -> None:
    op.drop_table("dated_value")
    for name in ("fast", "dated"):
        op.drop_column("feature", name)
