"""How often the definitions changed, counted by the database itself (docs/adr/0018)."""

import sqlalchemy as sa
from alembic import op

revision = "d5e81b60f3a4"
down_revision = "b91f3c5d7e02"
branch_labels = None
depends_on = None

COUNT = "update definition_stamp set changes = changes + 1"


def upgrade() -> None:
    table = op.create_table(
        "definition_stamp",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_stamp")),
        sa.CheckConstraint("id = 1", name=op.f("ck_definition_stamp_one")),
    )
    op.bulk_insert(table, [{"id": 1, "changes": 0}])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create function definitions_changed() returns trigger language plpgsql as "
            f"$$ begin {COUNT}; return null; end $$"
        )
        op.execute(
            "create trigger stamp after insert or update or delete or truncate on feature "
            "for each statement execute function definitions_changed()"
        )
        op.execute("alter table feature enable always trigger stamp")
        return
    for act in ("insert", "update", "delete"):
        op.execute(f"create trigger feature_stamp_{act} after {act} on feature begin {COUNT}; end")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop trigger stamp on feature")
        op.execute("drop function definitions_changed()")
    else:
        for act in ("insert", "update", "delete"):
            op.execute(f"drop trigger feature_stamp_{act}")
    op.drop_table("definition_stamp")
