"""The kinds of features, one small class each: the one place that knows what a value is."""

from app.features.kinds.base import Kind, Slot, Unreadable
from app.features.kinds.flags import YesNo
from app.features.kinds.lists import Choice, Choices, Tree, Trees
from app.features.kinds.measures import Money, Quantity
from app.features.kinds.numbers import Integer, Number, Percent
from app.features.kinds.references import Reference
from app.features.kinds.texts import LongText, Text
from app.features.kinds.times import Clock, DateRange, DateTime, Day, Month
from app.features.models import Feature

__all__ = ["KINDS", "Kind", "Slot", "Unreadable", "kind_of"]

KINDS: dict[str, type[Kind]] = {
    kind.name: kind
    for kind in (
        *(Text, LongText, Integer, Number, Money, Percent, Quantity, YesNo),
        *(Day, Clock, DateTime, DateRange, Month, Reference, Choice, Choices, Tree, Trees),
    )
}


def kind_of(feature: Feature) -> Kind:
    """The kind of a feature."""
    return KINDS[feature.kind](feature)
