"""The campaign page: each figure opens exactly its rows; the state stands in the address."""

import json
import random
import re

import pytest
from sqlalchemy import select

from app.campaigns.figures import figures
from app.campaigns.places import find_place
from app.db import db, transaction
from app.features import operations
from app.features.models import FeatureNode


@pytest.fixture
def spring(make_campaign):
    return make_campaign(name_pl="Wiosna", name_en="Spring")


@pytest.fixture
def branch(spring, make_node):
    region = make_node(spring, "Region")
    return region, make_node(spring, "Town", region)


def rows_of(client, address):
    """How many rows the list at an address has."""
    page = client.get(address).get_data(as_text=True)
    return len(set(re.findall(r'id="(?:row|contractor|event|stage)-(\d+)"', page)))


def test_every_figure_opens_exactly_the_rows_it_counts(
    branch, make_contractor, make_event, make_membership, ann, client_as
):
    region, town = branch
    for node in (region, town, None):
        contractor = make_contractor(keeper=ann)
        events = [
            make_event(ann, ["a", "b", "c"], closed=c, contractor=contractor) for c in (0, 1, 3)
        ]
        for record in (contractor, *events):
            if node is not None:
                make_membership(node, record)
    client = client_as(ann)
    for place in (region.id, town.id, f"c{region.feature_id}", "none", "all"):
        for scope in ("below", "here"):
            page = client.get(f"/campaigns/?node={place}&scope={scope}").get_data(as_text=True)
            found = re.findall(
                r'<a class="figure[^"]*" href="([^"]+)">\s*<span class="figure-value">(\d+)<', page
            )
            assert len(found) == 8
            for address, number in found:
                assert rows_of(client, address.replace("&amp;", "&")) == int(number), address


def test_the_address_holds_place_scope_and_open_branches(branch, ann, client_as):
    region, town = branch
    page = (
        client_as(ann)
        .get(f"/campaigns/?node={town.id}&open=c{region.feature_id}")
        .get_data(as_text=True)
    )
    assert f'id="node-{town.id}"' in page
    chosen = re.search(rf'id="node-{town.id}"[^>]*aria-selected="true"', page)
    assert chosen
    assert f"Wiosna › {region.name} › {town.name}" in page


def test_branches_come_when_they_are_opened(branch, ann, client_as):
    region, town = branch
    client = client_as(ann)
    closed = client.get("/campaigns/").get_data(as_text=True)
    assert f'id="node-{region.id}"' not in closed
    opened = client.get(f"/campaigns/branch?of=c{region.feature_id}").get_data(as_text=True)
    assert f'id="node-{region.id}"' in opened
    assert f'id="node-{town.id}"' not in opened


@pytest.mark.parametrize("query", ["node=999999", "node=c999", "node=x", "node=²"])
def test_a_place_that_is_not_there_is_not_found(query, ann, client_as):
    assert client_as(ann).get(f"/campaigns/?{query}").status_code == 404


def test_odd_requests_are_refused(branch, ann, client_as):
    client = client_as(ann)
    assert client.get(f"/campaigns/?node={branch[0].id}&scope=both").status_code == 400
    assert client.get(f"/campaigns/branch?of={branch[0].id}&skip=x").status_code == 400
    assert client.get("/campaigns/?open=,,x,²,99999999999").status_code == 200
    assert client.post("/campaigns/hanging", data={"record": "x"}).status_code == 400


def test_a_node_of_a_plain_tree_is_not_shown(make_feature, make_node, ann, client_as):
    node = make_node(make_feature("plain"), "Secret")
    assert client_as(ann).get(f"/campaigns/?node={node.id}").status_code == 404


def test_the_page_takes_at_most_twelve_statements_whatever_the_tree(
    spring,
    make_campaign,
    make_node,
    make_contractor,
    make_event,
    make_membership,
    admin,
    client_as,
    statements,
):
    fairs = make_campaign("fairs", several=True)
    ids = []
    for feature in (spring, fairs):
        top = make_node(feature, "Top")
        for number in range(10):
            node = make_node(feature, f"n{number}", top)
            make_membership(node, make_contractor())
            make_membership(node, make_event(admin, ["a"]))
        ids += [f"c{feature.id}", str(top.id)]
    client = client_as(admin)
    with statements() as seen:
        answer = client.get(f"/campaigns/?node={ids[1]}&open={','.join(ids)}")
    assert answer.status_code == 200
    assert len(seen) <= 12
    assert len(answer.data) < 100 * 1024


