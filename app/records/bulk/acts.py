"""The acts that can be done to many records of a register; areas register their own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import Length

from app.access.current import Actor, Door
from app.audit import sets
from app.errors import InvalidValue, Reason
from app.fab.forms import strip
from app.records.bulk.plan import Plan

Rights = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Kind:
    """How records of a table are locked, and how they are called: id -> (words, address)."""

    lock: Callable[[Sequence[int]], None]
    words: Callable[[Sequence[int]], Mapping[int, tuple[str, str]]]


class BulkForm(Form):
    """What an act is asked with; all have a note for the history."""

    note = StringField(
        _l("Note (optional)"),
        [Length(max=500, message=_l("This is too long."))],
        filters=[strip],
    )


class BulkAct(ABC):
    """One act: who may, what it asks for, what it would change, how it is written."""

    name: ClassVar[str]
    register: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str]
    rights: ClassVar[Rights]
    form: ClassVar[type[BulkForm]] = BulkForm
    key = ""  # of app/fab/keys.py
    listed = True  # offered under the list of the register

    @property
    def batch_act(self) -> str:
        """How the journal calls it."""
        return f"bulk_{self.name}"

    def needed(self, wanted: Mapping[str, Any]) -> Rights:
        """The rights of the single acts it stands for."""
        return self.rights

    def require(self, actor: Actor, wanted: Mapping[str, Any] | None = None) -> None:
        """Raise NotAllowed unless the actor may do the single acts through this door."""
        for right in self.rights if wanted is None else self.needed(wanted):
            actor.require(*through(actor.door, *right))

    def offered(self, actor: Actor) -> bool:
        """Whether it stands under the list for this actor."""
        rights = [through(actor.door, *right) for right in self.rights]
        return self.listed and all(actor.may(*right) for right in rights)

    def read(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is wanted, checked as the form of one record checks it; raises InvalidValue."""
        form = self.filled(asked)
        if form.validate():
            return dict(form.data)
        wrong = [(name, text) for name, texts in form.errors.items() for text in texts]
        raise InvalidValue(
            *(Reason("bulk.value", str(text), field=str(name)) for name, text in wrong)
        )

    def filled(self, asked: Mapping[str, Any]) -> BulkForm:
        """The form with what was asked; from a program numbers and truths come as such."""
        texts = {
            name: "1" if value is True else str(value)
            for name, value in asked.items()
            if value is not None and value is not False
        }
        return self.form(MultiDict(texts))

    @abstractmethod
    def plan(
        self, actor: Actor, ids: Sequence[int], wanted: Mapping[str, Any], at: datetime
    ) -> Plan:
        """What would change of the records that the actor sees."""

    def narrowed(self, ids: Sequence[int], keys: Collection[tuple[str, int]]) -> list[int]:
        """Of the chosen ids those whose rows are still meant."""
        rows = {number for _kind, number in keys}
        return [one for one in ids if one in rows]

    @abstractmethod
    def lock(self, ids: Sequence[int]) -> None:
        """Lock the records and what goes with them, in the order of all locks."""

    def write(self, actor: Actor, plan: Plan, wanted: Mapping[str, Any], at: datetime) -> None:
        """Do what is planned, with its journal."""
        sets.write(plan.entries, at)

    def counts(self, rows: Sequence[Sequence[Any]]) -> list[tuple[str, dict[str, int]]]:
        """(group, number of records by kind) to show above the rows (kind, id, version)."""
        return []

    @abstractmethod
    def told(self, number: int) -> str:
        """What was done, in words."""


_acts: dict[tuple[str, str], BulkAct] = {}
_kinds: dict[str, Kind] = {}


def through(door: Door, permission: str, view: str) -> tuple[str, str]:
    """The right by which a door lets the same act through."""
    if door is not Door.API:
        return permission, view
    return {"edit": "put"}.get(permission, permission), f"{view.removesuffix('View')}Api"


def register(act: BulkAct) -> None:
    """Make an act known; registering it again replaces it."""
    _acts[act.register, act.name] = act


def find(register_name: str, name: str) -> BulkAct | None:
    """The act of this name in the register."""
    return _acts.get((register_name, name))


def offered(register_name: str, actor: Actor) -> list[BulkAct]:
    """The acts that the actor may do in a register's list."""
    return [
        act for (of, _name), act in _acts.items() if of == register_name and act.offered(actor)
    ]


def describe(kind: str, how: Kind) -> None:
    """Say how records of a table are locked and called."""
    _kinds[kind] = how


def kind_of(kind: str) -> Kind:
    """How records of this table are locked and called."""
    return _kinds[kind]


def nothing_to_do() -> Reason:
    """The reason that no row would change."""
    return Reason("bulk.nothing", _("There is nothing to change."))
