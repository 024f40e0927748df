"""What typed values and definitions would make, shown before they are kept; nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy import inspect
from wtforms import Form

from app.db import db
from app.features import nodes, operations, rules
from app.features.forms import field_for
from app.features.kinds import KINDS
from app.features.kinds.references import TARGETS
from app.features.models import Feature, FeatureNode, fold_name

MOST_SHOWN = 300  # of the values that a text would add

# --- values -------------------------------------------------------------------------------------


@dataclass
class Branch:
    """A value of the text with those below it; `is_new` if it is not there yet."""

    name: str
    is_new: bool
    below: list["Branch"] = field(default_factory=list)


def of(feature: Feature, text: str, parent: FeatureNode | None, layout: str) -> list[Branch]:
    """The tree that the text would add; raises InvalidValue if it can't be added."""
    if not text.strip():
        return []
    there = {
        (one.root_or_parent, one.folded): one.id
        for one in db.session.scalars(nodes.living(feature.id))
    }
    top = Branch("", False)
    made: dict[tuple[int, str], tuple[Branch, int]] = {}
    at: dict[int, tuple[Branch, int]] = {-1: (top, parent.id if parent else 0)}
    for number, line in enumerate(operations.lines_in(feature, text, parent, layout)):
        above, above_id = at[line.above]
        key = id(above), fold_name(line.name)
        if key not in made:
            known = there.get((above_id, key[1]), -1)
            branch = Branch(line.name, known < 0)
            above.below.append(branch)
            made[key] = branch, known
        at[number] = made[key]
    return top.below


def every(branches: Sequence[Branch]) -> Iterator[Branch]:
    """All the values, each before those below it."""
    for one in branches:
        yield one
        yield from every(one.below)


def cut(branches: list[Branch], most: int = MOST_SHOWN) -> list[Branch]:
    """The first values of the tree, as many as are shown."""
    kept = {id(one) for one in islice(every(branches), most)}

    def first(some: list[Branch]) -> list[Branch]:
        return [replace(one, below=first(one.below)) for one in some if id(one) in kept]

    return first(branches)


# --- definitions --------------------------------------------------------------------------------


def sketch(form: Any, kept: Feature | None) -> Feature:
    """The definition that a form would keep, in no session; `kept` if it is there already."""
    feature = Feature(id=kept.id if kept else None)
    for name, column in inspect(Feature).columns.items():
        if name in form:
            setattr(feature, name, form[name].data)
        if getattr(feature, name) is None and column.default is not None:
            first = getattr(column.default, "arg", None)
            setattr(feature, name, first(None) if callable(first) else first)
    feature.campaign = kept.campaign if kept else feature.campaign  # the form does not change it
    return feature


def field_of(feature: Feature) -> Any:
    """The field that forms of records would have; None as long as there can be none."""
    unknown = feature.kind not in KINDS
    if unknown or (feature.kind == "reference" and feature.target not in TARGETS):
        return None
    return type("Sketch", (Form,), {"sketch": field_for(feature, None, None)})().sketch


def against(feature: Feature) -> list[str]:
    """Why the definition can't be kept yet, once it has names."""
    named = feature.name_pl and feature.name_en
    found = rules.reasons_not_to_keep_feature(feature) if named else []
    return [str(one.text) for one in found if one.field != "code"]


def upper_values(feature: Feature) -> list[Branch]:
    """The two upper levels of a campaign's tree, as far as they are shown."""
    if feature.id is None or not feature.campaign:
        return []
    query = nodes.living(feature.id).where(FeatureNode.depth <= 2)
    ordered = query.order_by(FeatureNode.depth, FeatureNode.place, FeatureNode.id)
    made = {0: Branch("", False)}
    for node in db.session.scalars(ordered.limit(MOST_SHOWN)):
        made[node.id] = Branch(node.name, False)
        if node.root_or_parent in made:
            made[node.root_or_parent].below.append(made[node.id])
    return made[0].below
