"""Global search: contractors, persons and events by number, name, NIP, e-mail; accents don't matter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from app.access.current import Actor
from app.access.visibility import visible
from app.db import db, fold
from app.lists.filters import like


@dataclass(frozen=True)
class Source:
    """One register that global search looks in."""

    name: str
    label: Any
    icon: str
    view: str
    model: type[Any]
    text: Callable[[Any], str]
    note: Callable[[Any], str]
    order: Callable[[], Any]


_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let global search look here too; adding it again replaces it."""
    _sources[:] = [*(one for one in _sources if one.name != source.name), source]


def search(actor: Actor, text: str, limit: int) -> list[tuple[Source, list[Any]]]:
    """The best matches per register the actor may list; every word must occur."""
    words = fold(text).split()[:6]
    if not words:
        return []
    mine = [source for source in _sources if actor.may("list", source.view)]
    found = [(source, list(db.session.scalars(_query(source, words, limit)))) for source in mine]
    return [(source, rows) for source, rows in found if rows]


def _query(source: Source, words: list[str], limit: int) -> Select[Any]:
    key = source.model.search_key
    query = visible(source.model)
    for word in words:
        query = query.where(key.like(like(word), escape="\\"))
    return query.order_by(source.order()).limit(limit)
