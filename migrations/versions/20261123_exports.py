"""exports."""

import sqlalchemy as sa
from alembic import op

revision = "c04f7a92d1b8"
down_revision = "d1e8a4c27b60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("register", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=12), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_export_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["ab_user.id"], name=op.f("fk_export_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_index(op.f("ix_export_operator_id"), "export", ["operator_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_export_operator_id"), table_name="export")
    op.drop_table("export")
