"""Notes: written, shared, changed by their authors, mentions told, nothing in them runs."""

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.db import db, transaction
from app.records.markdown import markdown
from app.records.mentions import count_unseen, mark_seen, mentions_of
from app.records.models import Mention, Note
from tests.cast import english
from tests.records.carriers import address

TEXT = "Call **before ten**, see https://example.com"


@pytest.fixture
def contractor(make_contractor, ann):
    """A contractor that only ann's team and those who see all may open."""
    return make_contractor("Zefir", keeper=ann)


@pytest.fixture
def note(session, contractor, ann):
    """A note of ann's on it."""
    found = Note(record_type="contractor", record_id=contractor.id, text=TEXT)
    found.created_by_id = ann.id
    session.add(found)
    session.commit()
    return found


def write(client, record, text=TEXT, **more):
    """Post a note."""
    return client.post(f"/notes/new?{address(record)}", data={"text": text, **more})


def test_a_note_is_written_rendered_and_journalled(client_as, ann, viewer, contractor, session):
    answer = write(client_as(ann), contractor, pinned="y")
    assert (answer.status_code, answer.location) == (303, f"/contractors/{contractor.id}#notes")
    note = session.scalars(select(Note)).one()
    assert (note.text, note.pinned, note.created_by_id) == (TEXT, True, ann.id)
    page = client_as(viewer).get(f"/contractors/{contractor.id}/notes").text
    assert "<strong>before ten</strong>" in page
    assert 'href="https://example.com" rel="nofollow noopener noreferrer"' in page
    entry = session.scalars(select(AuditEntry).where(AuditEntry.record_type == "note")).one()
    assert (entry.record_id, entry.action) == (note.id, "create")


@pytest.mark.parametrize("kind", ["contractor", "person", "event", "stage"])
def test_every_register_carries_notes(client_as, ann, makers, kind, session):
    contractor = makers.contractor(keeper=ann)
    event = makers.event(ann, stages=["a", "b"])
    record = {
        "contractor": contractor,
        "person": makers.person(contractor=contractor),
        "event": event,
        "stage": event.stages[0],
    }[kind]
    assert write(client_as(ann), record).status_code == 303
    pages = {"contractor": "contractors", "person": "persons", "event": "events"}
    url = f"/{pages.get(kind, 'stages')}/{record.id}"
    assert f'hx-get="{url}/notes"' in client_as(ann).get(url).text
    assert "before ten" in client_as(ann).get(f"{url}/notes").text
    assert "<html" not in client_as(ann).get(f"{url}/notes", headers={"HX-Request": "true"}).text


def test_pinned_notes_stand_first_and_older_ones_follow(client_as, ann, contractor, session):
    for number in range(14):
        session.add(
            Note(
                record_type="contractor",
                record_id=contractor.id,
                text=f"note {number:02d}",
                pinned=number in (1, 3),
            )
        )
        session.flush()
    session.commit()
    page = client_as(ann).get(f"/contractors/{contractor.id}/notes").text
    assert re.findall(r"note (\d\d)", page) == [
        *("03", "01"),
        *(f"{number:02d}" for number in (13, 12, 11, 10, 9, 8, 7, 6)),
    ]
    older = re.search(r"notes\?notes=(\d+)", page)[1]
    rest = client_as(ann).get(f"/contractors/{contractor.id}/notes?notes={older}").text
    assert re.findall(r"note (\d\d)", rest) == ["05", "04", "02", "00"]
    assert client_as(ann).get(f"/contractors/{contractor.id}/notes?notes=x").status_code == 400


def test_a_strangers_record_takes_and_shows_no_note(client_as, bob, viewer, contractor, note):
    assert write(client_as(bob), contractor).status_code == 404
    assert write(client_as(viewer), contractor).status_code == 403
    assert client_as(bob).get(f"/contractors/{contractor.id}/notes").status_code == 404
    for path in ("edit", "delete", "pinning", "restoring"):
        assert client_as(bob).post(f"/notes/{note.id}/{path}").status_code == 404
    assert client_as(bob).get(f"/notes/readers?{address(contractor)}").status_code == 404
    for odd in ("record=user&id=1", "record=contractor&id=x", "id=1", "record=contractor&id=0"):
        assert client_as(bob).post(f"/notes/new?{odd}", data={"text": "x"}).status_code == 404


def test_an_empty_note_is_refused_where_it_is(client_as, ann, contractor, session):
    answer = write(client_as(ann), contractor, " \n ")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert session.scalars(select(Note)).all() == []


def test_the_same_form_sent_twice_makes_one_note(client_as, ann, contractor, session):
    for _twice in "12":
        assert write(client_as(ann), contractor, once="abc").status_code == 303
    assert len(session.scalars(select(Note)).all()) == 1


def test_authors_change_their_notes_and_managers_all(
    client_as, ann, make_user, manager, note, contractor, session
):
    mate = make_user("mate", "Operator", "North")
    form = {"text": "other", "version": "1"}
    for path in ("edit", "delete", "pinning"):
        assert client_as(mate).post(f"/notes/{note.id}/{path}", data=form).status_code == 403
    assert client_as(mate).get(f"/notes/{note.id}/edit").status_code == 403
    answer = client_as(ann).post(f"/notes/{note.id}/edit", data=form)
    assert answer.location == f"/contractors/{contractor.id}#notes"
    assert client_as(manager).post(f"/notes/{note.id}/pinning").status_code == 303
    session.refresh(note)
    assert (note.text, note.pinned, note.version) == ("other", True, 3)


