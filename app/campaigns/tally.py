"""The numbers that the database keeps for each place of the campaign tree (docs/adr/0013).

Triggers write a row for every change, in its transaction; a place's numbers are the sum of its
rows. They count all living records, so they serve whoever sees all.
"""

from collections.abc import Container
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, text

from app.campaigns.models import Tally
from app.campaigns.places import ALL, NONE
from app.db import db
from app.features.models import FeatureNode

ROOTS = {ALL: 0, NONE: -1}
NUMBERS = ("contractors", "events", "closed", "late", "stages", "done", "open")


def is_kept() -> bool:
    """Whether this database keeps the numbers: PostgreSQL does."""
    return db.session().get_bind().dialect.name == "postgresql"


def numbers(where: ColumnElement[bool], roots: Container[str], day: date) -> Select[Any]:
    """Path or root, then its numbers; the last is how many open stages were due before the day."""
    place, node = Tally.place, FeatureNode.__table__
    wanted = place.in_(select(FeatureNode.id).where(where))
    known = [number for key, number in ROOTS.items() if key in roots]
    overdue = func.sum(case((Tally.due_on < day, Tally.open), else_=0)).label("overdue")
    sums = [func.sum(getattr(Tally, name)).label(name) for name in NUMBERS[:-1]]
    query = select(place.label("place"), *sums, overdue).group_by(place)
    counted = query.where(or_(wanted, place.in_(known)) if known else wanted).subquery()
    key, *found = counted.c
    root = case(*((key == number, name) for name, number in ROOTS.items()))
    named = counted.outerjoin(node, node.c.id == key)
    return select(func.coalesce(node.c.path, root), *found).select_from(named)


def differences() -> list[dict[str, Any]]:
    """Places and days where a recount gives something else, and how much more; there are none."""
    db.session.execute(text("set local statement_timeout = 0"))
    rows = db.session.execute(text("select * from tally_differences()")).mappings()
    return [{name: value for name, value in row.items() if value} for row in rows]
