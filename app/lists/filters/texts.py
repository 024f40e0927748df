"""Text in filters: compared without case and accents."""

import re
from typing import Any

from sqlalchemy import ColumnElement, String, and_, false, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.db import fold

NUMBER = re.compile(r"(pl)?\d[\d-]*-[\d-]*\d|pl\d+", re.ASCII)
ACCENTS = "ąáàâäãåćçčęéèêëěíìîïłľńñňóòôöõőřśšťúùûüůýźżž"
LETTERS = fold(ACCENTS)


class folded(GenericFunction[str]):  # noqa: N801 - the name of an SQL function
    """A column's text without case and accents: our function on SQLite, a table on PostgreSQL."""

    type = String()
    inherit_cache = True


@compiles(folded, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"fold({compiler.process(element.clauses, **more)})"


@compiles(folded, "postgresql")
def _postgres(element: Any, compiler: Any, **more: Any) -> str:
    return (
        f"translate(lower({compiler.process(element.clauses, **more)}), '{ACCENTS}', '{LETTERS}')"
    )


def escaped(text: str) -> str:
    """The text for a LIKE pattern: its own wildcards stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def like(text: str) -> str:
    """A LIKE pattern that contains the text."""
    return f"%{escaped(text)}%"


def has(key: Any, text: str) -> ColumnElement[bool]:
    """Whether the folded column contains the text."""
    found: ColumnElement[bool] = key.like(like(text), escape="\\")
    return found


def starts(key: Any, text: str) -> ColumnElement[bool]:
    """Whether the folded column starts with the text."""
    found: ColumnElement[bool] = key.like(f"{escaped(text)}%", escape="\\")
    return found


def all_words(key: Any, folded: str) -> ColumnElement[bool]:
    """Whether each word occurs in the folded column; a number also without its dashes."""
    words = folded.split()[:6]
    return and_(*(_word(key, word) for word in words)) if words else false()


def _word(key: Any, word: str) -> ColumnElement[bool]:
    found = has(key, word)
    if not NUMBER.fullmatch(word):
        return found
    return or_(found, has(key, word.removeprefix("pl").replace("-", "")))
