"""Acts on contractors that search among the others."""

import re
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contractors.models import Contractor
from app.db import fold

LEGAL = {"sp", "z", "o", "oo", "s", "a", "sa", "j", "k", "c", "sc", "i", "p"}


def free_code(session: Session, name: str) -> str:
    """A code made from the first word of the name that tells something, not taken yet."""
    stem = code_stem(name)
    like = select(Contractor.code).where(Contractor.code.startswith(stem, autoescape=True))
    return next_code(stem, set(session.scalars(like, execution_options={"unscoped": True})))


def code_stem(name: str) -> str:
    """What the codes of contractors with this name begin with."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    return next((word for word in words if word not in LEGAL), "K")[:12].upper()


def next_code(stem: str, taken: Collection[str]) -> str:
    """The stem itself, or with the first number that makes it new."""
    if stem not in taken:
        return stem
    numbered = (f"{stem}{number}" for number in range(2, len(taken) + 3))
    return next(code for code in numbered if code not in taken)