def test_many_children_come_a_hundred_at_a_time(spring, editor, acting_as, client_as):
    with acting_as(editor), transaction():
        operations.add_outline(spring, "\n".join(f"Node {number}" for number in range(230)))
    client = client_as(editor)
    first = client.get(f"/campaigns/branch?of=c{spring.id}").get_data(as_text=True)
    assert first.count('role="treeitem"') == 100
    assert f"of=c{spring.id}&amp;skip=100" in first
    last = client.get(f"/campaigns/branch?of=c{spring.id}&skip=200").get_data(as_text=True)
    assert last.count('role="treeitem"') == 30
    assert "skip=" not in last


def test_moving_a_branch_changes_its_ancestors_by_exactly_its_own(
    spring, make_node, make_contractor, make_event, make_membership, admin, acting_as, session
):
    chance, ids = random.Random(5), []
    for number in range(14):
        above = session.get(FeatureNode, chance.choice(ids)) if ids and number > 2 else None
        ids.append(make_node(spring, f"n{number}", above).id)
    for _record in range(30):
        node = session.get(FeatureNode, chance.choice(ids))
        make_membership(node, make_contractor())
        make_membership(node, make_event(admin, ["a", "b"], closed=chance.randint(0, 2)))
    with acting_as(admin) as actor:
        for _move in range(10):
            moved, target = chance.sample(ids, 2)
            before = counted(ids, actor)
            paths = {
                pk: db.session.get(FeatureNode, pk, populate_existing=True).path for pk in ids
            }
            if paths[target].startswith(paths[moved]):
                continue
            with transaction():
                operations.move_node(moved, target)
            after = counted(ids, actor)
            size = before[moved]
            for pk in ids:
                if pk == moved or paths[pk].startswith(paths[moved]):
                    change = 0
                else:
                    gained = paths[target].startswith(paths[pk])
                    lost = paths[moved].startswith(paths[pk])
                    change = gained - lost
                assert after[pk] - before[pk] == change * size


def counted(ids, actor):
    """Node -> records and stages with all below."""
    found = figures([find_place(str(pk)) for pk in ids], actor)
    return {
        pk: one.contractors + 1000 * one.events + 1_000_000 * one.stages
        for pk in ids
        for one in [found[str(pk)].below]
    }


def test_the_command_line_shows_the_same_figures(
    branch, make_contractor, make_membership, ann, admin, bob, command
):
    make_membership(branch[1], make_contractor(keeper=ann))
    told = command("campaigns", "show", "Spring/Region", "--json", "--as", "ann")
    assert told.exit_code == 0
    found = json.loads(told.stdout)
    assert found["below"]["contractors"] == 1
    assert found["here"]["contractors"] == 0
    assert (
        json.loads(command("campaigns", "show", "Town", "--json").stdout)["here"]["contractors"]
        == 1
    )
    assert "contractors" in command("campaigns", "show", str(branch[0].id), "--as", "bob").stdout
    hidden = json.loads(command("campaigns", "show", "Town", "--json", "--as", "bob").stdout)
    assert hidden["below"]["contractors"] == 0
    assert command("campaigns", "show", "Nowhere", "--as", "ann").exit_code == 1
    assert command("campaigns", "show", "Town", "--as", "nobody").exit_code == 1


def test_choosing_a_place_offers_to_add_only_there(branch, ann, viewer, client_as):
    address = f"/campaigns/?node={branch[0].id}"
    assert 'id="add-contractor"' in client_as(ann).get(address).get_data(as_text=True)
    assert 'id="add-contractor"' not in client_as(viewer).get(address).get_data(as_text=True)


def test_a_new_prospect_from_a_node_hangs_there(branch, ann, client_as, session):
    client, address = client_as(ann), f"/contractors/new?node={branch[1].id}"
    assert f"value='{branch[1].id}' selected" in client.get(address).get_data(as_text=True)
    sent = {"name": "Fresh", "status": "prospect", "place_spring": branch[1].id}
    assert client.post(address, data=sent).status_code == 303
    page = client.get(f"/campaigns/?node={branch[1].id}").get_data(as_text=True)
    assert "Fresh" in page
    assert session.scalar(select(FeatureNode.id).where(FeatureNode.id == branch[1].id))
