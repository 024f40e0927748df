"""The five operations on contractors, persons, events and stages, and who may do them."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry, Batch
from app.contractors.models import Contractor
from app.events.models import Event
from app.persons.models import Affiliation, Person
from tests.api.conftest import codes

RESOURCES = ("contractor", "person", "event", "stage")


@pytest.fixture
def owned(makers: Any) -> Any:
    """`owned(user)`: one record of each register that only the user's team sees, by resource."""

    def make(user: Any) -> dict[str, int]:
        contractor = makers.contractor("Hidden", keeper=user)
        person = makers.person("Secret", contractor)
        event = makers.event(user, stages=["first", "second"], contractor=contractor)
        pairs = zip(RESOURCES, (contractor, person, event, event.stages[0]), strict=True)
        return {name: record.id for name, record in pairs}

    return make


def test_a_contractor_is_registered_read_changed_and_trashed(as_program, manager, session):
    program = as_program(manager)
    made = program.ask(
        "POST", "/contractor/", {"name": " Zefi J. Nowak ", "nip": "PL 856-734-62-15"}
    )
    assert made.status_code == 201, made.json
    path = made.headers["Location"].removeprefix("/api/v1")
    assert made.json["result"]["name"] == "Zefi J. Nowak"
    assert made.json["result"]["code"] == "ZEFI"
    assert made.json["result"]["keeper"]["id"] == manager.id
    assert made.headers["ETag"] == '"1"'
    changed = program.change(path, {"status": "client"})
    assert changed.status_code == 200, changed.json
    assert (changed.json["result"]["status"], changed.headers["ETag"]) == ("client", '"2"')
    assert changed.json["result"]["nip"] == "8567346215"
    gone = program.ask("DELETE", path, If_Match='"2"')
    assert gone.status_code == 200, gone.json
    assert program.ask("GET", path).status_code == 404
    assert program.ask("POST", f"{path}/restoration").status_code == 200
    assert program.ask("GET", path).status_code == 200


def test_every_change_leaves_its_entry_with_the_door(as_program, ann, session):
    made = as_program(ann).ask("POST", "/contractor/", {"name": "Zefir"})
    entry = session.scalars(select(AuditEntry).where(AuditEntry.record_type == "contractor")).one()
    batch = session.get(Batch, entry.batch_id)
    assert (entry.record_id, batch.door, batch.actor_id) == (made.json["id"], "api", ann.id)
    history = as_program(ann).ask("GET", f"/contractor/{made.json['id']}/history").json
    assert [one["action"] for one in history["result"]] == ["create"]
    assert history["result"][0]["by"] == {"id": ann.id, "text": "Ann Tester"}
    assert history["result"][0]["changes"]["name"] == [None, "Zefir"]


def test_a_person_has_links_to_contractors(as_program, ann, make_contractor, session):
    one, other = make_contractor("One"), make_contractor("Other")
    links = [{"contractor": one.id, "role": "buyer", "from_on": "2020-01-01"}]
    program = as_program(ann)
    made = program.ask("POST", "/person/", {"last_name": "Fiszki", "affiliations": links})
    assert made.status_code == 201, made.json
    assert made.json["result"]["affiliations"][0]["contractor"]["text"] == one.full_name
    links = [{**links[0], "to_on": "2021-12-31"}, {"contractor": other.id}]
    path = f"/person/{made.json['id']}"
    changed = program.change(path, {"affiliations": links}, "PATCH")
    assert changed.status_code == 200, changed.json
    rows = session.scalars(select(Affiliation).order_by(Affiliation.id)).all()
    assert [row.contractor_id for row in rows] == [one.id, other.id]
    assert (rows[0].to_on, changed.headers["ETag"]) == (date(2021, 12, 31), '"2"')
    twice = [{"contractor": one.id}, {"contractor": one.id, "from_on": "2021-01-01"}]
    assert codes(program.change(path, {"affiliations": twice})) == ["affiliation.double"]


def test_links_to_hidden_contractors_are_neither_shown_nor_lost(
    as_program, ann, bob, make_contractor, make_person, session
):
    mine, theirs = make_contractor("Mine", keeper=ann), make_contractor("Theirs", keeper=bob)
    person = make_person("Fiszki", mine)
    session.add(Affiliation(person_id=person.id, contractor_id=theirs.id))
    session.commit()
    program = as_program(ann)
    shown = program.ask("GET", f"/person/{person.id}").json["result"]["affiliations"]
    assert [link["contractor"]["id"] for link in shown] == [mine.id]
    changed = program.change(
        f"/person/{person.id}", {"affiliations": [{"contractor": mine.id, "role": "x"}]}
    )
    assert changed.status_code == 200, changed.json
    kept = set(session.scalars(select(Affiliation.contractor_id)))
    assert kept == {mine.id, theirs.id}


