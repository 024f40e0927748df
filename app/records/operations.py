"""Acts on notes and files: mentions follow the text, files are checked before they are kept."""

import secrets
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import literal, select, union_all
from werkzeug.datastructures import FileStorage

from app.access import visibility
from app.access.current import Actor, Door, Scope, acting, load_actors
from app.db import db, flush, now
from app.errors import InvalidValue, NotAllowed, NotFound, Reason, refuse_if
from app.records import filetypes, rules, store, subjects
from app.records.models import Attachment, Mention, Note

MOST_MENTIONS = 20


def carrier_or_refuse(record_type: str, record_id: int) -> Any:
    """The visible record that is to carry something; raises NotFound."""
    record = subjects.carrier(record_type, record_id)
    if record is None:
        text = _("There is no such record, or you may not see it.")
        raise NotFound(Reason("not_found", text))
    return record


def refuse_others(actor: Actor, item: Note | Attachment, page: str) -> None:
    """Raise NotAllowed unless it is the actor's own, or the role lets them change others'."""
    if item.created_by_id != actor.id and not actor.may("edit_others", page):
        text = _("Only who wrote it, or a manager, may change this.")
        raise NotAllowed(Reason("not_allowed.others", text))


# --- mentions ---------------------------------------------------------------------------------


def readers(record_type: str, record_id: int, users: Sequence[User]) -> set[int]:
    """Which of these operators may open the record; two statements for all."""
    subject = subjects.subject_of(record_type)
    if subject is None or not users:
        return set()
    active = [user for user in users if user.active]
    actors = load_actors(db.session(), active, Door.PAGE) if active else []
    able = [actor for actor in actors if actor.may("show", subject.page)]
    narrow = [actor for actor in able if actor.scope is not Scope.ALL]
    return {one.id for one in able if one not in narrow} | _seeing(subject, record_id, narrow)


def _seeing(subject: subjects.Subject, record_id: int, actors: Sequence[Actor]) -> set[int]:
    model = subject.model
    parts = [
        select(literal(actor.id))
        .where(model.id == record_id, visibility.within(model, actor))
        .select_from(model)
        for actor in actors
    ]
    if not parts:
        return set()
    return set(db.session.scalars(union_all(*parts), execution_options={"unscoped": True}))


def sync_mentions(note: Note) -> list[str]:
    """Let the note's mentions be those of its text; returns the names that reach nobody."""
    names = rules.mentioned(note.text)[:MOST_MENTIONS]
    users = list(db.session.scalars(select(User).where(User.username.in_(names)))) if names else []
    reached = readers(note.record_type, note.record_id, users)
    known = {mention.user_id: mention for mention in note.mentions}
    note.mentions = [known.get(number) or Mention(user_id=number) for number in sorted(reached)]
    flush()
    found = {user.username for user in users if user.id in reached}
    return [name for name in names if name not in found]


# --- files ------------------------------------------------------------------------------------


def content_of(sent: FileStorage) -> bytes:
    """What was sent, read no further than one byte past the limit."""
    with closing(sent):
        return sent.stream.read(current_app.config["FILE_LIMIT"] + 1)


def attach(record_type: str, record_id: int, name: str, content: bytes) -> Attachment:
    """Keep a file with a record, inside a transaction and `store.holding()`.

    The same file, sent once more under the same name, is the one that is there.
    """
    acting().require("add", "FileView")
    carrier_or_refuse(record_type, record_id)
    name = rules.safe_name(name)
    refuse_if(reasons_against(name, content), InvalidValue)
    digest = store.keep(content)
    return _present(record_type, record_id, name, digest) or _added(
        Attachment(
            key=secrets.token_urlsafe(16),
            record_type=record_type,
            record_id=record_id,
            name=name,
            content_type=filetypes.TYPES[rules.ending_of(name)],
            size=len(content),
            digest=digest,
        )
    )


def reasons_against(name: str, content: bytes) -> list[Reason]:
    """Why this file is not taken."""
    limit: int = current_app.config["FILE_LIMIT"]
    found = filetypes.endings_for(content) if 0 < len(content) <= limit else set()
    return rules.reasons_against_file(name, len(content), limit, found, filetypes.TYPES)


def _present(record_type: str, record_id: int, name: str, digest: str) -> Attachment | None:
    same = {"record_type": record_type, "record_id": record_id, "name": name, "digest": digest}
    query = visibility.visible(Attachment).filter_by(**same).order_by(Attachment.id)
    return db.session.scalars(query.limit(1)).first()


def _added(item: Attachment) -> Attachment:
    db.session.add(item)
    flush()
    return item


def sweep_files() -> int:
    """Remove the contents that no row names; returns how many."""
    query = select(Attachment.digest).distinct()
    with store.holding(alone=True):
        named = set(db.session.scalars(query, execution_options={"unscoped": True}))
        return store.sweep(named)


def put_away(item: Note | Attachment) -> None:
    """Move a note or file to the trash."""
    item.trashed_at = now()
    flush()
