"""Hanging contractors and events on nodes, moving and taking them off; the past stays known."""

import threading

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.access.current import Door, become
from app.audit.models import AuditEntry
from app.campaigns import bulk, marking, operations
from app.campaigns.bulk import Order
from app.campaigns.models import Membership
from app.campaigns.places import find_place
from app.contractors.models import Contractor
from app.db import db, now, transaction
from app.errors import DomainError, NotAllowed, NotFound
from app.events.models import Event
from app.features.models import Feature
from tests.questions import agree


@pytest.fixture
def spring(make_campaign):
    return make_campaign()


@pytest.fixture
def fairs(make_campaign):
    return make_campaign("fairs", several=True)


def hung(session, **who):
    """(node, still there) of the record's memberships, oldest first."""
    query = select(Membership).filter_by(**who).order_by(Membership.id)
    return [(one.node_id, one.to_at is None) for one in session.scalars(query)]


def hang(actor, register, record_id, node_id, why=None):
    with transaction():
        operations.hang(actor, register, record_id, node_id, now(), why)


def test_a_record_hangs_on_root_inner_node_and_leaf(
    spring, make_node, make_contractor, ann, acting_as, session
):
    top = make_node(spring, "Top")
    inner = make_node(spring, "Inner", top)
    leaf = make_node(spring, "Leaf", inner)
    pk = make_contractor().id
    with acting_as(ann) as actor:
        for node in (top.id, inner.id, leaf.id):
            hang(actor, "contractor", pk, node)
    assert hung(session, contractor_id=pk) == [(top.id, False), (inner.id, False), (leaf.id, True)]


