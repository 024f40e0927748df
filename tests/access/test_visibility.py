"""An operator meets no other team's data anywhere: lists, counts, search, pickers, cards, history.

Bob's records are full of two words that only his team may read; Ann looks everywhere.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.access import visibility
from app.db import db
from app.models import Contractor, Event, Person, Stage
from tests.access.crawl import Found, crawl
from tests.access.world import CANARIES, World, standing_world

STRANGERS = CANARIES["bob"]
LISTS = ("contractors", "persons", "events", "stages")
PAGES = (
    "/",
    *(f"/{name}/?view=all" for name in LISTS),
    *(f"/{name}/?size=200" for name in LISTS),
    "/campaigns/",
    "/campaigns/?node=all",
    "/campaigns/?node=none",
    "/profile/",
    "/search/?q=pustul",
    "/search/?q=7777",
    "/search/suggest?q=pustul",
    *(f"/picker/{kind}?q=pustul" for kind in ("contractor", "person", "event", "operator")),
    "/contractors/?_flt_0_name=pustul",
    "/events/?_flt_0_subject=pustul",
    "/persons/?_flt_0_name=pustul",
)
RESOURCES = ("contractor", "person", "event", "stage", "operator", "campaign")
WORDS = {"q": "pustul"}


@pytest.fixture
def world(app: Flask, session: Session) -> World:
    """Two teams' records."""
    return standing_world(app, session)


@pytest.fixture
def writes(app: Flask) -> Callable[[Callable[[], None]], list[str]]:
    """What a deed writes, but for the notes about logins."""

    def run(deed: Callable[[], None]) -> list[str]:
        with app.extensions["watch"].recording() as seen:
            deed()
        return [one for one in seen.writes if "login_session" not in one]

    return run


def pages_of(world: World) -> list[str]:
    """Where a crawl begins: all lists, and everything about bob's rows by guessed address."""
    rows = world.living["bob"]
    guessed = [
        f"/{register}/{rows[kind]}{rest}"
        for register, kind in zip(LISTS, ("contractor", "person", "event", "stage"), strict=True)
        for rest in ("", "/edit", "/history")
    ]
    related = [
        f"/events/?_flt_0_contractor={rows['contractor']}",
        f"/stages/?_flt_0_event={rows['event']}",
        f"/events/new?contractor={rows['contractor']}&contact={rows['person']}",
        f"/picker/person?contractor={rows['contractor']}",
        f"/campaigns/?node={world.shared['node']}",
    ]
    return [*PAGES, *guessed, *related]


def bad(found: list[Found], words: tuple[str, ...]) -> list[str]:
    """Answers that tell what they should not, fail, or write."""
    return [
        f"{one.url}: {one.status} {[word for word in words if word in one.text.casefold()]}"
        for one in found
        if one.status >= 500 or one.writes or any(word in one.text.casefold() for word in words)
    ]


@pytest.mark.parametrize("limit", [150, pytest.param(1_000, marks=pytest.mark.full)])
def test_nothing_that_ann_can_open_tells_of_bobs_records(
    world: World, writes: Any, limit: int
) -> None:
    found = crawl(world.client("ann", api=False), pages_of(world), writes, limit)
    assert bad(found, STRANGERS) == []
    own = [one for one in found if "zimorodek" in one.text.casefold()]
    assert len(found) > 60
    assert len(own) > 20, "the crawl must meet her own records"


def test_the_crawl_would_meet_bobs_words(world: World, writes: Any) -> None:
    found = crawl(world.client("bob", api=False), pages_of(world), writes, 60)
    assert len(bad(found, STRANGERS)) > 10


def test_no_program_of_anns_reads_bobs_records(world: World) -> None:
    client = world.client("ann", api=True)
    for resource in RESOURCES:
        for query in ("", "?q=(page_size:200)"):
            answer = client.get(f"/api/v1/{resource}/{query}")
            text = answer.get_data(as_text=True).casefold()
            assert answer.status_code < 500
            assert not [word for word in STRANGERS if word in text], resource


