"""Global search through the registers that joined it; accents and dashes don't matter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from app.access.current import Actor
from app.access.visibility import visible
from app.db import db, fold
from app.lists.filters import all_words


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
    filter_field: str


Recent = Callable[[], list[dict[str, str]]]
_sources: list[Source] = []
_recent: list[Recent] = []


def add_source(source: Source) -> None:
    """Let global search look here too; adding it again replaces it."""
    _sources[:] = [*(one for one in _sources if one.name != source.name), source]


def set_recent(records: Recent) -> None:
    """Let the palette begin with these: {"text", "note", "url"} of each, latest first."""
    _recent[:] = [records]


def recent_records() -> list[dict[str, str]]:
    """The records last seen, if somebody remembers them."""
    return [item for records in _recent for item in records()]


def search(actor: Actor, text: str, limit: int) -> list[tuple[Source, list[Any]]]:
    """The first matches per register the actor may list; every word must occur."""
    if not fold(text).split():
        return []
    mine = [source for source in _sources if actor.may("list", source.view)]
    found = [(source, list(db.session.scalars(_query(source, text, limit)))) for source in mine]
    return [(source, rows) for source, rows in found if rows]


def _query(source: Source, text: str, limit: int) -> Select[Any]:
    matching = visible(source.model).where(all_words(source.model.search_key, fold(text)))
    return matching.order_by(source.order()).limit(limit)
