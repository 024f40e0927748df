"""What a kind of feature answers: how a value is read, kept, shown, asked for and put in order."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.fab.forms import RemoteField
from app.features.models import Feature
from app.features.pointed import Key, Names
from app.lists import filters
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField
from app.lists.paging import Order, read_text

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
NO_BREAK = "\u00a0"


class Unreadable(ValueError):
    """A value that the kind can't read; says why in the reader's language."""


@dataclass(frozen=True)
class Slot:
    """A feature's place in the documents of a register's records."""

    feature: Feature
    model: type[Any]

    @property
    def name(self) -> str:
        """What columns, filters and orders of the feature are called in addresses."""
        return f"feature_{self.feature.code}"

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.feature.name(str(get_locale()))

    @property
    def value(self) -> Any:
        """SQL of the stored value."""
        return self.at(self.feature.key)

    def inside(self, part: str | int) -> Any:
        """SQL of a part of the stored value."""
        return self.at((self.feature.key, part))

    def at(self, path: Any) -> Any:
        """SQL of what stands there; the path is written out, as indexes know it."""
        found = self.model.features[path]
        found.right = found.right.render_literal_execute()
        return found


class Readable:
    """A validator: the feature's kind can read what was typed."""

    def __init__(self, kind: "Kind", kept: Any) -> None:
        self.kind, self.kept = kind, kept
        self.field_flags = {"required": True} if kind.feature.required else {}

    def __call__(self, form: Any, field: Field) -> None:
        """Say at the field what is wrong; records were looked up already."""
        if isinstance(field, RemoteField):
            return
        try:
            self.kind.parse(field.data, self.kept)
        except Unreadable as error:
            raise ValidationError(str(error)) from error


