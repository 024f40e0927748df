"""The fixtures do what the other tests take for granted."""

from app.events.definitions import Outcome
from app.events.models import Event
from app.setup.definitions import OUTCOMES
from tests.databases import WRITTEN, without_locks


def test_an_event_is_made_with_stages_of_which_the_first_are_closed(make_event, ann):
    event = make_event(operator=ann, stages=["materials", "offer", "visit"], closed=2)
    assert (event.closed_upto, event.last_pos, event.is_open) == (2, 3, True)
    assert event.number == "0001/2024/CRM"


def test_an_event_with_all_stages_closed_is_closed(make_event, ann):
    assert make_event(operator=ann, stages=["a", "b"], closed=2).is_closed
    assert make_event(operator=ann, done=True).is_closed
    assert make_event(operator=ann).is_open


def test_rows_of_another_test_are_gone(session):
    assert session.query(Event).count() == 0


def test_a_client_is_somebody(client_as, ann, viewer):
    names = [client_as(one).get("/picker/operator").json["results"] for one in (ann, viewer)]
    assert [len(found) for found in names] == [2, 2]
    assert client_as(None).get("/picker/operator").status_code == 302


def test_a_program_is_somebody(api_as, client_as, ann):
    assert api_as(ann).post("/api/v1/security/logout").status_code == 200
    assert client_as(None).post("/api/v1/security/logout").status_code == 401


def test_statements_are_counted(client_as, ann, statements):
    client = client_as(ann)
    with statements() as seen:
        client.get("/picker/operator")
    assert 1 <= len(seen) <= 6
    assert not seen.writes


def test_a_row_lock_is_no_change():
    assert not WRITTEN.findall(without_locks("SELECT * FROM event FOR NO KEY UPDATE OF event"))
    assert WRITTEN.findall("UPDATE event SET no=1") == ["event"]


def test_the_actor_of_an_operation(acting_as, ann):
    with acting_as(ann) as actor:
        assert actor.id == ann.id
        assert actor.may("close", "EventView")


def test_changed_definitions_are_put_back(app, session):
    watch = app.extensions["watch"]
    session.query(Outcome).delete()
    session.commit()
    watch.wipe()
    assert session.query(Outcome).count() == len(OUTCOMES)


def test_a_command_runs(command):
    assert command("setup", "roles").exit_code == 0
