"""Where the content of files lies: outside what the web server gives away, under its digest.

A file is written whole, under a name of its own, and renamed to its place before the row that
names it is committed; what no row names is swept by a command.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

LEFT_BEHIND = "incoming"


def folder() -> Path:
    """The store's folder; made at first need, for this account alone."""
    found = Path(current_app.config["FILES"])
    (found / LEFT_BEHIND).mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def path_of(digest: str) -> Path:
    """Where content with this digest lies."""
    return folder() / digest[:2] / digest[2:]


@contextmanager
def holding(*, alone: bool = False) -> Iterator[None]:
    """While files are placed and their rows committed, nobody sweeps; the sweeper is alone."""
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def keep(content: bytes) -> str:
    """Put the content into its place and return its digest; the same content lies there once."""
    digest = hashlib.sha256(content).hexdigest()
    incoming, place = folder() / LEFT_BEHIND / secrets.token_hex(16), path_of(digest)
    try:
        with incoming.open("xb") as out:
            incoming.chmod(0o600)
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        place.parent.mkdir(mode=0o700, exist_ok=True)
        incoming.replace(place)
        _settle(place.parent)
    finally:
        incoming.unlink(missing_ok=True)
    return digest


def _settle(place: Path) -> None:
    """Let the new name survive a loss of power."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(named: set[str]) -> int:
    """Remove what is not named and what uploads left behind; returns how many files.

    Call it while holding the store alone.
    """
    doomed = [path for path, digest in _contents() if digest not in named]
    doomed += list((folder() / LEFT_BEHIND).iterdir())
    for path in doomed:
        path.unlink()
    return len(doomed)


def _contents() -> Iterator[tuple[Path, str]]:
    for place in sorted(folder().iterdir()):
        if place.is_dir() and len(place.name) == 2:
            yield from ((path, place.name + path.name) for path in sorted(place.iterdir()))
