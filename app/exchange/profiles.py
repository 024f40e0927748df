"""Profiles: small YAML files that say what the columns of a file mean; checked before use."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml
from flask_babel import gettext as _
from jsonschema import Draft202012Validator, ValidationError

from app.errors import InvalidValue, Reason
from app.exchange.sources import PARTS, Source

LARGEST = 64 * 1024

TEXT = {"type": "string", "minLength": 1, "maxLength": 400}
NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]{0,39})?$"}
PLAIN = {"type": ["string", "number", "boolean"]}
SOURCE = {
    "type": ["string", "object"],
    "minLength": 1,
    "maxLength": 200,
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "column": TEXT,
        "template": TEXT,
        "value": PLAIN,
        "part": {"enum": list(PARTS)},
        "letters": {"enum": ["small"]},
        "map": {"type": "object", "additionalProperties": TEXT},
        "default": TEXT,
        "by": {"type": ["string", "array"], "items": NAME, "minItems": 1, "maxItems": 4},
        "of": {"enum": ["contractor"]},
    },
}
FIELDS = {"type": "object", "propertyNames": NAME, "additionalProperties": SOURCE}
CREATE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name_pl", "name_en"],
    "properties": {
        "name_pl": TEXT,
        "name_en": TEXT,
        "kind": {"enum": ["tree", "choice"]},
        "on_contractors": {"type": "boolean"},
        "on_events": {"type": "boolean"},
    },
}
TREE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code"],
    "properties": {
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"},
        "create": CREATE,
        "path": {"type": "array", "items": SOURCE, "minItems": 1, "maxItems": 20},
        "of": {"enum": ["contractor"]},
        "since": SOURCE,
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["target"],
    "properties": {
        "target": {"enum": ["contractors", "persons", "operators", "events", "features"]},
        "title": TEXT,
        "file": TEXT,
        "encoding": {"enum": ["utf-8", "utf-8-sig", "utf-16", "cp1250", "iso8859-2"]},
        "empty": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
        "dates": {"type": "array", "items": TEXT, "maxItems": 10},
        "match": {
            "type": "object",
            "additionalProperties": False,
            "required": ["by"],
            "properties": {
                "by": {"type": "array", "items": NAME, "minItems": 1, "maxItems": 4},
                "found": {"enum": ["update", "skip"]},
            },
        },
        "fields": FIELDS,
        "stages": {"type": "array", "items": FIELDS, "maxItems": 50},
        "campaign": TREE,
        "feature": TREE,
    },
}
CHECKER = Draft202012Validator(SCHEMA)


@dataclass(frozen=True)
class TreeSource:
    """How a row names a node of a tree, and what the tree is if it must be made."""

    code: str
    create: Mapping[str, Any] | None = None
    path: tuple[Source, ...] = ()
    of: str | None = None
    since: Source | None = None

    @classmethod
    def read(cls, written: Mapping[str, Any] | None) -> "TreeSource | None":
        """The part of a profile, if it is there."""
        if written is None:
            return None
        more = dict(written)
        path = tuple(Source.of(one) for one in more.pop("path", ()))
        since = more.pop("since", None)
        return cls(path=path, since=Source.of(since) if since else None, **more)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that reads a row."""
        return (*self.path, self.since) if self.since else self.path


@dataclass(frozen=True)
class Profile:
    """What a file's rows become."""

    target: str
    title: str = ""
    file: str | None = None
    encoding: str | None = None
    empty: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    found: str = "update"
    fields: Mapping[str, Source] = field(default_factory=dict)
    stages: tuple[Mapping[str, Source], ...] = ()
    campaign: TreeSource | None = None
    feature: TreeSource | None = None

    def sources(self) -> Iterator[Source]:
        """Everything that reads a row."""
        yield from self.fields.values()
        for stage in self.stages:
            yield from stage.values()
        for tree in (self.campaign, self.feature):
            yield from tree.sources if tree else ()

    def columns(self) -> set[str]:
        """The columns the file must have."""
        return {column for source in self.sources() for column in source.columns}


def read_profile(text: str | bytes) -> Profile:
    """The profile; raises InvalidValue with everything that is wrong, each with its place."""
    written = plain(parse(text))
    wrong = sorted(
        Draft202012Validator(SCHEMA).iter_errors(written),
        key=lambda one: list(one.path).__repr__(),
    )
    if wrong:
        raise InvalidValue(*(complaint(place(one), words(one)) for one in wrong[:20]))
    return profile_of(written)


def profile_of(written: dict[str, Any]) -> Profile:
    """The checked text as a profile."""
    more = dict(written)
    match = more.pop("match", {})
    return Profile(
        match=tuple(match.get("by", ())),
        found=match.get("found", "update"),
        fields=sources_of(more.pop("fields", {})),
        stages=tuple(sources_of(stage) for stage in more.pop("stages", ())),
        campaign=TreeSource.read(more.pop("campaign", None)),
        feature=TreeSource.read(more.pop("feature", None)),
        empty=frozenset(more.pop("empty", ())),
        dates=tuple(more.pop("dates", ())),
        **more,
    )


def sources_of(written: Mapping[str, Any]) -> dict[str, Source]:
    """Fields by name with where each comes from."""
    return {name: Source.of(one) for name, one in written.items()}


def complaint(where: str, text: str) -> Reason:
    """What is wrong with a profile, and where."""
    return Reason("profile.invalid", f"{where}: {text}" if where else text, field="profile")


# --- reading YAML ------------------------------------------------------------------------------


class Loader(yaml.SafeLoader):
    """Plain data only: no aliases, which could make a small text endless, and no key twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(_("aliases are not used in profiles"))
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


def parse(text: str | bytes) -> Any:
    """The YAML as plain data; raises InvalidValue."""
    if len(text) > LARGEST:
        raise InvalidValue(complaint("", _("The profile is larger than 64 KB.")))
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a subclass of SafeLoader
    except RecursionError as error:
        raise InvalidValue(complaint("", _("The profile is nested too deeply."))) from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise InvalidValue(complaint("", not_yaml(error))) from error


def not_yaml(error: Exception) -> str:
    """Why a text is no profile: where it can't be read, or what was refused in it."""
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
    """Where in the profile: stages.1.due."""
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
