"""Text in filters: compared without case and accents."""

import re
from collections.abc import Callable
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


Word = Callable[[str], ColumnElement[bool] | None]
_beside: dict[type[Any], Word] = {}


def add_words(model: type[Any], beside: Word) -> None:
    """Let records of `model` be found by words that a higher area keeps beside their key."""
    _beside[model] = beside


def words_in(model: type[Any], folded: str) -> ColumnElement[bool]:
    """Whether each word occurs in the record's search key, or beside it."""
    return all_words(model.search_key, folded, _beside.get(model))


def all_words(key: Any, folded: str, beside: Word | None = None) -> ColumnElement[bool]:
    """Whether each word occurs in the folded column; a number also without its dashes."""
    tests = [_word(key, word, beside) for word in folded.split()[:6]]
    return and_(*tests) if tests else false()


def _word(key: Any, word: str, beside: Word | None) -> ColumnElement[bool]:
    found = [has(key, word)]
    if NUMBER.fullmatch(word):
        found.append(has(key, word.removeprefix("pl").replace("-", "")))
    also = beside(word) if beside else None
    return or_(*found) if also is None else or_(*found, also)
