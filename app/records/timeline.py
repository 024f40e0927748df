"""The time line of a record: what happened, newest first, from sources that areas register.

Every source gives the entries older than a place, in the order of time, its rank and its ids, so
that pages of all sources together go on where the last one ended.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.audit.models import AuditEntry, Batch
from app.db import db
from app.fab.schemas import user_name
from app.records import subjects
from app.records.history import act_words, labels_of
from app.records.markdown import markdown
from app.records.models import Attachment, Note

PAGE = 15


@dataclass(frozen=True)
class Entry:
    """One thing that happened, or is planned."""

    at: datetime
    id: int
    title: str
    url: str | None = None
    who: str = ""
    text: Any = ""
    day: Any = None  # stands in for the moment where only the day is known
    kind: str = ""
    rank: int = 0


@dataclass(frozen=True)
class Place:
    """Where a page ended: time, rank of the source, id."""

    at: datetime
    rank: int
    id: int

    @property
    def text(self) -> str:
        """The place in an address."""
        return f"{self.at.isoformat()}~{self.rank}~{self.id}"


def read_place(text: str) -> Place:
    """The place in an address; raises ValueError."""
    at, rank, number = text.split("~")
    found = Place(datetime.fromisoformat(at), int(rank), int(number))
    if found.at.tzinfo is None or not -1 < found.id < 2**31:
        raise ValueError(text)
    return found


def older(at: Any, number: Any, rank: int, place: Place | None) -> ColumnElement[bool]:
    """Whether a row of the source with this rank stands behind the place."""
    if place is None:
        return true()
    if rank != place.rank:
        return at < place.at if rank > place.rank else at <= place.at
    return or_(at < place.at, and_(at == place.at, number < place.id))


Entries = Callable[[Any, Place | None, int], Sequence[Entry]]


def nothing_ahead(_record: Any) -> Sequence[Entry]:
    """Nothing is planned."""
    return ()


@dataclass(frozen=True)
class Source:
    """One kind of entries: at most so many of a record, behind a place; and what is planned."""

    kind: str
    label: Any
    icon: str
    rank: int
    entries: Entries
    ahead: Callable[[Any], Sequence[Entry]] = nothing_ahead


_sources: dict[type[Any], list[Source]] = {}


def add(model: type[Any], source: Source) -> None:
    """Show the source on the time line of `model`; adding it again replaces it."""
    others = [one for one in _sources.get(model, []) if one.kind != source.kind]
    _sources[model] = sorted([*others, source], key=lambda one: one.rank)


def sources_of(model: type[Any]) -> Sequence[Source]:
    """The kinds of entries of a register."""
    return _sources.get(model, [])


def page_of(
    record: Any, kinds: Collection[str], place: Place | None
) -> tuple[list[Entry], Place | None]:
    """The entries behind the place, newest first, and where the next page begins."""
    found: list[Entry] = []
    for source in sources_of(type(record)):
        if not kinds or source.kind in kinds:
            found += marked(source, source.entries(record, place, PAGE + 1))
    found.sort(key=lambda one: (one.at, -one.rank, one.id), reverse=True)
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], Place(last.at, last.rank, last.id) if last else None


def planned(record: Any, kinds: Collection[str]) -> list[Entry]:
    """What is ahead, the farthest first, as the line goes on downwards."""
    return [
        entry
        for source in sources_of(type(record))
        if not kinds or source.kind in kinds
        for entry in marked(source, source.ahead(record))
    ]


def marked(source: Source, entries: Sequence[Entry]) -> list[Entry]:
    """The entries with their source's name and rank."""
    return [Entry(**{**vars(one), "kind": source.kind, "rank": source.rank}) for one in entries]


# --- what all records have --------------------------------------------------------------------


def notes(record: Any, place: Place | None, most: int) -> list[Entry]:
    """Notes on the record and on what is below it."""
    return [
        Entry(one.created_at, one.id, _("Note"), None, name_of(one.author), markdown(one.text))
        for one in carried(Note, record, NOTES, place, most)
    ]


def files(record: Any, place: Place | None, most: int) -> list[Entry]:
    """Files of the record and of what is below it."""
    return [
        Entry(one.created_at, one.id, one.name, f"/files/{one.key}", name_of(one.author))
        for one in carried(Attachment, record, FILES, place, most)
    ]


def carried(table: Any, record: Any, rank: int, place: Place | None, most: int) -> Sequence[Any]:
    """Rows of notes or files behind the place."""
    query = visibility.visible(table).where(
        subjects.carried_by(table, subjects.keys_of(record)),
        older(table.created_at, table.id, rank, place),
    )
    query = query.order_by(table.created_at.desc(), table.id.desc()).limit(most)
    return db.session.scalars(query.options(joinedload(table.author))).all()


def changes(record: Any, place: Place | None, most: int) -> list[Entry]:
    """Acts that changed the record itself, with the names of the fields."""
    mine = (AuditEntry.record_type == record.__tablename__, AuditEntry.record_id == record.id)
    query: Select[Any] = (
        select(AuditEntry)
        .join(AuditEntry.batch)
        .where(*mine, older(Batch.at, AuditEntry.id, CHANGES, place))
        .options(joinedload(AuditEntry.batch).joinedload(Batch.actor))
        .order_by(Batch.at.desc(), AuditEntry.id.desc())
        .limit(most)
    )
    return [told(one) for one in db.session.scalars(query)]


def told(entry: AuditEntry) -> Entry:
    """An entry of the journal in a line."""
    batch = entry.batch
    title = act_words(batch.act or "") or {
        "create": _("Registered"),
        "delete": _("Removed"),
    }.get(entry.action, _("Changed"))
    fields = "" if entry.action == "create" else ", ".join(labels_of(entry))
    return Entry(batch.at, entry.id, str(title), None, name_of(batch.actor), fields)


def name_of(user: User | None) -> str:
    """An operator's name, or the system."""
    return user_name(user) if user is not None else _("the system")


NOTES, FILES, STAGES, MOVES, CHANGES = range(5)
COMMON = (
    Source("note", _l("Notes"), "note", NOTES, notes),
    Source("file", _l("Files"), "paperclip", FILES, files),
    Source("change", _l("Changes"), "history", CHANGES, changes),
)


def begin(model: type[Any]) -> None:
    """Give a register its time line, with what all records have."""
    for source in COMMON:
        add(model, source)
