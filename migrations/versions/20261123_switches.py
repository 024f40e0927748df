"""what operators switch off."""

import sqlalchemy as sa
from alembic import op

revision = "5e0c8b71f2ad"
down_revision = "b52e0c7d91f3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "switched_off",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
            name=op.f("fk_switched_off_user_id_ab_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_switched_off")),
    )


def downgrade() -> None:
    op.drop_table("switched_off")
