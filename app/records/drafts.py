"""Unsaved text of forms: kept for its operator alone, offered again, forgotten after 30 days."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict

from app.db import db, now, transaction
from app.errors import InvalidValue, Reason
from app.records.models import Draft

KEPT = timedelta(days=30)
OFFERED, MOST, LONGEST = 3, 50, 100_000
NOT_TYPED = frozenset({"csrf_token", "once", "version", "draft", "then"})

Pairs = Sequence[tuple[str, str]]


def typed(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """What of a form is text somebody typed; passwords and tokens are not."""
    return [
        [name, value]
        for name, value in pairs
        if name not in NOT_TYPED and "password" not in name.lower()
    ]


def save(user_id: int, form: str, token: str, version: str | None, pairs: Pairs) -> Draft:
    """Keep what stands in a form, inside a transaction; the oldest beyond the limit go."""
    fields = typed(pairs)
    if len(json.dumps(fields)) > LONGEST or not 8 <= len(token) <= 32:
        raise InvalidValue(Reason("draft.too_large", _("This is too long.")))
    mine = select(Draft).where(Draft.user_id == user_id)
    draft = db.session.scalars(mine.where(Draft.token == token)).one_or_none()
    if draft is None:
        draft = Draft(user_id=user_id, token=token)
        db.session.add(draft)
    draft.form, draft.record_version = form[:300], (version or "")[:80]
    draft.fields, draft.at = fields, now()
    db.session.flush()
    old = mine.order_by(Draft.at.desc(), Draft.id.desc()).offset(MOST).with_only_columns(Draft.id)
    db.session.execute(
        delete(Draft).where(Draft.id.in_(list(db.session.scalars(old.limit(MOST)))))
    )
    return draft


def offered(user_id: int, form: str) -> Sequence[Draft]:
    """The newest drafts of this form."""
    mine = (Draft.user_id == user_id, Draft.form == form[:300], Draft.at > now() - KEPT)
    query = select(Draft).where(*mine).order_by(Draft.at.desc(), Draft.id.desc())
    return db.session.scalars(query.limit(OFFERED)).all()


def find(user_id: int, number: int) -> Draft | None:
    """The operator's draft with this id."""
    query = select(Draft).where(Draft.id == number, Draft.user_id == user_id)
    return db.session.scalars(query).one_or_none()


def as_form(draft: Draft) -> "MultiDict[str, str]":
    """The draft as the form would send it."""
    version = [("version", draft.record_version)] if draft.record_version else []
    return MultiDict([*((name, value) for name, value in draft.fields), *version])


def forget(user_id: int, token: str) -> None:
    """The form was saved: what was kept of it goes, inside a transaction."""
    db.session.execute(delete(Draft).where(Draft.user_id == user_id, Draft.token == token))


def forget_old() -> int:
    """Remove the drafts of more than 30 days; returns how many."""
    with transaction() as session:
        done = session.execute(delete(Draft).where(Draft.at < now() - KEPT))
        return int(done.rowcount)  # type: ignore[attr-defined]
