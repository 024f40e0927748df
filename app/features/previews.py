"""What typed values and definitions would make, shown before they are kept; nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from app.db import db
from app.features import nodes, operations
from app.features.models import Feature, FeatureNode, fold_name

MOST_SHOWN = 300  # of the values that a text would add


@dataclass
class Branch:
    """A value of the text with those below it; `is_new` if it is not there yet."""

    name: str
    is_new: bool
    below: list["Branch"] = field(default_factory=list)


def of(feature: Feature, text: str, parent: FeatureNode | None, layout: str) -> list[Branch]:
    """The tree that the text would add; raises InvalidValue if it can't be added."""
    if not text.strip():
        return []
    there = {
        (one.root_or_parent, one.folded): one.id
        for one in db.session.scalars(nodes.living(feature.id))
    }
    top = Branch("", False)
    made: dict[tuple[int, str], tuple[Branch, int]] = {}
    at: dict[int, tuple[Branch, int]] = {-1: (top, parent.id if parent else 0)}
    for number, line in enumerate(operations.lines_in(feature, text, parent, layout)):
        above, above_id = at[line.above]
        key = id(above), fold_name(line.name)
        if key not in made:
            known = there.get((above_id, key[1]), -1)
            branch = Branch(line.name, known < 0)
            above.below.append(branch)
            made[key] = branch, known
        at[number] = made[key]
    return top.below


def every(branches: Sequence[Branch]) -> Iterator[Branch]:
    """All the values, each before those below it."""
    for one in branches:
        yield one
        yield from every(one.below)


def cut(branches: list[Branch], most: int = MOST_SHOWN) -> list[Branch]:
    """The first values of the tree, as many as are shown."""
    kept = {id(one) for one in islice(every(branches), most)}

    def first(some: list[Branch]) -> list[Branch]:
        return [replace(one, below=first(one.below)) for one in some if id(one) in kept]

    return first(branches)
