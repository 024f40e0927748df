"""What a record carries, on a page of its own or as a part of its card: notes and files."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.access.current import acting
from app.db import db
from app.fab.views import PK
from app.records import drafts, history, panels, subjects, timeline
from app.records.drafted import with_draft
from app.records.filetypes import TYPES
from app.records.markdown import markdown
from app.records.models import Attachment, Note
from app.records.views import RecordView

NOTES, FILES, TRASHED = 10, 20, 50


@dataclass(frozen=True)
class Carried:
    """Some notes or files of a record, and where the older ones begin."""

    rows: Sequence[Any]
    older: str | None = None


class NotedView(RecordView):
    """Base of the registers whose records carry notes and files."""

    @expose(f"/{PK}/notes", methods=["GET"])
    @has_access
    @permission_name("show")
    def notes(self, pk: int) -> Any:
        """Notes, pinned first, and files; with `trash`, those put away."""
        item = self.visible_or_404(pk)
        in_trash = "trash" in request.args
        words = {
            "item": item,
            "title": self.name_of(item),
            "in_trash": in_trash,
            "notes": trashed_of(Note, item) if in_trash else notes_of(item),
            "files": trashed_of(Attachment, item) if in_trash else files_of(item),
            "url": url_for(f"{self.endpoint}.notes", pk=pk),
            "where": (item.__tablename__, item.id),
            "once": secrets.token_urlsafe(12),
            "limit": current_app.config["FILE_LIMIT"],
            "accept": ",".join(f".{ending}" for ending in TYPES),
            **note_draft(item, in_trash=in_trash),
            "markdown": markdown,
            "base": part_or_page(),
        }
        return self.render_template("records/notes.html", view=self, **words)

    @expose(f"/{PK}/timeline", methods=["GET"])
    @has_access
    @permission_name("show")
    def timeline(self, pk: int) -> Any:
        """What happened and what is planned, newest first; of the kinds asked for."""
        sources = timeline.sources_of(self.model) or abort(404)
        item = self.visible_or_404(pk)
        kinds = [one.kind for one in sources if one.kind in request.args.getlist("kind")]
        try:
            place = timeline.read_place(text) if (text := request.args.get("before")) else None
        except ValueError:
            abort(400)
        entries, older = timeline.page_of(item, kinds, place)
        words = {
            "item": item,
            "title": self.name_of(item),
            "kinds": kinds,
            "sources": sources,
            "icons": {one.kind: one.icon for one in sources},
            "planned": [] if place else timeline.planned(item, kinds),
            "entries": entries,
            "older": older.text if older else None,
            "place": place,
            "url": url_for(f"{self.endpoint}.timeline", pk=pk),
            "base": part_or_page(),
        }
        return self.render_template("records/timeline.html", view=self, **words)


def part_or_page() -> str:
    """What is around the content: nothing for a script, else the whole page."""
    return "records/_bare.html" if "HX-Request" in request.headers else "shell/layout.html"


def note_draft(item: Any, *, in_trash: bool) -> dict[str, Any]:
    """Under which name the text of a new note is kept, and what was typed earlier."""
    subject = subjects.subject_of(item.__tablename__)
    name = f"/notes/new?record={subject.name if subject else ''}&id={item.id}"
    earlier = [] if in_trash else drafts.offered(acting().id, name)
    told = [
        {
            "id": one.id,
            "at": one.at,
            "url": with_draft(one),
            "differs": [(_l("Note"), value) for field, value in one.fields if field == "text"],
        }
        for one in earlier
    ]
    return {"draft_form": name, "draft_token": secrets.token_hex(12), "drafts": told}


def of_record(model: type[Any], record: Any) -> tuple[Any, ...]:
    """The conditions for what this record itself carries."""
    return (model.record_type == record.__tablename__, model.record_id == record.id)


def notes_of(record: Any) -> Carried:
    """The notes of a record, pinned ones first, then the newest."""
    query = visibility.visible(Note).where(*of_record(Note, record))
    if (place := read_place("notes")) is not None:
        pinned, number = divmod(place, 2**31)
        below = and_(Note.pinned.is_(bool(pinned)), Note.id < number)
        query = query.where(or_(below, Note.pinned.is_(False)) if pinned else below)
    query = query.order_by(Note.pinned.desc(), Note.id.desc())
    return some(query, Note, NOTES, lambda note: note.pinned * 2**31 + note.id)


def files_of(record: Any) -> Carried:
    """The files of a record, newest first."""
    query = visibility.visible(Attachment).where(*of_record(Attachment, record))
    if (place := read_place("files")) is not None:
        query = query.where(Attachment.id < place)
    return some(query.order_by(Attachment.id.desc()), Attachment, FILES, lambda one: one.id)


def some(query: Select[Any], model: type[Any], size: int, place: Any) -> Carried:
    """A page of rows with their authors."""
    rows = db.session.scalars(query.options(joinedload(model.author)).limit(size + 1)).all()
    older = str(place(rows[size - 1])) if len(rows) > size else None
    return Carried(rows[:size], older)


def trashed_of(model: type[Any], record: Any) -> Carried:
    """What was put away last."""
    query = visibility.trashed(model, acting()).where(*of_record(model, record))
    query = query.options(joinedload(model.author)).order_by(model.trashed_at.desc())
    return Carried(visibility.unscoped(query.limit(TRASHED)).all())


def read_place(name: str) -> int | None:
    """Where a page begins; 400 if it can't be read."""
    text = request.args.get(name, "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else abort(400)


# --- registration -----------------------------------------------------------------------------

NOTE_WORDS = {"text": _l("Note"), "pinned": _l("Pinned"), "trashed": _l("In the trash")}
FILE_WORDS = {"name": _l("File"), "size": _l("Size"), "trashed": _l("In the trash")}


def notes_panel(record: Any) -> Mapping[str, Any]:
    """Where the card finds the notes and files of its record."""
    subject = subjects.subject_of(record.__tablename__)
    page = subject.page if subject else ""
    return {"url": url_for(f"{page}.notes", pk=record.id)}


def carried_keys(record: Any) -> history.Keys:
    """The notes and files, also trashed ones, whose changes belong to the record's history."""
    tables: tuple[Any, ...] = (Note.__table__, Attachment.__table__)
    return [
        (
            table.name,
            select(table.c.id).where(
                table.c.record_type == record.__tablename__, table.c.record_id == record.id
            ),
        )
        for table in tables
    ]


def line_panel(record: Any) -> Mapping[str, Any] | None:
    """Where the card finds the time line of its record, if it has one."""
    if not timeline.sources_of(type(record)):
        return None
    subject = subjects.subject_of(record.__tablename__)
    return {"url": url_for(f"{subject.page if subject else ''}.timeline", pk=record.id)}


def carry(model: type[Any], page: str, label: Any) -> None:
    """Let the records of a register carry notes and files, shown on their cards."""
    subjects.register(model, page, label)
    panels.add(model, panels.Panel("notes", "records/_notes_panel.html", notes_panel, "main", 60))
    panels.add(model, panels.Panel("timeline", "records/_line_panel.html", line_panel, "main", 70))
    history.add_keys(model, carried_keys)
    history.describe("note", _l("Note"), NOTE_WORDS)
    history.describe("attachment", _l("File"), FILE_WORDS)
