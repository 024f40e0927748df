"""Values of dictionaries and trees merged and deleted, with the records that have them."""

import random
import threading
from contextlib import suppress
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.current import Door, become
from app.campaigns.models import Membership
from app.db import db, now, transaction
from app.errors import DomainError
from app.features import operations
from app.features.changes import batches, impact, values
from app.features.changes.models import FeatureChange
from app.features.models import Feature, FeatureNode
from tests.questions import agree, agreed, documents, places, refusal, taken_back, tree_of

# --- merging ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tree", "trees"])
def test_branches_become_one_and_come_apart_again(
    kind: str,
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    editor: Any,
    acting_as: Any,
    statements: Any,
    session: Session,
) -> None:
    feature = make_feature("area", kind)
    north, south = make_node(feature, "North"), make_node(feature, "South")
    twins = [make_node(feature, name, up) for up, name in ((north, "Centre"), (south, "centre"))]
    low, other = make_node(feature, "Low", twins[0]), make_node(feature, "Other", north)
    several = kind == "trees"
    for number, node in enumerate((north, *twins, low, other)):
        value = [south.id, node.id] if several else node.id
        make_contractor(f"firm {number}", features={feature.key: value, "0": 1})
    before, tree = documents(session), tree_of(session)
    with acting_as(editor) as actor:
        with statements() as seen:
            change = agreed(lambda sure: values.merge([north.id], south.id, now(), sure))
        assert len(seen.writes) < 25
        assert operations.wrong_paths() == []
        found = {pk: parent for pk, parent, *_more in tree_of(session)}
        assert (found[other.id], found[low.id]) == (south.id, twins[1].id)
        became = [value[feature.key] for _name, value in sorted(documents(session).items())]
        south_id, centre = south.id, twins[1].id
        single = [south_id, centre, centre, low.id, other.id]
        lists = [sorted({south_id, one}) for one in single]
        assert became == (lists if several else single)
        taken_back(actor, change)
    assert (documents(session), tree_of(session)) == (before, tree)


def test_no_place_in_a_campaign_is_lost_by_merging(
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    make_event: Any,
    make_membership: Any,
    editor: Any,
    acting_as: Any,
    session: Session,
) -> None:
    fairs = make_feature("fairs", campaign=True, several=True, on_events=True)
    one, two, three = (make_node(fairs, name) for name in ("One", "Two", "Three"))
    firm, event = make_contractor(), make_event(editor, ["a"])
    for node in (one, two, three):
        make_membership(node, firm)
    make_membership(one, event)
    before = places(session)
    with acting_as(editor) as actor:
        change = agreed(lambda sure: values.merge([one.id, two.id], three.id, now(), sure))
        lasting = [row[1:4] for row in places(session) if row[-1] is None]
        assert sorted(lasting, key=str) == sorted(
            [(three.id, firm.id, None), (three.id, None, event.id)], key=str
        )
        taken_back(actor, change)
        assert places(session) == before
        again = agreed(lambda sure: values.merge([one.id], three.id, now(), sure))
        session.rollback()
        moved = session.scalars(
            select(Membership).where(Membership.event_id == event.id, Membership.to_at.is_(None))
        ).one()
        moved.to_at = now()
        session.commit()
        code, rows = refusal(lambda: batches.undo(actor, again.id, now()))
        assert (code, len(rows)) == ("undo.changed", 1)


def test_what_can_not_be_merged_is_refused(
    make_feature: Any, make_node: Any, editor: Any, acting_as: Any
) -> None:
    tree, other = make_feature("area"), make_feature("other")
    up, foreign = make_node(tree, "Up"), make_node(other, "Foreign")
    low = make_node(tree, "Low", up)
    with acting_as(editor):
        for sources, into, code in (
            ([up.id], low.id, "node.cycle"),
            ([up.id], up.id, "node.cycle"),
            ([foreign.id], up.id, "node.other_tree"),
            ([], up.id, "node.other_tree"),
        ):
            assert refusal(lambda s=sources, i=into: values.merge(s, i, now(), ""))[0] == code


# --- deleting -----------------------------------------------------------------------------------


