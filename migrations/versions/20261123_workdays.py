"""working days."""

from datetime import date, timedelta

import holidays
import sqlalchemy as sa
from alembic import op

revision = "7c41d09e5a36"
down_revision = "2a5698bdea22"
branch_labels = None
depends_on = None

YEARS = range(2000, 2051)


def rows() -> list:
    """Each day with the number of Poland's working days up to its end."""
    free, number, found = holidays.country_holidays("PL", years=YEARS), 0, []
    for step in range((date(YEARS[-1] + 1, 1, 1) - date(YEARS[0], 1, 1)).days):
        day = date(YEARS[0], 1, 1) + timedelta(step)
        number += day.weekday() < 5 and day not in free
        found.append({"day": day, "number": number})
    return found


def upgrade() -> None:
    table = op.create_table(
        "workday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_workday")),
    )
    op.create_index(op.f("ix_workday_number"), "workday", ["number"], unique=False)
    op.bulk_insert(table, rows())


def downgrade() -> None:
    op.drop_index(op.f("ix_workday_number"), table_name="workday")
    op.drop_table("workday")