def test_of_two_who_edit_one_note_the_second_is_asked(client_as, ann, manager, note, session):
    form = {"text": "first", "version": "1"}
    assert client_as(ann).post(f"/notes/{note.id}/edit", data=form).status_code == 303
    late = client_as(manager).post(f"/notes/{note.id}/edit", data={**form, "text": "second"})
    assert late.status_code == 409
    assert all(text in late.text for text in ("first", "second"))


def test_a_note_goes_to_the_trash_and_comes_back(client_as, ann, bob, note, contractor):
    client, page = client_as(ann), f"/contractors/{contractor.id}/notes"
    assert client.post(f"/notes/{note.id}/delete").status_code == 303
    assert "before ten" not in client.get(page).text
    assert "before ten" in client.get(f"{page}?trash=1").text
    assert client_as(bob).post(f"/notes/{note.id}/restoring").status_code == 404
    assert client.post(f"/notes/{note.id}/restoring").status_code == 303
    assert "before ten" in client.get(page).text


def test_a_trashed_records_notes_are_out_of_reach(client_as, ann, note, contractor, session):
    contractor.trashed_at = contractor.created_at
    session.commit()
    assert client_as(ann).get(f"/notes/{note.id}/edit").status_code == 404


# --- mentions ---------------------------------------------------------------------------------


def test_mentions_reach_who_sees_the_record_and_the_author_is_warned_of_others(
    client_as, ann, bob, manager, contractor, session
):
    client = english(client_as(ann))
    write(client, contractor, "@manager and @bob and @nobody: look, a@b.pl")
    mentions = session.scalars(select(Mention)).all()
    assert [one.user_id for one in mentions] == [manager.id]
    page = client.get(f"/contractors/{contractor.id}").text
    assert "bob, nobody" in page
    notes = client.get(f"/contractors/{contractor.id}/notes").text
    assert '<span class="mention">@manager</span>' in notes
    assert '<span class="mention">@b' not in notes.replace("@bob", "")


def test_a_changed_text_changes_the_mentions(client_as, ann, manager, viewer, contractor, session):
    write(client_as(ann), contractor, "@manager")
    note = session.scalars(select(Note)).one()
    form = {"text": "@viewer @viewer", "version": str(note.version)}
    assert client_as(ann).post(f"/notes/{note.id}/edit", data=form).status_code == 303
    assert [one.user_id for one in session.scalars(select(Mention))] == [viewer.id]


def test_mentions_are_asked_for_and_marked(
    client_as, acting_as, ann, manager, contractor, session
):
    write(client_as(ann), contractor, "one @manager")
    write(client_as(ann), contractor, "two @manager")
    with acting_as(manager) as actor:
        found = db.session.scalars(mentions_of(actor)).all()
        assert [one.note.text for one in found] == ["two @manager", "one @manager"]
        assert found[0].note.author.username == "ann"
        with transaction():
            mark_seen(actor, [found[0].note_id])
        assert count_unseen(actor) == 1
    with acting_as(ann) as actor:
        assert count_unseen(actor) == 0


def test_the_picker_offers_who_may_see_the_record(
    client_as, ann, bob, manager, viewer, make_user, contractor, statements
):
    make_user("mate", "Operator", "North")
    client = client_as(ann)
    with statements() as seen:
        found = client.get(f"/notes/readers?{address(contractor)}&q=tester").json["results"]
    assert {one["id"] for one in found} == {"manager", "viewer", "mate"}
    assert len(seen) <= 6
    one = client.get(f"/notes/readers?{address(contractor)}&q=view").json["results"]
    assert one == [{"id": "viewer", "text": "Viewer Tester", "note": "@viewer"}]


# --- text -------------------------------------------------------------------------------------

HARMFUL = (
    "<script>x</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,x)",
    "[x](java&#115;cript:x)",
    "[x](//example.org)",
    "![x](https://example.org/x.png)",
    "<img src=x onerror=x>",
    "@<img>",
    "[x]: javascript:x\n\n[x]",
    "<javascript:alert(1)>",
)


@pytest.mark.parametrize("text", HARMFUL)
def test_nothing_in_a_note_runs_or_loads(text):
    html = str(markdown(text))
    assert not re.search(r"<(?:script|img|iframe|style|h\d)", html)
    links = re.findall(r'href="([^"]*)"', html)
    assert all(link.startswith(("https://", "mailto:")) for link in links), html


def test_what_a_note_may_hold():
    html = str(markdown("# Head\none\ntwo\n\n- [a](mailto:a@b.pl) [b](tel:+48) ~~c~~\n\n|a|\n|-|"))
    for part in ('<p class="note-heading">Head</p>', "one<br", "mailto:a@b.pl", "tel:+48", "<s>c"):
        assert part in html


def test_a_preview_is_what_will_be_read(client_as, ann, viewer):
    answer = client_as(ann).post("/notes/preview", data={"text": "**bold** <b>"})
    assert "<strong>bold</strong> &lt;b&gt;" in answer.text
    assert "<html" not in answer.text
    assert client_as(ann).post("/notes/preview", data={"text": "x" * 30_000}).status_code == 422
    assert client_as(viewer).post("/notes/preview", data={"text": "x"}).status_code == 403
