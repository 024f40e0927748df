"""Contractors on pages: register, change, card, status, trash."""

import re

import pytest

from app.audit.models import AuditEntry
from app.contractors.models import Contractor

NEW = {"name": "Zefi J. Nowak i E. Nowak", "code": "ZEFIR", "status": "prospect"}


def version_in(page):
    """The version that a form carries."""
    return re.search(r'name="version" value="([^"]*)"', page.text)[1]


def test_a_contractor_is_registered_with_its_numbers_cleaned(client_as, ann, session):
    answer = client_as(ann).post("/contractors/new", data={**NEW, "nip": "PL 856-734-62-15"})
    kept = session.query(Contractor).one()
    assert (answer.status_code, answer.location) == (303, f"/contractors/{kept.id}")
    assert (kept.code, kept.nip, kept.nip_shown) == ("ZEFIR", "8567346215", "856-734-62-15")
    assert kept.created_by_id == ann.id


def test_a_code_is_made_from_the_name(client_as, ann, session):
    for _twice in range(2):
        client_as(ann).post("/contractors/new", data={**NEW, "code": ""})
    assert sorted(one.code for one in session.query(Contractor)) == ["ZEFI", "ZEFI2"]


def test_a_refused_form_keeps_what_was_typed(client_as, ann, session):
    typed = {**NEW, "nip": "123-456-78-90", "city": "Łódź", "notes": "<b>loud</b>"}
    answer = client_as(ann).post("/contractors/new", data=typed)
    assert answer.status_code == 422
    assert all(text in answer.text for text in ("123-456-78-90", "Łódź", "&lt;b&gt;loud"))
    assert 'aria-invalid="true"' in answer.text
    assert session.query(Contractor).count() == 0


@pytest.mark.parametrize(
    ("address", "status"),
    [("anna@firma", 303), ("łucja@zażółć.pl", 303), ("anna firma.pl", 422), ("@", 422)],
)
def test_an_e_mail_address_has_its_shape(client_as, ann, address, status):
    answer = client_as(ann).post("/contractors/new", data={**NEW, "email": address})
    assert answer.status_code == status
    assert ('id="email-errors"' in answer.text) == (status == 422)


def test_a_code_that_is_taken_is_refused_at_its_field(client_as, ann, make_contractor, session):
    make_contractor(code="ZEFIR")
    answer = client_as(ann).post("/contractors/new", data=NEW)
    assert answer.status_code == 422
    assert 'id="code-errors"' in answer.text
    assert session.query(Contractor).count() == 1


def test_the_same_form_sent_twice_makes_one_contractor(client_as, ann, session):
    client = client_as(ann)
    once = re.search(r'name="once" value="([^"]+)"', client.get("/contractors/new").text)[1]
    first, second = (client.post("/contractors/new", data={**NEW, "once": once}) for _ in "12")
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert session.query(Contractor).count() == 1


def test_a_used_form_with_other_text_is_refused_and_can_be_sent_again(client_as, ann, session):
    client = client_as(ann)
    client.post("/contractors/new", data={**NEW, "once": "abc"})
    other = {**NEW, "code": "OTHER", "name": "Other"}
    refused = client.post("/contractors/new", data={**other, "once": "abc"})
    assert refused.status_code == 422
    again = re.search(r'name="once" value="([^"]+)"', refused.text)[1]
    assert client.post("/contractors/new", data={**other, "once": again}).status_code == 303
    assert session.query(Contractor).count() == 2


def test_a_refused_form_may_be_sent_again_under_its_key(client_as, ann, session):
    client = client_as(ann)
    refused = client.post("/contractors/new", data={**NEW, "nip": "1", "once": "abc"})
    assert refused.status_code == 422
    assert client.post("/contractors/new", data={**NEW, "once": "abc"}).status_code == 303


def test_a_contractor_is_changed_and_the_change_is_noted(client_as, ann, make_contractor, session):
    one = make_contractor(keeper=ann)
    client = client_as(ann)
    form = client.get(f"/contractors/{one.id}/edit")
    data = {"name": "Nowak & Sons", "code": one.code, "status": "client", "keeper": ann.id}
    answer = client.post(f"/contractors/{one.id}/edit", data={**data, "version": version_in(form)})
    assert answer.status_code == 303
    session.refresh(one)
    assert (one.name, one.status, one.version) == ("Nowak & Sons", "client", 2)
    entry = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry.changes == {"name": ["Nowak", "Nowak & Sons"], "status": ["prospect", "client"]}


