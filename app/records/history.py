"""The journal in words: acts, fields and values as people call them, not ids and columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, union_all
from sqlalchemy.orm import joinedload

from app.audit.models import AuditEntry, Batch
from app.db import db
from app.fab.dress import clock, nice, nice_date, nice_moment

Names = Callable[[set[int]], Mapping[int, str]]

DOORS = {
    "page": _l("in the browser"),
    "api": _l("by a program"),
    "cli": _l("on the command line"),
    "import": _l("by an import"),
    "setup": _l("at set-up"),
}
ACTIONS = {"create": _l("registered"), "update": _l("changed"), "delete": _l("removed")}
HISTORY_PAGE = 50
HIDDEN = frozenset(
    {"last_pos", "closed_upto", "prev", "event_id", "place", "path", "folded", "root_or_parent"}
    | {"feature_id", "record_type", "record_id", "key", "digest", "content_type"}
    | {"system", "depth"}
)

_labels: dict[str, dict[str, Any]] = {}
_kinds: dict[str, Any] = {}
_acts: dict[str, Any] = {}
_names: dict[str, Names] = {}
_words: dict[str, Mapping[Any, Any]] = {}
_documents: dict[str, "Document"] = {}


@dataclass(frozen=True)
class Document:
    """How a document column is told: what in it has names, (label, old, new) triples, and
    the part of it that the reader may see."""

    ids: Callable[[Any], Iterable[Any]]
    names: Callable[[Any], Mapping[Any, str]]
    triples: Callable[[Any, Any, Mapping[Any, str]], Iterable[tuple[str, str, str]]]
    seen: Callable[[Any], Any]


@dataclass(frozen=True)
class Change:
    """One field's change in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Told:
    """What one act did to one record."""

    record: str
    action: str
    changes: Sequence[Change]


@dataclass(frozen=True)
class Act:
    """One act in words: who, when, by which door, what and why, and the records it changed."""

    who: str
    at: datetime
    door: str
    name: str
    reason: str | None
    records: list[Told]

    @classmethod
    def of(cls, batch: Batch) -> "Act":
        """The act of a batch, without its records."""
        actor = batch.actor
        who = f"{actor.first_name} {actor.last_name}" if actor else _("the system")
        door = str(DOORS.get(batch.door, batch.door))
        return cls(who, batch.at, door, act_words(batch.act or ""), batch.reason, [])


def describe(record_type: str, kind: Any, labels: Mapping[str, Any]) -> None:
    """Say how records of a table and their columns are called."""
    _kinds[record_type] = kind
    _labels.setdefault(record_type, {}).update(labels)


def call_acts(acts: Mapping[str, Any]) -> None:
    """Say how acts are called that batches are named by."""
    _acts.update(acts)


def call_by_name(columns: Iterable[str], names: Names) -> None:
    """Show the ids in these columns by the names that `names` finds."""
    _names.update(dict.fromkeys(columns, names))


def call_words(column: str, words: Mapping[Any, Any]) -> None:
    """Show the few fixed words of a column in the reader's language."""
    _words[column] = words


def read_document(column: str, document: Document) -> None:
    """Show what is inside a document column."""
    _documents[column] = document