def test_counts_are_of_visible_rows(world: World) -> None:
    found = {
        name: world.client(name, api=True).get("/api/v1/event/").json["count"]
        for name in ("ann", "bob", "viewer")
    }
    assert found["ann"] == found["bob"] == found["viewer"] / 2


@pytest.mark.parametrize("name", ["ann", "bob"])
@pytest.mark.parametrize("model", [Contractor, Person, Event, Stage], ids=lambda one: one.__name__)
def test_a_query_that_forgot_the_rule_is_limited_all_the_same(
    world: World, acting_as: Any, name: str, model: Any
) -> None:
    with acting_as(world.users[name]):
        plain = set(db.session.scalars(select(model.id)))
        asked = set(db.session.scalars(visibility.visible(model).with_only_columns(model.id)))
    kind = model.__tablename__
    assert plain == asked
    assert world.living[name][kind] in plain
    assert not plain & {world.living[other][kind] for other in CANARIES if other != name}


@pytest.mark.parametrize("name", ["ann", "bob"])
@pytest.mark.parametrize("model", [Contractor, Person, Event, Stage], ids=lambda one: one.__name__)
def test_a_rule_asked_of_a_set_and_only_once_selects_the_same(
    world: World, acting_as: Any, name: str, model: Any
) -> None:
    with acting_as(world.users[name]):
        plain = set(db.session.scalars(visibility.visible(model).with_only_columns(model.id)))
        with visibility.as_a_set():
            query = visibility.visible(model)
            once = visibility.asked_once(query)
            of_set = db.session.scalars(
                query.with_only_columns(model.id), execution_options=once
            ).all()
    assert set(of_set) == plain != set()


def test_who_asks_once_is_limited_in_all_other_models(world: World, acting_as: Any) -> None:
    once = visibility.asked_once(select(Event))
    with acting_as(world.users["ann"]):
        query = select(Stage.id)
        plain = db.session.scalars(query).all()
        assert db.session.scalars(query, execution_options=once).all() == plain != []


def test_without_an_actor_nothing_is_visible(world: World, app: Flask) -> None:
    with app.app_context():
        for model in (Contractor, Person, Event, Stage):
            assert db.session.scalars(select(model)).all() == []
            assert db.session.scalars(select(model.id), execution_options={"unscoped": True}).all()


def test_aliases_and_joins_are_limited_too(world: World, acting_as: Any) -> None:
    other = aliased(Event)
    with acting_as(world.users["ann"]) as actor:
        rows = db.session.execute(
            select(other.operator_id, Stage.operator_id).join(Stage, Stage.event_id == other.id)
        ).all()
    assert rows
    assert {number for row in rows for number in row} == {actor.id}


def test_a_stages_operator_sees_the_event_and_its_contractor(
    world: World, session: Session, acting_as: Any
) -> None:
    stage = session.get_one(Stage, world.living["bob"]["stage"])
    stage.operator_id = world.users["ann"].id
    session.commit()
    with acting_as(world.users["ann"]):
        for kind, model in (("event", Event), ("contractor", Contractor), ("person", Person)):
            assert visibility.find_visible(model, world.living["bob"][kind]) is not None
    assert world.client("ann", api=False).get(f"/events/{stage.event_id}").status_code == 200


def test_a_contractor_without_a_keeper_is_everybodys(
    world: World, makers: Any, acting_as: Any
) -> None:
    free = makers.contractor("free")
    with acting_as(world.users["ann"]):
        assert visibility.find_visible(Contractor, free.id) is not None


def test_a_person_of_nobody_is_seen_by_who_wrote_it_down(
    world: World, makers: Any, acting_as: Any
) -> None:
    users = world.users
    lone = makers.person("Lone", created_by=users["ann"])
    for name, seen in (("ann", True), ("bob", False), ("viewer", True)):
        with acting_as(users[name]):
            assert (visibility.find_visible(Person, lone.id) is not None) is seen


def test_the_team_sees_what_a_member_has(world: World, make_user: Any, acting_as: Any) -> None:
    mate = make_user("mate", "Operator", "South")
    with acting_as(mate):
        assert visibility.find_visible(Event, world.living["bob"]["event"]) is not None
        assert visibility.find_visible(Event, world.living["ann"]["event"]) is None