def test_an_event_takes_defaults_and_a_number(as_program, ann, make_contractor, make_person):
    contractor = make_contractor("Zefir")
    person = make_person("Fiszki", contractor)
    body = {"subject": "Informacje", "contact": person.id, "due": "2026-11-02"}
    body["start"] = "2006-10-31T09:55:00+01:00"
    made = as_program(ann).ask("POST", "/event/", body)
    assert made.status_code == 201, made.json
    event = made.json["result"]
    assert event["number"] == "0001/2006/CRM"
    assert event["operator"]["id"] == ann.id
    assert event["contractor"]["id"] == contractor.id
    assert (event["start"], event["due"]) == ("2006-10-31T09:55:00+01:00", "2026-11-02")
    assert (event["stages"], event["closed_at"]) == ([], None)


def test_an_event_with_stages_is_due_when_the_last_one_is(as_program, ann, make_event):
    event = make_event(ann, stages=["one"])
    answer = as_program(ann).change(f"/event/{event.id}", {"due": "2030-01-01"})
    assert (answer.status_code, codes(answer)) == (409, ["event.due_of_stage"])


def test_a_stage_is_planned_and_changed(as_program, ann, make_event, session):
    event = make_event(ann, stages=["one", "two"])
    path = f"/stage/{event.stages[1].id}"
    body = {"due": "2030-01-02T10:02:00", "subject": "offer"}
    changed = as_program(ann).change(path, body)
    assert changed.status_code == 200, changed.json
    assert changed.json["result"]["due"] == "2030-01-02T10:02:00+01:00"
    assert session.get(Event, event.id).due_on == date(2030, 1, 2)


def test_a_contact_of_another_contractor_is_refused(as_program, ann, makers):
    one, other = makers.contractor("One"), makers.contractor("Other")
    body = {"subject": "x", "contractor": one.id, "contact": makers.person("Fiszki", other).id}
    answer = as_program(ann).ask("POST", "/event/", body)
    assert (answer.status_code, codes(answer)) == (422, ["event.foreign_contact"])


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_stranger_finds_nothing_and_writes_nothing(
    resource, as_program, ann, bob, owned, statements
):
    path = f"/{resource}/{owned(bob)[resource]}"
    program = as_program(ann)
    asked = [
        ("GET", path, None),
        ("GET", f"{path}/history", None),
        ("PUT", path, {"subject": "x"} if resource in ("event", "stage") else {"phone": "1"}),
        ("PATCH", path, {}),
        ("DELETE", path, None),
    ]
    if resource in ("event", "stage"):
        asked += [("POST", f"{path}/closure", {})]
    if resource == "event":
        asked += [("POST", f"{path}/stage", {"subject": "x"})]
    if resource == "stage":
        asked += [("PUT", f"{path}/position", {"position": 1})]
    for method, address, body in asked:
        with statements() as seen:
            answer = program.ask(method, address, body, If_Match='"1"', Idempotency_Key="k")
        wanted = 403 if (method, resource) in FOR_MANAGERS else 404
        assert answer.status_code == wanted, (method, address, answer.json)
        assert not seen.writes, (method, address)
    listed = program.get(f"/{resource}/").json
    assert (listed["count"], listed["ids"], listed["result"]) == (0, [], [])


FOR_MANAGERS = {("DELETE", "contractor"), ("DELETE", "person")}


@pytest.mark.parametrize("resource", RESOURCES)
def test_without_permission_nothing_is_written(
    resource, as_program, viewer, ann, owned, statements
):
    path = f"/{resource}/{owned(ann)[resource]}"
    program = as_program(viewer)
    for method, address in (
        ("PUT", path),
        ("DELETE", path),
        ("POST", f"/{resource}/"),
        ("POST", f"{path}/restoration"),
    ):
        if (method, address) == ("POST", "/stage/"):
            continue
        with statements() as seen:
            answer = program.ask(method, address, {}, If_Match='"1"')
        assert answer.status_code == 403, (method, address, answer.json)
        assert not seen.writes
    assert program.ask("GET", path).status_code == 200


def test_without_a_token_nothing_opens(client_as, ann):
    wrong = {"Authorization": "Bearer nonsense"}
    for client in (client_as(None), client_as(ann)):
        for path in (*(f"/{name}/" for name in RESOURCES), "/event/1", "/_openapi", "/campaign/"):
            answer = client.get(f"/api/v1{path}")
            assert (answer.status_code, codes(answer)) == (401, ["http.401"]), path
            assert client.get(f"/api/v1{path}", headers=wrong).status_code == 401


