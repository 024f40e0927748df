"""All open items of an operator go to another in one act, shown before, taken back whole."""

import re

import pytest
from sqlalchemy import select

from app.audit.models import Batch
from app.contractors.models import Contractor
from app.events.models import Event, Stage


@pytest.fixture
def items(make_event, make_contractor, ann, bob):
    """Ann's two open events, one with a stage of Bob's, a closed one, and a kept contractor."""
    return {
        "open": make_event(operator=ann, stages=["a", {"subject": "b", "operator": bob}]),
        "other": make_event(operator=bob, stages=["a", {"subject": "b", "operator": ann}]),
        "closed": make_event(operator=ann, stages=["a"], closed=1),
        "contractor": make_contractor(keeper=ann),
    }


def hand_over(client, user, new, **more):
    """Plan it; the plan's page and its address."""
    asked = {"row": user.id, "operator": new.id, "asked": "1", "back": "/handover/", **more}
    where = client.post("/bulk/ab_user/handover", data=asked).headers["Location"]
    return where, client.get(where).get_data(as_text=True)


def owners(session, items):
    """Who has what, as ids."""
    session.rollback()
    session.expire_all()
    events = [session.get(Event, items[name].id) for name in ("open", "other", "closed")]
    kept = session.get(Contractor, items["contractor"].id)
    return [[row.operator_id for row in (one, *one.stages)] for one in events], kept.keeper_id


def test_all_open_items_go_and_closed_ones_stay(
    items, ann, bob, make_user, manager, client_as, session
):
    eve, client = make_user("eve"), client_as(manager)
    before = owners(session, items)
    where, shown = hand_over(client, ann, eve)
    assert shown.count('id="will-') == 4
    client.post(f"{where}/done")
    assert owners(session, items) == (
        [[eve.id, eve.id, bob.id], [bob.id, bob.id, eve.id], [ann.id, ann.id]],
        eve.id,
    )
    batch = session.scalars(select(Batch.id).where(Batch.act == "bulk_handover")).one()
    assert client.post(f"/bulk/batch/{batch}/undoing").status_code == 303
    assert owners(session, items) == before


def test_only_what_hangs_on_a_campaign_goes(
    items, ann, make_user, make_campaign, make_node, make_membership, manager, client_as, session
):
    spring = make_campaign()
    make_membership(make_node(spring), items["open"])
    _where, shown = hand_over(client_as(manager), ann, make_user("eve"), campaign=spring.id)
    assert shown.count('id="will-') == 2
    assert re.search(r"spring</td>", shown)


def test_one_cannot_hand_over_to_oneself(items, ann, manager, client_as):
    asked = {"row": ann.id, "operator": ann.id, "asked": "1"}
    assert client_as(manager).post("/bulk/ab_user/handover", data=asked).status_code == 422


def test_who_left_is_listed_with_open_items(items, ann, bob, manager, client_as, session):
    ann.active = False
    session.commit()
    client = client_as(manager)
    page = client.get("/handover/").get_data(as_text=True)
    assert f'id="operator-{ann.id}"' in page
    assert f'id="operator-{bob.id}"' not in page
    assert f'id="operator-{bob.id}"' in client.get("/handover/?all=1").get_data(as_text=True)
    card = client.get(f"/operators/{ann.id}").get_data(as_text=True)
    assert 'action="/bulk/ab_user/handover"' in card


def test_an_operator_may_not(items, ann, bob, client_as):
    client = client_as(bob)
    assert client.get("/handover/").status_code in (302, 403)
    asked = {"row": ann.id, "operator": bob.id, "asked": "1"}
    assert client.post("/bulk/ab_user/handover", data=asked).status_code in (302, 403)


def test_the_page_takes_few_statements(items, ann, manager, client_as, statements):
    client = client_as(manager)
    with statements() as seen:
        client.get("/handover/?all=1")
    assert len(seen) <= 8


