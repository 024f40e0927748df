"""What an act on many records would change, and which it would leave and why; pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.audit.sets import Entry
from app.errors import Reason


@dataclass(frozen=True)
class Row:
    """A record that will change: its version now, and the changes, also of what goes with it."""

    kind: str
    id: int
    version: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Held:
    """A record that stays as it is, and why."""

    kind: str
    id: int
    reason: Reason


@dataclass
class Plan:
    """The rows that change, those held back, and how many are as wished already."""

    rows: list[Row] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    same: int = 0

    @property
    def entries(self) -> list[Entry]:
        """All changes."""
        return [entry for row in self.rows for entry in row.entries]

    def hold(self, kind: str, number: int, reasons: Sequence[Reason]) -> bool:
        """Keep the first reason against a record; whether there is one."""
        if reasons:
            self.held.append(Held(kind, number, reasons[0]))
        return bool(reasons)

    def change(self, kind: str, number: int, version: int, *entries: Entry) -> None:
        """Take a record in, unless nothing would change."""
        told = tuple(entry for entry in entries if entry.changes)
        if told:
            self.rows.append(Row(kind, number, version, told))
        else:
            self.same += 1

    def reasons(self) -> list[tuple[str, str, int]]:
        """(code, words, number of records) for each reason, the most frequent first."""
        words = {one.reason.code: str(one.reason.text) for one in self.held}
        counts = Counter(one.reason.code for one in self.held)
        return [(code, words[code], number) for code, number in counts.most_common()]

    def kinds(self) -> dict[str, int]:
        """How many records of each kind change, also those that go along."""
        found = Counter(
            entry.kind for entry in {(e.kind, e.record): e for e in self.entries}.values()
        )
        return dict(found)


def changed(**pairs: tuple[Any, Any]) -> dict[str, list[Any]]:
    """Column -> [old, new] of those that differ, as the journal keeps them."""
    return {name: [old, new] for name, (old, new) in pairs.items() if old != new}
