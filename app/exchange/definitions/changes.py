"""What applying a file changes, in words and for programs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

ADDED, ALTERED, REMOVED = "+", "~", "-"
MOST = 12  # parts in a line for people
Part = tuple[str, Any, Any]


@dataclass(frozen=True)
class Change:
    """One difference: its sign, what it is about, (part, old, new), and the records it touches."""

    sign: str
    what: str
    parts: tuple[Part, ...] = ()
    records: int = 0

    def __str__(self) -> str:
        """A line for people."""
        parts = [written(one) for one in self.parts[:MOST]]
        more = len(self.parts) - MOST
        parts += [_("and %(count)s more", count=more)] if more > 0 else []
        touched = ngettext("%(num)s record", "%(num)s records", self.records)
        records = f" ({touched})" if self.records else ""
        return f"{self.sign} {self.what}{': ' if parts else ''}{'; '.join(parts)}{records}"

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)


def written(part: Part) -> str:
    """What became of a part; one without a name is there now, or no more."""
    name, old, new = part
    if not name:
        return said(new or old)
    return f"{name}: {said(new)}" if old is None else f"{name}: {said(old)} → {said(new)}"


def said(value: Any) -> str:
    """A value as the file has it."""
    words = {True: "true", False: "false", None: "–", "": "–"}
    return words[value] if isinstance(value, bool | None) or value == "" else str(value)


def put(
    record: Any, what: str, wanted: Mapping[str, Any], count: Callable[[], int] = lambda: 0
) -> Iterator[Change]:
    """Give the record these values; `count` tells how many records a difference touches."""
    parts = tuple(
        (name, old, new) for name, new in wanted.items() if (old := getattr(record, name)) != new
    )
    if not parts:
        return
    yield Change(ALTERED, what, parts, count())
    for name, _old, new in parts:
        setattr(record, name, new)


def put_archived(
    record: Any, what: str, at: datetime | None, count: Callable[[], int] = lambda: 0
) -> Iterator[Change]:
    """Archive the record at a moment, or (None) bring it back, if it is not so already."""
    there = record.archived_at is not None
    if there == (at is not None):
        return
    parts = (("archived", there, not there),)
    yield Change(ALTERED if there else REMOVED, what, parts, count())
    record.archived_at = at
