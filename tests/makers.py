"""Records for tests, with plain fixed values where none are given; all are committed."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.days import Moment
from app.events.definitions import Outcome, Series
from app.events.models import Event, Stage
from app.events.work import Closing
from app.features.models import Feature, FeatureNode
from app.persons.models import Affiliation, Person
from tests.databases import FILES

WARSAW = ZoneInfo("Europe/Warsaw")
START = datetime(2024, 3, 4, 9, 55, tzinfo=WARSAW)
CLOSING = START + timedelta(days=1)


class Makers:
    """Makes records in the test's session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.counter = count(1)

    def kept(self, record: Any) -> Any:
        """The record, committed."""
        self.session.add(record)
        self.session.commit()
        return record

    def contractor(self, name: str = "Nowak", **more: Any) -> Contractor:
        """A contractor without a keeper, seen by everybody unless `keeper` is given."""
        code = f"{name[:20].upper()}{next(self.counter)}"
        values = {"code": code, "name": name, "status": "prospect", **ids(more)}
        return self.kept(Contractor(**values))

    def person(
        self, last_name: str = "Fiszki", contractor: Contractor | None = None, **more: Any
    ) -> Person:
        """A person, linked to the contractor if one is given."""
        person = Person(last_name=last_name, **ids(more))
        if contractor is not None:
            person.affiliations = [Affiliation(contractor_id=contractor.id)]
        return self.kept(person)

    def event(
        self,
        operator: User,
        stages: Sequence[str | dict[str, Any]] = (),
        closed: int = 0,
        **more: Any,
    ) -> Event:
        """An event with stages (subjects, or dicts of values), of which the first are closed.

        If all stages are, or `done` is given, the event is closed too.
        """
        done = more.pop("done", bool(stages) and closed == len(stages))
        event = Event(**{**self.event_values(operator), **ids(more)})
        self.session.add(event)
        for one in stages:
            given = ids(one) if isinstance(one, dict) else {"subject": one}
            event.add_stage(Stage(**{**self.stage_values(event), **given}))
        self.session.flush()
        for stage in event.stages[: closed - done if stages else 0]:
            event.close_stage(stage, self.closing(operator))
        if done:
            event.close(self.closing(operator))
        return self.kept(event)

    def content(self, content: bytes) -> str:
        """A file's content in the tests' store; returns its digest."""
        digest = hashlib.sha256(content).hexdigest()
        place = Path(FILES.name) / digest[:2] / digest[2:]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        return digest

    def event_values(self, operator: User) -> dict[str, Any]:
        """What every event needs."""
        series = self.session.scalars(select(Series).order_by(Series.id)).first()
        assert series is not None
        return {
            "subject": "Information about the system",
            "closed_upto": 0,
            "series_id": series.id,
            "operator_id": operator.id,
            "outcome_id": self.outcome().id,
            **at(START),
        }

    def stage_values(self, event: Event) -> dict[str, Any]:
        """What every stage needs."""
        outcome = self.outcome().id
        return {"operator_id": event.operator_id, "outcome_id": outcome, **at(START)}

    def outcome(self) -> Outcome:
        """The system's outcome."""
        return self.session.scalars(select(Outcome).where(Outcome.system)).one()

    def closing(self, by: User, moment: datetime = CLOSING) -> Closing:
        """How the makers close: by the operator, a day after the beginning."""
        day = Moment.at_instant(moment, WARSAW)
        return Closing(day, datetime.now(UTC), by.id, self.outcome().id)

    def feature(self, code: str = "source", kind: str = "tree", **more: Any) -> Feature:
        """A feature of contractors, unless told otherwise."""
        values: dict[str, Any] = {"on_contractors": True, "name_pl": code, "name_en": code, **more}
        return self.kept(Feature(code=code, kind=kind, **values))

    def campaign(self, code: str = "spring", **more: Any) -> Feature:
        """A tree marked as a campaign, for contractors and events."""
        return self.feature(code, **{"campaign": True, "on_events": True, **more})

    def node(
        self, feature: Feature, name: str = "Node", parent: FeatureNode | None = None, **more: Any
    ) -> FeatureNode:
        """A node of a feature's dictionary or tree, below `parent` or at the top."""
        depth = parent.depth + 1 if parent else 1
        values = {"feature_id": feature.id, "name": name, "depth": depth, **more}
        node = FeatureNode(**values, parent_id=parent.id if parent else None)
        self.session.add(node)
        self.session.flush()
        node.path = f"{parent.path if parent else '/'}{node.id}/"
        return self.kept(node)

    def membership(self, node: FeatureNode, record: Contractor | Event, **more: Any) -> Membership:
        """The record hung on the node."""
        return self.hung(node, **{f"{record.__tablename__}_id": record.id}, **more)

    def hung(self, node: FeatureNode, **which: Any) -> Membership:
        """A record, given by `contractor_id` or `event_id`, hung on the node."""
        return self.kept(Membership(feature_id=node.feature_id, node_id=node.id, **which))


def ids(values: dict[str, Any]) -> dict[str, Any]:
    """Relations become ids (`contractor=x` -> `contractor_id`), moments two columns."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, datetime) and name in ("start", "due"):
            found |= at(value, name)
        elif hasattr(value, "id") and not name.endswith("_id"):
            found[f"{name}_id"] = value.id
        else:
            found[name] = value
    return found


def at(moment: datetime, name: str = "start") -> dict[str, Any]:
    """The two columns of a moment."""
    return {f"{name}_on": moment.astimezone(WARSAW).date(), f"{name}_at": moment}
