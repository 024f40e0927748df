"""Global search through the registers that joined it; accents and dashes don't matter.

Only so many matches are looked at, whatever the table's size: who finds more types another letter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, union_all

from app.access.current import Actor
from app.access.visibility import visible
from app.db import db, fold
from app.lists.filters import words_in

CANDIDATES = 200


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
    """The first by name among those that begin so, then among those that contain it."""
    model, folded = source.model, fold(text)
    matching = visible(model).with_only_columns(model.id).where(words_in(model, folded))
    begins = model.search_key.startswith(folded.split()[0], autoescape=True)
    looked = (
        select(some.limit(CANDIDATES).subquery().c.id)
        for some in (matching.where(begins), matching)
    )
    found = select(model).where(model.id.in_(union_all(*looked)))
    return found.order_by(begins.desc(), source.order()).limit(limit)
