"""Demo data: the card's own example, a believable set around it, and its removal."""

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from app.audit.models import AuditEntry, Batch
from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.contractors.rules import reasons_not_to_keep
from app.events.definitions import Numbering
from app.events.models import Event, Stage
from app.features.models import Feature, FeatureNode
from app.persons.models import Person

PASSWORD = "Kolorowa-parasolka-7"


@pytest.fixture
def demo(admin, command, monkeypatch):
    """The demo data, loaded by the command."""
    monkeypatch.setenv("ETAP_DEMO_PASSWORD", PASSWORD)
    result = command("setup", "demo")
    assert result.exit_code == 0, result.output
    return result.output


def how_many(session, model, *which):
    """Rows of the table."""
    return session.scalar(select(func.count()).select_from(model).where(*which))


def test_the_demo_shows_the_cards_example_and_goes_by_one_command(
    demo, session, admin, client_as, command, make_contractor
):
    check_the_cards_example(session, admin)
    check_amounts(session)
    check_numbers(session)
    check_trees(session)
    check_login(demo, client_as)
    check_removal(session, command, make_contractor)


def check_the_cards_example(session, admin):
    """ZEFIR as on the card."""
    event = session.scalars(select(Event).where(Event.number == "0001/2006/CRM")).one()
    stage = session.scalars(select(Stage).where(Stage.event_id == event.id)).one()
    assert event.contractor.full_name == "Zefi J. Nowak i E. Nowak (ZEFIR)"
    assert event.contact.full_name == "Fiszki / Jan"
    assert (event.operator_id, event.subject) == (admin.id, "Informacje o systemie enova")
    assert event.start_at.isoformat() == "2006-10-31T08:55:00+00:00"
    assert event.due_at.isoformat() == "2006-11-02T09:02:00+00:00"
    assert stage.is_open
    assert stage.outcome.system


def check_amounts(session):
    """Enough of everything, work for today and history."""
    assert how_many(session, Contractor) == 300
    assert how_many(session, Person) == 600
    assert how_many(session, Event) == 900
    assert 2500 < how_many(session, Stage) < 3100
    assert how_many(session, Feature, Feature.campaign) == 3
    assert how_many(session, Membership) > 500
    assert how_many(session, Event, Event.closed_at.is_(None)) > 100
    assert how_many(session, Event, Event.closed_at.is_not(None)) > 500
    assert how_many(session, Event, Event.internal) > 20
    assert all(not reasons_not_to_keep(one) for one in session.scalars(select(Contractor)))


def check_numbers(session):
    """Numbers have no gap, and the counters go on behind them."""
    for counter in session.scalars(select(Numbering)):
        which = (Event.series_id == counter.series_id, Event.year == counter.year)
        numbers = set(session.scalars(select(Event.no).where(*which)))
        assert numbers == set(range(1, counter.last + 1))


def check_trees(session):
    """Three to five levels, paths as the parents say."""
    nodes = {node.id: node for node in session.scalars(select(FeatureNode))}
    depths = [
        max(node.depth for node in nodes.values() if node.feature_id == campaign.id)
        for campaign in session.scalars(select(Feature).where(Feature.campaign))
    ]
    assert sorted(depths) == [3, 4, 5]
    for node in nodes.values():
        above = nodes[node.parent_id].path if node.parent_id else "/"
        assert node.path == f"{above}{node.id}/"


def check_login(told, client_as):
    """Its operators log in with the password that was told."""
    assert PASSWORD in told
    client = client_as(None)
    answer = client.post("/login/", data={"username": "anna.wilk", "password": PASSWORD})
    assert answer.status_code == 303


def check_removal(session, command, make_contractor):
    """It goes as long as every record is its own."""
    ours = make_contractor(name="Our own")
    refused = command("setup", "demo", "--remove")
    assert refused.exit_code == 1
    assert "contractor: 1" in refused.output
    assert how_many(session, Contractor) == 301
    session.delete(session.get(Contractor, ours.id))
    result = command("setup", "demo", "--remove")
    assert result.exit_code == 0, result.output
    for model in (Contractor, Person, Event, Stage, Feature, FeatureNode, Membership, Numbering):
        assert how_many(session, model) == 0
    assert session.scalars(select(User.username)).all() == ["admin"]
    demo_batches = select(AuditEntry.id).join(Batch).where(Batch.act == "demo")
    assert session.scalars(demo_batches).all() == []


def test_it_is_not_poured_over_records(admin, session, command, make_contractor):
    make_contractor()
    assert command("setup", "demo").exit_code == 1
    assert how_many(session, Contractor) == 1


def test_nothing_to_remove_is_said(admin, command):
    assert command("setup", "demo", "--remove").exit_code == 1
