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
