"""The event's window: its table, what each role is offered, questions, trash, preview."""

import re

import pytest

from tests.events.doors import codes

QUESTIONS = [
    *("acts", "close", "cascade", "close-next", "reopen", "reopen-add", "delete", "close-stage"),
    *("close-up-to", "insert", "reopen-stage", "reopen-down-to", "delete-stage"),
]


def headings(page):
    """The column heads of the table of stages."""
    table = page.split('class="rows stages"')[1]
    return re.findall(r"<th[^>]*>([^<]+)</th>", table)


def test_the_stage_table_has_the_cards_columns_in_their_order(make_event, ann, english, client_as):
    event = make_event(operator=ann, stages=["a"])
    page = english(ann).get(f"/events/{event.id}").text
    assert headings(page) == ["No.", "Date", "Time", "Contact", "Operator", "Due", "Completed"]
    assert f"<h1>Event: {event.number}</h1>" in page


def test_times_contacts_and_outcomes_are_written_as_on_the_card(
    make_event, make_contractor, make_person, ann, english
):
    zefir = make_contractor("Zefi J. Nowak", code="ZEFIR")
    jan = make_person("Fiszki", first_name="Jan", contractor=zefir)
    stages = [{"subject": "Send materials", "contact": jan}]
    event = make_event(operator=ann, stages=stages, contractor=zefir, contact=jan)
    page = english(ann).get(f"/events/{event.id}").text
    for words in ("9:55", "Fiszki / Jan", "(ZEFIR)", "(Other)", "Send materials"):
        assert words in page


def test_only_the_next_stage_is_offered_for_closing(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b", "c"], closed=1)
    page = client_as(ann).get(f"/events/{event.id}").text
    offered = re.findall(r'action="/stages/(\d+)/closure"', page)
    assert offered == [str(event.stages[1].id)]


def test_for_the_last_stage_the_event_is_offered(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    page = client_as(ann).get(f"/events/{event.id}").text
    assert f'action="/events/{event.id}/closure"' in page
    assert "ask/close-next" in page
    assert f"/stages/{event.stages[1].id}/closure" not in page


def test_a_reader_is_offered_no_act(make_event, ann, viewer, client_as):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    main = client_as(viewer).get(f"/events/{event.id}").text.split("<main")[1].split("</main>")[0]
    assert "<form" not in main
    assert "/ask/" not in main


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_its_page_and_its_dialog(make_event, manager, client_as, name):
    closed = 3 if name in ("reopen", "reopen-add") else 1
    event = make_event(operator=manager, stages=["a", "b", "c"], closed=closed)
    client = client_as(manager)
    stage = event.stages[0 if name.startswith("reopen") else 1]
    url = f"/events/{event.id}/ask/{name}?stage={stage.id}"
    page = client.get(url)
    assert page.status_code == 200
    assert '<dialog class="dialog" open' in page.text
    alone = client.get(url, headers={"HX-Request": "true", "HX-Target": "question"}).text
    assert "<html" not in alone
    assert "<dialog" in alone


def test_questions_need_the_right_of_their_act(make_event, ann, viewer, client_as):
    event = make_event(operator=ann, stages=["a"])
    assert client_as(viewer).get(f"/events/{event.id}/ask/close").status_code == 404
    assert client_as(ann).get(f"/events/{event.id}/ask/reopen").status_code == 404
    assert client_as(ann).get(f"/events/{event.id}/ask/nonsense").status_code == 404
    assert client_as(ann).get(f"/events/{event.id}/ask/close-stage?stage=0").status_code == 404


def test_a_script_gets_only_the_changing_part(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    answer = client_as(ann).get(f"/events/{event.id}", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith("<main")
    assert answer.headers["HX-Replace-Url"] == f"/events/{event.id}"


def test_an_event_goes_to_the_trash_and_comes_back(make_event, ann, manager, client_as, session):
    event = make_event(operator=ann, stages=["a"])
    number = event.number
    boss = client_as(manager)
    assert boss.post(f"/events/{event.id}/delete").status_code == 303
    assert boss.get(f"/events/{event.id}").status_code == 404
    assert boss.get(f"/stages/{event.stages[0].id}").status_code == 404
    assert client_as(ann).post(f"/events/{event.id}/restoring").status_code == 403
    assert boss.post(f"/events/{event.id}/restoring").status_code == 303
    assert boss.get(f"/events/{event.id}").status_code == 200
    assert event.number == number


def test_a_stranger_finds_neither_window_nor_preview(make_event, bob, ann, client_as):
    event = make_event(operator=bob, stages=["a"])
    client = client_as(ann)
    for path in ("", "/preview", "/ask/close", "/history"):
        assert client.get(f"/events/{event.id}{path}").status_code == 404
    assert client.post(f"/events/{event.id}/delete").status_code == 404


def test_the_preview_shows_event_and_stages_and_no_forms(make_event, ann, english):
    event = make_event(operator=ann, stages=["Send materials", "Phone"], closed=1)
    page = english(ann).get(f"/events/{event.id}/preview").text
    sheet = page.split('class="sheet"')[1].split("</article>")[0]
    for words in (event.number, event.subject, "Send materials", "Phone", "1/2"):
        assert words in sheet
    assert "<form" not in sheet


def test_the_preview_has_the_features_of_event_and_stages(
    make_feature, make_node, make_event, ann, english, statements
):
    colour = make_feature("colour", "choice", on_events=True, on_stages=True, name_en="Colour")
    red, blue = make_node(colour, "Red").id, make_node(colour, "Blue").id
    stages = [{"subject": one, "features": {colour.key: blue}} for one in "abc"]
    event = make_event(operator=ann, stages=stages, features={colour.key: red})
    client, path = english(ann), f"/events/{event.id}/preview"
    page = client.get(path).text
    assert '<th scope="row">Colour</th><td class="words">Red</td>' in page
    assert page.count("Colour: Blue") == 3
    with statements() as seen:
        client.get(path)
    assert len(seen) <= 9


def test_descriptions_are_never_read_as_markup(make_event, ann, client_as):
    evil = "<script>alert(1)</script>"
    stages = [{"subject": evil, "description": evil}]
    event = make_event(operator=ann, stages=stages, subject=evil, description=evil)
    client = client_as(ann)
    for path in (f"/events/{event.id}", f"/events/{event.id}/preview"):
        assert evil not in client.get(path).text
    assert codes(client.post(f"/events/{event.id}/reopening")) == []