def test_an_item_taken_over_since_is_left(items, ann, bob, make_user, manager, client_as, session):
    eve, client = make_user("eve"), client_as(manager)
    where, _shown = hand_over(client, ann, eve)
    stage = session.get(Stage, items["other"].stages[1].id)
    stage.operator_id = bob.id
    session.commit()
    client.post(f"{where}/done", data={"mode": "skip"})
    found, _keeper = owners(session, items)
    assert found[1] == [bob.id, bob.id, bob.id]
    assert found[0][0] == eve.id


# --- by a program -----------------------------------------------------------------------------


def post(client, path, **body):
    """What the API answers."""
    answer = client.post(f"/api/v1/{path}", json=body)
    return answer.status_code, answer.json


def test_a_program_hands_over_as_the_page_does(
    items, ann, bob, make_user, manager, api_as, session
):
    eve, client = make_user("eve"), api_as(manager)
    ann.active = False
    session.commit()
    before = owners(session, items)
    holders = client.get("/api/v1/handover/").json["result"]
    counts = {"event": 1, "stage": 2, "contractor": 1}
    assert holders == [{"id": ann.id, "name": "Ann Tester", "active": False, "open": counts}]
    everybody = client.get("/api/v1/handover/?all=1").json["result"]
    assert [one["id"] for one in everybody] == [ann.id, bob.id]
    status, plan = post(client, "handover/plan", ids=[ann.id], options={"operator": eve.id})
    assert (status, plan["will_change"], plan["kinds"]) == (200, 4, counts)
    assert owners(session, items) == before
    status, done = post(client, "handover/apply", plan=plan["plan"])
    assert (status, done["done"]) == (200, 4)
    assert post(client, "handover/apply", plan=plan["plan"])[1]["batch"] == done["batch"]
    found, keeper = owners(session, items)
    assert (found[0], found[2], keeper) == ([eve.id, eve.id, bob.id], [ann.id, ann.id], eve.id)
    assert client.delete(f"/api/v1/batch/{done['batch']}").status_code == 200
    assert owners(session, items) == before


def test_a_program_hands_over_what_hangs_on_a_campaign(
    items, ann, make_user, make_campaign, make_node, make_membership, manager, api_as
):
    spring = make_campaign()
    make_membership(make_node(spring), items["open"])
    options = {"operator": make_user("eve").id, "campaign": spring.id}
    _status, plan = post(api_as(manager), "handover/plan", ids=[ann.id], options=options)
    assert plan["kinds"] == {"event": 1, "stage": 1}


def test_a_program_is_refused_what_the_page_refuses(items, ann, bob, manager, api_as, session):
    client, before = api_as(manager), owners(session, items)
    wrong = [
        ({"ids": [ann.id]}, "operator"),
        ({"ids": [ann.id], "options": {"operator": ann.id}}, "operator"),
        ({"ids": [ann.id], "options": {"operator": bob.id, "campaign": 2147483647}}, "campaign"),
        ({"options": {"operator": bob.id}}, "ids"),
    ]
    for body, field in wrong:
        status, answer = post(client, "handover/plan", **body)
        assert (status, answer["reasons"][0]["field"]) == (422, field), body
    assert post(client, "handover/plan", ids=[2147483647], options={"operator": bob.id})[0] == 422
    assert post(client, "handover/apply", plan="x")[0] == 404
    _status, plan = post(client, "handover/plan", ids=[ann.id], options={"operator": bob.id})
    stranger = api_as(bob)
    assert stranger.get("/api/v1/handover/").status_code == 403
    assert post(stranger, "handover/plan", ids=[ann.id], options={"operator": bob.id})[0] == 403
    assert post(stranger, "handover/apply", plan=plan["plan"])[0] == 403
    assert owners(session, items) == before


def test_a_team_that_cannot_be_is_refused(items, manager, client_as, api_as):
    odd = f"?all=1&team={10**30}"
    assert client_as(manager).get(f"/handover/{odd}").status_code == 400
    assert api_as(manager).get(f"/api/v1/handover/{odd}").status_code == 400
