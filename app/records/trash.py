"""The trash: what speaks against moving a record there, and the way back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.access import visibility
from app.access.current import Actor
from app.errors import Reason, refuse_if

Guard = Callable[[Any], Sequence[Reason]]
_guards: dict[type[Any], dict[str, Guard]] = {}


def guard(model: type[Any], name: str, reasons: Guard) -> None:
    """Let a higher area speak against trashing records of `model`."""
    _guards.setdefault(model, {})[name] = reasons


def put_away(record: Any, at: datetime) -> None:
    """Move the record to the trash, unless somebody has a reason against it."""
    guards = _guards.get(type(record), {}).values()
    refuse_if([reason for reasons in guards for reason in reasons(record)])
    record.trashed_at = at


def find_trashed(model: type[Any], pk: int, actor: Actor) -> Any | None:
    """The trashed record with this id, if the actor could see it otherwise."""
    query = visibility.trashed(model, actor).where(model.id == pk)
    return visibility.unscoped(query.with_for_update(of=model)).one_or_none()
