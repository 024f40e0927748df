"""Values of features, nodes of trees and places in campaigns, as rows name them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.campaigns import rules
from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.days import Moment
from app.errors import InvalidValue, Reason, refuse_if
from app.events.models import Event
from app.exchange.files import Row
from app.exchange.lookups import pieces
from app.exchange.profiles import TreeSource
from app.exchange.sources import Unreadable, read_moment
from app.features import catalog, nodes, operations
from app.features.kinds import Unreadable as UnreadableValue
from app.features.kinds import kind_of
from app.features.models import Feature, FeatureNode, fold_name
from app.features.values import begin, refuse_missing, set_values

if TYPE_CHECKING:
    from app.exchange.targets import Job

Place = tuple[FeatureNode, datetime]


class Values:
    """Writes values of features; a text that stands in many rows is looked up once."""

    def __init__(self, session: Session, model: type[Any]) -> None:
        self.session, self.model = session, model
        self.nodes: dict[tuple[str, str], FeatureNode | None] = {}

    def start(self, record: Any, given: Mapping[str, str | None], since: date | None) -> None:
        """The values of a new record; raises InvalidValue, also for what is always required."""
        begin(record, given)
        self.write(record, given, since)
        refuse_missing(record, always=True)

    def write(self, record: Any, given: Mapping[str, str | None], since: date | None) -> None:
        """Write {code: text} into the record; raises InvalidValue."""
        if given:
            days = {code: since for code in given if since and is_dated(code)}
            meant = {code: self.meant(code, text) for code, text in given.items()}
            set_values(record, meant, days)

    def meant(self, code: str, text: str | None) -> Any:
        """The node that a text names, where a value is one; else the text."""
        feature = catalog.by_code(code)
        if text is None or feature is None or feature.kind not in ("choice", "tree"):
            return text
        key = (code, text)
        if key not in self.nodes:
            self.nodes[key] = self.node(feature, text)
        return self.nodes[key] or text

    def node(self, feature: Feature, text: str) -> FeatureNode | None:
        """The node a text names, if there is one."""
        try:
            found = kind_of(feature).parse(text)
        except UnreadableValue:
            return None
        return nodes.find(feature.id, found)


def is_dated(code: str) -> bool:
    """Whether the feature keeps a history."""
    feature = catalog.by_code(code)
    return feature is not None and feature.dated


class Grove:
    """A tree that an import may extend, by one whose role permits it."""

    def __init__(self, job: "Job", source: TreeSource, *, campaign: bool) -> None:
        self.job, self.source = job, source
        self.feature = catalog.by_code(source.code) or self.made(campaign)
        operations.lock_tree(self.feature.id)
        self.known: dict[tuple[str, ...], FeatureNode] = {}
        self.by_id: dict[int, FeatureNode] = {}
        self.load()
        if not self.feature.has_nodes or self.feature.campaign != campaign:
            words = _("The feature %(code)s is of another kind.", code=source.code)
            raise InvalidValue(Reason("profile.feature_kind", words, field="profile"))

    def made(self, campaign: bool) -> Feature:
        """The feature, new as the profile describes it."""
        if self.source.create is None:
            words = _("There is no feature %(code)s.", code=self.source.code)
            raise InvalidValue(Reason("profile.no_feature", words, field="profile"))
        self.job.actor.require("add", "FeatureView")
        usual = {"kind": "tree", "on_contractors": True, "on_events": campaign}
        more = {**usual, **self.source.create}
        feature = Feature(code=self.source.code, campaign=campaign, **more)
        feature.check()
        self.job.session.add(feature)
        self.job.session.flush()
        return feature

    def names(self, row: Row) -> tuple[str, ...]:
        """The names on the way to the row's node; empty cells at the end leave it higher."""
        empty = self.job.profile.empty
        try:
            texts = [source.text(row.cells, empty) for source in self.source.path]
        except Unreadable as error:
            raise InvalidValue(Reason("value.unreadable", str(error), field="path")) from error
        while texts and texts[-1] is None:
            texts.pop()
        names = tuple(text for text in texts if text)
        if len(names) < len(texts) or any(len(name) > 120 for name in names):
            words = _("A name on the way is missing or too long.")
            raise InvalidValue(Reason("value.path", words, field="path"))
        return names

    def load(self) -> None:
        """Read the living nodes, by their ids and by the names that lead to them."""
        ways: dict[int, tuple[str, ...]] = {0: ()}
        ordered = nodes.living(self.feature.id).order_by(FeatureNode.depth)
        for node in self.job.session.scalars(ordered):
            self.by_id[node.id] = node
            if node.root_or_parent in ways:
                ways[node.id] = (*ways[node.root_or_parent], node.folded)
                self.known[ways[node.id]] = node

    def find(self, names: tuple[str, ...]) -> FeatureNode | None:
        """The node at the end of the names, if it is there."""
        return self.known.get(way(names))

    def node(self, names: tuple[str, ...]) -> FeatureNode:
        """The node at the end of the names; a new one needs the right to define."""
        found = self.find(names)
        if found is None:
            self.job.actor.require("edit", "FeatureView")
            found = operations.ensure_path(self.feature, names)
            self.known[way(names)] = found
        return found

    def with_id(self, node_id: int) -> FeatureNode:
        """The node with this id, which is in the tree."""
        if node_id not in self.by_id:
            self.by_id[node_id] = self.job.session.get_one(FeatureNode, node_id)
        return self.by_id[node_id]


