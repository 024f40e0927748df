"""Features and campaigns through the API: values, places, figures and the rows behind them."""

from typing import Any

import pytest

from tests.api.conftest import codes


@pytest.fixture
def tree(makers: Any) -> Any:
    """A campaign "deliveries" with Germany over Berlin."""
    campaign = makers.campaign("deliveries", name_en="Deliveries")
    germany = makers.node(campaign, "Germany")
    berlin = makers.node(campaign, "Berlin", germany)
    return campaign, germany, berlin


def test_features_are_written_and_read_by_code(as_program, ann, makers):
    makers.feature("size", "number")
    makers.feature("source", "tree")
    branch = makers.feature("branch", "choice")
    node = makers.node(branch, "IT")
    program = as_program(ann)
    body = {"name": "Zefir", "features": {"size": 12.5, "branch": node.id}}
    made = program.ask("POST", "/contractor/", body)
    assert made.status_code == 201, made.json
    shown = made.json["result"]["features"]
    assert shown == {"size": "12.5", "source": None, "branch": {"id": node.id, "path": ["IT"]}}
    path = f"/contractor/{made.json['id']}"
    changed = program.change(path, {"features": {"size": None}}).json["result"]["features"]
    assert (changed["size"], changed["branch"]) == (None, shown["branch"])
    for wrong in ({"nothing": 1}, {"size": "much"}, {"size": "1e999999999"}, {"branch": 777777}):
        answer = program.change(path, {"features": wrong})
        assert (answer.status_code, codes(answer)) == (422, ["feature.value"]), wrong


def test_lists_filter_by_features(as_program, ann, makers):
    makers.feature("size", "number")
    program = as_program(ann)
    for size in (5, 50, 500):
        program.ask("POST", "/contractor/", {"name": f"c{size}", "features": {"size": size}})
    asked = [{"col": "feature_size", "opr": "ge", "value": 50}]
    assert program.get("/contractor/", filters=asked).json["count"] == 2
    assert "feature_size" in program.ask("GET", "/contractor/_info").json["filters"]
    wrong = [{"col": "feature_size", "opr": "ge", "value": "much"}]
    assert program.get("/contractor/", filters=wrong).status_code == 400


def test_a_record_is_hung_moved_and_taken_off(as_program, ann, tree, makers):
    campaign, germany, berlin = tree
    program, contractor = as_program(ann), makers.contractor("Zefir")
    path = f"/contractor/{contractor.id}/membership"
    body = {"feature": campaign.code, "node": germany.id, "why": "asked for it"}
    first = program.ask("PUT", path, body)
    assert first.status_code == 200, first.json
    moved = program.ask("PUT", path, {**body, "node": berlin.id})
    (place,) = moved.json["result"]
    assert (place["node"]["text"], place["feature"]) == ("Berlin", "deliveries")
    assert program.ask("GET", path).json == moved.json
    again = program.ask("PUT", path, {**body, "node": berlin.id})
    assert again.status_code == 409
    gone = program.ask("DELETE", f"{path}/{place['id']}")
    assert (gone.status_code, gone.json["result"]) == (200, [])
    assert program.ask("DELETE", f"{path}/{place['id']}").status_code == 404


def test_a_wrong_place_is_refused(as_program, ann, tree, makers):
    campaign, germany, _berlin = tree
    other = makers.node(makers.campaign("other"), "Elsewhere")
    program, path = as_program(ann), f"/event/{makers.event(ann).id}/membership"
    for body in (
        {"feature": campaign.code, "node": other.id},
        {"feature": campaign.code, "node": 777777},
        {"feature": "nothing", "node": germany.id},
    ):
        answer = program.ask("PUT", path, body)
        assert (answer.status_code, codes(answer)) == (422, ["value.not_found"]), body


def test_strangers_and_readers_hang_nothing(as_program, make_user, ann, tree, makers, statements):
    campaign, germany, _berlin = tree
    path = f"/event/{makers.event(ann).id}/membership"
    good = {"feature": campaign.code, "node": germany.id}
    stranger = as_program(make_user("zoe", "Operator", "East"))
    reader = as_program(make_user("viewer", "Reader"))
    with statements() as seen:
        assert stranger.ask("PUT", path, good, Idempotency_Key="k").status_code == 404
        assert stranger.ask("GET", path).status_code == 404
        assert stranger.ask("DELETE", f"{path}/1").status_code == 404
        assert reader.ask("PUT", path, good).status_code == 403
    assert not seen.writes


def test_figures_count_what_their_lists_show(as_program, viewer, ann, bob, tree, makers):
    _campaign, germany, berlin = tree
    contractor = makers.contractor("Zefir", keeper=ann)
    makers.membership(germany, contractor)
    for operator, node, closed in ((ann, germany, 0), (ann, berlin, 1), (bob, berlin, 0)):
        makers.membership(node, makers.event(operator, stages=["a"], closed=closed))
    program = as_program(viewer)
    for address in (str(germany.id), "Deliveries/Germany", "Germany"):
        found = program.ask("GET", f"/campaign/{address}/figures").json
        assert found["node"] == str(germany.id)
        here, below = found["here"], found["below"]
        assert (here["contractors"], here["events"], here["events_closed"]) == (1, 1, 0)
        assert (below["events"], below["events_open"], below["events_closed"]) == (3, 2, 1)
    for opr, count in (("eq", 1), ("below", 3)):
        asked = [{"col": "node", "opr": opr, "value": germany.id}]
        assert program.get("/event/", filters=asked).json["count"] == count
    mine = as_program(ann).ask("GET", f"/campaign/{germany.id}/figures").json
    assert mine["below"]["events"] == 2
    assert program.ask("GET", "/campaign/777777/figures").status_code == 404


def test_the_tree_is_walked_by_its_keys(as_program, viewer, tree):
    campaign, germany, berlin = tree
    program = as_program(viewer)
    (top,) = program.ask("GET", "/campaign/").json["result"]
    assert (top["code"], top["node"]) == ("deliveries", f"c{campaign.id}")
    below = program.ask("GET", f"/campaign/{top['node']}/nodes").json["result"]
    assert below == [{"node": str(germany.id), "name": "Germany"}]
    below = program.ask("GET", f"/campaign/{germany.id}/nodes").json["result"]
    assert [one["name"] for one in below] == [berlin.name]
