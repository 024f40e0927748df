"""Trees of values: one parent each, no cycles, names unique among siblings, paths that follow."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from flask_appbuilder.security.sqla.models import User
from hypothesis import given as examples
from hypothesis import strategies as st
from sqlalchemy import select

from app.access.current import Door, become
from app.db import db, now, transaction
from app.errors import DomainError
from app.features import operations
from app.features.models import Feature, FeatureNode
from app.features.rules import outline

TEXT = """
Poland
    Kraków
    Łódź
        Centre
Germany
\tBerlin
"""


@pytest.fixture
def tree(make_feature):
    return make_feature("area")


@contextmanager
def at_work(app, user_id) -> Iterator[None]:
    """An application context in which the user acts, in a thread of its own."""
    with app.app_context():
        become(db.session.get_one(User, user_id), Door.PAGE)
        yield


def codes(error):
    return [reason.code for reason in error.value.reasons]


def test_an_outline_is_read_by_its_indents():
    assert [(line.level, line.name, line.above) for line in outline(TEXT)] == [
        (0, "Poland", -1),
        (1, "Kraków", 0),
        (1, "Łódź", 0),
        (2, "Centre", 2),
        (0, "Germany", -1),
        (1, "Berlin", 4),
    ]


@examples(st.text(alphabet=" \tab\n", max_size=80))
def test_any_outline_gives_a_tree(text):
    lines = outline(text)
    for number, line in enumerate(lines):
        assert line.above < number
        assert line.level == (lines[line.above].level + 1 if line.above >= 0 else 0)


@pytest.mark.parametrize("app", ["postgres"], indirect=True)  # SQLite inserts one by one
def test_an_outline_is_planted_with_few_statements_and_twice_adds_nothing(
    tree, editor, acting_as, statements, session
):
    big = "\n".join(f"Region {one}\n  Town {one}a\n  Town {one}b" for one in range(100))
    with acting_as(editor):
        feature = db.session.get(Feature, tree.id)
        with statements() as seen, transaction():
            assert operations.add_outline(feature, big) == 300
        assert len(seen) < 30
        with transaction():
            assert operations.add_outline(feature, big) == 0
        assert operations.wrong_paths() == []


def test_names_are_unique_among_siblings_only(tree, editor, acting_as):
    with acting_as(editor):
        feature = db.session.get(Feature, tree.id)
        with transaction():
            one = operations.add_node(feature, "One")
            operations.add_node(feature, "Same", one)
            operations.add_node(feature, "Same")
        with pytest.raises(DomainError) as refused, transaction():
            operations.add_node(feature, " sAME ", one)
        assert codes(refused) == ["node.name_taken"]


def test_what_was_typed_stays_when_it_is_refused_and_the_reason_is_the_true_one(
    tree, make_node, editor, client_as
):
    client, one = client_as(editor), make_node(tree, "One")
    nameless = client.post(f"/features/values/{one.id}/name", data={"name": " ", "value": one.id})
    assert (nameless.status_code, "node.name_missing" in nameless.text) == (422, True)
    sent = {"outline": "Kept\n" + "x" * 130, "parent": "", "value": one.id}
    long = client.post(f"/features/{tree.id}/values", data=sent)
    assert (long.status_code, "node.name_long" in long.text) == (422, True)
    assert sent["outline"] in long.text
    assert 'id="value-name"' in long.text


def test_a_choice_is_flat_and_a_text_has_no_values(make_feature, make_node, editor, acting_as):
    choice, text = make_feature("c", "choice"), make_feature("t", "text")
    red = make_node(choice, "red")
    with acting_as(editor):
        for feature, parent, code in ((choice, red, "node.flat"), (text, None, "node.no_list")):
            above = db.session.get(FeatureNode, parent.id) if parent else None
            with pytest.raises(DomainError) as refused, transaction():
                operations.add_node(db.session.get(Feature, feature.id), "x", above)
            assert codes(refused) == [code]


def test_a_branch_moves_with_its_paths_and_never_below_itself(
    tree, make_node, editor, acting_as, session
):
    one = make_node(tree, "One")
    two = make_node(tree, "Two", one)
    three = make_node(tree, "Three", two)
    other = make_node(tree, "Other")
    with acting_as(editor):
        with transaction():
            operations.move_node(two.id, other.id)
        assert operations.wrong_paths() == []
        with pytest.raises(DomainError) as refused, transaction():
            operations.move_node(other.id, three.id)
        assert codes(refused) == ["node.cycle"]
        with transaction():
            operations.move_node(two.id, None)
        assert operations.wrong_paths() == []
    session.expire_all()
    assert session.get(FeatureNode, three.id).path == f"/{two.id}/{three.id}/"


def test_random_moves_keep_the_tree_whole(tree, editor, acting_as):
    chance = random.Random(3)
    with acting_as(editor):
        feature = db.session.get(Feature, tree.id)
        ids = []
        with transaction():
            for number in range(25):
                above = chance.choice([None, *ids])
                parent = db.session.get(FeatureNode, above) if above else None
                ids.append(operations.add_node(feature, f"n{number}", parent).id)
        for _move in range(40):
            with suppress(DomainError), transaction():
                operations.move_node(chance.choice(ids), chance.choice([None, *ids]))
        assert operations.wrong_paths() == []


def test_order_goes_up_and_down_among_siblings(tree, make_node, editor, acting_as, session):
    ids = [make_node(tree, name, place=place).id for place, name in enumerate("abc")]
    with acting_as(editor):
        for node, step in ((ids[2], -1), (ids[0], -1), (ids[0], 1)):
            with transaction():
                operations.order_node(node, step)
    session.expire_all()
    query = select(FeatureNode.name).order_by(FeatureNode.place)
    assert "".join(session.scalars(query)) == "cab"


def test_an_archived_branch_comes_back_from_the_top_only(
    tree, make_node, editor, acting_as, session
):
    top = make_node(tree, "Top")
    low = make_node(tree, "Low", top)
    with acting_as(editor):
        with transaction():
            operations.archive_node(top.id, now())
        with pytest.raises(DomainError) as refused, transaction():
            operations.archive_node(low.id, None)
        assert codes(refused) == ["node.archived_above"]
        with transaction():
            operations.archive_node(top.id, None)
            operations.archive_node(low.id, None)
    session.expire_all()
    assert session.get(FeatureNode, low.id).archived_at is None


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_of_two_opposite_moves_one_wins_and_there_is_no_cycle(
    app, tree, make_node, editor, acting_as, session
):
    user_id = editor.id
    for _round in range(5):
        one, two = (make_node(tree, f"{name}{_round}") for name in ("one", "two"))
        refused, barrier = [], threading.Barrier(2)

        def move(node, parent, refused=refused, barrier=barrier):
            with at_work(app, user_id):
                barrier.wait()
                try:
                    with transaction():
                        operations.move_node(node, parent)
                except DomainError as error:
                    refused.append(error.reasons[0].code)

        threads = [
            threading.Thread(target=move, args=pair)
            for pair in ((one.id, two.id), (two.id, one.id))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert refused == ["node.cycle"]
    with acting_as(editor):
        assert operations.wrong_paths() == []


def test_the_pages_edit_values(tree, make_node, editor, client_as, session):
    client = client_as(editor)
    assert client.post(f"/features/{tree.id}/values", data={"outline": TEXT}).status_code == 303
    town = session.scalar(select(FeatureNode).where(FeatureNode.name == "Kraków"))
    germany = session.scalar(select(FeatureNode).where(FeatureNode.name == "Germany"))
    client.post(f"/features/values/{town.id}/name", data={"name": "Cracow"})
    client.post(f"/features/values/{town.id}/move", data={"parent": germany.id})
    client.post(f"/features/values/{town.id}/order", data={"way": "up"})
    client.post(f"/features/values/{town.id}/archive", data={})
    found = session.get(FeatureNode, town.id)
    assert (found.name, found.parent_id, found.archived_at is None) == (
        "Cracow",
        germany.id,
        False,
    )
    refused = client.post(f"/features/values/{germany.id}/move", data={"parent": germany.id})
    assert refused.status_code == 422
    page = client.get(f"/features/{tree.id}?value={found.id}").get_data(as_text=True)
    assert "Germany › Cracow" in page
    assert client.get(f"/features/{tree.id}/branch?of={germany.id}").status_code == 200
    assert (
        client.post(f"/features/values/{found.id}/order", data={"way": "left"}).status_code == 400
    )
    assert client.post("/features/values/999999/name", data={"name": "x"}).status_code == 404


def test_only_definitions_editors_edit_values(tree, make_node, ann, manager, client_as, session):
    node = make_node(tree, "One")
    for user in (ann, manager):
        client_as(user).post(f"/features/values/{node.id}/name", data={"name": "Two"})
        client_as(user).post(f"/features/{tree.id}/values", data={"outline": "x"})
    session.expire_all()
    assert session.scalars(select(FeatureNode.name)).all() == ["One"]
