"""The file: its schema, how it is read and written; one state always gives one text."""

from collections.abc import Mapping
from typing import Any

import yaml

from app.exchange import written
from app.features.rules import CODE, KINDS, REGISTERS

VERSION = 1
LARGEST = 4 * 1024**2
TEXT = {"type": "string", "minLength": 1, "maxLength": 400}
NAMES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["pl", "en"],
    "properties": {"pl": TEXT, "en": TEXT},
}
VALUES = {"type": "array", "items": {"$ref": "#/$defs/value"}, "maxItems": 5_000}
VALUE = {
    "type": ["string", "object"],
    "minLength": 1,
    "maxLength": 120,
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 120},
        "was": {"type": ["string", "array"], "items": TEXT, "minItems": 1, "maxItems": 60},
        "archived": {"type": "boolean"},
        "values": VALUES,
    },
}
FEATURE = {
    "type": "object",
    "required": ["code", "name", "kind", "registers"],
    "properties": {
        "code": {"type": "string", "pattern": f"^{CODE.pattern}$"},
        "was": {"type": "string", "pattern": f"^{CODE.pattern}$"},
        "name": NAMES,
        "kind": {"enum": list(KINDS)},
        "registers": {"type": "array", "items": {"enum": list(REGISTERS)}, "minItems": 1},
        "series": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
        "roles": {"type": "object", "additionalProperties": {"enum": ["hidden", "read"]}},
        "archived": {"type": "boolean"},
        "values": VALUES,
    },
}
SERIES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["symbol", "name", "pattern"],
    "properties": {
        "symbol": {"type": "string", "minLength": 1, "maxLength": 20},
        "name": {"type": "string", "minLength": 1, "maxLength": 120},
        "pattern": {"type": "string", "minLength": 1, "maxLength": 60},
        "archived": {"type": "boolean"},
    },
}
ROLES = {"type": "object", "additionalProperties": {"enum": ["own", "team", "all"]}}


def schema(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a file; `settings` are the parts of a feature that follow from its columns."""
    properties = {**FEATURE["properties"], **settings}  # type: ignore[dict-item]
    feature = {**FEATURE, "properties": properties, "additionalProperties": False}
    return {
        "$defs": {"value": VALUE},
        "type": "object",
        "additionalProperties": False,
        "required": ["etap"],
        "properties": {
            "etap": {"enum": [VERSION]},
            "roles": ROLES,
            "series": {"type": "array", "items": SERIES, "maxItems": 1_000},
            "features": {"type": "array", "items": feature, "maxItems": 5_000},
        },
    }


def read(text: bytes | str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says; raises InvalidValue with everything that is wrong, each with its place."""
    found: dict[str, Any] = written.read(text, schema(settings), "definitions", LARGEST)
    return found


class Dumper(yaml.SafeDumper):
    """Lists stand indented below their key, and nothing is abbreviated."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists, too."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


def write(state: Mapping[str, Any]) -> str:
    """The file that says so."""
    text: str = yaml.dump(
        dict(state), Dumper=Dumper, allow_unicode=True, sort_keys=False, width=99
    )
    return text
