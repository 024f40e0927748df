"""Persons on pages: register from a contractor, links with role and days, what others see."""

import re
from datetime import date

from app.persons.models import Affiliation, Person


def link_data(person, contractor, **more):
    """What the form of a link sends."""
    return {"person": person.id, "contractor": contractor.id, **more}


def test_a_person_added_from_a_card_works_for_that_contractor(
    client_as, ann, make_contractor, session
):
    one = make_contractor(keeper=ann)
    client = client_as(ann)
    form = client.get(f"/persons/new?contractor={one.id}").text
    assert f"<option value='{one.id}' selected>" in form
    data = {"last_name": "Fiszki", "first_name": "Jan", "contractor": one.id}
    assert client.post("/persons/new", data=data).status_code == 303
    person = session.query(Person).one()
    assert [link.contractor_id for link in person.affiliations] == [one.id]
    assert "Fiszki / Jan" in client.get(f"/contractors/{one.id}").text


def test_a_person_is_not_tied_to_a_contractor_out_of_sight(
    client_as, ann, bob, make_contractor, session
):
    hidden = make_contractor(keeper=bob)
    data = {"last_name": "Fiszki", "contractor": hidden.id}
    assert client_as(ann).post("/persons/new", data=data).status_code == 422
    assert session.query(Person).count() == 0


def test_a_person_needs_a_last_name(client_as, ann):
    answer = client_as(ann).post("/persons/new", data={"last_name": " ", "first_name": "Jan"})
    assert answer.status_code == 422
    assert 'value="Jan"' in answer.text


def test_a_persons_e_mail_address_has_its_shape(client_as, ann):
    typed = {"last_name": "Fiszki", "email": "jan.fiszki"}
    answer = client_as(ann).post("/persons/new", data=typed)
    assert (answer.status_code, 'value="jan.fiszki"' in answer.text) == (422, True)


def test_a_person_serves_a_second_contractor_with_role_and_days(
    client_as, ann, make_contractor, make_person, session
):
    person = make_person(contractor=make_contractor())
    other = make_contractor("Other")
    data = link_data(person, other, role="Buyer", from_on="2024-05-01", to_on="2025-04-30")
    assert client_as(ann).post("/affiliations/new", data=data).status_code == 303
    link = session.query(Affiliation).filter_by(contractor_id=other.id).one()
    assert (link.role, link.from_on, link.to_on) == ("Buyer", date(2024, 5, 1), date(2025, 4, 30))


def test_a_link_that_cannot_be_is_refused_at_its_field(
    client_as, ann, make_contractor, make_person, session
):
    one, client = make_contractor(), client_as(ann)
    person = make_person(contractor=one)
    backwards = {"from_on": "2025-01-01", "to_on": "2024-01-01"}
    for days, field in ((backwards, "to_on"), ({"from_on": "2025-01-01"}, "person")):
        answer = client.post("/affiliations/new", data=link_data(person, one, **days))
        assert answer.status_code == 422
        assert f'id="{field}-errors"' in answer.text
    assert session.query(Affiliation).count() == 1


def test_a_link_is_ended_and_a_stale_form_refused(
    client_as, ann, make_contractor, make_person, session
):
    person = make_person(contractor=make_contractor())
    link = person.affiliations[0]
    client = client_as(ann)
    url = f"/affiliations/{link.id}/edit?back=person"
    shown = re.search(r'name="version" value="([^"]*)"', client.get(url).text)[1]
    data = {"role": "Buyer", "to_on": "2025-04-30", "version": shown}
    assert client.post(url, data=data).location == f"/persons/{person.id}"
    session.refresh(link)
    assert link.to_on == date(2025, 4, 30)
    assert client.post(url, data=data).status_code == 409
    assert "30 Apr 2025" in client.get(f"/persons/{person.id}").text or "30.04.2025" in (
        client.get(f"/persons/{person.id}").text
    )


def test_a_mistaken_link_is_removed(client_as, ann, make_contractor, make_person, session):
    person = make_person(contractor=make_contractor(), created_by_id=ann.id)
    client, link = client_as(ann), person.affiliations[0]
    path = f"/affiliations/{link.id}/delete?back=person"
    assert path in client.get(f"/affiliations/{link.id}/edit?back=person").text
    assert client.post(path).location == f"/persons/{person.id}"
    assert session.query(Affiliation).count() == 0


def test_links_to_contractors_out_of_sight_are_not_shown(
    client_as, ann, bob, make_contractor, make_person, session
):
    person = make_person(contractor=make_contractor("Mine", keeper=ann))
    hidden = make_contractor("Canary", keeper=bob)
    session.add(Affiliation(person_id=person.id, contractor_id=hidden.id))
    session.commit()
    client = client_as(ann)
    for path in ("/persons/", f"/persons/{person.id}"):
        page = client.get(path).text
        assert "Mine" in page
        assert "Canary" not in page
    link = next(one for one in person.affiliations if one.contractor_id == hidden.id)
    assert client.get(f"/affiliations/{link.id}/edit").status_code == 404
    assert client.post(f"/affiliations/{link.id}/delete").status_code == 404
    chosen = client.get(f"/persons/?_flt_0_contractor={hidden.id}").text
    assert "Fiszki" not in chosen


def test_a_person_of_strangers_cannot_be_found(client_as, ann, bob, make_contractor, make_person):
    person = make_person(contractor=make_contractor(keeper=bob))
    client = client_as(ann)
    assert client.get(f"/persons/{person.id}").status_code == 404
    assert client.post(f"/persons/{person.id}/edit", data={}).status_code == 404


def test_the_card_lists_events_and_stages_of_the_person(
    client_as, ann, make_contractor, make_person, make_event
):
    one = make_contractor()
    person = make_person(contractor=one)
    mine = make_event(operator=ann, contractor=one, contact=person, subject="Led by the person")
    joined = make_event(
        operator=ann, contractor=one, stages=[{"subject": "Call", "contact": person}]
    )
    page = client_as(ann).get(f"/persons/{person.id}").text
    assert mine.number in page
    assert joined.number in page
    assert "Call" in page
