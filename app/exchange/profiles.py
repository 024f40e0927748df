"""Profiles: small YAML files that say what the columns of a file mean; checked before use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import Reason
from app.exchange import written
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
        "features_from": SOURCE,
        "stages": {"type": "array", "items": FIELDS, "maxItems": 50},
        "campaign": TREE,
        "feature": TREE,
    },
}


@dataclass(frozen=True)
class TreeSource:
    """How a row names a node of a tree, and what the tree is if it must be made."""

    code: str
    create: Mapping[str, Any] | None = None
    path: tuple[Source, ...] = ()
    of: str | None = None
    since: Source | None = None

    @classmethod
    def read(cls, known: Mapping[str, Any] | None) -> "TreeSource | None":
        """The part of a profile, if it is there."""
        if known is None:
            return None
        more = dict(known)
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
    features_from: Source | None = None
    campaign: TreeSource | None = None
    feature: TreeSource | None = None

    def sources(self) -> Iterator[Source]:
        """Everything that reads a row."""
        yield from self.fields.values()
        yield from (one for one in (self.features_from,) if one)
        for stage in self.stages:
            yield from stage.values()
        for tree in (self.campaign, self.feature):
            yield from tree.sources if tree else ()

    def columns(self) -> set[str]:
        """The columns the file must have."""
        return {column for source in self.sources() for column in source.columns}


def read_profile(text: str | bytes) -> Profile:
    """The profile; raises InvalidValue with everything that is wrong, each with its place."""
    return profile_of(written.read(text, SCHEMA, "profile", LARGEST))


def profile_of(known: dict[str, Any]) -> Profile:
    """The checked text as a profile."""
    more = dict(known)
    match, since = more.pop("match", {}), more.pop("features_from", None)
    return Profile(
        features_from=Source.of(since) if since else None,
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


def sources_of(known: Mapping[str, Any]) -> dict[str, Source]:
    """Fields by name with where each comes from."""
    return {name: Source.of(one) for name, one in known.items()}


def complaint(where: str, text: str) -> Reason:
    """What is wrong with a profile, and where."""
    return written.complaint("profile", where, text)
