"""Reading and keeping an operator's layouts of lists."""

import re

from app.access.current import Actor
from app.db import db
from app.lists.models import ListLayout

NARROWEST, WIDEST, MOST = 10, 3000, 60
DENSITIES = ("normal", "compact")
NAME = re.compile(r"[a-z][a-z0-9_]{0,80}")


def layout_of(actor: Actor, view: str) -> ListLayout | None:
    """The operator's layout of a list, if there is one."""
    return db.session.get(ListLayout, (actor.id, view))


def read_widths(text: str) -> dict[str, int]:
    """`number:120,due:90` as column -> pixels; raises ValueError."""
    pairs = [pair.split(":") for pair in text.split(",") if pair]
    found = {name: int(width) for name, width in pairs}
    good = all(map(NAME.fullmatch, found)) and len(found) <= MOST
    if not good or not all(NARROWEST <= width <= WIDEST for width in found.values()):
        raise ValueError(text)
    return found


def keep_layout(actor: Actor, view: str, density: str | None, widths: str | None) -> None:
    """Change what is given of the operator's layout; raises ValueError."""
    read = None if widths is None else read_widths(widths)
    if density not in (None, *DENSITIES):
        raise ValueError(density)
    kept = layout_of(actor, view)
    if kept is None:
        kept = ListLayout(user_id=actor.id, view=view, widths={}, density=DENSITIES[0])
        db.session.add(kept)
    kept.density = density or kept.density
    kept.widths = kept.widths if read is None else {**kept.widths, **read} if read else {}
