"""The journal of tables that are not ours: accounts, teams, the scope of roles.

They can't carry the mark of an audited record, so each is named here with what is kept of it.
"""

from collections.abc import Iterable
from typing import Any

from flask_appbuilder.security.sqla.models import Group, User
from sqlalchemy import event as sa_event
from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session

from app.access.models import RoleScope
from app.audit.journal import as_json, batch_id
from app.audit.models import AuditEntry

KEPT: dict[type[Any], tuple[str, ...]] = {
    User: (
        "username",
        "first_name",
        "last_name",
        "email",
        "active",
        "password",
        "roles",
        "groups",
    ),
    Group: ("name", "description", "users"),
    RoleScope: ("scope",),
}
HIDDEN = "***"


@sa_event.listens_for(Session, "after_flush")
def _write(session: Session, _context: Any) -> None:
    entries = [
        {"record_type": record.__tablename__, "action": action, "changes": found, **_key(record)}
        for action, records in (("create", session.new), ("update", session.dirty))
        for record in records
        if type(record) in KEPT and (found := changes_of(record, created=action == "create"))
    ]
    if entries:
        number = batch_id(session)
        rows = [{**entry, "batch_id": number} for entry in entries]
        session.connection().execute(insert(AuditEntry), rows)


def _key(record: Any) -> dict[str, int]:
    return {"record_id": inspect(record).mapper.primary_key_from_instance(record)[0]}


def changes_of(record: Any, *, created: bool) -> dict[str, list[Any]]:
    """Name -> [old, new] of what is kept and changed; of a password only that it did."""
    found = {}
    for name in KEPT[type(record)]:
        history = inspect(record).attrs[name].history
        if not history.has_changes():
            continue
        plural = name in inspect(record).mapper.relationships
        old, new = (_before(history), _after(history)) if plural else _values(history)
        if name == "password":
            old, new = HIDDEN, HIDDEN
        if created or old != new or name == "password":
            found[name] = [None if created else old, new]
    return found


def _values(history: Any) -> tuple[Any, Any]:
    old = history.deleted[0] if history.deleted else None
    return as_json(old), as_json(history.added[0] if history.added else None)


def _before(history: Any) -> str:
    return _names([*history.unchanged, *history.deleted])


def _after(history: Any) -> str:
    return _names([*history.unchanged, *history.added])


def _names(records: Iterable[Any]) -> str:
    return ", ".join(sorted(str(getattr(one, "username", one)) for one in records))
