"""Features of all kinds: what an amount is counted in, what a reference points at."""

import sqlalchemy as sa
from alembic import op

revision = "a41c7f0e6b93"
down_revision = "e7a2c95d1b48"
branch_labels = None
depends_on = None

KINDS = (
    *("text", "longtext", "integer", "number", "money", "percent", "quantity", "yesno"),
    *("date", "time", "datetime", "daterange", "month", "reference"),
    *("choice", "choices", "tree", "trees"),
)
FIRST = ("text", "number", "date", "yesno", "choice", "tree")
KIND, TARGET = "ck_feature_kind", "ck_feature_target"
COUNT = "update definition_stamp set changes = changes + 1"


def upgrade() -> None:
    with op.batch_alter_table("feature") as batch:
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.alter_column("kind", type_=sa.String(12), existing_type=sa.String(8))
        batch.add_column(sa.Column("units", sa.String(200), nullable=True))
        batch.add_column(sa.Column("target", sa.String(12), nullable=True))
        batch.create_check_constraint(op.f(KIND), f"kind in {KINDS}")
        batch.create_check_constraint(op.f(TARGET), "(kind = 'reference') = (target is not null)")
    count_again()


def downgrade() -> None:
    with op.batch_alter_table("feature") as batch:
        batch.drop_constraint(op.f(TARGET), type_="check")
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.drop_column("target")
        batch.drop_column("units")
        batch.alter_column("kind", type_=sa.String(8), existing_type=sa.String(12))
        batch.create_check_constraint(op.f(KIND), f"kind in {FIRST}")
    count_again()


def count_again() -> None:
    """SQLite made the table anew, without its triggers."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("insert", "update", "delete"):
            trigger = f"create trigger feature_stamp_{act} after {act} on feature"
            op.execute(f"{trigger} begin {COUNT}; end")
