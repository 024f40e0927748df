"""The figures of the campaign tree count each record once and only what the actor may see."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from app.campaigns.figures import Numbers, figures, figures_of
from app.campaigns.places import everything, find_by_names, find_place, nowhere

PAST = datetime(2024, 3, 6, 12, 0, tzinfo=UTC)


def numbers(place, actor, where="below"):
    return {name: number for name, number in figures_of(place, actor)[where].items() if number}


def test_a_branch_sums_up_what_hangs_on_its_nodes(
    make_campaign, make_node, make_contractor, make_event, make_membership, ann, acting_as
):
    spring = make_campaign()
    region = make_node(spring, "Region")
    town = make_node(spring, "Town", region)
    make_membership(town, make_contractor("Zefir"))
    make_membership(region, make_contractor("Nowak"))
    make_membership(town, make_event(operator=ann, stages=["a", "b", "c"], closed=1))
    make_membership(region, make_event(operator=ann, stages=["a"], closed=1))
    with acting_as(ann) as actor:
        here = numbers(find_place(str(region.id)), actor, "here")
        below = numbers(find_place(str(region.id)), actor)
        whole = numbers(find_place(f"c{spring.id}"), actor)
    assert here == {"contractors": 1, "events": 1, "events_closed": 1, "stages_closed": 1}
    assert below == whole
    assert below == {
        "contractors": 2,
        "events": 2,
        "events_open": 1,
        "events_closed": 1,
        "stages_open": 2,
        "stages_closed": 2,
    }


def test_late_closing_and_overdue_stages_are_counted(
    make_campaign, make_node, make_event, make_membership, ann, acting_as
):
    node = make_node(make_campaign())
    late = PAST - timedelta(days=3)
    make_membership(
        node, make_event(operator=ann, stages=[{"subject": "a", "due": late}], closed=1)
    )
    make_membership(node, make_event(operator=ann, stages=[{"subject": "a", "due": PAST}]))
    with acting_as(ann) as actor:
        found = numbers(find_place(str(node.id)), actor)
    assert found["events_closed_late"] == 1
    assert found["stages_overdue"] == 1


def test_a_record_on_two_nodes_of_a_branch_counts_once_in_the_branch(
    make_campaign, make_node, make_contractor, make_membership, ann, acting_as
):
    fairs = make_campaign("fairs", several=True)
    top = make_node(fairs, "Top")
    one, two = make_node(fairs, "One", top), make_node(fairs, "Two", top)
    contractor = make_contractor("Zefir")
    make_membership(one, contractor)
    make_membership(two, contractor)
    with acting_as(ann) as actor:
        places = [find_place(str(node.id)) for node in (top, one)]
        found = figures([*places, find_place(f"c{fairs.id}")], actor)
    assert found[str(top.id)].below.contractors == 1
    assert found[str(one.id)].here.contractors == 1
    assert found[f"c{fairs.id}"].below.contractors == 1


def test_roots_count_everything_and_what_hangs_nowhere(
    make_campaign, make_node, make_contractor, make_event, make_membership, ann, acting_as
):
    node = make_node(make_campaign())
    hung = make_contractor("Zefir")
    make_membership(node, hung)
    make_contractor("Nowak")
    make_event(operator=ann, stages=["a"])
    with acting_as(ann) as actor:
        assert numbers(everything(), actor) == {
            "contractors": 2,
            "events": 1,
            "events_open": 1,
            "stages_open": 1,
        }
        assert numbers(nowhere(), actor)["contractors"] == 1


def test_an_operator_counts_only_what_she_may_see(
    make_campaign, make_node, make_contractor, make_event, make_membership, ann, bob, acting_as
):
    node = make_node(make_campaign())
    make_membership(node, make_contractor("Hers", keeper=ann))
    make_membership(node, make_contractor("His", keeper=bob))
    make_membership(node, make_event(operator=bob, stages=[{"subject": "a", "due": PAST}]))
    with acting_as(ann) as actor:
        assert numbers(find_place(str(node.id)), actor) == {"contractors": 1}
        assert numbers(everything(), actor) == {"contractors": 1}
    with acting_as(bob) as actor:
        assert numbers(find_place(str(node.id)), actor)["events"] == 1


def test_what_was_taken_off_or_is_in_the_trash_is_not_counted(
    make_campaign, make_node, make_contractor, make_membership, ann, acting_as
):
    node = make_node(make_campaign())
    make_membership(node, make_contractor("Zefir"), from_at=PAST, to_at=PAST)
    make_membership(node, make_contractor("Nowak", trashed_at=PAST))
    with acting_as(ann) as actor:
        assert numbers(find_place(str(node.id)), actor) == {}


def test_all_places_of_a_page_take_three_statements(
    make_campaign, make_node, make_membership, make_contractor, ann, acting_as, statements
):
    spring, fairs = make_campaign(), make_campaign("fairs", several=True)
    nodes = [make_node(feature, f"N{n}") for feature in (spring, fairs) for n in range(20)]
    make_membership(nodes[0], make_contractor())
    with acting_as(ann) as actor:
        places = [find_place(str(node.id)) for node in nodes]
        with statements() as seen:
            figures([everything(), nowhere(), *places], actor)
    assert len(seen) <= 3


def test_a_place_is_found_by_key_and_by_names(
    make_campaign, make_feature, make_node, ann, acting_as
):
    spring = make_campaign(name_en="Deliveries", name_pl="Dostawy")
    town = make_node(spring, "Berlin", make_node(spring, "Germany"))
    plain = make_node(make_feature("plain"), "Node")
    with acting_as(ann):
        assert find_by_names("deliveries/germany/Berlin").node.id == town.id
        assert find_by_names("Dostawy").feature.id == spring.id
        assert find_by_names("Dostawy/France") is None
        for text in ("", "x", "c99999", "999999", "99999999999", str(plain.id), "²"):
            assert find_place(text) is None


def test_numbers_add_up():
    assert asdict(Numbers(1, 2) + Numbers(3, 4)) == asdict(Numbers(4, 6))
