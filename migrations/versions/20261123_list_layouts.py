"""layouts of lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b52e0c7d91f3"
down_revision = "7c41d09e5a36"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_layout",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column(
            "widths",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("density", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
            name=op.f("fk_list_layout_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "view", name=op.f("pk_list_layout")),
    )


def downgrade() -> None:
    op.drop_table("list_layout")
