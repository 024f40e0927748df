"""Every page of the site map with records to show on it; a new page without a sample fails.

The tests walk over them, and tools/screenshots.py takes their pictures.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import Group, User
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.events.definitions import Outcome, Series
from app.events.models import Event, Stage
from app.features.models import FeatureNode
from app.lists.saved.models import SavedView
from app.persons.models import Affiliation
from app.records.models import Note
from tests.browser_walk.kept import PLAN, keep_plan

# What answers GET without being a page: files, programs' doors, parts of pages; and what needs
# more than its path (`further` has it).
NOT_PAGES = re.compile(
    r"static|appbuilder\.static|health\.|\w+Api\.|PickerView\.|DescriptionView\."
    r"|HomeView\.index|SearchView\.(?:suggest|palette)|SeriesView\.example|\w+\.branch"
    r"|ClosingView\.show|EntryView\.when|EventView\.suggest|\w+\.tabs_with_counts|SavedViewView\.(add|show)"
    r"|BulkView\.report|\w+\.cell$|DeskActs\.show"
    r"|NoteView\.(?:add|readers)|FileView\."
    r"|BellView\.count|FeedDoor\.|DraftView\.token"
)
QUESTIONS = ("close", "cascade", "close-next", "delete")
STAGE_QUESTIONS = ("acts", "close-stage", "close-up-to", "insert", "delete-stage")


@dataclass(frozen=True)
class Sample:
    """An address to open, who opens it (nobody if None) and the status it answers with."""

    path: str
    role: str | None = "Administrator"
    status: int = 200

    @property
    def name(self) -> str:
        """A file name for it."""
        words = re.sub(r"[^a-zA-Z0-9]+", "-", self.path).strip("-") or "start"
        return f"{words}-{self.status}" if self.status != 200 else words


def one_of_each(pages: Sequence[Sample]) -> list[Sample]:
    """One page for each address with the same questions, whatever the record and the answers."""
    kinds = {(re.sub(r"\d+|=[^&]*", "", one.path), one.status): one for one in reversed(pages)}
    return list(kinds.values())


@dataclass(frozen=True)
class Records:
    """Records of the demo that fill their pages well."""

    contractor: int
    person: int
    affiliation: int
    card: int  # the event of the product card
    begun: int  # an event with some stages closed and several open
    closed: int
    internal: int
    stage: int
    closed_stage: int
    operator: int
    team: int
    series: int
    outcome: int
    node: int
    feature: int
    view: int
    note: int


def records(session: Session) -> Records:
    """Choose them."""
    first: Any = session.scalar
    open_later = select(Event.id).where(
        Event.closed_upto > 0, Event.last_pos > Event.closed_upto + 1
    )
    busiest = (
        select(Event.contractor_id)
        .where(Event.contractor_id.is_not(None))
        .group_by(Event.contractor_id)
        .order_by(func.count().desc(), Event.contractor_id)
    )
    contractor = first(busiest.limit(1))
    link = first(select(Affiliation).where(Affiliation.contractor_id == contractor))
    begun = first(open_later.order_by(Event.id))
    closed = first(select(Event.id).where(Event.closed_at.is_not(None), Event.last_pos > 1))
    node = first(
        select(FeatureNode).where(FeatureNode.depth == 2, FeatureNode.feature.has(campaign=True))
    )
    open_stage = Stage.closed_at.is_(None)
    return Records(
        contractor=contractor,
        person=link.person_id,
        affiliation=link.id,
        card=first(select(Event.id).where(Event.number == "0001/2006/CRM")),
        begun=begun,
        closed=closed,
        internal=first(select(Event.id).where(Event.internal, Event.last_pos > 0)),
        stage=first(select(Stage.id).where(Stage.event_id == begun, open_stage)),
        closed_stage=first(select(Stage.id).where(Stage.event_id == begun, ~open_stage)),
        operator=first(select(User.id).where(User.username == "anna.wilk")),
        team=first(select(Group.id)),
        series=first(select(Series.id)),
        outcome=first(select(Outcome.id).where(~Outcome.system)),
        node=node.id,
        feature=node.feature_id,
        view=first(select(SavedView.id).where(SavedView.register == "event")),
        note=first(select(Note.id).order_by(Note.id)),
    )


def samples(app: Flask, session: Session) -> list[Sample]:
    """All pages, and states of them that have an address."""
    found = records(session)
    keep_plan(session)
    paths = [path for rule in app.url_map.iter_rules() for path in of_rule(app, rule, found)]
    return [Sample(path) for path in sorted(set(paths))] + list(further(found))


def of_rule(app: Flask, rule: Any, found: Records) -> Iterator[str]:
    """The addresses of one rule; none if it is no page."""
    if "GET" not in rule.methods or NOT_PAGES.match(rule.endpoint) or "login" in rule.endpoint:
        return
    adapter = app.url_map.bind("")
    for values in arguments(rule, found):
        yield adapter.build(rule.endpoint, values)


def arguments(rule: Any, found: Records) -> list[dict[str, Any]]:
    """What the rule is called with; fails where nobody has said."""
    if not rule.arguments:
        return [{}]
    known: dict[str, list[dict[str, Any]]] = {
        "ContractorView": [{"pk": found.contractor}],
        "PersonView": [{"pk": found.person}],
        "AffiliationView": [{"pk": found.affiliation}],
        "EventView": [{"pk": one} for one in (found.card, found.begun, found.closed)],
        "EventView.ask": [{"pk": found.begun, "name": one} for one in QUESTIONS],
        "StageView": [{"pk": found.stage}, {"pk": found.closed_stage}],
        "OperatorView": [{"pk": found.operator}],
        "TeamView": [{"pk": found.team}],
        "SeriesView": [{"pk": found.series}],
        "OutcomeView": [{"pk": found.outcome}],
        "FeatureView": [{"pk": found.feature}],
        "SavedViewView": [{"pk": found.view}],
        "SavedViewView.tab_order": [{"register": "event"}],
        "BulkView.show": [{"token": PLAN}],
        "NoteView": [{"pk": found.note}],
    }
    page = rule.endpoint if rule.endpoint in known else rule.endpoint.partition(".")[0]
    assert page in known, f"{rule.endpoint} has no sample: say here which record shows it"
    return known[page]


def further(found: Records) -> Iterator[Sample]:
    """States of pages that have an address of their own, and the pages of errors."""
    yield Sample("/login/", None)
    yield Sample(f"/events/{found.internal}")
    for name in STAGE_QUESTIONS:
        yield Sample(f"/events/{found.begun}/ask/{name}?stage={found.stage}")
    for name in ("reopen-stage", "reopen-down-to"):
        yield Sample(f"/events/{found.begun}/ask/{name}?stage={found.closed_stage}")
    for name in ("reopen", "reopen-add"):
        yield Sample(f"/events/{found.closed}/ask/{name}")
    yield Sample("/queue/?_flt_0_state=overdue")
    yield Sample("/queue/?ids=1,2&did=cs")
    yield Sample("/today/entry/?text=nowak")
    yield Sample("/today/?whose=team", "Operator")
    yield Sample(f"/notes/new?record=contractor&id={found.contractor}")
    yield Sample(f"/contractors/{found.contractor}/notes?trash=1")
    yield Sample("/search/?q=zefir")
    yield Sample("/search/?q=nowak")
    yield Sample("/search/?q=xyzzy")
    yield Sample("/events/?_flt_0_state=overdue&_oc_EventView=due&_od_EventView=asc")
    yield Sample(f"/events/?_flt_0_contractor={found.contractor}&_flt_0_state=closed&size=50")
    yield Sample("/contractors/?_flt_0_name=xyzzy")
    yield Sample("/stages/?view=all&_oc_StageView=due,operator&_od_StageView=asc,desc")
    yield Sample("/events/?by=operator,state")
    yield Sample("/events/?cols=number,subject,contractor,next,left,late,campaigns,due")
    yield Sample("/events/?part=table")
    yield Sample(f"/events/{found.begun}?from=_flt_0_state%3Dopen")
    yield Sample(f"/events/new?contractor={found.contractor}")
    yield Sample(f"/campaigns/?node={found.node}")
    yield Sample(f"/campaigns/?node={found.node}&scope=here&open=f{found.feature},{found.node}")
    yield Sample(f"/campaigns/closing/?node={found.node}")
    yield Sample(f"/events/?view={found.view}&_flt_0_state=overdue")
    yield Sample("/views/new?register=event&_flt_0_state=overdue")
    yield Sample("/stages/export?_flt_0_state=overdue")
    yield Sample("/events/999999", status=404)
    yield Sample("/nowhere", status=404)
    yield Sample("/events/?_oc_EventView=nonsense", status=400)
    yield Sample("/operators/", "Reader", 403)
    yield Sample("/events/", "Operator")
    yield Sample(f"/events/{found.begun}", "Reader")
    yield Sample(f"/contractors/{found.contractor}", "Reader")
