"""The profiles an installation knows: its own in instance/profiles, and the examples."""

import re
from pathlib import Path

import config
from app.features.changes.impact import profiles_naming

FOLDERS = (config.INSTANCE / "profiles", config.ROOT / "examples")


def known_profiles() -> dict[str, Path]:
    """The profile files by the names people choose, such as northwind/contractors."""
    found: dict[str, Path] = {}
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.yaml")) + sorted(folder.glob("*/*.yaml")):
            name = path.relative_to(folder).with_suffix("").as_posix()
            found.setdefault(name, path)
    return found


def naming(code: str) -> list[str]:
    """The profiles that speak of a feature."""
    word = re.compile(rf"\bfeatures\.{code}\b|\bcode: *[\"']?{code}\b")
    files = known_profiles().items()
    return [name for name, path in files if word.search(path.read_text(errors="replace"))]


profiles_naming.append(naming)
