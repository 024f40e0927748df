"""The time line: everything that happened to a record, newest first, as far as one may see."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.campaigns.models import Membership
from app.records.models import Attachment, Note
from app.records.timeline import PAGE, Place, read_place
from tests.cast import english

AT = datetime(2024, 5, 6, 10, tzinfo=UTC)


@pytest.fixture
def contractor(make_contractor, ann):
    """A contractor of ann's."""
    return make_contractor("Zefir", keeper=ann)


def add_note(session, record, text, at):
    """A note written at this time."""
    kind = {"record_type": record.__tablename__, "record_id": record.id}
    session.add(Note(text=text, created_at=at, **kind))
    session.commit()


def texts(page):
    """What the entries are headed by and say."""
    heads = re.findall(r'<div class="line-head">(.*?)</div>(.*?)</li>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", " ".join(one)).split()) for one in heads]


def test_it_tells_of_all_kinds_newest_first(client_as, ann, contractor, makers, session):
    event = makers.event(ann, stages=["call", "visit"], closed=1, contractor=contractor)
    file = {"key": "k" * 22, "name": "a.pdf", "content_type": "x", "size": 1, "digest": "0" * 64}
    kind = {"record_type": "event", "record_id": event.id}
    session.add(Attachment(created_at=AT + timedelta(days=2), **file, **kind))
    add_note(session, contractor, "hello **there**", AT + timedelta(days=1))
    campaign = makers.campaign()
    one, two = makers.node(campaign, "One"), makers.node(campaign, "Two")
    for node, start, end in ((one, 3, 5), (two, 5, 7)):
        days = {"from_at": AT + timedelta(days=start), "to_at": AT + timedelta(days=end)}
        session.add(
            Membership(
                feature_id=campaign.id, node_id=node.id, contractor_id=contractor.id, **days
            )
        )
    session.commit()
    page = english(client_as(ann)).get(f"/contractors/{contractor.id}/timeline").text
    found = [one for one in texts(page) if not one.startswith("Registered")]
    words = (
        "2. visit",
        "Taken off: spring › Two",
        "Moved in spring: One → Two",
        "Hung on: spring › One",
        "a.pdf",
        "hello there",
        "1. call",
    )
    assert len(found) == len(words), found
    for text, entry in zip(words, found, strict=True):
        assert text in entry


def test_kinds_can_be_chosen(client_as, ann, contractor, session):
    add_note(session, contractor, "only this", AT)
    client = english(client_as(ann))
    page = client.get(f"/contractors/{contractor.id}/timeline?kind=note").text
    assert len(texts(page)) == 1
    assert "only this" in page
    assert texts(client.get(f"/contractors/{contractor.id}/timeline?kind=file").text) == []


def test_pages_meet_without_gap_or_repetition(client_as, ann, contractor, makers, session):
    for number in range(2 * PAGE + 3):
        add_note(session, contractor, f"note {number:02d}", AT + timedelta(minutes=number // 4))
    client, script = english(client_as(ann)), {"HX-Request": "true"}
    url, seen = f"/contractors/{contractor.id}/timeline", []
    while url:
        page = client.get(url, headers=script).text
        seen += re.findall(r"note (\d\d)", page)
        more = re.search(r'href="([^"]*before=[^"]*)"', page)
        url = more[1].replace("&amp;", "&") if more else None
    assert seen == [f"{number:02d}" for number in reversed(range(2 * PAGE + 3))]


def test_what_one_may_not_see_is_not_told(client_as, ann, bob, makers, contractor, session):
    contractor.keeper_id = None
    event = makers.event(bob, stages=["secret", "b"], closed=1, contractor=contractor)
    add_note(session, event, "hidden words", AT)
    page = client_as(ann).get(f"/contractors/{contractor.id}/timeline").text
    assert "secret" not in page
    assert "hidden words" not in page
    assert "hidden words" in client_as(bob).get(f"/contractors/{contractor.id}/timeline").text


@pytest.mark.parametrize("kind", ["contractors", "persons", "events"])
def test_a_time_line_takes_few_statements(
    client_as, admin, ann, makers, contractor, session, statements, kind
):
    person = makers.person(contractor=contractor)
    event = makers.event(
        ann, stages=["a", "b", "c"], closed=1, contractor=contractor, contact=person
    )
    makers.membership(makers.node(makers.campaign()), contractor)
    add_note(session, contractor, "x", AT)
    pk = {"contractors": contractor, "persons": person, "events": event}[kind].id
    client = client_as(admin)
    client.get(f"/{kind}/{pk}/timeline")
    with statements() as seen:
        answer = client.get(f"/{kind}/{pk}/timeline", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert len(seen) <= 12, list(seen)


def test_odd_places_are_refused(client_as, ann, contractor):
    for odd in ("x", "1~2~3", "2024-01-01~0~1", "2024-01-01T00:00:00+00:00~0~-5"):
        url = f"/contractors/{contractor.id}/timeline"
        assert client_as(ann).get(url, query_string={"before": odd}).status_code == 400
    place = Place(AT, 2, 7)
    assert read_place(place.text) == place


def test_the_history_tells_of_memberships_notes_and_files(
    client_as, ann, contractor, makers, session
):
    makers.membership(makers.node(makers.campaign()), contractor)
    add_note(session, contractor, "a remark", AT)
    page = english(client_as(ann)).get(f"/contractors/{contractor.id}/history").text
    assert "a remark" in page
    assert "Place in a campaign: registered" in page


def test_a_person_of_open_events_stays(client_as, manager, ann, makers, session):
    person = makers.person("Fiszki")
    makers.event(ann, stages=["a"], closed=1, contact=person)
    event = makers.event(ann, stages=[{"subject": "b", "contact": person}])
    refused = client_as(manager).post(f"/persons/{person.id}/delete")
    assert refused.status_code == 409
    assert 'data-reason="person.open_events"' in refused.text
    assert event.number in refused.text
    session.refresh(person)
    assert person.trashed_at is None
    free = makers.person("Free")
    assert client_as(manager).post(f"/persons/{free.id}/delete").status_code == 303
