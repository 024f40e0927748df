"""Nodes of a feature's tree or dictionary out of rows."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.errors import InvalidValue, Reason, refuse_if
from app.exchange.files import Row
from app.exchange.profiles import complaint
from app.exchange.targets import CREATED, UNCHANGED, Job
from app.exchange.trees import Grove


class Nodes:
    """Each row is a node, named by the way to it."""

    view = "FeatureView"

    def __init__(self, job: Job) -> None:
        self.profile = job.profile
        refuse_if(self.complaints(), InvalidValue)
        assert self.profile.feature is not None  # noqa: S101 - complained of above
        self.grove = Grove(job, self.profile.feature, campaign=False)

    def complaints(self) -> list[Reason]:
        """What in the profile makes no node."""
        feature = self.profile.feature
        if feature is None or not feature.path:
            return [complaint("feature", _("%(key)s is missing", key="path"))]
        if self.profile.fields or self.profile.stages or self.profile.campaign:
            return [complaint("", _("nodes have no fields, stages or campaign"))]
        return []

    def prepare(self, rows: Sequence[Row]) -> None:
        """Nothing: the ways are looked up as they come."""

    def settle(self) -> None:
        """Nothing follows from a new value."""

    def take(self, row: Row) -> str:
        """Add the node of a row, unless it is there."""
        refuse_if(row.reasons, InvalidValue)
        names = self.grove.names(row)
        if not names:
            words = _("The key is empty.")
            raise InvalidValue(Reason("row.no_key", words, field="path"))
        if self.grove.find(names):
            return UNCHANGED
        self.grove.node(names)
        return CREATED
