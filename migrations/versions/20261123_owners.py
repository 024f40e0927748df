"""Features of persons and stages, too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c83d5e1f7a20"
down_revision = "a41c7f0e6b93"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(none_as_null=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB, "postgresql")


def upgrade() -> None:
    for name in ("on_persons", "on_stages"):
        op.add_column(
            "feature", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        )
    op.add_column("stage", sa.Column("features", DOCUMENT, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("stage", "features")
    for name in ("on_stages", "on_persons"):
        op.drop_column("feature", name)