def test_save_stays_on_the_form_and_save_and_close_leaves_it(client_as, ann, session):
    client = client_as(ann)
    stay = client.post("/contractors/new", data={**NEW, "then": "stay"})
    assert re.fullmatch(r"/contractors/\d+/edit", stay.location)


def test_a_stale_form_is_refused_with_both_values(client_as, ann, make_contractor, session):
    one = make_contractor(name="Nowak", city="Łódź")
    client = client_as(ann)
    shown = version_in(client.get(f"/contractors/{one.id}/edit"))
    one.city = "Sopot"
    session.commit()
    data = {"name": one.name, "code": one.code, "status": one.status, "city": "Gdańsk"}
    refused = client.post(f"/contractors/{one.id}/edit", data={**data, "version": shown})
    assert refused.status_code == 409
    assert "Sopot" in refused.text
    assert refused.text.count('<th scope="row">') == 1
    assert "Gdańsk" in refused.text
    session.refresh(one)
    assert one.city == "Sopot"
    again = {**data, "version": version_in(refused)}
    assert client.post(f"/contractors/{one.id}/edit", data=again).status_code == 303
    session.refresh(one)
    assert one.city == "Gdańsk"


def test_a_form_without_a_version_is_refused(client_as, ann, make_contractor):
    one = make_contractor()
    data = {"name": "x", "code": one.code, "status": one.status}
    assert client_as(ann).post(f"/contractors/{one.id}/edit", data=data).status_code == 409


def test_the_status_is_changed_from_the_card(client_as, ann, make_contractor, session):
    one = make_contractor()
    client = client_as(ann)
    assert (
        client.post(f"/contractors/{one.id}/status", data={"status": "client"}).status_code == 303
    )
    session.refresh(one)
    assert one.status == "client"
    odd = client.post(f"/contractors/{one.id}/status", data={"status": "friend"})
    assert odd.status_code == 422


def test_a_contractor_of_another_team_cannot_be_found(
    client_as, ann, bob, make_contractor, statements
):
    one, client = make_contractor(name="Canary", keeper=bob), client_as(ann)
    for method, path in (
        ("GET", ""),
        ("GET", "/edit"),
        ("POST", "/edit"),
        ("GET", "/history"),
        ("POST", "/status"),
    ):
        with statements() as seen:
            answer = client.open(f"/contractors/{one.id}{path}", method=method)
        assert answer.status_code == 404
        assert "Canary" not in answer.text
        assert not seen.writes


def test_a_reader_changes_nothing(client_as, viewer, make_contractor, session):
    one, client = make_contractor(), client_as(viewer)
    for path in ("new", f"{one.id}/edit", f"{one.id}/status", f"{one.id}/delete"):
        assert client.post(f"/contractors/{path}", data=NEW).status_code == 403
    assert session.query(Contractor).count() == 1


def test_trash_and_restore(client_as, manager, make_contractor, session):
    one = make_contractor()
    client = client_as(manager)
    assert client.post(f"/contractors/{one.id}/delete").location == "/contractors/"
    assert client.get(f"/contractors/{one.id}").status_code == 404
    assert one.code in client.get("/contractors/trash").text
    back = client.post(f"/contractors/{one.id}/restoring")
    assert back.location == f"/contractors/{one.id}"
    assert client.get(f"/contractors/{one.id}").status_code == 200


def test_a_contractor_with_open_events_stays(
    client_as, manager, ann, make_contractor, make_event, session
):
    one = make_contractor()
    event = make_event(operator=ann, contractor=one)
    refused = client_as(manager).post(f"/contractors/{one.id}/delete")
    assert refused.status_code == 409
    assert 'data-reason="contractor.open_events"' in refused.text
    assert event.number in refused.text
    session.refresh(one)
    assert one.trashed_at is None


def test_only_those_with_the_right_restore(client_as, ann, viewer, make_contractor, session):
    one = make_contractor(keeper=ann, trashed_at=make_contractor().created_at)
    for user in (ann, viewer):
        assert client_as(user).post(f"/contractors/{one.id}/restoring").status_code == 403
        assert client_as(user).get("/contractors/trash").status_code == 403
