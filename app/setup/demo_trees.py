"""The demo's features and campaigns, the values records have and the nodes they hang on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from faker import Faker
from sqlalchemy.orm import Session

from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.events.models import Event
from app.features.models import Feature, FeatureNode
from app.setup.demo_parties import Party
from app.setup.demo_words import CAMPAIGNS, CHANNELS, SOURCES, TRADES, Tree, leaves

Path = tuple[str, ...]


@dataclass
class Grove:
    """A feature with its nodes by the names that lead to them."""

    feature: Feature
    nodes: dict[Path, FeatureNode] = field(default_factory=dict)

    def under(self, *start: str) -> list[FeatureNode]:
        """The nodes below the given one, and that one."""
        return [node for path, node in self.nodes.items() if path[: len(start)] == start]


def plant(session: Session, feature: Feature, tree: Tree) -> Grove:
    """Store a feature with its tree, level by level: a path needs the ids above."""
    grove = Grove(feature)
    session.add(feature)
    level: list[tuple[Path, Tree]] = [((name,), below) for name, below in tree.items()]
    while level:
        made: dict[Path, FeatureNode] = {
            path: sprout(grove, path, place) for place, (path, _below) in enumerate(level)
        }
        session.add_all(made.values())
        session.flush()
        for path, node in made.items():
            node.path = f"{grove.nodes[path[:-1]].path if path[1:] else '/'}{node.id}/"
        grove.nodes |= made
        level = [
            ((*path, name), deeper) for path, below in level for name, deeper in below.items()
        ]
    return grove


def sprout(grove: Grove, path: Path, place: int) -> FeatureNode:
    """The node at the end of the path."""
    parent = grove.nodes.get(path[:-1])
    return FeatureNode(
        feature=grove.feature,
        parent_id=parent.id if parent else None,
        name=path[-1],
        depth=len(path),
        place=place,
    )


def plant_features(session: Session) -> dict[str, Grove]:
    """The ordinary features, by code."""
    on_contractors, on_events = {"on_contractors": True}, {"on_events": True}
    wanted: tuple[tuple[str, str, str, str, dict[str, bool], Tree], ...] = (
        ("branza", "Branża", "Trade", "choice", on_contractors, leaves(*TRADES)),
        ("zrodlo", "Źródło", "Source", "choice", on_contractors, leaves(*SOURCES)),
        ("zatrudnienie", "Zatrudnienie", "Employees", "number", on_contractors, {}),
        ("umowa_do", "Umowa do", "Contract until", "date", on_contractors, {}),
        ("newsletter", "Newsletter", "Newsletter", "yesno", on_contractors, {}),
        ("kanal", "Kanał", "Channel", "choice", on_events, leaves(*CHANNELS)),
        ("wartosc", "Wartość szansy", "Deal value", "number", on_events, {}),
    )
    return {
        code: plant(
            session,
            Feature(code=code, name_pl=pl, name_en=en, kind=kind, place=place, **where),
            tree,
        )
        for place, (code, pl, en, kind, where, tree) in enumerate(wanted)
    }


def plant_campaigns(session: Session) -> list[Grove]:
    """The three campaigns with their trees."""
    where = {"kind": "tree", "campaign": True, "on_contractors": True, "on_events": True}
    return [
        plant(
            session,
            Feature(code=code, name_pl=pl, name_en=en, place=10 + place, **where),
            tree(),
        )
        for place, (code, pl, en, tree) in enumerate(CAMPAIGNS)
    ]


def give_values(fake: Faker, groves: dict[str, Grove], parties: Sequence[Party]) -> None:
    """Feature values of the contractors, into their documents."""
    chance = fake.random
    for party in parties:
        contractor = party.contractor
        values = {
            "branza": groves["branza"].nodes[(party.trade,)].id,
            "zrodlo": chance.choice(list(groves["zrodlo"].nodes.values())).id,
            "zatrudnienie": str(chance.choice((4, 8, 12, 25, 40, 60, 120, 250, 600))),
            "newsletter": chance.random() < 0.4,
        }
        if contractor.status == "client":
            year = contractor.created_at.year + 2
            values["umowa_do"] = f"{year}-{chance.randint(1, 12):02d}-28"
        contractor.features = document(groves, values)


def give_event_values(fake: Faker, groves: dict[str, Grove], events: Sequence[Event]) -> None:
    """Feature values of the events."""
    chance = fake.random
    channels = list(groves["kanal"].nodes.values())
    for event in events:
        values: dict[str, object] = {"kanal": chance.choice(channels).id}
        if event.subject.startswith(("Oferta", "Wdrożenie")):
            values["wartosc"] = str(chance.randint(4, 180) * 500)
        event.features = document(groves, values)


def document(groves: dict[str, Grove], values: dict[str, object]) -> dict[str, object]:
    """Values by code as a record's document, keyed by the features' ids."""
    return {groves[code].feature.key: value for code, value in values.items()}


def hang_contractors(
    fake: Faker, campaigns: Sequence[Grove], parties: Sequence[Party], at: datetime
) -> Iterator[Membership]:
    """Put most contractors on nodes of the campaigns; a few moved lately."""
    autumn, fairs, renewals = campaigns
    for party in parties:
        if fake.random.random() < 0.65:
            yield from hang(fake, autumn.under(party.region, party.trade), party.contractor, at)
        if fake.random.random() < 0.35:
            yield from hang(fake, fairs.under(), party.contractor, at)
        if party.contractor.status == "client" and fake.random.random() < 0.8:
            yield from hang(fake, renewals.under(), party.contractor, at)


def hang(
    fake: Faker, nodes: Sequence[FeatureNode], contractor: Contractor, at: datetime
) -> Iterator[Membership]:
    """One contractor on one of the nodes; sometimes it was elsewhere before."""
    since = at - timedelta(days=fake.random.randint(45, 200), minutes=fake.random.randint(0, 600))
    if fake.random.random() < 0.06:
        moved = at - timedelta(days=fake.random.randint(3, 40))
        before, after = fake.random.sample(list(nodes), 2)
        yield on_node(before, since, to_at=moved, contractor=contractor)
        yield on_node(after, moved, contractor=contractor)
    else:
        yield on_node(fake.random.choice(nodes), since, contractor=contractor)


def hang_events(
    fake: Faker, hung: Sequence[Membership], events: Sequence[tuple[Event, Party | None]]
) -> Iterator[Membership]:
    """Hang events where their contractors hang."""
    places: dict[Contractor, list[FeatureNode]] = {}
    for one in hung:
        if one.contractor and one.to_at is None:
            places.setdefault(one.contractor, []).append(one.node)
    for event, party in events:
        nodes = places.get(party.contractor, []) if party else []
        if nodes and fake.random.random() < 0.8:
            yield on_node(fake.random.choice(nodes), event.created_at, event=event)


def on_node(
    node: FeatureNode,
    since: datetime,
    *,
    to_at: datetime | None = None,
    contractor: Contractor | None = None,
    event: Event | None = None,
) -> Membership:
    """A record on the node, from one time to another."""
    owner = {"contractor": contractor} if contractor else {"event": event}
    times = {"from_at": since, "to_at": to_at, "created_at": since}
    return Membership(feature_id=node.feature.id, node_id=node.id, node=node, **owner, **times)
