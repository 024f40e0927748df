"""Selections of rows, and plans of bulk acts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "6d1b54c0a9e7"
down_revision = "3dab9a5db681"
branch_labels = None
depends_on = None


def document() -> sa.types.TypeEngine:
    """A JSON column."""
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "selection",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("ids", document(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_selection_user_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_selection")),
    )
    op.create_index(op.f("ix_selection_expires_at"), "selection", ["expires_at"], unique=False)
    op.create_table(
        "bulk_plan",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("ids", document(), nullable=False),
        sa.Column("asked", document(), nullable=False),
        sa.Column("rows", document(), nullable=False),
        sa.Column("held", document(), nullable=False),
        sa.Column("reasons", document(), nullable=False),
        sa.Column("sample", document(), nullable=False),
        sa.Column("kinds", document(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("back", sa.String(8000), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("skipped", document(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_bulk_plan_batch_id")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_bulk_plan_user_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_bulk_plan")),
    )
    op.create_index(op.f("ix_bulk_plan_expires_at"), "bulk_plan", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_bulk_plan_expires_at"), table_name="bulk_plan")
    op.drop_table("bulk_plan")
    op.drop_index(op.f("ix_selection_expires_at"), table_name="selection")
    op.drop_table("selection")
