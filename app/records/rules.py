"""What makes notes and files right, and how files are named; pure, answered with reasons."""

import re
import unicodedata
from collections.abc import Iterable

from flask_babel import gettext as _

from app.errors import Reason

LONGEST_NOTE = 20_000
LONGEST_NAME = 150
MENTION = re.compile(r"(?<![\w@./+-])@([\w][\w.@+-]{0,126}[\w]|[\w])")
FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def reasons_not_to_keep_note(text: str | None) -> list[Reason]:
    """Why a note can't be stored."""
    if not (text or "").strip():
        return [Reason("note.empty", _("Write something first."), field="text")]
    if len(text or "") > LONGEST_NOTE:
        return [Reason("note.too_long", _("This is too long."), field="text")]
    return []


def mentioned(text: str) -> list[str]:
    """The usernames after an @ in a note, each once."""
    return list(dict.fromkeys(MENTION.findall(text)))


def safe_name(name: str) -> str:
    """A file's name without folders, control and direction signs; Polish letters stay."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    plain = FORBIDDEN.sub("_", plain).strip(" .") or "file"
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending[:20]) - 1]}.{ending[:20]}"


def ending_of(name: str) -> str:
    """What follows the last dot, in small letters."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def reasons_against_file(
    name: str, size: int, limit: int, found: Iterable[str], allowed: Iterable[str]
) -> list[Reason]:
    """Why a file is not taken: `found` are the endings that fit its content."""
    ending = ending_of(name)
    if size == 0:
        return [Reason("file.empty", _("%(name)s: the file is empty.", name=name), field="file")]
    if size > limit:
        most = _("%(name)s: larger than %(limit)s MB.", name=name, limit=limit // 2**20)
        return [Reason("file.too_large", most, field="file")]
    if ending not in allowed:
        text = _("%(name)s: files of this kind are not taken.", name=name)
        return [Reason("file.kind", text, field="file")]
    if ending not in found:
        text = _("%(name)s: the content is not what the name says.", name=name)
        return [Reason("file.content", text, field="file")]
    return []
