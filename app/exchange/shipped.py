"""The profiles an installation knows: its own in instance/profiles, and the examples."""

from pathlib import Path

import config

FOLDERS = (config.INSTANCE / "profiles", config.ROOT / "examples")


def known_profiles() -> dict[str, Path]:
    """The profile files by the names people choose, such as northwind/contractors."""
    found: dict[str, Path] = {}
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.yaml")) + sorted(folder.glob("*/*.yaml")):
            name = path.relative_to(folder).with_suffix("").as_posix()
            found.setdefault(name, path)
    return found
