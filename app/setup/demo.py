"""Demo data: the product card's own example among a believable Polish set; removable as a whole.

Records are made by the model's own verbs and stored in one transaction; the journal of its batch
tells what is the demo's.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from faker import Faker
from flask_appbuilder.security.sqla.models import Group, Role, User
from flask_babel import gettext as _
from sqlalchemy import delete, func, inspect, select, update
from sqlalchemy.orm import Session

from app.access.current import Door, become
from app.audit.journal import name_act
from app.audit.models import AuditEntry, Batch
from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.days import Moment, zone
from app.db import Model, db, metadata, now, transaction
from app.errors import InvalidValue, NotAllowed, Reason, refuse_if
from app.events.definitions import Numbering, Outcome, Series
from app.events.models import Event, Stage
from app.features.models import DatedValue, Feature, FeatureNode
from app.lists.saved.models import FirstView, SavedView
from app.operators.passwords import check_password, hash_password
from app.persons.models import Affiliation, Person
from app.records.models import Attachment, Mention, Note
from app.setup import demo_events, demo_notes, demo_parties, demo_trees
from app.setup.accounts import has_no_records
from app.setup.demo_events import Desk
from app.setup.demo_views import make_views
from app.setup.demo_words import ACCOUNTS, ZEFIR_SUBJECT, ZEFIR_WORDS

ACT, SEED = "demo", 2006
# In the order in which they can be deleted.
MADE: tuple[type[Model], ...] = (
    FirstView,
    SavedView,
    Note,
    Attachment,
    Membership,
    Stage,
    Event,
    Affiliation,
    Person,
    Contractor,
    FeatureNode,
    Feature,
)
ACCOUNT_TABLES: tuple[Any, ...] = (User.__table__, Group.__table__)
UNSCOPED = {"unscoped": True}


@dataclass(frozen=True)
class Demo:
    """What was loaded: how many rows of each table, and how its operators log in."""

    counts: dict[str, int]
    usernames: tuple[str, ...]
    password: str


def count(model: type[Model]) -> int:
    """All rows of a table."""
    query = select(func.count()).select_from(model)
    return db.session.scalar(query, execution_options=UNSCOPED) or 0


def load(password: str | None = None) -> Demo:
    """Fill an empty database; raises NotAllowed if it has records, InvalidValue without set-up."""
    password = password or secrets.token_urlsafe(12)
    for username, *_names in ACCOUNTS:
        check_password(password, username)
    hashes = [hash_password(password) for _account in ACCOUNTS]
    fake = Faker("pl_PL")
    fake.seed_instance(SEED)
    with transaction() as session:
        if not has_no_records():
            words = _("There are records already; the demo data needs an empty database.")
            raise NotAllowed(Reason("demo.not_empty", words))
        admin = administrator()
        become(admin, Door.SETUP)
        name_act(session, ACT)
        with session.no_autoflush:
            desk = desk_of(session, fake, add_accounts(session, hashes))
            fill(session, desk, zefir(desk, admin))
            session.add_all(make_views(admin))
    return Demo({one.__tablename__: count(one) for one in MADE}, names(), password)


def loaded(password: str | None = None) -> str:
    """Load the demo; returns what to tell: how much there is and how its operators log in."""
    demo = load(password)
    amount = ", ".join(f"{number} {table}" for table, number in demo.counts.items())
    return f"Demo data: {amount}.\nIts operators {', '.join(demo.usernames)}: {demo.password}"


def removed() -> str:
    """Remove the demo; returns what to tell."""
    return f"Removed: {', '.join(f'{number} {table}' for table, number in remove().items())}."


def names() -> tuple[str, ...]:
    """The demo's operators, by the names they log in with."""
    return tuple(username for username, *_rest in ACCOUNTS)


def administrator() -> User:
    """The account `admin`, else the first administrator."""
    query = select(User).join(User.roles).where(Role.name == "Administrator", User.active)
    found = list(db.session.scalars(query.order_by(User.id)))
    if not found:
        words = _("Make an administrator first: `flask setup admin`.")
        raise InvalidValue(Reason("demo.no_administrator", words))
    return next((user for user in found if user.username == "admin"), found[0])


def add_accounts(session: Session, hashes: list[str]) -> list[User]:
    """Operators of two teams, a manager, a reader, a definitions editor; returns the operators."""
    roles = {role.name: role for role in session.scalars(select(Role))}
    teams = {name: Group(name=name, label=name) for *_rest, name in ACCOUNTS if name}
    users = [
        User(
            username=username,
            first_name=first,
            last_name=last,
            email=f"{username}@demo.example",
            password=password,
            active=True,
            roles=[roles[role]],
            groups=[teams[team]] if team else [],
        )
        for (username, first, last, role, team), password in zip(ACCOUNTS, hashes, strict=True)
    ]
    session.add_all(users)
    session.flush()
    return [user for user in users if user.groups]


def desk_of(session: Session, fake: Faker, operators: list[User]) -> Desk:
    """What the events are made with."""
    return Desk(fake, now(), zone(), first_series(session), outcomes(session), operators)


def fill(session: Session, desk: Desk, own_example: Event) -> None:
    """Make and store all records."""
    fake, at = desk.fake, desk.now
    groves, campaigns = demo_trees.plant_features(session), demo_trees.plant_campaigns(session)
    parties = demo_parties.make_parties(fake, desk.operators, at)
    demo_trees.give_values(fake, groves, parties)
    events = demo_events.make_events(desk, parties)
    demo_trees.give_event_values(fake, groves, [event for event, _party in events])
    hung = list(demo_trees.hang_contractors(fake, campaigns, parties, at))
    hung += demo_trees.hang_events(fake, hung, events)
    persons = [person for party in parties for person in party.persons]
    session.add_all([own_example, *(party.contractor for party in parties), *persons])
    session.add_all([*(event for event, _party in events), *hung])
    session.flush()
    noted = [own_example.contractor, *(party.contractor for party in parties)], [own_example]
    session.add_all(demo_notes.make_notes(fake, *noted, desk.operators, at))
    session.flush()


