"""Whose work a page of the desk shows: mine, my team's, or another operator's."""

from dataclasses import dataclass
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from app.access.current import Actor, acting
from app.fab.pickers import picker
from app.operators.names import name_of


@dataclass(frozen=True)
class Whose:
    """The operators whose work is shown; `key` is how the address says it."""

    key: str
    ids: tuple[int, ...]
    label: str

    @property
    def filter(self) -> dict[str, Any]:
        """How the lists ask for the work of the same operators."""
        return {"_flt_6_operator": "1"} if self.key == "team" else {"_flt_0_operator": self.ids[0]}

    @property
    def asked(self) -> dict[str, Any]:
        """The parameter of the desk's addresses; nothing for one's own work."""
        return {} if self.key == "me" else {"whose": self.key}


def chosen() -> Whose:
    """Whose work the address asks for."""
    return of_key(acting(), request.args.get("whose", "me"))


def of_key(actor: Actor, key: str) -> Whose:
    """What `me`, `team` or an operator's id stands for; 404 for an operator nobody knows."""
    if key == "me":
        return Whose(key, (actor.id,), _("Mine"))
    if key == "team":
        return Whose(key, tuple(sorted(actor.team)), _("My team"))
    known: Any = picker("operator")
    found = known.find(int(key)) if key.isascii() and key.isdigit() and len(key) < 10 else None
    if found is None:
        abort(404)
    return Whose(str(found.id), (found.id,), name_of(found))
