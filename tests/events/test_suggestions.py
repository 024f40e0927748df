"""What the form of a new event offers once contractor or contact is chosen."""


def asked(client, **args):
    answer = client.get("/events/suggest", query_string=args)
    assert answer.status_code == 200
    return answer.json


def test_the_only_contact_and_place_are_filled_and_the_keeper_offered(
    make_contractor, make_person, make_campaign, make_node, make_membership, ann, client_as
):
    zefir = make_contractor("Zefir", keeper=ann)
    jan = make_person("Fiszki", contractor=zefir)
    spring, fairs = make_campaign("spring"), make_campaign("fairs", several=True)
    place, *two = make_node(spring, "North"), make_node(fairs, "A"), make_node(fairs, "B")
    for node in (place, *two):
        make_membership(node, zefir)
    found = asked(client_as(ann), contractor=zefir.id)
    assert found == {
        "fill": {
            "contact": [{"id": jan.id, "text": "Fiszki", "note": ""}],
            "place_spring": [{"id": place.id, "text": "North"}],
        },
        "offer": {"operator": {"id": ann.id, "text": "Ann Tester"}},
        "for": zefir.id,
    }


def test_a_contact_brings_its_only_contractor(make_contractor, make_person, ann, client_as):
    zefir = make_contractor("Zefir")
    jan = make_person("Fiszki", contractor=zefir)
    make_person("Nowak", contractor=zefir)
    client = client_as(ann)
    filled = asked(client, contact=jan.id)["fill"]
    assert [one["id"] for one in filled["contractor"]] == [zefir.id]
    assert asked(client, contractor=zefir.id)["fill"] == {}, "of several contacts one chooses"


def test_nothing_is_told_of_what_is_out_of_sight(
    make_contractor, make_person, ann, bob, client_as
):
    hidden = make_contractor("Zefir", keeper=ann)
    jan = make_person("Fiszki", contractor=hidden)
    client = client_as(bob)
    nothing = {"fill": {}, "offer": {}, "for": None}
    for args in ({"contractor": hidden.id}, {"contact": jan.id}, {"contractor": "x"}, {}):
        assert asked(client, **args) == nothing


def test_suggesting_takes_few_statements(make_contractor, make_person, ann, client_as, statements):
    zefir = make_contractor("Zefir", keeper=ann)
    make_person("Fiszki", contractor=zefir)
    client = client_as(ann)
    with statements() as seen:
        asked(client, contractor=zefir.id)
    assert len(seen) <= 8, seen