def test_a_move_says_who_when_and_why_in_the_journal(
    spring, make_node, make_contractor, ann, acting_as, session
):
    one, two = make_node(spring, "One"), make_node(spring, "Two")
    pk = make_contractor().id
    with acting_as(ann) as actor:
        hang(actor, "contractor", pk, one.id)
        hang(actor, "contractor", pk, two.id, "asked for it")
    last = session.scalars(select(Membership).order_by(Membership.id.desc())).first()
    assert (last.why, last.created_by_id) == ("asked for it", ann.id)
    entries = session.scalars(
        select(AuditEntry).filter_by(record_type="membership").order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == ["create", "update", "create"]
    assert entries[-1].batch.act == "move_on_campaign"


def test_in_a_several_valued_campaign_it_hangs_on_both_but_not_twice_on_one(
    fairs, make_node, make_contractor, ann, acting_as, session
):
    one, two = make_node(fairs, "One"), make_node(fairs, "Two")
    pk = make_contractor().id
    with acting_as(ann) as actor:
        hang(actor, "contractor", pk, one.id)
        hang(actor, "contractor", pk, two.id)
        with pytest.raises(DomainError) as refused:
            hang(actor, "contractor", pk, one.id)
    assert refused.value.reasons[0].code == "membership.same_node"
    assert hung(session, contractor_id=pk) == [(one.id, True), (two.id, True)]


def test_archived_nodes_plain_trees_and_foreign_registers_are_refused(
    spring, make_feature, make_campaign, make_node, make_contractor, make_event, ann, acting_as
):
    archived = make_node(spring, "Gone", archived_at=now())
    plain = make_node(make_feature("plain"))
    only_contractors = make_node(make_campaign("some", on_events=False))
    pk, event = make_contractor().id, make_event(operator=ann).id
    cases = (
        ("contractor", pk, archived, "node.archived"),
        ("contractor", pk, plain, "membership.no_campaign"),
        ("event", event, only_contractors, "membership.wrong_register"),
    )
    with acting_as(ann) as actor:
        for register, record, node, code in cases:
            with pytest.raises(DomainError) as refused:
                hang(actor, register, record, node.id)
            assert refused.value.reasons[0].code == code


def test_what_one_does_not_see_or_may_not_do_is_refused(
    spring, make_node, make_contractor, ann, bob, viewer, acting_as, client_as, session
):
    node = make_node(spring)
    pk = make_contractor(keeper=bob).id
    with acting_as(ann) as actor, pytest.raises(NotFound):
        hang(actor, "contractor", pk, node.id)
    with acting_as(viewer) as actor, pytest.raises(NotAllowed):
        hang(actor, "contractor", pk, node.id)
    sent = {"register": "contractor", "record": pk, "node": node.id}
    assert client_as(ann).post("/campaigns/hanging", data=sent).status_code == 404
    assert client_as(viewer).post("/campaigns/hanging", data=sent).status_code in (302, 303, 403)
    assert hung(session, contractor_id=pk) == []


def test_the_card_moves_a_contractor_with_the_ticked_events(
    spring, make_node, make_contractor, make_event, make_membership, ann, client_as, session
):
    one, two = make_node(spring, "One"), make_node(spring, "Two")
    contractor = make_contractor(keeper=ann)
    events = [
        make_event(operator=ann, contractor=contractor, stages=["a"], closed=c) for c in (0, 0, 1)
    ]
    for record in (contractor, *events):
        make_membership(one, record)
    client = client_as(ann)
    page = client.get(f"/contractors/{contractor.id}").get_data(as_text=True)
    assert page.count('name="along"') == 2
    sent = {
        "register": "contractor",
        "record": contractor.id,
        "node": two.id,
        "along": [events[0].id],
        "back": f"/contractors/{contractor.id}",
    }
    answer = client.post("/campaigns/hanging", data=sent)
    assert answer.status_code == 303
    assert answer.location.endswith(f"/contractors/{contractor.id}")
    present = [hung(session, event_id=event.id)[-1] for event in events]
    assert present == [(two.id, True), (one.id, True), (one.id, True)]
    membership = session.scalars(select(Membership).filter_by(contractor_id=contractor.id)).all()[
        -1
    ]
    client.post(f"/campaigns/off/{membership.id}")
    assert hung(session, contractor_id=contractor.id) == [(one.id, False), (two.id, False)]


def test_hanging_nowhere_is_told(make_contractor, ann, english):
    contractor = make_contractor(keeper=ann)
    sent = {"register": "contractor", "record": contractor.id, "back": "/contractors/"}
    answer = english(ann).post("/campaigns/hanging", data=sent, follow_redirects=True)
    assert "Choose a place in the campaign." in answer.text


def test_a_new_event_hangs_where_its_contractor_does(
    spring, make_node, make_contractor, make_membership, ann, client_as, session, app
):
    node = make_node(spring)
    contractor = make_contractor(keeper=ann)
    make_membership(node, contractor)
    client = client_as(ann)
    address = f"/events/new?contractor={contractor.id}"
    assert f"value='{node.id}' selected" in client.get(address).get_data(as_text=True)
    sent = {
        "subject": "New",
        "start": "2026-11-01",
        "operator": ann.id,
        "contractor": contractor.id,
    }
    sent["series_id"] = "1"
    for url, wish, there in (
        ("/events/new", {}, [(node.id, True)]),
        ("/events/new", {"place_spring": ""}, [(node.id, True)]),
        ("/events/new", {"place_spring": "", "suggested": contractor.id}, []),
        (address, {"place_spring": ""}, []),
        (address, {"place_spring": node.id}, [(node.id, True)]),
    ):
        assert client.post(url, data={**sent, **wish}).status_code == 303
        event = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert hung(session, event_id=event.id) == there


def test_on_several_places_the_form_asks(
    fairs, make_node, make_contractor, make_membership, ann, client_as, session
):
    contractor = make_contractor(keeper=ann)
    nodes = [make_node(fairs, name) for name in ("One", "Two")]
    for node in nodes:
        make_membership(node, contractor)
    sent = {
        "subject": "New",
        "start": "2026-11-01",
        "operator": ann.id,
        "contractor": contractor.id,
    }
    sent["series_id"] = "1"
    client = client_as(ann)
    assert client.post("/events/new", data=sent).status_code == 422
    assert session.scalars(select(Event)).all() == []
    assert (
        client.post("/events/new", data={**sent, "place_fairs": ["", nodes[1].id]}).status_code
        == 303
    )
    event = session.scalars(select(Event)).one()
    assert hung(session, event_id=event.id) == [(nodes[1].id, True)]


def test_the_contractors_form_moves_it_and_its_events(
    spring, make_node, make_contractor, make_event, make_membership, ann, client_as, session
):
    one, two = make_node(spring, "One"), make_node(spring, "Two")
    contractor = make_contractor("Zefir", keeper=ann)
    event = make_event(operator=ann, contractor=contractor, stages=["a"])
    for record in (contractor, event):
        make_membership(one, record)
    sent = {"name": "Zefir", "code": contractor.code, "status": "client", "keeper": ann.id}
    sent |= {"version": str(contractor.version), "place_spring": two.id, "events_along": "y"}
    answer = client_as(ann).post(f"/contractors/{contractor.id}/edit", data=sent)
    assert answer.status_code in (302, 303)
    assert hung(session, contractor_id=contractor.id) == [(one.id, False), (two.id, True)]
    assert hung(session, event_id=event.id) == [(one.id, False), (two.id, True)]


def test_a_form_without_the_campaign_leaves_it_alone(
    spring, make_node, make_contractor, make_membership, ann, client_as, session
):
    node = make_node(spring)
    contractor = make_contractor("Zefir", keeper=ann)
    make_membership(node, contractor)
    sent = {"name": "Other", "code": contractor.code, "status": "client", "keeper": ann.id}
    sent["version"] = str(contractor.version)
    client_as(ann).post(f"/contractors/{contractor.id}/edit", data=sent)
    assert session.get(Contractor, contractor.id).name == "Other"
    assert hung(session, contractor_id=contractor.id) == [(node.id, True)]


def test_a_tree_becomes_a_campaign_and_back_without_losing_a_place(
    make_feature, make_node, make_contractor, make_event, editor, acting_as, session
):
    tree = make_feature("area", on_events=True)
    node = make_node(tree)
    contractor = make_contractor(features={tree.key: node.id, "999": "x"})
    event = make_event(operator=editor, features={tree.key: node.id})
    tree_id, key, node_id = tree.id, tree.key, node.id
    with acting_as(editor) as actor:
        with transaction():
            assert marking.mark(actor, tree_id, now(), campaign=True).counts["event"] == 1
        with pytest.raises(DomainError), transaction():
            marking.mark(actor, tree_id, now(), campaign=True)
    session.expire_all()
    assert session.get(Contractor, contractor.id).features == {"999": "x"}
    assert hung(session, contractor_id=contractor.id) == [(node_id, True)]
    assert hung(session, event_id=event.id) == [(node_id, True)]
    with acting_as(editor) as actor, transaction():
        assert marking.mark(actor, tree_id, now(), campaign=False).counts["contractor"] == 1
    session.expire_all()
    assert session.get(Contractor, contractor.id).features == {"999": "x", key: node_id}
    assert hung(session, contractor_id=contractor.id) == [(node_id, False)]


def test_records_on_several_places_come_back_with_the_campaign(
    fairs, make_node, make_contractor, make_membership, editor, acting_as, client_as, session
):
    contractor = make_contractor()
    for name in ("One", "Two"):
        make_membership(make_node(fairs, name), contractor)
    url = f"/campaigns/marking/{fairs.id}"
    assert url in client_as(editor).get(f"/features/{fairs.id}").text
    agree(client_as(editor), url, {"campaign": "0"})
    session.expire_all()
    assert not session.get(Feature, fairs.id).campaign
    agree(client_as(editor), url, {"campaign": "1"})
    session.expire_all()
    assert [still for _node, still in hung(session, contractor_id=contractor.id)] == [True, True]


def test_only_definitions_editors_mark_campaigns(fairs, manager, client_as, session):
    client_as(manager).post(f"/campaigns/marking/{fairs.id}", data={"campaign": "0"})
    session.expire_all()
    assert session.get(Feature, fairs.id).campaign


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_hanging_while_the_branch_closes_neither_blocks_nor_half_closes(
    app, spring, make_node, make_event, make_membership, manager, session
):
    node = make_node(spring)
    for _event in range(5):
        make_membership(node, make_event(manager, ["a", "b"]))
    others = [make_event(manager, ["a", "b"]).id for _event in range(5)]
    key, user_id, problems, barrier = str(node.id), manager.id, [], threading.Barrier(2)
    session.commit()

    def close():
        with app.app_context():
            actor = become(db.session.get_one(User, user_id), Door.PAGE)
            order = Order(find_place(key), True, events=True)
            barrier.wait()
            for _try in range(50):
                token = bulk.preview(actor, order, now()).token
                try:
                    with transaction():
                        bulk.apply(actor, order, token, now())
                    return
                except DomainError as error:
                    problems.append(error.reasons[0].code)

    def add():
        with app.app_context():
            actor = become(db.session.get_one(User, user_id), Door.PAGE)
            barrier.wait()
            for event_id in others:
                hang(actor, "event", event_id, int(key))

    threads = [threading.Thread(target=one) for one in (close, add)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(problems) <= {"bulk.stale"}
    session.expire_all()
    closed = [(one.closed_at is None, one.closed_upto) for one in session.scalars(select(Event))]
    assert set(closed) <= {(True, 0), (False, 2)}
    assert len(hung(session, node_id=node.id)) == 10


def test_an_event_from_a_program_hangs_where_its_contractor_does(
    spring, fairs, make_node, make_contractor, make_membership, ann, api_as, session
):
    contractor, node = make_contractor(keeper=ann), make_node(spring)
    make_membership(node, contractor)
    for name in ("One", "Two"):
        make_membership(make_node(fairs, name), contractor)
    program = api_as(ann)
    for wish, there in (({"contractor": contractor.id}, [(node.id, True)]), ({}, [])):
        answer = program.post("/api/v1/event/", json={"subject": "New", **wish})
        assert answer.status_code == 201
        assert hung(session, event_id=answer.json["result"]["id"]) == there


def test_a_place_is_found_by_its_own_name_and_by_its_campaigns(
    make_campaign, make_node, ann, client_as
):
    deliveries = make_campaign("deliveries", name_pl="Dostawy", name_en="Deliveries")
    poland, other = make_node(deliveries, "Łódź"), make_node(make_campaign("other"), "Dostawy")
    client = client_as(ann)

    def found(text):
        results = client.get("/picker/place", query_string={"q": text}).json["results"]
        return [one["id"] for one in results]

    assert found("deliver") == [poland.id]
    assert sorted(found("dostawy")) == sorted([poland.id, other.id])
    assert found("dostawy lodz") == [poland.id]
    assert found("warszawa") == []
