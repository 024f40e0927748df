"""A typed line becomes a stage of the event it means; what is unsure is asked, never guessed."""

import re
from datetime import timedelta

import pytest

from app.days import today
from app.db import now

HTMX = {"HX-Request": "true"}


@pytest.fixture
def zefir(makers, ann):
    """A contractor with one open event of ann and a closed one."""
    firm = makers.contractor("Zefir Nowak")
    makers.event(operator=ann, contractor=firm, stages=["old"], closed=1)
    return makers.event(operator=ann, contractor=firm, stages=["offer"])


@pytest.fixture
def enter(client_as, ann):
    """`enter(line, **fields)`: ann sends the line."""
    client = client_as(ann)
    return lambda text, **more: client.post(
        "/today/entry/", data={"text": text, **more}, headers=HTMX
    )


def choices(answer):
    """The events that are offered."""
    return [int(pk) for pk in re.findall(r'type="radio" name="event" value="(\d+)"', answer.text)]


def test_a_line_becomes_a_stage(zefir, enter, app):
    assert enter("zefir tel. jutro 10").status_code == 200
    stage = zefir.stages[-1]
    with app.app_context():
        tomorrow = today(now()) + timedelta(days=1)
    assert (len(zefir.stages), stage.subject, stage.due_on) == (2, "tel.", tomorrow)
    assert stage.operator_id == zefir.operator_id


@pytest.mark.parametrize("line", ["ZEFIR nowak tel.", "{number} tel.", "tel. {short}"])
def test_names_and_numbers_are_no_subject(zefir, enter, line):
    number = zefir.number
    assert enter(line.format(number=number, short=number.rpartition("/")[0])).status_code == 200
    assert zefir.stages[-1].subject == "tel."


def test_without_a_subject_the_last_one_goes_on(zefir, enter):
    enter("zefir +3d")
    assert zefir.stages[-1].subject == "offer"


def test_several_events_are_asked_about(zefir, enter, makers, ann):
    other = makers.event(operator=ann, contractor=zefir.contractor)
    asked = enter("zefir tel. +3d")
    assert (asked.status_code, set(choices(asked))) == (422, {zefir.id, other.id})
    assert 'value="zefir tel. +3d"' in asked.text
    assert enter("zefir tel. +3d", event=other.id).status_code == 200
    assert [stage.subject for stage in other.stages] == ["tel."]
    assert len(zefir.stages) == 1


def test_further_words_choose_among_contractors_of_one_name(zefir, enter, makers, ann):
    makers.event(operator=ann, contractor=makers.contractor("Zefir Lipka"))
    assert len(choices(enter("zefir tel."))) == 2
    assert enter("zefir nowak tel.").status_code == 200
    assert zefir.stages[-1].subject == "tel."


def test_a_contact_names_the_event_too(enter, makers, ann):
    firm = makers.contractor("Pacia")
    event = makers.event(operator=ann, contractor=firm, contact=makers.person("Fiszki", firm))
    assert enter("fiszki tel.").status_code == 200
    assert event.stages[0].subject == "tel."


@pytest.mark.parametrize("word", ["32.13.2026", "2027-02-30", "25:70", "+9999d", "+3x"])
def test_a_date_that_there_is_not_is_no_subject(zefir, enter, word):
    answer = enter(f"zefir tel. {word}")
    assert (answer.status_code, len(zefir.stages)) == (422, 1)
    assert 'data-reason="entry.impossible"' in answer.text
    assert f'value="zefir tel. {word}"' in answer.text


@pytest.mark.parametrize("word", ["12.50", "1.2.3", "v2.15", "10:30:00", "3+2"])
def test_a_number_that_is_no_date_stays_in_the_subject(zefir, enter, word):
    assert enter(f"zefir offer {word}").status_code == 200
    assert zefir.stages[-1].subject == f"offer {word}"


@pytest.mark.parametrize(
    "line", ["nobody tel.", "9999/2024 tel.", "+3d zadzwonić", "old tel.", "́ x", " "]
)
def test_what_names_no_open_event_is_said(zefir, enter, line):
    answer = enter(line)
    assert answer.status_code == 422
    assert "desk-problem" in answer.text
    assert len(zefir.stages) == 1


def test_a_contractor_without_an_open_event_is_offered_one(enter, makers):
    firm = makers.contractor("Pacia")
    assert f"/events/new?contractor={firm.id}" in enter("pacia tel.").text


def test_nobody_elses_event_is_found_or_chosen(zefir, client_as, bob):
    client = client_as(bob)
    for more in ({}, {"event": zefir.id}):
        sent = client.post("/today/entry/", data={"text": "tel.", **more}, headers=HTMX)
        assert sent.status_code == 422
    assert len(zefir.stages) == 1


def test_the_same_line_sent_twice_adds_one_stage(zefir, enter):
    for _time in range(2):
        assert enter("zefir tel.", once="k1").status_code == 200
    assert len(zefir.stages) == 2


def test_at_an_event_no_word_names_anybody(zefir, enter):
    enter("zefir czeka +1d", event=zefir.id, fixed="1")
    assert zefir.stages[-1].subject == "zefir czeka"


def test_a_closed_event_takes_no_stage(enter, makers, ann):
    event = makers.event(operator=ann, stages=["a"], closed=1)
    answer = enter("tel.", event=event.id)
    assert answer.status_code == 409
    assert 'data-reason="event.closed"' in answer.text


def test_what_is_understood_shows_while_typing(zefir, client_as, ann, statements):
    client = client_as(ann)
    with statements() as seen:
        shown = client.get("/today/entry/?text=zefir+tel.+5.12.2030+10", headers=HTMX).text
    assert zefir.number in shown
    assert "05.12.2030 10:00" in shown
    assert len(seen) <= 6, seen
    assert client.get("/today/entry/when?due-words=5.12.2030+10").text == "05.12.2030 10:00"
    assert client.get("/today/entry/when?due-words=kiedyś").text == "–"


def test_dates_in_words_are_understood_on_every_form(zefir, client_as, ann):
    client = client_as(ann)
    line = {"subject": "tel.", "due": "", "due-words": "5.12.2030 10"}
    assert client.post(f"/stages/in/{zefir.id}", data=line).status_code == 303
    assert zefir.stages[-1].due_on.isoformat() == "2030-12-05"
    odd = client.post(f"/stages/in/{zefir.id}", data={**line, "due-words": "kiedyś"})
    assert odd.status_code == 422
    assert 'value="kiedyś"' in odd.text