SERVER_SET = [
    ("contractor", "id", 7),
    ("contractor", "version", 7),
    ("contractor", "trashed_at", None),
    ("contractor", "created_by_id", 1),
    ("contractor", "search_key", "x"),
    ("contractor", "keeper_id", 1),
    ("person", "search_key", "x"),
    ("event", "number", "9999/2026/CRM"),
    ("event", "no", 9),
    ("event", "closed_at", "2026-01-01T10:00:00Z"),
    ("event", "closed_upto", 2),
    ("event", "operator_id", 1),
    ("event", "series", 1),
    ("stage", "position", 1),
    ("stage", "event", 1),
    ("stage", "closed_by", 1),
]


def test_what_the_server_sets_can_not_be_sent(as_program, ann, owned):
    program, ids = as_program(ann), owned(ann)
    for resource, field, value in SERVER_SET:
        answer = program.change(f"/{resource}/{ids[resource]}", {field: value})
        assert (answer.status_code, codes(answer)) == (422, ["value.unknown"]), field
        assert answer.json["reasons"][0]["field"] == field


def test_relations_are_ids_within_sight_and_never_make_records(
    as_program, ann, bob, owned, session
):
    hidden, mine = owned(bob), owned(ann)
    before = len(session.scalars(select(Contractor.id)).all())
    program = as_program(ann)
    tries = [
        ("/event/", {"subject": "x", "contractor": hidden["contractor"]}, "value.not_found"),
        ("/event/", {"subject": "x", "contractor": 777777}, "value.not_found"),
        ("/event/", {"subject": "x", "contractor": {"id": 777777, "name": "x"}}, "value.type"),
        ("/event/", {"subject": "x", "contractor": "1"}, "value.type"),
        ("/event/", {"subject": "x", "contractor": True}, "value.type"),
        ("/event/", {"subject": "x", "contact": hidden["person"]}, "value.not_found"),
        ("/event/", {"subject": "x", "operator": 777777}, "value.not_found"),
        ("/contractor/", {"name": "x", "keeper": 777777}, "value.not_found"),
        (
            "/person/",
            {"last_name": "x", "affiliations": [{"contractor": hidden["contractor"]}]},
            "value.not_found",
        ),
    ]
    for path, body, code in tries:
        answer = program.ask("POST", path, body)
        assert (answer.status_code, codes(answer)) == (422, [code]), (body, answer.json)
    answer = program.change(f"/event/{mine['event']}", {"contractor": hidden["contractor"]})
    assert codes(answer) == ["value.not_found"]
    assert len(session.scalars(select(Contractor.id)).all()) == before


def test_a_record_that_leaves_ones_sight_answers_null(
    as_program, ann, bob, make_contractor, session
):
    contractor = make_contractor("Zefir", keeper=ann)
    answer = as_program(ann).change(f"/contractor/{contractor.id}", {"keeper": bob.id})
    assert (answer.status_code, answer.json) == (200, {"id": contractor.id, "result": None})
    assert session.get(Contractor, contractor.id).keeper_id == bob.id


def test_a_duplicate_code_is_a_refusal_not_a_crash(as_program, ann, make_contractor):
    code = make_contractor("Zefir").code
    answer = as_program(ann).ask("POST", "/contractor/", {"name": "Other", "code": code})
    assert (answer.status_code, codes(answer)) == (422, ["duplicate"])
    assert answer.json["reasons"][0]["field"] == "code"


def test_texts_are_in_the_language_asked_for(as_program, ann):
    program = as_program(ann)
    english = program.ask("POST", "/contractor/", {}, Accept_Language="en")
    polish = program.ask("POST", "/contractor/", {}, Accept_Language="pl")
    assert english.json["reasons"][0]["text"] == "This field is required."
    assert codes(english) == codes(polish) == ["value.required"]


def test_info_tells_what_one_may_do(as_program, viewer, ann):
    info = as_program(viewer).ask("GET", "/event/_info").json
    assert info["permissions"] == ["can_get", "can_history", "can_info"]
    assert {"operator": "eq", "takes": "one"} in info["filters"]["state"]
    assert "start" in info["order_columns"]
    required = [one["name"] for one in info["add_columns"] if one["required"]]
    assert required == ["subject"]
    assert "can_close" in as_program(ann).ask("GET", "/event/_info").json["permissions"]


def test_look_ups_give_ids(as_program, viewer, ann, session):
    program = as_program(viewer)
    found = program.get("/operator/", filters=[{"col": "name", "opr": "ct", "value": "ann"}]).json
    assert found["result"] == [{"id": ann.id, "username": "ann", "name": "Ann Tester"}]
    assert program.get("/series/").json["result"][0]["symbol"] == "CRM"
    outcomes = program.get("/outcome/").json["result"]
    assert [one["system"] for one in outcomes][:2] == [True, False]
    assert program.ask("POST", "/operator/", {}).status_code == 405
    assert session.scalars(select(Person)).all() == []