def first_series(session: Session) -> Series:
    """The series CRM of the card, else the first one."""
    found = list(session.scalars(select(Series).order_by(Series.id)))
    return next((one for one in found if one.symbol == "CRM"), found[0])


def outcomes(session: Session) -> list[Outcome]:
    """The outcomes one may choose, the system's first."""
    query = select(Outcome).where(Outcome.archived_at.is_(None))
    return list(session.scalars(query.order_by(Outcome.system.desc(), Outcome.place)))


def zefir(desk: Desk, admin: User) -> Event:
    """The event of the product card, with its contractor, contact and open stage."""
    begun, due = local(desk.zone, 2006, 10, 31, 9, 55), local(desk.zone, 2006, 11, 2, 10, 2)
    names = {"code": "ZEFIR", "name": "Zefi J. Nowak i E. Nowak"}
    contractor = Contractor(**names, status="prospect", created_at=begun.at)
    contact = Person(first_name="Jan", last_name="Fiszki", created_at=begun.at)
    contact.affiliations.append(Affiliation(contractor=contractor))
    handled: dict[str, Any] = {
        "subject": ZEFIR_SUBJECT,
        "description": ZEFIR_WORDS,
        "contact": contact,
        "operator": admin,
        "outcome": desk.outcomes[0],
        "start_on": begun.on,
        "start_at": begun.at,
        "created_at": begun.at,
    }
    event = Event(series=desk.series, contractor=contractor, closed_upto=0, **handled)
    event.add_stage(Stage(due_on=due.on, due_at=due.at, **handled))
    return event


def local(company: ZoneInfo, *parts: int) -> Moment:
    """A moment on the company's clock."""
    return Moment.at_instant(datetime(*parts, tzinfo=company), company)  # type: ignore[misc,arg-type]


# --- removal -----------------------------------------------------------------------------------


def remove() -> dict[str, int]:
    """Delete the demo as long as every record is its own; returns how many rows of what."""
    with transaction() as session:
        mine = {model: made_ids(session, model.__tablename__) for model in MADE}
        refuse_if(foreign_records(mine), NotAllowed)
        gone = {model.__tablename__: count(model) for model in MADE}
        for follows in (Mention, DatedValue):
            session.execute(delete(follows))
        for model in MADE:
            session.execute(delete(model))
        session.execute(delete(Numbering))
        accounts = {table: made_ids(session, table.name) for table in ACCOUNT_TABLES}
        forget(session, accounts)
        for table, ids in accounts.items():
            delete_accounts(session, table, ids)
    return gone


def made_ids(session: Session, table: str) -> set[int]:
    """The rows of a table that the demo made."""
    query = select(AuditEntry.record_id).join(Batch).where(Batch.act == ACT)
    made = query.where(AuditEntry.record_type == table, AuditEntry.action == "create")
    return set(session.scalars(made))


def foreign_records(mine: dict[type[Model], set[int]]) -> list[Reason]:
    """Why the demo can't be removed: records that are not its own, by table."""
    if not any(mine.values()):
        return [Reason("demo.missing", _("There is no demo data."))]
    words = _("%(table)s: %(count)d records are not of the demo data.")
    found = ((model.__tablename__, len(all_ids(model) - ids)) for model, ids in mine.items())
    return [
        Reason("demo.in_use", words % {"table": one, "count": many}) for one, many in found if many
    ]


def all_ids(model: type[Model]) -> set[int]:
    """The ids of all rows."""
    key = inspect(model).primary_key[0]
    return set(db.session.scalars(select(key), execution_options=UNSCOPED))


def forget(session: Session, accounts: dict[Any, set[int]]) -> None:
    """Delete the journal of what is gone, and the batches that are empty then."""
    kinds = [model.__tablename__ for model in MADE]
    session.execute(delete(AuditEntry).where(AuditEntry.record_type.in_(kinds)))
    for table, ids in accounts.items():
        which = (AuditEntry.record_type == table.name, AuditEntry.record_id.in_(ids))
        session.execute(delete(AuditEntry).where(*which))
    used = select(AuditEntry.batch_id)
    session.execute(update(Batch).where(Batch.undoes_id.not_in(used)).values(undoes_id=None))
    session.execute(delete(Batch).where(Batch.id.not_in(used)))


def delete_accounts(session: Session, accounts: Any, ids: set[int]) -> None:
    """Delete the demo's operators or teams; logins go with them, what else names them forgets."""
    for column in references_to(accounts):
        table, hit = column.table, column.in_(ids)
        if column.nullable and not is_link(table):
            session.execute(update(table).where(hit).values({column.name: None}))
        else:
            session.execute(delete(table).where(hit))
    session.execute(delete(accounts).where(accounts.c.id.in_(ids)))


def references_to(target: Any) -> list[Any]:
    """The columns of all tables that point at the table."""
    keys = (key for table in metadata.sorted_tables for key in table.foreign_keys)
    return [key.parent for key in keys if key.column.table is target]


def is_link(table: Any) -> bool:
    """Whether the table only ties two others together."""
    return all(column.foreign_keys or column.primary_key for column in table.columns)
