"""Changes of definitions with what stood there before, so that they can be taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a6c3d80f9e15"
down_revision = "8c41f6d2e905"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(none_as_null=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB, "postgresql")


def upgrade() -> None:
    op.create_table(
        "feature_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feature_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.Column("definitions", DOCUMENT, nullable=False),
        sa.Column("undone_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["feature_id"], ["feature.id"], name=op.f("fk_feature_change_feature_id")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_feature_change_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_id"], ["batch.id"], name=op.f("fk_feature_change_undone_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_change")),
        sa.UniqueConstraint("undone_id", name=op.f("uq_feature_change_undone_id")),
    )
    for column in ("feature_id", "batch_id"):
        name = op.f(f"ix_feature_change_{column}")
        op.create_index(name, "feature_change", [column], unique=False)
    op.create_table(
        "changed_value",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["feature_change.id"], name=op.f("fk_changed_value_change_id")
        ),
        sa.PrimaryKeyConstraint("change_id", "kind", "record_id", name=op.f("pk_changed_value")),
    )


def downgrade() -> None:
    op.drop_table("changed_value")
    op.drop_index(op.f("ix_feature_change_batch_id"), table_name="feature_change")
    op.drop_index(op.f("ix_feature_change_feature_id"), table_name="feature_change")
    op.drop_table("feature_change")
