"""Indexes for the working day: open stages by operator and day, events without a plan, progress."""

import sqlalchemy as sa
from alembic import op

revision = "e7a2c95d1b48"
down_revision = "d5e81b60f3a4"
branch_labels = None
depends_on = None

OPEN = "closed_at is null and position is not null"
INDEXES = {
    "ix_stage_open_due": ("stage", ["due_on", "id"], OPEN),
    "ix_stage_open_operator": ("stage", ["operator_id", "due_on", "id"], OPEN),
    "ix_event_unplanned": (
        "event",
        ["operator_id", "due_on", "id"],
        "closed_at is null and last_pos is null",
    ),
    "ix_event_progress": (
        "event",
        ["operator_id", "id", "last_pos", "closed_upto"],
        "trashed_at is null",
    ),
    "ix_membership_present_event": (
        "membership",
        ["event_id", "feature_id", "node_id"],
        "to_at is null",
    ),
}


def upgrade() -> None:
    for name, (table, columns, rows) in INDEXES.items():
        where = sa.text(rows)
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name, (table, _columns, _rows) in INDEXES.items():
        op.drop_index(name, table)