def seen_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes of an entry as programs get them: of documents what the account may see."""
    return {
        column: [value and _documents[column].seen(value) for value in pair]
        if column in _documents
        else pair
        for column, pair in changes.items()
    }


def user_names(ids: set[int]) -> Mapping[int, str]:
    """Operators by their full names."""
    query = select(User.id, User.first_name, User.last_name).where(User.id.in_(ids))
    return {number: f"{first} {last}".strip() for number, first, last in db.session.execute(query)}


call_by_name(("operator_id", "keeper_id", "closed_by_id", "created_by_id"), user_names)


def kind_words(kind: str) -> str:
    """How a record of a table is called."""
    return str(_kinds.get(kind, kind))


def act_words(act: str) -> str:
    """What an act was, where it has a name."""
    if act.startswith("undo_"):
        return _("Taken back: %(act)s", act=_acts.get(act.removeprefix("undo_"), ""))
    return str(_acts.get(act, ""))


def tell(entries: Sequence[AuditEntry]) -> list[Act]:
    """The entries by act, newest first, in words."""
    names = _find_names(entries)
    acts: dict[int, Act] = {}
    for entry in entries:
        act = acts.setdefault(entry.batch_id, Act.of(entry.batch))
        act.records.append(_told(entry, names))
    return list(acts.values())


def _find_names(entries: Sequence[AuditEntry]) -> dict[str, Mapping[int, str]]:
    wanted: dict[Names, set[int]] = {}
    for entry in entries:
        for column, pair in entry.changes.items():
            if column in _names:
                wanted.setdefault(_names[column], set()).update(one for one in pair if one)
            elif column in _documents:
                ids = chain.from_iterable(_documents[column].ids(one) for one in pair if one)
                wanted.setdefault(_documents[column].names, set()).update(ids)
    found = {names: names(ids) for names, ids in wanted.items() if ids}
    finders = _names | {column: one.names for column, one in _documents.items()}
    return {column: found.get(names, {}) for column, names in finders.items()}


def _told(entry: AuditEntry, names: Mapping[str, Mapping[int, str]]) -> Told:
    kind = str(_kinds.get(entry.record_type, entry.record_type))
    labels = _labels.get(entry.record_type, {})
    changes = [one for one in _changes(entry.changes, labels, names) if one.old != one.new]
    return Told(kind, str(ACTIONS.get(entry.action, entry.action)), changes)


def _changes(
    changes: Mapping[str, Any], labels: Mapping[str, Any], names: Mapping[str, Mapping[int, str]]
) -> Iterable[Change]:
    for column, (old, new) in changes.items():
        stem = column.removesuffix("_at").removesuffix("_on").removesuffix("_id")
        label = str(labels.get(stem) or labels.get(column) or column)
        if column in _documents:
            triples = _documents[column].triples(old, new, names[column])
            yield from (Change(*triple) for triple in triples)
        elif column in _names:
            yield Change(label, *(_named(names[column], one) for one in (old, new)))
        elif column.endswith("_at") and f"{stem}_on" in changes:
            days = changes[f"{stem}_on"]
            yield Change(
                label, *(_day_and_time(*one) for one in zip(days, (old, new), strict=True))
            )
        elif column not in HIDDEN and not (column.endswith("_on") and f"{stem}_at" in changes):
            yield Change(label, *(_plain(column, one) for one in (old, new)))


def _named(names: Mapping[int, str], value: int | None) -> str:
    return "–" if value is None else names.get(value, f"#{value}")


def _day_and_time(day: str | None, at: str | None) -> str:
    return nice_moment(_date(day), datetime.fromisoformat(at) if at else None)


def _plain(column: str, value: Any) -> str:
    if value is None:
        return "–"
    if column.endswith("_on"):
        return nice_date(_date(value))
    if column == "trashed_at":
        return _("yes")
    if column in _words:
        return str(_words[column].get(value, value))
    if column.endswith("_at"):
        moment = datetime.fromisoformat(value)
        return clock(moment) if column in ("start_at", "due_at") else str(nice(moment))
    return str(nice(value))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


Keys = Sequence[tuple[str, Any]]  # (record type, id or SELECT of ids)
_keys: dict[type[Any], list[Callable[[Any], Keys]]] = {}


def add_keys(model: type[Any], keys: Callable[[Any], Keys]) -> None:
    """Let the history of `model` tell of records of a higher area too."""
    _keys.setdefault(model, []).append(keys)


def added_keys(record: Any) -> Keys:
    """What higher areas add to a record's history."""
    return [key for keys in _keys.get(type(record), []) for key in keys(record)]


def history_of(keys: Keys, before: int | None) -> list[AuditEntry]:
    """One page of the entries of these records, newest first, and one more if there is.

    Each kind is asked by itself, so that the index of the journal serves it.
    """
    parts = [_newest(kind, ids, before).subquery() for kind, ids in keys]
    ids = union_all(*(select(part.c.id) for part in parts))
    with_actor = joinedload(AuditEntry.batch).joinedload(Batch.actor)
    query = select(AuditEntry).where(AuditEntry.id.in_(ids)).options(with_actor)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(HISTORY_PAGE + 1)))


def _newest(kind: str, ids: Any, before: int | None) -> Any:
    one = AuditEntry.record_id == ids if isinstance(ids, int) else AuditEntry.record_id.in_(ids)
    query = select(AuditEntry.id).where(AuditEntry.record_type == kind, one)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return query.order_by(AuditEntry.id.desc()).limit(HISTORY_PAGE + 1)


def labels_of(entry: AuditEntry) -> list[str]:
    """The names of the fields that an entry changed, each once."""
    labels = _labels.get(entry.record_type, {})
    stems = (
        column.removesuffix("_at").removesuffix("_on").removesuffix("_id")
        for column in entry.changes
        if column not in HIDDEN
    )
    return list(dict.fromkeys(str(labels.get(stem) or stem) for stem in stems))


def changes_in_words(entries: Sequence[Any]) -> list[list[Change]]:
    """What each entry changes, field by field; an entry has `kind` and `changes`."""
    names = _find_names(entries)
    return [
        [
            one
            for one in _changes(entry.changes, _labels.get(entry.kind, {}), names)
            if one.old != one.new
        ]
        for entry in entries
    ]
