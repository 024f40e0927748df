"""Figures on cards are exact and open exactly the rows they count."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask_appbuilder.security.sqla.models import User

from app.contractors.models import Contractor
from app.persons.models import Person

FIGURE = re.compile(
    r'<(?:a|span) class="figure[^"]*"(?: href="([^"]*)")?>\s*'
    r'<span class="figure-value">([^<]*)</span><span class="figure-label">([^<]*)<'
)
ROW = re.compile(r'data-row id="row-(\d+)"')


def figures_of(client, path):
    """Label -> (value, address) of a card's figures."""
    client.post("/profile/language", data={"language": "en"})
    page = client.get(path).text
    found = FIGURE.findall(page)
    return {label: (value, unescape(url)) for url, value, label in found}


def rows_of(client, url):
    """How many rows a list shows."""
    return len(ROW.findall(client.get(url).text))


@pytest.fixture
def busy(make_contractor, make_person, make_event, ann, bob):
    """A contractor with open and closed events of two operators, and stages due before today."""
    one = make_contractor(keeper=ann)
    make_person(contractor=one)
    late = datetime.now(UTC) - timedelta(days=3)
    make_event(operator=ann, contractor=one, stages=[{"subject": "Late", "due": late}, "Later"])
    make_event(operator=ann, contractor=one, stages=["a", "b"], closed=2)
    make_event(operator=ann, contractor=one, done=True)
    make_event(operator=bob, contractor=one, stages=[{"subject": "Bob's", "due": late}])
    return one


@pytest.mark.parametrize("who", ["ann", "manager"])
def test_each_figure_opens_the_rows_it_counts(request, client_as, busy, who):
    client = client_as(request.getfixturevalue(who))
    found = figures_of(client, f"/contractors/{busy.id}")
    mine = 1 if who == "ann" else 2
    counted = {"persons": 1, "open events": mine, "closed events": 2, "overdue stages": mine}
    assert {label: int(found[label][0]) for label in counted} == counted
    assert {label: rows_of(client, found[label][1]) for label in counted} == counted


def test_the_last_contact_is_the_newest_closing(client_as, busy, ann):
    client = client_as(ann)
    value, url = figures_of(client, f"/contractors/{busy.id}")["last contact"]
    assert value == "5 Mar 2024"
    assert rows_of(client, url) == 2


def test_a_contractor_with_nothing_shows_zeros(client_as, ann, make_contractor):
    one = make_contractor()
    found = figures_of(client_as(ann), f"/contractors/{one.id}")
    assert [found[name][0] for name in ("persons", "open events", "overdue stages")] == ["0"] * 3
    assert (found["next due"][0], found["last contact"][0]) == ("–", "–")


def test_a_figure_without_the_right_to_its_list_is_not_shown(
    client_as, ann, busy, session, make_user
):
    editor = make_user("nobody", "Reader")
    editor.roles[0].permissions = [
        one
        for one in editor.roles[0].permissions
        if (one.permission.name, one.view_menu.name) != ("can_list", "EventView")
    ]
    session.commit()
    page = client_as(editor).get(f"/contractors/{busy.id}").text
    assert "events-open" not in page


@pytest.mark.parametrize("kind", ["contractors", "persons", "operators"])
def test_a_card_takes_few_statements(client_as, admin, busy, statements, session, kind):
    models = {"contractors": Contractor, "persons": Person, "operators": User}
    pk = session.query(models[kind]).order_by("id").first().id
    client = client_as(admin)
    client.get(f"/{kind}/{pk}")
    with statements() as seen:
        page = client.get(f"/{kind}/{pk}")
    assert page.status_code == 200
    assert len(seen) <= 12, seen
    assert len(page.data) <= 100 * 1024
