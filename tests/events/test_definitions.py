"""Series and outcomes are defined at run time; what is in use keeps its words."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.events.definitions import Outcome, Series


def form_of(client, path, **more):
    """The version of the form and what is typed."""
    text = client.get(f"{path}/edit").text
    return {"version": text.partition('name="version" value="')[2].partition('"')[0], **more}


def test_an_editor_defines_a_series_and_events_count_in_it(
    client_as, session, editor, ann, make_event
):
    given = {"symbol": "SRV", "name": "Service", "pattern": "{symbol}/{rok}/{nr:3}"}
    assert client_as(editor).post("/series/new", data=given).status_code == 303
    series = session.scalars(select(Series).where(Series.symbol == "SRV")).one()
    assert make_event(operator=ann, series=series).number == "SRV/2024/001"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.record_type == "series")).one()
    assert entry.changes["pattern"] == [None, "{symbol}/{rok}/{nr:3}"]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        pytest.param({"pattern": "{rok}/{symbol}"}, "pattern", id="no counter"),
        pytest.param({"pattern": "{nr}/{rok}/{symbol}/{secret}"}, "pattern", id="another place"),
        pytest.param({"pattern": "{nr.__class__}/{rok}/{symbol}"}, "pattern", id="an attribute"),
        pytest.param({"pattern": "{nr:99999}/{rok}/{symbol}"}, "pattern", id="endless"),
        pytest.param({"symbol": "CRM"}, "symbol", id="a symbol that is taken"),
        pytest.param({"symbol": ""}, "symbol", id="no symbol"),
    ],
)
def test_a_series_that_would_not_tell_numbers_apart_is_refused(
    client_as, session, editor, given, word
):
    good = {"symbol": "SRV", "name": "Service", "pattern": "{nr:4}/{rok}/{symbol}"}
    answer = client_as(editor).post("/series/new", data={**good, **given})
    assert answer.status_code == 422
    assert f'id="{word}-errors"' in answer.text
    assert session.query(Series).count() == 1


def test_the_example_follows_what_is_typed(client_as, editor):
    client = client_as(editor)
    good = client.get("/series/example?symbol=SRV&pattern={nr:2}-{rok}-{symbol}").text
    assert good.startswith("01-")
    assert good.endswith("-SRV")
    assert "<" not in client.get("/series/example?symbol=<b>&pattern={nr:2}-{rok}-{symbol}").text


def test_an_archived_series_or_outcome_is_not_offered_but_stays_on_records(
    client_as, session, editor, ann, make_event
):
    event, client = make_event(operator=ann), client_as(editor)
    done = session.scalars(select(Outcome).where(Outcome.system.is_(False))).first()
    for path in (f"/series/{event.series_id}", f"/outcomes/{done.id}"):
        assert client.post(f"{path}/archive").status_code == 303
    assert "0001/2024/CRM" in client_as(ann).get(f"/events/{event.id}").text
    assert "0001/2024/CRM" not in client_as(ann).get("/events/new").text
    assert done.archived_at is not None
    for path in (f"/series/{event.series_id}", f"/outcomes/{done.id}"):
        assert client.post(f"{path}/unarchive").status_code == 303
    assert done.archived_at is None


def test_an_outcome_is_named_once_whatever_the_case(client_as, session, editor):
    client = client_as(editor)
    assert (
        client.post("/outcomes/new", data={"name": "Wysłano ofertę", "place": "9"}).status_code
        == 303
    )
    again = client.post("/outcomes/new", data={"name": "WYSŁANO  OFERTĘ", "place": "10"})
    assert again.status_code == 422
    assert 'id="name-errors"' in again.text


def test_the_outcome_of_the_system_stays(client_as, session, editor):
    system = session.scalars(select(Outcome).where(Outcome.system)).one()
    client, path = client_as(editor), f"/outcomes/{system.id}"
    assert client.post(f"{path}/archive").status_code == 422
    assert (
        client.post(
            f"{path}/edit", data=form_of(client, path, name="Other", place="0")
        ).status_code
        == 422
    )
    moved = client.post(f"{path}/edit", data=form_of(client, path, name="(Inna)", place="7"))
    assert (moved.status_code, system.place, system.name) == (303, 7, "(Inna)")


@pytest.mark.parametrize("who", ["ann", "viewer", "manager"])
@pytest.mark.parametrize(
    "path", ["/series/new", "/outcomes/new", "/series/1/archive", "/outcomes/1/archive"]
)
def test_others_define_nothing(request, client_as, who, path):
    client = client_as(request.getfixturevalue(who))
    assert client.post(path).status_code == 403


def test_a_definition_is_never_deleted(client_as, admin):
    assert client_as(admin).post("/series/1/delete").status_code in (404, 405)
