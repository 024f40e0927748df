"""A changed definition of a feature that is in use: asked about first, kept as one batch."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.features import indexes, operations
from app.features.changes import batches, impact
from app.features.changes.models import RETYPED, FeatureChange
from app.features.changes.retyping import Retyping, flatten
from app.features.holding import hold_alone
from app.features.models import Feature
from app.features.rules import DEEP, REGISTERS

WEIGHTY = ("required", "access", "archived_at", *(f"on_{name}" for name in REGISTERS))


def act_of(old: Feature, new: Feature) -> str:
    """What the change is, if it is one that matters to values in use."""
    if (old.kind, old.target) != (new.kind, new.target):
        return RETYPED
    if any(getattr(old, name) != getattr(new, name) for name in WEIGHTY):
        return "change_feature"
    return ""


def settle(
    old: Feature, new: Feature, decided: Mapping[str, str], at: datetime
) -> FeatureChange | None:
    """Carry values over to a definition that was just changed; `old` is how it was.

    Raises Question until `decided` agrees to what it touches.
    """
    act = act_of(old, new)
    if not act:
        return None
    if act == RETYPED:
        hold_alone(new.id)
    retyping = Retyping(old, new, decided) if act == RETYPED else None
    found = touched(old, new)
    words = {"act": act, "retyping": retyping}
    impact.ask(found, decided.get("sure", ""), **words)
    if retyping:
        indexes.drop_stale(new)
    if not found and not (retyping and retyping.texts):
        reshape(old, new)
        return None
    change = batches.begin(new, act, new.code, at)
    if retyping:
        change.whole = True
        with impact.asking_again(found, **words):
            retyping.apply(change)
    reshape(old, new)
    return batches.finish(change)


def touched(old: Feature, new: Feature) -> impact.Impact:
    """What the change touches; if a value is asked for from now on, also who lacks it."""
    found = impact.of_feature(old)
    asks = bool(new.required) and not old.required
    roles = {*(old.access or {}), *(new.access or {})}
    lacking = operations.lacking(new) if asks else {}
    return replace(found, lacking=lacking, roles=len(roles))


def reshape(old: Feature, new: Feature) -> None:
    """Let the values of a tree stand on one level, if the new kind has one."""
    if old.kind in DEEP and new.is_flat:
        flatten(new)
