"""The profiles in examples/northwind bring in what a spreadsheet says is there."""

from pathlib import Path

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from app.audit.models import AuditEntry, Batch
from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.events.models import Event
from app.features.models import FeatureNode
from app.features.nodes import below
from app.persons.models import Person

FOLDER = Path(__file__).parents[2] / "examples" / "northwind"
PROFILES = ("contractors", "persons", "operators", "events", "features")


def bring(command, name):
    """Import one file as its profile says."""
    result = command("exchange", "import", str(FOLDER / f"{name}.yaml"), str(FOLDER / "data"))
    assert result.exit_code == 0, result.output
    return result.output


def how_many(session, model, *which):
    """Rows of the table."""
    return session.scalar(select(func.count()).select_from(model).where(*which))


def figures(session, country):
    """Contractors, events, open and late ones that hang at the country or below."""
    node = session.scalars(select(FeatureNode).where(FeatureNode.name == country)).one()
    inside = select(FeatureNode.id).where(below(node.path))
    hung = select(Membership.event_id).where(Membership.node_id.in_(inside))
    contractors = how_many(
        session, Membership, Membership.node_id.in_(inside), Membership.contractor_id.is_not(None)
    )
    here = Event.id.in_(hung.where(Membership.event_id.is_not(None)))
    is_open, is_late = Event.closed_at.is_(None), Event.closed_on > Event.due_on
    return (
        contractors,
        how_many(session, Event, here),
        how_many(session, Event, here, is_open),
        how_many(session, Event, here, is_late),
    )


def test_northwind_comes_in_whole_and_once(admin, command, session):
    for name in PROFILES:
        bring(command, name)
    check_facts(session)
    check_one_event(session)
    check_operators(session)
    check_journal(session, admin)
    entries = how_many(session, AuditEntry)
    for name in PROFILES:
        assert "new:" not in bring(command, name)
    assert how_many(session, AuditEntry) == entries


def check_facts(session):
    """What anyone can check with a spreadsheet."""
    assert how_many(session, Contractor) == 91
    assert how_many(session, Person) == 91
    assert how_many(session, Event) == 830
    assert how_many(session, Event, Event.closed_at.is_(None)) == 21
    assert how_many(session, Event, Event.closed_on > Event.due_on) == 37
    years = select(Event.year, func.count()).group_by(Event.year).order_by(Event.year)
    assert session.execute(years).all() == [(1996, 152), (1997, 408), (1998, 270)]
    assert figures(session, "Germany") == (11, 122, 2, 4)
    assert figures(session, "USA") == (13, 122, 3, 7)


def check_one_event(session):
    """The first order, with its stages, contact and moments."""
    event = session.scalars(select(Event).where(Event.subject == "Order 10248")).one()
    assert event.number == "0001/1996/CRM"
    assert event.contractor.code == "VINET"
    assert event.contact.full_name == "Henriot / Paul"
    assert event.operator.username == "steven.buchanan"
    assert [stage.subject for stage in event.stages] == ["Confirm order", "Ship"]
    assert event.closed_at.isoformat() == "1996-07-16T10:00:00+00:00"  # noon in Warsaw
    assert event.start_at is None
    freyre = session.scalars(select(Person).where(Person.last_name == "Freyre")).one()
    assert freyre.first_name == "José Pedro"


def check_operators(session):
    """Active, without a password."""
    found = session.scalars(select(User).where(User.email.endswith("@northwind.invalid"))).all()
    assert len(found) == 9
    assert all(user.active and user.password is None for user in found)
    assert {role.name for user in found for role in user.roles} == {"Operator"}


def check_journal(session, admin):
    """One batch an import, by the importer, through the import's door."""
    batches = session.scalars(select(Batch).where(Batch.door == "import")).all()
    assert [batch.act for batch in batches] == ["import"] * 5
    assert {batch.actor_id for batch in batches} == {admin.id}
