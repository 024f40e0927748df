"""Acts on contractors that search among the others."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contractors.models import Contractor
from app.db import fold

LEGAL = {"sp", "z", "o", "oo", "s", "a", "sa", "j", "k", "c", "sc", "i", "p"}


def free_code(session: Session, name: str) -> str:
    """A code made from the first word of the name that tells something, not taken yet."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    stem = next((word for word in words if word not in LEGAL), "K")[:12].upper()
    like = select(Contractor.code).where(Contractor.code.startswith(stem, autoescape=True))
    taken = set(session.scalars(like, execution_options={"unscoped": True}))
    if stem not in taken:
        return stem
    return next(code for number in range(2, len(taken) + 3) if (code := f"{stem}{number}") not in taken)