class Kind(ABC):
    """What is kept as one text in an order that sorts; other kinds say where they differ.

    `sample` shows how a value is typed, `longest` is the most signs that are read at all, `style`
    and `fact` are the classes of its cells in lists and cards, `input` is the browser's control.
    Documents hold values of the types `shapes`. A value that is `pointing` is called by what
    `points` names; a `sized` one may have a range.
    """

    name: ClassVar[str]
    label: ClassVar[Any]
    sample: ClassVar[Any] = ""
    longest: ClassVar[int] = 200
    style: ClassVar[str] = ""
    fact: ClassVar[str] = ""
    input: ClassVar[TextInput] = TextInput()
    pointing: ClassVar[bool] = False
    shapes: ClassVar[tuple[type[Any], ...]] = (str,)
    sized: ClassVar[bool] = False

    def __init__(self, feature: Feature) -> None:
        self.feature = feature

    # --- reading and showing ----------------------------------------------------------------

    def parse(self, value: Any, kept: Any = None) -> Any:
        """The stored form of what a person, a program or a file gave; None if empty.

        `kept` is what the record has already: that stays, also if it is no longer on offer.
        """
        if isinstance(value, str):
            value = self.cleaned(value)
        if value is None or value in ("", []):
            return None
        return self.read(value, kept)

    def cleaned(self, text: str) -> str:
        """A text without blanks around it, if it is one that a database can hold."""
        if len(text) > self.longest:
            raise Unreadable(_("This is too long."))
        if CONTROL.search(text):
            raise Unreadable(_("This has signs that can't be shown."))
        return text.strip()

    @abstractmethod
    def read(self, value: Any, kept: Any) -> Any:
        """The stored form of a value that is not empty; raises Unreadable."""

    def show(self, stored: Any, names: Names) -> str:
        """The stored value as people write it; `names` tells what it points at."""
        return str(stored)

    def told(self, stored: Any, names: Names) -> str:
        """The same of an old value, which may be of the kind that the feature had then."""
        try:
            return self.show(stored, names) if type(stored) in self.shapes else str(stored)
        except (ValueError, ArithmeticError, LookupError):
            return str(stored)

    def plain(self, stored: Any) -> Any:
        """The stored value in a cell of a file: a text, number, date, or yes or no."""
        return self.show(stored, {})

    def as_json(self, stored: Any, names: Names) -> Any:
        """The stored value as programs get it; given back, it is read."""
        return stored

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """The schema of what programs get and give; `names` are those of a short dictionary."""
        return {"type": "string"}

    def points(self, stored: Any) -> list[Key]:
        """What the value points at and is called by."""
        return []

    def lacking(self, value: Any) -> list[str]:
        """The names in a value that its dictionary does not have yet."""
        return []

    def pointed(self, stored: Any) -> list[Key]:
        """What an old value points at."""
        return self.points(stored) if type(stored) in self.shapes else []

    def beyond(self, stored: Any) -> str:
        """Why a value is outside of the feature's range; empty if it is not."""
        least, most = self.limit(self.feature.least), self.limit(self.feature.most)
        if least is not None and self.size(stored) < self.size(least):
            return _("Give at least %(least)s.", least=self.show(least, {}))
        if most is not None and self.size(stored) > self.size(most):
            return _("Give at most %(most)s.", most=self.show(most, {}))
        return ""

    def limit(self, text: str | None) -> Any:
        """The end of a range, where values have a size."""
        return self.parse(text) if text and self.sized else None

    def size(self, stored: Any) -> Any:
        """What of a value is compared with the ends of a range."""
        return stored

    # --- the form ---------------------------------------------------------------------------

    def control(self, stored: Any, words: Mapping[str, Any]) -> Any:
        """The field of a form with the stored value in it."""
        hint = {"render_kw": {"placeholder": str(self.sample)}} if self.sample else {}
        typed = "" if stored is None else self.typed(stored)
        checked = self.checked(stored, words)
        return StringField(**checked, **hint, widget=self.input, default=typed)

    def checked(self, stored: Any, words: Mapping[str, Any]) -> dict[str, Any]:
        """Label and help of a field, and the check that its value can be read."""
        return {**words, "validators": [Readable(self, stored)]}

    def typed(self, stored: Any) -> str:
        """The stored value as it stands in a field, so that it reads back."""
        return self.show(stored, {})

    # --- lists ------------------------------------------------------------------------------

    def key(self, value: Any) -> Any:
        """SQL of what a value is compared, sorted and grouped by."""
        return value.as_string()

    @abstractmethod
    def filter(self, slot: Slot) -> FilterField:
        """How lists are filtered by it."""

    def order(self, slot: Slot) -> Order | None:
        """How lists are sorted by it."""
        return ordered(slot, self.key(slot.value), read_text, typed=self.jump)

    def jump(self, text: str) -> Any:
        """What is typed to go to a place in the list, as documents hold it."""
        return self.parse(text)

    def ways(self, slot: Slot) -> list[Dimension]:
        """How lists are grouped by it."""
        return [by_value(self, slot, self.key(slot.value))]

    # --- indexes ----------------------------------------------------------------------------

    def indexed(self, slot: Slot) -> Any:
        """SQL that the index of a fast feature holds: what lists are sorted and filtered by."""
        order = self.order(slot)
        return order.column if order else None

    def searched(self, slot: Slot) -> Any:
        """SQL of the text in which words are searched, if that takes an index of its own."""
        return None

    def equal(self, asked: Any) -> Any:
        """The one stored form that equals what a filter asks for; None if there is no such."""
        return None

    # --- checking ---------------------------------------------------------------------------

    def is_sound(self, stored: Any) -> bool:
        """Whether a document can hold this; what it points at is asked elsewhere."""
        try:
            return bool(self.parse(stored, stored) == stored)
        except (ValueError, TypeError, KeyError, AttributeError):
            return False


def ordered(slot: Slot, column: Any, read: Callable[[Any], Any], **more: Any) -> Order:
    """An order by a column; rows without a value stand last."""
    return Order(slot.name, column, slot.model.id, nullable=True, read=read, **more)


def by_value(
    kind: Kind, slot: Slot, key: Any, word: Callable[[Any], Any] | None = None
) -> Dimension:
    """By the values as they are kept, in the order of `word`."""

    def read(value: Any) -> Any:
        try:
            found = kind.parse(value)
        except Unreadable as error:
            raise filters.Unreadable(value) from error
        return "" if found is None else found

    def show(keys: Sequence[Any]) -> Mapping[Any, str]:
        return {key: kind.show(key, {}) for key in keys}

    return Dimension(slot.name, slot.label, key, read, show, word)


def reader(kind: Kind) -> Callable[[Any], Any]:
    """A filter's reader: what the kind reads, and nothing empty."""

    def read(given: Any) -> Any:
        try:
            found = kind.parse(given)
        except Unreadable as error:
            raise filters.Unreadable(given) from error
        if found is None:
            raise filters.Unreadable(given)
        return found

    return read
