"""What the API takes and gives: schemas of our own, so that nothing is taken by accident.

Messages of the fields are codes; `reasons_of` turns them into Reasons in the reader's language.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range

from app.days import Moment, zone
from app.errors import Reason
from app.fab.pickers import picker

WORDS = {
    "required": _l("This field is required."),
    "null": _l("This can't be empty."),
    "unknown": _l("There is no such field, or it can't be set."),
    "too_long": _l("This is too long."),
    "range": _l("This number is out of range."),
    "choice": _l("Choose one from the list."),
    "not_found": _l("There is no such record, or you may not see it."),
    "moment": _l("Give a day as YYYY-MM-DD, or a time as YYYY-MM-DDTHH:MM with its zone."),
    "type": _l("This value is of the wrong kind."),
}
LARGEST = 2**31 - 1
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


class CrmSchema(Schema):
    """Base of all schemas: a field it does not know is refused."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "unknown", "type": "type"}

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:
        """Let the field answer with codes."""
        own = {key: key if key in WORDS else "type" for key in field_obj.error_messages}
        field_obj.error_messages = own


class Words(fields.String):
    """A text without blanks around it; an empty one is none."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str | None:
        text = str(super()._deserialize(value, attr, data, **more)).strip()
        if not text and not self.allow_none:
            raise ValidationError("null" if not self.required else "required")
        return text or None

    def _validate(self, value: Any) -> None:
        if value is not None:
            super()._validate(value)


class Flag(fields.Boolean):
    """True or false and nothing that resembles them."""

    truthy = {True}
    falsy = {False}

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("type")
        return value


class Number(fields.Integer):
    """A whole number that is not written as a text."""

    def __init__(self, least: int = 0, most: int = LARGEST, **more: Any) -> None:
        super().__init__(strict=True, validate=Range(least, most, error="range"), **more)

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("type")
        return value


class RelationId(Number):
    """Another record by its id: one that `find` gives, which looks within the actor's sight."""

    def __init__(self, find: Callable[[int], Any], **more: Any) -> None:
        super().__init__(least=1, **more)
        self.find = find

    def deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        """The record itself."""
        number = super().deserialize(value, *args, **more)
        if not isinstance(number, int):
            return number
        found = self.find(number)
        if found is None:
            raise ValidationError("not_found")
        return found


class Shaped(fields.Field):
    """A field with a shape of its own; `shape` is its schema in OpenAPI."""

    shape: ClassVar[dict[str, Any]] = {}

    def __init__(self, shape: dict[str, Any] | None = None, **more: Any) -> None:
        super().__init__(metadata=shape or self.shape, **more)


class DayValue(Shaped):
    """A day, YYYY-MM-DD."""

    shape: ClassVar[dict[str, Any]] = {"type": "string", "format": "date"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> date:
        return read_day(value)

    def _serialize(self, value: Any, attr: Any, obj: Any, **more: Any) -> str | None:
        return value.isoformat() if value else None


class InstantValue(Shaped):
    """A moment with its zone; without one it is in the company's."""

    shape: ClassVar[dict[str, Any]] = {"type": "string", "format": "date-time"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> datetime:
        return read_instant(value)

    def _serialize(self, value: Any, attr: Any, obj: Any, **more: Any) -> str | None:
        return value.astimezone(zone()).isoformat() if value else None


class MomentValue(Shaped):
    """A day, or a day with its time; stored as `<name>_on` and `<name>_at`."""

    shape: ClassVar[dict[str, Any]] = {
        "anyOf": [DayValue.shape, InstantValue.shape],
        "example": "2026-11-02T10:02:00+01:00",
    }

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Moment:
        if isinstance(value, str) and DAY.fullmatch(value):
            return Moment(read_day(value))
        return Moment.at_instant(read_instant(value), zone())

    def get_value(self, obj: Any, attr: str, *_more: Any, **_named: Any) -> Any:
        """The day or the moment of the record."""
        at = getattr(obj, f"{attr}_at")
        return at.astimezone(zone()).isoformat() if at else getattr(obj, f"{attr}_on")

    def _serialize(self, value: Any, attr: Any, obj: Any, **more: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


class Named(Shaped):
    """A related record as people know it: {"id", "text"}."""

    shape: ClassVar[dict[str, Any]] = {
        "allOf": [{"$ref": "#/components/schemas/Named"}],
        "nullable": True,
    }

    def __init__(self, text: Callable[[Any], str] = str, **more: Any) -> None:
        super().__init__(dump_only=True, **more)
        self.text = text

    def _serialize(self, value: Any, attr: Any, obj: Any, **more: Any) -> dict[str, Any] | None:
        return {"id": value.id, "text": self.text(value)} if value is not None else None


def user_name(user: Any) -> str:
    """How an operator is called."""
    return f"{user.first_name} {user.last_name}".strip()


def operator_named(**more: Any) -> Named:
    """An operator in an answer."""
    return Named(user_name, **more)


def relation(kind: str, **more: Any) -> RelationId:
    """A relation chosen as in the form: what the picker of this kind may find."""

    def find(pk: int) -> Any:
        offered = picker(kind)
        return offered.find(pk) if offered else None

    return RelationId(find, **more)


def text_of(column: Any, **more: Any) -> Words:
    """A text field with the length and the need of its column."""
    longest = getattr(column.type, "length", None) or 20_000
    needed = not column.nullable and column.default is None
    values = {"required": needed, "allow_none": column.nullable, **more}
    return Words(validate=Length(max=longest, error="too_long"), **values)


def one_of(words: Any, **more: Any) -> Words:
    """One of a few fixed words."""
    return Words(validate=OneOf(list(words), error="choice"), **more)


def read_day(value: Any) -> date:
    """A day of our times; raises ValidationError."""
    try:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            raise ValidationError("moment")
        return in_our_times(date.fromisoformat(value))
    except ValueError as error:
        raise ValidationError("moment") from error


def read_instant(value: Any) -> datetime:
    """A moment of our times, UTC; raises ValidationError."""
    try:
        if not isinstance(value, str) or not TIME.fullmatch(value):
            raise ValidationError("moment")
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValidationError("moment") from error
    in_our_times(found)
    return (found if found.tzinfo else found.replace(tzinfo=zone())).astimezone(UTC)


def in_our_times(day: date) -> date:
    """The day, if it is of our times; raises ValidationError."""
    if not 1900 <= day.year <= 2200:
        raise ValidationError("moment")
    return day


def reasons_of(messages: Mapping[str, Any] | list[Any], path: str = "") -> list[Reason]:
    """marshmallow's messages as Reasons; `field` is a path such as `affiliations.0.role`."""
    if isinstance(messages, Mapping):
        return [
            reason
            for name, below in messages.items()
            for reason in reasons_of(below, f"{path}.{name}".removeprefix(".")[:200])
        ]
    codes = [code if code in WORDS else "type" for code in messages]
    return [Reason(f"value.{code}", str(WORDS[code]), field=path or None) for code in codes]
