"""What a feature demands of its values, and what each role may do with it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f4b06a92c7d1"
down_revision = "c83d5e1f7a20"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(none_as_null=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB, "postgresql")
REQUIRED = "ck_feature_required"
COUNT = "update definition_stamp set changes = changes + 1"


def upgrade() -> None:
    with op.batch_alter_table("feature") as batch:
        batch.add_column(sa.Column("required", sa.String(8), nullable=False, server_default=""))
        batch.add_column(
            sa.Column("read_only", sa.Boolean, nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("initial", sa.Text, nullable=True))
        batch.add_column(sa.Column("least", sa.String(40), nullable=True))
        batch.add_column(sa.Column("most", sa.String(40), nullable=True))
        batch.add_column(sa.Column("longest", sa.Integer, nullable=True))
        batch.add_column(sa.Column("access", DOCUMENT, nullable=False, server_default="{}"))
        batch.create_check_constraint(op.f(REQUIRED), "required in ('', 'visible', 'always')")
    count_again()


def downgrade() -> None:
    with op.batch_alter_table("feature") as batch:
        batch.drop_constraint(op.f(REQUIRED), type_="check")
        for name in ("access", "longest", "most", "least", "initial", "read_only", "required"):
            batch.drop_column(name)
    count_again()


def count_again() -> None:
    """SQLite made the table anew, without its triggers."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("insert", "update", "delete"):
            trigger = f"create trigger feature_stamp_{act} after {act} on feature"
            op.execute(f"{trigger} begin {COUNT}; end")