def test_a_value_in_use_goes_only_with_a_word_about_its_records(
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    editor: Any,
    client_as: Any,
    session: Session,
) -> None:
    tree = make_feature("area", initial="Low")
    up = make_node(tree, "Up")
    low, other = make_node(tree, "Low", up), make_node(tree, "Other")
    tree.initial = str(low.id)
    for name, node in (("a", low), ("b", low)):
        make_contractor(name, features={tree.key: node.id})
    client, url = client_as(editor), f"/features/values/{low.id}/delete"
    unsaid = agree(client, url, {"how": "replace"})
    assert (unsaid.status_code, "node.no_other" in unsaid.text) == (409, True)
    assert 'name="how" value="replace" checked' in unsaid.text
    assert agree(client, url, {"how": "replace", "into": other.id}).status_code == 303
    assert {one[tree.key] for one in documents(session).values()} == {other.id}
    assert session.get(Feature, tree.id).initial == str(other.id)
    session.expire_all()
    assert session.get(FeatureNode, low.id).archived_at is not None
    change = session.scalars(select(FeatureChange)).one()
    page = client.get(f"/features/changes/?feature={tree.id}").text
    assert f"/features/changes/{change.id}/undo" in page
    assert client.post(f"/features/changes/{change.id}/undo").status_code == 303
    assert {one[tree.key] for one in documents(session).values()} == {low.id}
    again = client.post(f"/features/changes/{change.id}/undo")
    assert (again.status_code, "undo.done" in again.text) == (409, True)
    assert agree(client, url, {"how": "parent"}).status_code == 303
    assert {one[tree.key] for one in documents(session).values()} == {up.id}


def test_only_what_was_never_used_is_really_deleted(
    make_feature: Any,
    make_contractor: Any,
    admin: Any,
    editor: Any,
    client_as: Any,
    session: Session,
) -> None:
    choice = make_feature("colour", "choice")
    client = client_as(editor)
    client.post(f"/features/{choice.id}/values", data={"outline": "red\nblue"})
    red, blue = session.scalars(select(FeatureNode.id).order_by(FeatureNode.id)).all()
    assert client.post(f"/features/values/{red}/delete").status_code == 303
    session.expire_all()
    assert session.get(FeatureNode, red) is None
    firm = make_contractor("Firm")
    form = {"name": "Firm", "code": firm.code, "status": "client"}
    for value in (blue, ""):
        session.refresh(firm)
        sent = {**form, "version": str(firm.version), "feature_colour": value}
        client_as(admin).post(f"/contractors/{firm.id}/edit", data=sent)
    client.post(f"/features/values/{blue}/delete")
    session.expire_all()
    assert session.get(FeatureNode, blue).archived_at is not None


# --- at once ------------------------------------------------------------------------------------


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_admins_at_work_on_one_tree_make_no_cycle_and_lose_no_value(
    app: Any,
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    editor: Any,
    session: Session,
) -> None:
    tree = make_feature("area")
    ids = [make_node(tree, f"n{number % 4}_{number}").id for number in range(12)]
    for pk in ids:
        make_contractor(f"firm {pk}", features={tree.key: pk})
    user_id, wrong = editor.id, []
    session.commit()

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with app.app_context():
            become(db.session.get_one(User, user_id), Door.PAGE)
            for _act in range(12):
                one, other = chance.sample(ids, 2)
                act = chance.choice([move, move, join])
                try:
                    with suppress(DomainError):
                        act(one, other)
                except Exception as error:
                    wrong.append(error)

    def move(one: int, other: int) -> None:
        with transaction():
            operations.move_node(one, other)

    def join(one: int, other: int) -> None:
        sure = ""
        try:
            with transaction():
                values.merge([one], other, now(), sure)
        except impact.Question as asked:
            with transaction():
                values.merge([one], other, now(), asked.impact.mark)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    with app.app_context():
        assert operations.wrong_paths() == []
    found = tree_of(session)
    living = {row[0] for row in found if row[-1] is None}
    assert sorted(row[0] for row in found) == sorted(ids)
    assert {value[tree.key] for value in documents(session).values()} <= living
