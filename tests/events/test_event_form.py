"""The event's form: parties that go together, dates, the number, versions."""

import pytest
from sqlalchemy import select

from app.events.models import Event
from tests.events.doors import state


def fields(event=None, **more):
    """What the form sends."""
    given = {"subject": "Offer", "start": "2026-11-23", "start-time": "09:55"}
    if event is not None:
        given |= {
            "version": event.version,
            "subject": event.subject,
            "operator": event.operator_id,
            "contractor": event.contractor_id or "",
            "contact": event.contact_id or "",
        }
    return given | more


def add(client, session, operator, **more):
    """Register an event; the answer and the newest event."""
    series = client.get("/events/new")
    assert series.status_code == 200
    answer = client.post("/events/new", data=fields(series_id=1, operator=operator.id, **more))
    return answer, session.scalars(select(Event).order_by(Event.id.desc())).first()


def change(client, event, **more):
    return client.post(f"/events/{event.id}/edit", data=fields(event, **more))


def test_a_contact_brings_the_only_contractor(
    make_contractor, make_person, ann, client_as, session
):
    zefir = make_contractor("Zefir")
    jan = make_person("Fiszki", contractor=zefir)
    answer, event = add(client_as(ann), session, ann, contact=jan.id)
    assert answer.status_code == 303
    assert event.contractor_id == zefir.id


def test_a_contact_of_another_contractor_is_refused_at_its_field(
    make_contractor, make_person, ann, client_as, session
):
    jan = make_person("Fiszki", contractor=make_contractor("Zefir"))
    other = make_contractor("Other")
    answer, event = add(client_as(ann), session, ann, contact=jan.id, contractor=other.id)
    assert (answer.status_code, event) == (422, None)
    assert "contact-errors" in answer.text
    assert 'value="Offer"' in answer.text


def test_an_internal_event_has_no_contractor(make_contractor, ann, client_as, session):
    answer, event = add(client_as(ann), session, ann, internal="y")
    assert (answer.status_code, event.internal, event.contractor_id) == (303, True, None)
    zefir = make_contractor("Zefir")
    answer, _event = add(client_as(ann), session, ann, internal="y", contractor=zefir.id)
    assert answer.status_code == 422


def test_a_subject_of_blanks_is_refused(ann, client_as, session):
    answer, event = add(client_as(ann), session, ann, subject="   ")
    assert (answer.status_code, event) == (422, None)


def test_the_number_keeps_its_year_and_says_so(make_event, ann, client_as):
    event = make_event(operator=ann)
    number, client = event.number, client_as(ann)
    change(client, event, start="2025-01-02")
    assert (event.number, event.start_on.isoformat()) == (number, "2025-01-02")
    assert number in client.get(f"/events/{event.id}").text.split('id="toasts"')[1]


def test_a_document_of_the_old_year_takes_that_years_number(ann, client_as, session):
    late = {"start": "2025-12-31", "start-time": "23:59"}
    _answer, event = add(client_as(ann), session, ann, **late)
    assert (event.year, event.number) == (2025, "0001/2025/CRM")
    assert event.start_at.isoformat() == "2025-12-31T22:59:00+00:00"


def test_a_due_date_without_a_time_stays_a_day(ann, client_as, session):
    _answer, event = add(client_as(ann), session, ann, due="2026-12-01")
    assert (event.due_on.isoformat(), event.due_at) == ("2026-12-01", None)


def test_with_stages_the_due_date_is_that_of_the_last(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"])
    client = client_as(ann)
    assert "readonly" in client.get(f"/events/{event.id}/edit").text
    change(client, event, due="2030-01-01")
    assert event.due_on is None


def test_a_closed_event_keeps_its_contractor(make_event, make_contractor, ann, client_as):
    event = make_event(operator=ann, stages=["a"], closed=1, contractor=make_contractor("Zefir"))
    other = make_contractor("Other")
    answer = change(client_as(ann), event, contractor=other.id)
    assert answer.status_code == 409
    assert event.contractor.name == "Zefir"
    assert change(client_as(ann), event, subject="Renamed").status_code == 303
    assert (event.subject, state(event)) == ("Renamed", "cC")


def test_a_new_contractor_takes_foreign_contacts_from_open_stages(
    make_event, make_contractor, make_person, ann, client_as
):
    zefir, other = make_contractor("Zefir"), make_contractor("Other")
    jan = make_person("Fiszki", contractor=zefir)
    stages = [{"subject": "a", "contact": jan}, {"subject": "b", "contact": jan}]
    event = make_event(operator=ann, stages=stages, closed=1, contractor=zefir, contact=jan)
    change(client_as(ann), event, contractor=other.id, contact="")
    assert [stage.contact_id for stage in event.stages] == [jan.id, None]


def test_an_operator_who_left_is_kept_but_not_chosen_anew(
    make_event, make_user, admin, client_as, session
):
    gone = make_user("gone")
    event, other = make_event(operator=gone), make_event(operator=admin)
    gone.active = False
    session.commit()
    client = client_as(admin)
    assert change(client, event, subject="Kept").status_code == 303
    assert (event.subject, event.operator_id) == ("Kept", gone.id)
    assert change(client, other, operator=gone.id).status_code == 422


def test_who_was_slower_sees_both_values(make_event, ann, client_as):
    event = make_event(operator=ann)
    client, first = client_as(ann), event.version
    change(client, event, subject="Theirs")
    answer = change(client, event, subject="Mine", version=first)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text


def test_a_stranger_finds_no_form(make_event, bob, ann, client_as):
    event = make_event(operator=bob)
    assert client_as(ann).get(f"/events/{event.id}/edit").status_code == 404
    assert change(client_as(ann), event).status_code == 404


def test_a_reader_has_no_form(make_event, ann, viewer, client_as):
    event = make_event(operator=ann)
    assert client_as(viewer).get(f"/events/{event.id}/edit").status_code == 403


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/events/{event}", 12),
        ("/events/{event}/ask/close", 12),
        ("/events/{event}/edit", 8),
        ("/events/new", 8),
        ("/events/{event}/preview", 12),
        ("/stages/{stage}", 12),
        ("/stages/{stage}/edit", 8),
    ],
)
def test_pages_ask_the_database_few_times(makers, ann, client_as, statements, path, most):
    zefir = makers.contractor("Zefir")
    jan = makers.person("Fiszki", contractor=zefir)
    stages = [{"subject": f"stage {number}", "contact": jan} for number in range(20)]
    event = makers.event(operator=ann, stages=stages, closed=3, contractor=zefir, contact=jan)
    client = client_as(ann)
    url = path.format(event=event.id, stage=event.stages[5].id)
    client.get(url)
    with statements() as seen:
        answer = client.get(url)
    assert answer.status_code == 200
    assert len(seen) <= most, seen
    assert len(answer.data) <= 100 * 1024
