"""Two who edit one record: field by field, mine or theirs, saved by one press."""

import re

import pytest

from app.fab.conflicts import plain, seen_in, touched


@pytest.fixture
def contractor(make_contractor, ann):
    """A contractor of ann's."""
    return make_contractor("Zefir", keeper=ann, city="Rzeszów", phone="1", email="a@b.pl")


def form_of(client, url):
    """The fields of a form as a browser would send them."""
    page = client.get(url).text
    inputs = [one for one in re.findall(r"<input[^>]*>", page) if 'type="checkbox"' not in one]
    pairs = (re.search(r'name="([^"]+)".*?value="([^"]*)"', one) for one in inputs)
    found = dict(pair.groups() for pair in pairs if pair)
    for name, rest in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r"<option[^>]*selected[^>]*>", rest)
        value = re.search(r"""value=["']([^"']*)""", chosen[0]) if chosen else None
        found[name] = value[1] if value else ""
    for name, text in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL
    ):
        found[name] = text.strip()
    found["seen"] = found.get("seen", "").replace("&#34;", '"')
    return found


def rows(page):
    """Field -> what is chosen for it, in the table of the conflict."""
    table = page.split("conflict-rows")[1].split("</table>")[0]
    return dict(re.findall(r'name="take-(\w+)" value="(\w+)" checked', table))


def both(client_as, ann, manager, contractor, mine, theirs):
    """Ann opens the form, the manager saves, ann sends hers; her client, form and answer."""
    url, client = f"/contractors/{contractor.id}/edit", client_as(ann)
    form = form_of(client, url)
    other = client_as(manager)
    assert other.post(url, data={**form_of(other, url), **theirs}).status_code == 303
    return client, form | mine, client.post(url, data=form | mine)


def test_what_i_touched_is_mine_and_the_rest_is_theirs(
    client_as, ann, manager, contractor, session
):
    mine, theirs = {"city": "Łańcut", "phone": "2"}, {"city": "Kraków", "email": "c@d.pl"}
    client, form, answer = both(client_as, ann, manager, contractor, mine, theirs)
    assert answer.status_code == 409
    assert rows(answer.text) == {"city": "mine", "phone": "mine", "email": "theirs"}
    chosen = {f"take-{name}": which for name, which in rows(answer.text).items()}
    version = re.search(r'name="version" value="([^"]*)"', answer.text)[1]
    saved = client.post(
        f"/contractors/{contractor.id}/edit", data={**form, **chosen, "version": version}
    )
    assert saved.status_code == 303
    session.refresh(contractor)
    assert (contractor.city, contractor.phone, contractor.email) == ("Łańcut", "2", "c@d.pl")


def test_theirs_can_be_taken_for_every_kind_of_field(
    client_as, ann, bob, manager, make_feature, make_node, contractor, session
):
    date = make_feature("until", kind="date")
    colour = make_feature("colour", kind="choice")
    red, blue = make_node(colour, "red"), make_node(colour, "blue")
    yes = make_feature("vip", kind="yesno")
    mine = {"status": "client", "feature_until": "2026-01-01", "feature_colour": str(red.id)}
    theirs = {"status": "inactive", "feature_until": "2027-02-02", "feature_vip": "yes"}
    theirs |= {"feature_colour": str(blue.id), "keeper": str(manager.id), "notes": "a\r\nb"}
    client, form, answer = both(client_as, manager, ann, contractor, mine, theirs)
    assert answer.status_code == 409
    taken = {f"take-{name}": "theirs" for name in {**mine, **theirs}}
    version = re.search(r'name="version" value="([^"]*)"', answer.text)[1]
    url = f"/contractors/{contractor.id}/edit"
    assert client.post(url, data={**form, **taken, "version": version}).status_code == 303
    session.refresh(contractor)
    assert (contractor.status, contractor.keeper_id) == ("inactive", manager.id)
    assert contractor.notes.split() == ["a", "b"]
    values = {date.key: "2027-02-02", colour.key: blue.id, yes.key: True}
    assert contractor.features == values


def test_a_third_change_is_asked_about_again(client_as, ann, manager, contractor, session):
    mine, theirs = {"city": "Łańcut"}, {"city": "Kraków"}
    client, form, answer = both(client_as, ann, manager, contractor, mine, theirs)
    version = re.search(r'name="version" value="([^"]*)"', answer.text)[1]
    contractor = session.merge(contractor)
    session.refresh(contractor)
    contractor.city = "Gdynia"
    session.commit()
    again = {**form, "take-city": "theirs", "version": version}
    answer = client.post(f"/contractors/{contractor.id}/edit", data=again)
    assert answer.status_code == 409
    assert "Gdynia" in answer.text


def test_stages_and_events_are_merged_too(client_as, ann, manager, make_event, session):
    event = make_event(operator=ann, stages=["a", "b"])
    stage = event.stages[1]
    for url, record in ((f"/stages/{stage.id}/edit", stage), (f"/events/{event.id}/edit", event)):
        client, other = client_as(ann), client_as(manager)
        form = form_of(client, url)
        theirs = {"subject": "theirs", "start": "2024-03-07", "start-time": ""}
        assert other.post(url, data={**form_of(other, url), **theirs}).status_code == 303
        sent = {**form, "subject": "mine", "description": "mine"}
        answer = client.post(url, data=sent)
        assert answer.status_code == 409
        assert rows(answer.text) == {
            "subject": "mine",
            "description": "mine",
            "start": "theirs",
        }
        version = re.search(r'name="version" value="([^"]*)"', answer.text)[1]
        picked = {"take-subject": "theirs", "take-start": "theirs", "version": version}
        assert client.post(url, data={**sent, **picked}).status_code == 303
        session.refresh(record)
        assert (record.subject, record.description) == ("theirs", "mine")
        assert record.start_on.isoformat() == "2024-03-07"


def test_an_unreadable_memory_of_what_was_shown_makes_everything_mine():
    class Field:
        """A text field."""

        name, data = "city", "x\r\ny "

    form = [Field()]
    assert plain(Field()) == "x\ny"
    assert touched(form, seen_in(form)) == set()
    for odd in ("", "{", "[]", "7", None):
        assert touched(form, odd) == {"city"}
