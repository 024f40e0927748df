"""Global search and pickers: accents, dashes and case don't matter; sight and rights do."""

import pytest

BASE = 2  # who is logged in, and with which rights


@pytest.fixture
def zefir(make_contractor, make_person, make_event, ann):
    """The card's own example."""
    one = make_contractor(
        name="Zefi J. Nowak i E. Nowak",
        code="ZEFIR",
        nip="8567346215",
        city="Łódź",
        email="biuro@zefir.example",
        keeper=ann,
    )
    person = make_person("Święszkowska", first_name="Łucja", contractor=one)
    make_event(operator=ann, contractor=one, contact=person, subject="Informacje o systemie")
    return one


FOUND = {
    "zefir": "ZEFIR",
    "ZEFI NOWAK": "ZEFIR",
    "lodz": "ZEFIR",
    "ŁÓDŹ": "ZEFIR",
    "856-734-62-15": "ZEFIR",
    "PL8567346215": "ZEFIR",
    "856 734": "ZEFIR",
    "biuro@zefir": "ZEFIR",
    "swieszkowska lucja": "Święszkowska / Łucja",
    "0001/2024": "0001/2024/CRM",
    "informacje": "0001/2024/CRM",
}
NOT_FOUND = ("", " ", "%", "_", "zefir kowalski", "x" * 300)


@pytest.mark.parametrize("path", ["/search/", "/search/suggest"])
def test_search_finds_every_word_anywhere(client_as, ann, zefir, path):
    client = client_as(ann)
    pages = {text: client.get(path, query_string={"q": text}).text for text in FOUND}
    assert {text for text, page in pages.items() if FOUND[text] not in page} == set()
    answers = [client.get(path, query_string={"q": text}) for text in NOT_FOUND]
    assert [answer.status_code for answer in answers] == [200] * len(NOT_FOUND)
    assert not [answer for answer in answers if "ZEFIR" in answer.text]


def test_search_shows_nothing_out_of_sight(client_as, bob, zefir):
    client = client_as(bob)
    for text in ("zefir", "0001/2024", "swieszkowska"):
        page = client.get("/search/", query_string={"q": text}).text
        assert f"/contractors/{zefir.id}" not in page
        assert "/events/" not in page.split("<main")[1]


def test_search_takes_few_statements(client_as, ann, zefir, statements):
    client = client_as(ann)
    with statements() as seen:
        client.get("/search/suggest", query_string={"q": "nowak"})
    assert len(seen) <= 6, seen


def test_a_picker_gives_the_first_matches_first(client_as, ann, zefir):
    client = client_as(ann)
    for page in ("", "&page=1"):
        found = client.get(f"/picker/contractor?q=nowak{page}").json
        assert [one["text"] for one in found["results"]] == ["Zefi J. Nowak i E. Nowak (ZEFIR)"]
    assert client.get("/picker/contractor?q=nowak&page=2").json["results"] == []


def test_a_contact_is_picked_among_the_contractors_people(
    client_as, ann, zefir, make_person, make_contractor
):
    make_person("Other", contractor=make_contractor())
    found = client_as(ann).get(f"/picker/person?contractor={zefir.id}").json["results"]
    assert [one["text"] for one in found] == ["Święszkowska / Łucja"]


def test_an_odd_page_of_a_picker_is_refused(client_as, ann):
    client = client_as(ann)
    for page in ("-1", "x", "99999", "1.5"):
        assert client.get(f"/picker/contractor?page={page}").status_code == 400


def test_there_is_no_picker_of_that_kind(client_as, ann):
    assert client_as(ann).get("/picker/secrets").status_code == 404


def test_the_palette_finds_what_search_finds(client_as, ann, bob, zefir, statements):
    client = client_as(ann)
    with statements() as seen:
        groups = client.get("/search/palette?q=zefir").json["groups"]
    assert len(seen) - BASE <= 4, seen
    urls = [item["url"] for group in groups for item in group["items"]]
    assert f"/contractors/{zefir.id}" in urls
    assert client_as(bob).get("/search/palette?q=zefir").json["groups"] == []


def test_the_palette_begins_with_what_was_seen(client_as, ann, monkeypatch):
    seen = {"text": "Zefir", "note": "ZEFIR", "url": "/contractors/1"}
    monkeypatch.setattr("app.lists.search._recent", [lambda: [seen]])
    (group,) = client_as(ann).get("/search/palette").json["groups"]
    assert group["items"] == [seen]
