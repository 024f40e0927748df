"""Unsaved text: kept for its operator, offered with what differs, gone when it is saved."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.contractors.models import Contractor
from app.records import drafts
from app.records.models import Draft, Note
from tests.cast import english
from tests.records.carriers import address

TOKEN = "0123456789abcdef"


@pytest.fixture
def contractor(make_contractor, ann):
    """A contractor of ann's."""
    return make_contractor("Zefir", keeper=ann, city="Rzeszów")


def keep(client, form, token=TOKEN, **fields):
    """What the script sends while one types."""
    return client.post("/drafts/", query_string={"form": form, "token": token}, data=fields)


def kept(session):
    """All drafts."""
    return session.scalars(select(Draft).order_by(Draft.id)).all()


def version_in(page):
    """The version that a form carries."""
    return re.search(r'name="version" value="([^"]*)"', page.text)[1]


def test_typed_text_is_kept_offered_and_continued(client_as, ann, contractor, session):
    client, form = english(client_as(ann)), f"/contractors/{contractor.id}/edit"
    assert f'data-draft="{form}"' in client.get(form).text
    typed = {"name": "Zefir", "code": contractor.code, "status": "prospect", "keeper": str(ann.id)}
    for city in ("Łań", "Łańcut"):
        assert keep(client, form, **typed, city=city, version="1").status_code == 204
    (draft,) = kept(session)
    assert dict(draft.fields)["city"] == "Łańcut"
    page = client.get(form).text
    assert "Unsaved text of" in page
    offer = page.split('class="draft-fields"')[1].split("</dl>")[0]
    assert re.findall(r"<dt>([^<]*)", offer) == ["City"]
    assert "Łańcut" in offer
    resumed = client.get(f"{form}?draft={draft.id}")
    assert 'value="Łańcut"' in resumed.text
    assert "data-dirty" in resumed.text
    assert f'name="draft" value="{TOKEN}"' in resumed.text
    saved = {**typed, "city": "Łańcut", "version": version_in(resumed), "draft": TOKEN}
    assert client.post(form, data=saved).status_code == 303
    assert kept(session) == []
    assert session.get(Contractor, contractor.id).city == "Łańcut"


def test_a_draft_of_an_older_version_leads_to_both_values(client_as, ann, contractor, session):
    client, form = english(client_as(ann)), f"/contractors/{contractor.id}/edit"
    keep(client, form, name="Mine", code=contractor.code, status="prospect", version="1")
    contractor.name = "Theirs"
    session.commit()
    assert "The record was changed since" in client.get(form).text
    (draft,) = kept(session)
    resumed = client.get(f"{form}?draft={draft.id}")
    assert version_in(resumed) == "1"
    typed = {"name": "Mine", "code": contractor.code, "status": "prospect", "version": "1"}
    assert client.post(form, data=typed).status_code == 409


@pytest.mark.parametrize("kind", ["persons", "contractors", "events"])
def test_new_records_have_drafts_too(client_as, ann, kind, session):
    client, form = client_as(ann), f"/{kind}/new"
    field = {"persons": "last_name", "contractors": "name", "events": "subject"}[kind]
    keep(client, form, **{field: "Half typed"})
    assert "Half typed" in client.get(form).text
    assert "Half typed" not in client.get(f"{form}?contractor=7").text
    (draft,) = kept(session)
    assert 'value="Half typed"' in client.get(f"{form}?draft={draft.id}").text


def test_the_text_of_a_note_is_offered_on_the_card(client_as, ann, contractor, session):
    client, form = client_as(ann), f"/notes/new?{address(contractor)}"
    keep(client, form, text="Half a note")
    assert "Half a note" in client.get(f"/contractors/{contractor.id}/notes").text
    client.post(form, data={"text": "Whole", "draft": TOKEN})
    assert kept(session) == []
    assert session.scalars(select(Note.text)).all() == ["Whole"]


def test_a_refused_form_keeps_its_draft(client_as, ann, session):
    client = client_as(ann)
    keep(client, "/persons/new", first_name="Jan")
    answer = client.post("/persons/new", data={"first_name": "Jan", "draft": TOKEN})
    assert answer.status_code == 422
    assert f'name="draft" value="{TOKEN}"' in answer.text
    assert len(kept(session)) == 1


def test_drafts_are_their_operators_alone(client_as, ann, manager, contractor, session):
    form = f"/contractors/{contractor.id}/edit"
    keep(client_as(ann), form, name="Secret plan")
    other = client_as(manager)
    assert "Secret plan" not in other.get(form).text
    (draft,) = kept(session)
    assert other.get(f"{form}?draft={draft.id}").status_code == 404
    assert other.post(f"/drafts/{draft.id}/delete").status_code == 404
    assert client_as(ann).post(f"/drafts/{draft.id}/delete").status_code == 200
    assert kept(session) == []


def test_passwords_and_tokens_are_not_kept(client_as, admin, session):
    typed = {"username": "new", "password": "x", "conf_password": "x", "csrf_token": "x"}
    keep(client_as(admin), "/operators/new", **typed, once="x", version="1")
    assert kept(session)[0].fields == [["username", "new"]]


def test_a_draft_has_limits(client_as, ann, session, monkeypatch):
    client = client_as(ann)
    assert keep(client, "/persons/new", notes="x" * 100_001).status_code == 422
    assert keep(client, "//example.org", notes="x").status_code == 422
    assert keep(client, "/persons/new", token="x", notes="x").status_code == 422
    monkeypatch.setattr(drafts, "MOST", 3)
    for number in range(5):
        keep(client, "/persons/new", f"{TOKEN}{number}", notes=str(number))
    assert [one.fields[0][1] for one in kept(session)] == ["2", "3", "4"]


def test_old_drafts_go_by_command_and_at_the_login(client_as, ann, command, session):
    client = client_as(ann)
    keep(client, "/persons/new", notes="old")
    kept(session)[0].at = datetime.now(UTC) - timedelta(days=31)
    session.commit()
    assert "old" not in client.get("/persons/new").text.split('class="draft-fields"')[-1][:0]
    assert "1 drafts" in command("records", "tidy").output
    assert kept(session) == []


def test_an_ended_session_answers_scripts_so_that_the_text_stays(client_as, ann):
    client = client_as(None)
    script = {"HX-Request": "true"}
    query = {"form": "/persons/new", "token": TOKEN}
    lost = client.post("/drafts/", query_string=query, data={"notes": "x"}, headers=script)
    assert lost.status_code == 401
    assert client.get("/drafts/token", headers=script).status_code == 401
    assert client_as(ann).get("/drafts/token", headers=script).json["token"]


def test_a_form_with_drafts_takes_one_statement_more(client_as, ann, contractor, statements):
    client, form = client_as(ann), f"/contractors/{contractor.id}/edit"
    client.get(form)
    with statements() as seen:
        client.get(form)
    assert len([one for one in seen if "FROM draft" in one]) == 1
    assert len(seen) <= 8, seen
