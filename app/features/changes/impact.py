"""What a change of a definition touches: records, saved views and their filters, profiles, roles.

It is counted over all records, whoever may see them, by statements whose number is fixed.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.access import visibility
from app.db import db
from app.errors import DomainError, Reason, RuleViolation
from app.features import nodes
from app.features.changes import holders
from app.features.models import Feature, FeatureNode
from app.lists.filters import where
from app.lists.saved.models import SavedView
from app.lists.saved.state import Pairs, args_of

MOST_VIEWS = 2_000  # that mention the feature
PLAIN = re.compile(r"_flt_\d+_(\w+)", re.ASCII)
CAMPAIGN = "node"  # what the filter by places of campaigns is called


@dataclass(frozen=True)
class Touched:
    """A saved view that speaks of the feature; it has an address if the reader may open it."""

    id: int
    name: str
    seen: bool


@dataclass(frozen=True)
class Impact:
    """How much a change touches, by register where it is records; `nodes` are the values at stake,
    if it is not the whole feature."""

    records: Mapping[str, int] = field(default_factory=dict)
    lacking: Mapping[str, int] = field(default_factory=dict)
    views: Sequence[Touched] = ()
    filters: int = 0
    profiles: Sequence[str] = ()
    roles: int = 0
    nodes: Sequence[int] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.lacking or self.views or self.profiles)

    @property
    def mark(self) -> str:
        """What tells this impact from one that was counted earlier."""
        views = [one.id for one in self.views]
        parts = (sorted(self.records.items()), sorted(self.lacking.items()), views, self.filters)
        return hashlib.sha256(repr((*parts, self.profiles, self.roles)).encode()).hexdigest()[:16]


class Question(RuleViolation):
    """A change that waits for a yes: what it touches, and what else the page must show."""

    def __init__(self, impact: Impact, reasons: Sequence[Reason], **words: Any) -> None:
        super().__init__(*reasons)
        self.impact, self.words = impact, words


def ask(impact: Impact, sure: str, **words: Any) -> None:
    """Raise Question unless the change touches nothing or its very impact was agreed to."""
    if impact and sure != impact.mark:
        text = _("The numbers changed since you looked; look again.")
        raise Question(impact, [Reason("change.asked", text)] if sure else [], **words)


@contextmanager
def asking_again(impact: Impact, **words: Any) -> Iterator[None]:
    """Show the question once more, with what speaks against the answer."""
    try:
        yield
    except DomainError as error:
        raise Question(impact, error.reasons, **words) from error


# --- counting -----------------------------------------------------------------------------------

profiles_naming: list[Callable[[str], Sequence[str]]] = []  # higher areas look through their files


def of_feature(feature: Feature) -> Impact:
    """What a change of the definition touches."""
    views = list(views_with(feature))
    return Impact(
        records=holders.counted(feature),
        views=shown([view for view, _number in views]),
        filters=sum(number for _view, number in views),
        profiles=[name for find in profiles_naming for name in find(feature.code)],
        roles=len(feature.access or {}),
    )


def of_nodes(feature: Feature, paths: Collection[str]) -> Impact:
    """What a change of these nodes touches, with all below them."""
    branches = or_(*(nodes.below(path) for path in paths))
    ids = select(FeatureNode.id).where(FeatureNode.feature_id == feature.id, branches)
    named = {str(pk) for pk in db.session.scalars(ids)}
    views = [(view, number) for view, number in views_with(feature, named) if number]
    return Impact(
        records=holders.counted(feature, ids),
        views=shown([view for view, _number in views]),
        filters=sum(number for _view, number in views),
        nodes=[nodes.ids_of(path)[-1] for path in paths],
    )


def views_with(
    feature: Feature, named: Collection[str] | None = None
) -> Iterator[tuple[SavedView, int]]:
    """The living views that speak of the feature, with how many of their conditions do.

    With `named`, only conditions that name one of these nodes count.
    """
    word = CAMPAIGN if feature.campaign else feature.code
    about = SavedView.state.contains(word, autoescape=True) & SavedView.trashed_at.is_(None)
    query = select(SavedView).where(about).order_by(SavedView.id).limit(MOST_VIEWS)
    places = campaign_places(feature) if feature.campaign and named is None else named
    for view in db.session.scalars(query, execution_options={"unscoped": True}):
        pairs = list(args_of(view.state).items(multi=True))
        number = sum(speaks_of(feature, one, places) for one in conditions_in(pairs))
        if number or (not feature.campaign and mentioned(feature, pairs)):
            yield view, number


def campaign_places(feature: Feature) -> set[str]:
    """How filters name the places of a campaign."""
    query = select(FeatureNode.id).where(FeatureNode.feature_id == feature.id)
    return {f"c{feature.id}", *map(str, db.session.scalars(query))}


def conditions_in(pairs: Pairs) -> Iterator[tuple[str, Sequence[str]]]:
    """(field, values) of each condition of a list's address."""
    for name, value in pairs:
        if found := PLAIN.fullmatch(name):
            yield found[1], [value]
        elif name == "where":
            yield from _leaves(value)


def _leaves(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    try:
        tree = where.parse(text)
    except where.BadWhere:
        return
    for one in where.leaves(tree):
        yield one.f, [str(value) for value in (one.v if isinstance(one.v, list) else [one.v])]


def speaks_of(
    feature: Feature, condition: tuple[str, Sequence[str]], named: Collection[str] | None
) -> bool:
    """Whether a condition asks for the feature, or for one of the named nodes."""
    name, values = condition
    field_name = CAMPAIGN if feature.campaign else f"feature_{feature.code}"
    return name == field_name and (named is None or any(one in named for one in values))


def mentioned(feature: Feature, pairs: Pairs) -> bool:
    """Whether columns, groups or orders name the feature."""
    level = re.compile(rf"(feature|level_\d+)_{re.escape(feature.code)}", re.ASCII)
    words = (word for name, value in pairs if name != "where" for word in value.split(","))
    return any(level.fullmatch(word) for word in words)


def shown(views: Sequence[SavedView]) -> list[Touched]:
    """The views by name; those that the reader may not see stay nameless."""
    ids = [view.id for view in views]
    seen = set(db.session.scalars(visibility.visible(SavedView).where(SavedView.id.in_(ids))))
    known = {one.id for one in seen}
    return [Touched(one.id, one.name if one.id in known else "", one.id in known) for one in views]
