"""Two operators' records, full of words that only their own team may meet."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Batch
from app.models import Attachment, Draft, Note, Outcome, Role, SavedView, Series
from tests import cast
from tests.databases import Watch
from tests.makers import Makers

CANARIES = {"ann": ("zimorodek", "6666/2024"), "bob": ("pustulka", "7777/2024")}
STRANGER = {"ann": "bob", "bob": "ann"}
NO_SUCH_ROW = 2_147_483_000
ROLES = {
    "ann": ("Operator", "North"),
    "bob": ("Operator", "South"),
    "viewer": ("Reader", None),
    "manager": ("Manager", None),
    "editor": ("Definitions editor", None),
    "admin": ("Administrator", None),
}

Rows = dict[str, Any]


@dataclass
class World:
    """The cast, their clients, and ids of rows by kind: living ones and those in the trash."""

    app: Flask
    session: Session
    users: dict[str, User]
    living: dict[str, Rows] = field(default_factory=dict)
    trashed: dict[str, Rows] = field(default_factory=dict)
    shared: Rows = field(default_factory=dict)
    clients: dict[tuple[str, bool], FlaskClient] = field(default_factory=dict)

    def client(self, name: str, *, api: bool) -> FlaskClient:
        """A browser or a program of one of the cast; made once."""
        if (name, api) not in self.clients:
            user = self.users.get(name)
            make: Callable[..., FlaskClient] = cast.program_of if api and user else cast.browser_of
            self.clients[name, api] = make(self.app, self.session, user)
        return self.clients[name, api]

    def row(self, kind: str, owner: str, *, trashed: bool = False) -> int | None:
        """The id of somebody's record of this kind, or of the shared one."""
        rows = self.trashed if trashed else self.living
        return rows.get(owner, {}).get(kind, None if trashed else self.shared.get(kind))


def make_world(app: Flask, session: Session) -> World:
    """Everything, committed."""
    users = {name: cast.make_user(session, name, *who) for name, who in ROLES.items()}
    world = World(app, session, users)
    makers = Makers(session)
    for owner, words in CANARIES.items():
        world.living[owner] = make_rows(makers, users[owner], *words)
        world.trashed[owner] = make_trash(makers, users[owner], *words)
    world.shared = make_shared(session, users)
    hang(makers, world)
    for name, user in users.items():
        world.living.setdefault(name, {})["view"] = make_view(makers, user)
        text = {"form": "/contractors/new", "token": f"token of {name}", "fields": []}
        world.living[name]["draft"] = makers.kept(Draft(user_id=user.id, **text)).id
        world.trashed.setdefault(name, {})["view"] = make_view(makers, user, datetime.now(UTC))
    return world


def standing_world(app: Flask, session: Session) -> World:
    """The same, copied into the database where one was made in it before."""
    watch: Watch = app.extensions["watch"]
    if not watch.put_back("world"):
        app.extensions["world"] = make_world(app, session)
        watch.keep("world")
    made: World = app.extensions["world"]
    keep_contents(Makers(session))
    users = {name: session.merge(user) for name, user in made.users.items()}
    return replace(made, session=session, users=users, clients={})


def make_view(makers: Makers, owner: User, trashed_at: datetime | None = None) -> int:
    """A view of events that the user keeps for himself."""
    word = CANARIES.get(owner.username, ("seen",))[0]
    values = {"register": "event", "state": "_flt_0_state=open", "share": "private"}
    view = SavedView(name=f"{word} view", owner_id=owner.id, trashed_at=trashed_at, **values)
    return int(makers.kept(view).id)


def make_rows(makers: Makers, owner: User, word: str, number: str) -> Rows:
    """A contractor with a person, and an event with closed and open stages."""
    texts = {"notes": f"note {word}", "email": f"{word}@example.com", "phone": "123"}
    contractor = makers.contractor(f"{word} sp", keeper=owner, city=word, street=word, **texts)
    person = makers.person(word, contractor, first_name=word, position=word, **texts)
    event = makers.event(
        owner,
        stages=[{"subject": f"{word} {n}", "description": word, "contact": person} for n in "abc"],
        closed=1,
        subject=f"about {word}",
        description=f"more {word}",
        contractor=contractor,
        contact=person,
        **numbered(number),
    )
    rows = {"contractor": contractor.id, "person": person.id, "event": event.id}
    rows |= {"stage": event.stages[1].id, "affiliation": person.affiliations[0].id}
    return {**rows, **carried(makers, owner, word, contractor)}


def keep_contents(makers: Makers) -> dict[str, str]:
    """The contents of both owners' files, on the disk; returns their digests."""
    return {word: makers.content(f"content {word}".encode()) for word, _no in CANARIES.values()}


def carried(makers: Makers, owner: User, word: str, contractor: Any, **more: Any) -> Rows:
    """A note and a file on the contractor."""
    record = {"record_type": "contractor", "record_id": contractor.id, "created_by_id": owner.id}
    note = makers.kept(Note(text=f"note {word}", **record, **more))
    digest = keep_contents(makers)[word]
    named = {"name": f"{word}.txt", "content_type": "text/plain", "size": 9, "digest": digest}
    key = f"{owner.username:_<20}{len(more):02d}"
    file = makers.kept(Attachment(key=key, **named, **record, **more))
    return {"note": note.id, "attachment": file.id, "key": file.key}


def make_trash(makers: Makers, owner: User, word: str, number: str) -> Rows:
    """The same kinds of records in the trash."""
    at = datetime.now(UTC)
    contractor = makers.contractor(f"{word} gone", keeper=owner, trashed_at=at)
    person = makers.person(f"{word} gone", trashed_at=at, created_by=owner)
    event = makers.event(owner, subject=f"{word} gone", **numbered(number.replace("/", "1/")))
    event.trashed_at = at
    other = makers.event(
        owner, stages=["stays", f"{word} gone"], **numbered(number.replace("/", "2/"))
    )
    stage = other.stages[1]
    other.delete_stage(stage, at=at)
    makers.session.commit()
    rows = {"contractor": contractor.id, "person": person.id, "event": event.id}
    place = makers.contractor(f"{word} keeps", keeper=owner)
    return {**rows, "stage": stage.id, **carried(makers, owner, word, place, trashed_at=at)}


def numbered(number: str) -> dict[str, Any]:
    """The columns of a number of somebody's own."""
    no, year = number.split("/")
    return {"no": int(no), "year": int(year), "number": f"{number}/CRM"}


def make_shared(session: Session, users: dict[str, User]) -> Rows:
    """What belongs to nobody: operators, teams, definitions."""
    first = {"series": Series, "outcome": Outcome, "role": Role}
    rows = {kind: session.scalars(select(table.id)).first() or 0 for kind, table in first.items()}
    batch = session.scalars(select(Batch.id)).first()
    return {
        **rows,
        "user": users["viewer"].id,
        "team": users["ann"].groups[0].id,
        "batch": batch or 1,
    }


def hang(makers: Makers, world: World) -> None:
    """A campaign with a node on which both owners' records hang."""
    campaign = makers.campaign("spring")
    node = makers.node(campaign, "Region")
    for rows in world.living.values():
        for kind in ("contractor", "event"):
            which = {f"{kind}_id": rows[kind]}
            rows["membership"] = rows[f"{kind}_membership"] = makers.hung(node, **which).id
    feature = makers.feature("colour", kind="choice")
    value = makers.node(feature, "red")
    world.shared |= {
        "campaign": campaign.id,
        "node": node.id,
        "feature": feature.id,
        "node_id": value.id,
    }
