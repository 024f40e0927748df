"""YAML that people write: plain data only, checked by a schema, every fault with its place."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import yaml
from flask_babel import gettext as _
from jsonschema import Draft202012Validator, ValidationError

from app.errors import InvalidValue, Reason

MOST = 20  # faults that are told at once


def read(text: str | bytes, schema: Any, field: str, largest: int) -> Any:
    """What the text says; raises InvalidValue with what is wrong, for the field of a form."""
    found = plain(parse(text, field, largest))
    wrong = sorted(
        Draft202012Validator(schema).iter_errors(found), key=lambda one: repr(list(one.path))
    )
    if wrong:
        raise InvalidValue(*(complaint(field, place(one), words(one)) for one in wrong[:MOST]))
    return found


def complaint(field: str, where: str, text: str) -> Reason:
    """What is wrong with a file, and where."""
    return Reason(f"{field}.invalid", f"{where}: {text}" if where else text, field=field)


class Loader(yaml.SafeLoader):
    """Plain data only: no aliases, which could make a small text endless, and no key twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(_("aliases are not used here"))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Keys stay the texts they are written as; refuse one that stands there twice."""
        found = {}
        for key, value in node.value:
            name = str(key.value)[:200] if isinstance(key, yaml.ScalarNode) else ""
            if not name or name in found:
                words = _("the key %(key)s is empty or stands there twice", key=name[:60])
                raise yaml.YAMLError(words)
            found[name] = self.construct_object(value, deep=True)
        return found


def parse(text: str | bytes, field: str, largest: int) -> Any:
    """The YAML as plain data; raises InvalidValue."""
    if len(text) > largest:
        too_large = _("This is larger than %(size)s KB.", size=largest // 1024)
        raise InvalidValue(complaint(field, "", too_large))
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a subclass of SafeLoader
    except RecursionError as error:
        raise InvalidValue(complaint(field, "", _("This is nested too deeply."))) from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise InvalidValue(complaint(field, "", not_yaml(error))) from error


def not_yaml(error: Exception) -> str:
    """Why a text is no such file: where it can't be read, or what was refused in it."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _("This is not YAML: %(error)s", error=" ".join(str(error).split())[:200])
    line, column = mark.line + 1, mark.column + 1
    return _("This is not YAML: line %(line)s, column %(column)s.", line=line, column=column)


def plain(value: Any) -> Any:
    """The data with days as text, as they were written."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def place(error: ValidationError) -> str:
    """Where in the file: stages.1.due."""
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in error.path)


def words(error: ValidationError) -> str:
    """What is wrong, in the reader's language."""
    found: dict[str, Callable[[ValidationError], str]] = {
        "additionalProperties": unknown_keys,
        "required": lambda one: _("%(key)s is missing", key=missing_key(one)),
        "enum": lambda one: _("one of: %(words)s", words=", ".join(map(str, one.validator_value))),
        "type": lambda one: _("must be: %(kind)s", kind=kinds(one.validator_value)),
        "pattern": lambda _one: _("small letters, digits and underscores only"),
        "propertyNames": lambda _one: _("small letters, digits and underscores only"),
    }
    say = found.get(str(error.validator))
    return say(error) if say else _("this is too short, too long or too much")


def unknown_keys(error: ValidationError) -> str:
    """The keys that nobody knows."""
    known = set(error.schema["properties"])
    unknown = sorted(str(key)[:60] for key in set(error.instance) - known)
    return str(_("unknown: %(keys)s", keys=", ".join(unknown[:10])))


def missing_key(error: ValidationError) -> str:
    """The first key that should be there."""
    return next(str(key) for key in error.validator_value if key not in error.instance)


def kinds(value: Any) -> str:
    """The kinds a value may have, in words."""
    known = {
        "string": _("text"),
        "object": _("keys and values"),
        "array": _("a list"),
        "number": _("a number"),
        "boolean": _("yes or no"),
    }
    return ", ".join(known[one] for one in ([value] if isinstance(value, str) else value))