def way(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names as siblings are told apart: without case and superfluous blanks."""
    return tuple(fold_name(name) for name in names)


class Hanging:
    """Hangs the rows' records on nodes of a campaign."""

    def __init__(self, job: "Job", source: TreeSource) -> None:
        job.actor.require("hang", "CampaignView")
        self.job, self.source = job, source
        self.grove = Grove(job, source, campaign=True)
        self.present: dict[tuple[str, int], list[Membership]] = {}

    def prepare(self, records: Sequence[Any]) -> None:
        """Read where these records hang in the campaign now."""
        for name in ("contractor", "event"):
            column = getattr(Membership, f"{name}_id")
            query = select(Membership).where(
                Membership.feature_id == self.grove.feature.id, Membership.to_at.is_(None)
            )
            ids = [one.id for one in records if one.__tablename__ == name]
            new = [number for number in ids if (name, number) not in self.present]
            for some in pieces(new):
                self.present |= {(name, number): [] for number in some}
                for found in self.job.session.scalars(query.where(column.in_(some))):
                    self.present[name, getattr(found, f"{name}_id")].append(found)

    def place_of(self, row: Row, record: Contractor | Event) -> Place | None:
        """On which node the row's record hangs, and since when."""
        if self.source.of == "contractor":
            node = self.node_of_contractor(record)
        else:
            names = self.grove.names(row)
            node = self.grove.node(names) if names else None
        if node is None:
            return None
        feature = self.grove.feature
        fits = catalog.is_on(feature, type(record))
        refuse_if(rules.reasons_not_to_hang(feature, node, [], fits=fits), InvalidValue)
        return node, min(self.since(row, record), self.job.at)

    def node_of_contractor(self, record: Any) -> FeatureNode | None:
        """The contractor's node, if it hangs on just one."""
        owner = record.contractor
        found = self.present.get(("contractor", owner.id), []) if owner is not None else []
        return self.grove.with_id(found[0].node_id) if len(found) == 1 else None

    def since(self, row: Row, record: Any) -> datetime:
        """From when it hangs there: the source's day, the event's date, or now."""
        profile = self.job.profile
        try:
            text = self.source.since.text(row.cells, profile.empty) if self.source.since else None
            moment = read_moment(text, profile.dates, self.job.zone) if text else None
        except Unreadable as error:
            raise InvalidValue(Reason("value.unreadable", str(error), field="since")) from error
        if moment is None and isinstance(record, Event):
            moment = Moment(record.start_on, record.start_at)
        if moment is None:
            return self.job.at
        return moment.at or self.midnight(moment.on)

    def midnight(self, day: Any) -> datetime:
        """The first moment of a day of the company."""
        return datetime.combine(day, datetime.min.time(), self.job.zone)

    def hang(self, record: Any, place: Place) -> None:
        """Put a record on its place."""
        node, since = place
        values = {"feature_id": self.grove.feature.id, "node_id": node.id, "from_at": since}
        self.job.session.add(Membership(**values, **{record.__tablename__: record}))

    def move(self, record: Any, row: Row) -> bool:
        """Put a stored record on the row's node, unless it hangs there; whether it moved."""
        place = self.place_of(row, record)
        present = self.present.get((record.__tablename__, record.id), [])
        if place is None or any(one.node_id == place[0].id for one in present):
            return False
        ended = [] if self.grove.feature.several else present
        for one in ended:
            one.to_at = self.job.at
        self.hang(record, (place[0], self.job.at if ended else place[1]))
        return True
