"""Where records keep values of features: documents here, memberships in an area above."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from app.features.changes import documents
from app.features.changes.models import FeatureChange
from app.features.models import Feature


class Holder(Protocol):
    """A place where values are kept; each method takes all records at once."""

    def counted(self, feature: Feature, nodes: Any = None) -> Mapping[str, int]:
        """How many records of each register have a value, or one of these nodes."""

    def had(self, feature: Feature, nodes: Sequence[int]) -> bool:
        """Whether the past may tell of these nodes; in doubt it does."""

    def carry(self, change: FeatureChange, moved: Mapping[int, int]) -> None:
        """Let records have other nodes, and note it."""

    def in_the_way(self, change: FeatureChange) -> Collection[tuple[str, int]]:
        """The first records, (register, id), that changed since."""

    def put_back(self, change: FeatureChange) -> None:
        """Let everything be as it was before the change."""


class Documents:
    """The documents of records."""

    def counted(self, feature: Feature, nodes: Any = None) -> Mapping[str, int]:
        """How many records of each register have a value, or one of these nodes."""
        return {} if feature.campaign else documents.counted(feature, nodes)

    def had(self, feature: Feature, nodes: Sequence[int]) -> bool:
        """Whether the feature's values were changed since the nodes were made."""
        return documents.changed_since_made(feature, nodes)

    def carry(self, change: FeatureChange, moved: Mapping[int, int]) -> None:
        """Write the new nodes where the old ones stand, each once."""
        if not change.feature.campaign:
            becomes = documents.with_nodes(change.feature, moved)
            for name in documents.tables():
                documents.keep(change, name, becomes)
                documents.write(change, name)

    def in_the_way(self, change: FeatureChange) -> Collection[tuple[str, int]]:
        """The first records whose value is another now."""
        return documents.in_the_way(change)

    def put_back(self, change: FeatureChange) -> None:
        """Write what stood in the documents."""
        documents.put_back(change)


HOLDERS: list[Holder] = [Documents()]


def counted(feature: Feature, nodes: Any = None) -> dict[str, int]:
    """How many records of each register have a value, or one of these nodes."""
    found: dict[str, int] = {}
    for holder in HOLDERS:
        found |= holder.counted(feature, nodes)
    return found
