"""Another kind for a feature with values: a dry run that sorts every value, then the change.

What can't be carried over needs a value of the new kind, or is emptied by an explicit word.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from app.errors import Reason, refuse_if
from app.features import operations
from app.features.catalog import copied
from app.features.changes import documents
from app.features.changes.matrix import Called, Passage
from app.features.changes.models import FeatureChange
from app.features.changes.values import tree_of
from app.features.kinds import Unreadable, kind_of
from app.features.models import Feature, fold_name
from app.features.nodes import name_trails
from app.features.pointed import found, names_of
from app.features.rules import SEVERAL, Line

CONVERTIBLE, LOSSY, IMPOSSIBLE = "convertible", "lossy", "impossible"
SAMPLES = 10  # reasons that are told at once
LOOKED_UP = 1_000  # records that are looked up by their names, one by one
EMPTIED = "empty_rest"


def reasons_against_number(number: int, most: int) -> list[Reason]:
    """Why so many different values can't be carried over."""
    words = _("There are too many different values: %(most)s at most.", most=most)
    return [Reason("feature.too_many_values", words)] if number > most else []


@dataclass(frozen=True)
class Sorted:
    """A value, in how many records it stands, what becomes of it, and how that is said."""

    text: str
    number: int
    shown: str
    verdict: str
    new: Any
    told: str

    @property
    def field(self) -> str:
        """The name of the field in which it gets another value."""
        return "to_" + hashlib.sha256(self.text.encode()).hexdigest()[:12]


class Retyping:
    """From the feature as it was to the feature as it is wanted, with what the admin decided.

    `decided` holds the fields of the page: a value for each impossible one, and whether what is
    left of them is emptied.
    """

    def __init__(self, old: Feature, new: Feature, decided: Mapping[str, str]) -> None:
        self.old, self.new, self.decided = old, copied(new), decided
        self.texts = documents.texts(old)
        most = LOOKED_UP if new.kind == "reference" else documents.MOST
        refuse_if(reasons_against_number(len(self.texts), most))

    @cached_property
    def passage(self) -> Passage:
        """How values go over."""
        old, new = kind_of(self.old), kind_of(self.new)
        keys = {key for text in self.texts for key in old.points(json.loads(text))}
        rows = found(keys) if keys else {}
        names = {key: name for key, name in names_of(keys).items() if rows[key] is not None}
        return Passage(old, new, names)

    @cached_property
    def values(self) -> list[Sorted]:
        """Every value, the most frequent first."""
        ordered = sorted(self.texts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [self.sort(text, number) for text, number in ordered]

    def sort(self, text: str, number: int) -> Sorted:
        """What becomes of a value."""
        stored = json.loads(text)
        shown = self.passage.old.show(stored, self.passage.names)
        try:
            new = self.passage.carried(stored)
        except Unreadable as error:
            return Sorted(text, number, shown, IMPOSSIBLE, None, str(error))
        lost = self.passage.loses(stored, new)
        verdict = LOSSY if lost else CONVERTIBLE
        return Sorted(text, number, shown, verdict, new, self.passage.shown(new))

    def of(self, verdict: str) -> list[Sorted]:
        """The values of one sort."""
        return [one for one in self.values if one.verdict == verdict]

    def counts(self) -> dict[str, tuple[int, int]]:
        """How many values and records there are of each sort."""
        sorts = {verdict: self.of(verdict) for verdict in (CONVERTIBLE, LOSSY, IMPOSSIBLE)}
        return {name: (len(some), sum(one.number for one in some)) for name, some in sorts.items()}

    # --- what was decided -------------------------------------------------------------------

    @cached_property
    def mapped(self) -> dict[str, Any]:
        """What becomes of the impossible values, by their texts; raises RuleViolation."""
        becomes, wrong = {}, []
        for one in self.of(IMPOSSIBLE):
            try:
                becomes[one.text] = self.read(self.decided.get(one.field, ""))
            except Unreadable as error:
                wrong.append(Reason("feature.mapping", f"{one.shown}: {error}", field=one.field))
        refuse_if(wrong[:SAMPLES])
        return becomes

    def read(self, typed: str) -> Any:
        """A value typed for an impossible one; nothing, if those may be emptied."""
        typed = typed.strip()
        if typed:
            return Passage(kind_of(Feature(kind="text")), self.passage.new, {}).carried(typed)
        if self.decided.get(EMPTIED):
            return None
        raise Unreadable(_("Give a value, or let what is left be emptied."))

    # --- the change -------------------------------------------------------------------------

    def apply(self, change: FeatureChange) -> None:
        """Write all values in their new form; dictionaries get the names they need."""
        becomes = {one.text: one.new for one in self.values if one.verdict != IMPOSSIBLE}
        becomes |= self.mapped
        ids = self.planted([one for one in becomes.values() if isinstance(one, Called)])
        final = {text: self.stored(one, ids) for text, one in becomes.items()}
        for name in documents.tables():
            documents.keep(change, name, final)
            documents.write(change, name)

    def planted(self, wanted: Sequence[Called]) -> dict[tuple[str, ...], int]:
        """The values of the dictionary or tree by their names; those missing are made."""
        paths = {way: None for one in wanted for path in one.paths for way in ways_to(path)}
        places = {path: number for number, path in enumerate(paths)}
        lines = [Line(len(path) - 1, path[-1], places.get(path[:-1], -1)) for path in paths]
        refuse_if(reasons_against_number(len(lines), operations.MOST_AT_ONCE))
        made, _new = operations.plant_lines(self.new, lines)
        return {path: made[number].id for path, number in places.items()}

    def stored(self, value: Any, ids: Mapping[tuple[str, ...], int]) -> Any:
        """The stored form of what was carried over."""
        if not isinstance(value, Called):
            return value
        found_ids = sorted({ids[path] for path in value.paths})
        return found_ids if self.new.kind in SEVERAL else found_ids[0]


def ways_to(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The ways to all values above one, and to itself."""
    return [path[: end + 1] for end in range(len(path))]


def flatten(feature: Feature) -> None:
    """Put all values of a tree on one level; of like names the later ones tell their way."""
    tree = tree_of(feature.id)
    name_trails(list(tree.values()))
    taken = {node.folded for node in tree.values() if node.depth == 1 and not node.archived_at}
    for place, node in enumerate(tree.values(), 1):
        if node.depth > 1:
            name = node.name if fold_name(node.name) not in taken else node.trail[:120]
            if not node.archived_at:
                taken.add(fold_name(name))
            node.name, node.parent_id, node.path = name, None, f"/{node.id}/"
            node.depth, node.place = 1, place
    operations.flush_names()
