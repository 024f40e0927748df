"""Changes of what is in use: asked about, one batch each, and taken back whole."""

import random
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import prison
import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.current import Door, become
from app.audit.models import AuditEntry
from app.campaigns import marking
from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.db import db, now, transaction
from app.errors import DomainError
from app.features import operations
from app.features.changes import batches, impact, values
from app.features.changes.models import UNDOABLE, FeatureChange
from app.features.models import Feature, FeatureNode
from app.lists.saved.models import SavedView
from tests.questions import agree, agreed

CODES = {"name_pl": "Colour", "name_en": "Colour", "code": "colour", "on_contractors": "y"}


def taken_back(actor: Any, change: FeatureChange, days: int = 0) -> None:
    """Undo a change, some days later."""
    with transaction():
        batches.undo(actor, change.id, now() + timedelta(days=days))


def refusal(deed: Any) -> tuple[str, list[str]]:
    """The code and the rows of the reason why something is not done."""
    with pytest.raises(DomainError) as refused, transaction():
        deed()
    return refused.value.reasons[0].code, [str(row) for row in refused.value.reasons[0].rows]


def documents(session: Session) -> dict[str, Any]:
    """The contractors' values by name."""
    session.rollback()
    return dict(session.execute(select(Contractor.name, Contractor.features)).all())  # type: ignore[arg-type]


def places(session: Session) -> list[tuple[Any, ...]]:
    """Every membership there is, but who made it."""
    session.rollback()
    one = Membership
    columns = (one.id, one.node_id, one.contractor_id, one.event_id, one.from_at, one.to_at)
    return [tuple(row) for row in session.execute(select(*columns).order_by(one.id))]


def tree_of(session: Session) -> list[tuple[Any, ...]]:
    """Every value with its place."""
    session.rollback()
    one = FeatureNode
    columns = (one.id, one.parent_id, one.path, one.depth, one.place, one.name, one.archived_at)
    return [tuple(row) for row in session.execute(select(*columns).order_by(one.id))]


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
    assert (unsaid.status_code, "node.no_other" in unsaid.text) == (422, True)
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


# --- asking -------------------------------------------------------------------------------------


def test_it_is_said_what_a_change_touches(
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    editor: Any,
    bob: Any,
    english: Any,
    session: Session,
    statements: Any,
    acting_as: Any,
) -> None:
    colour = make_feature("colour", "choice")
    red, blue = make_node(colour, "red"), make_node(colour, "blue")
    for number in range(3):
        make_contractor(f"f{number}", keeper=bob, features={colour.key: red.id})
    tree = {"any": [{"f": "feature_colour", "o": "in", "v": [red.id]}]}
    states = ("cols=name,feature_colour", f"where={prison.dumps(tree)}", "cols=feature_colour_2")
    for name, state in zip(("Mine", "Reds", "Others"), states, strict=True):
        owner = bob if name == "Reds" else editor
        view = SavedView(name=name, register="contractor", state=state, owner_id=owner.id)
        view.share = "private"
        session.add(view)
    session.commit()
    with acting_as(editor):
        whole = impact.of_feature(db.session.get_one(Feature, colour.id))
        assert (whole.records, whole.filters) == ({"contractor": 3}, 1)
        assert [one.name for one in whole.views] == ["Mine", ""]
        with statements() as seen:
            narrow = impact.of_nodes(db.session.get_one(Feature, colour.id), [red.path])
        assert len(seen) <= 12
        assert (narrow.records, [one.seen for one in narrow.views]) == ({"contractor": 3}, [False])
        assert not impact.of_nodes(db.session.get_one(Feature, colour.id), [blue.path])
    asked = english(editor).post(f"/features/values/{red.id}/name", data={"name": "crimson"})
    assert asked.status_code == 409
    assert "Reds" not in asked.text
    assert session.get(FeatureNode, red.id).name == "red"
    unused = english(editor).post(f"/features/values/{blue.id}/name", data={"name": "navy"})
    assert unused.status_code == 303
    assert session.scalar(select(func.count()).select_from(FeatureChange)) == 0


def test_what_becomes_required_lists_who_lacks_it(
    make_feature: Any,
    make_contractor: Any,
    editor: Any,
    english: Any,
    client_as: Any,
    session: Session,
) -> None:
    colour = make_feature("colour", "text")
    make_contractor("Filled", features={colour.key: "red"})
    for name in ("Bare one", "Bare two"):
        make_contractor(name)
    client, url = english(editor), f"/features/{colour.id}/edit"
    form = {**CODES, "kind": "text", "required": "always", "version": str(colour.version)}
    asked = client.post(url, data=form)
    assert "/contractors/?where=(all:!((f:feature_colour,o:empty)))" in asked.text
    listed = client.get("/contractors/?where=(all:!((f:feature_colour,o:empty)))").text
    assert ("Bare one" in listed, ">Filled<" in listed) == (True, False)
    assert agree(client, url, form).status_code == 303
    change = session.scalars(select(FeatureChange)).one()
    assert client.post(f"/features/changes/{change.id}/undo").status_code == 303
    session.expire_all()
    assert session.get(Feature, colour.id).required == ""


def test_archiving_what_is_in_use_asks_and_can_be_taken_back(
    make_feature: Any, make_contractor: Any, editor: Any, client_as: Any, session: Session
) -> None:
    colour = make_feature("colour", "text")
    make_contractor(features={colour.key: "red"})
    client = client_as(editor)
    assert agree(client, f"/features/{colour.id}/archive", {}).status_code == 303
    change = session.scalars(select(FeatureChange)).one()
    client.post(f"/features/changes/{change.id}/undo")
    session.expire_all()
    assert session.get(Feature, colour.id).archived_at is None


# --- taking back --------------------------------------------------------------------------------


def test_what_changed_since_stands_in_the_way_by_name(
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    editor: Any,
    acting_as: Any,
    session: Session,
) -> None:
    tree = make_feature("area")
    one, two = make_node(tree, "One"), make_node(tree, "Two")
    firm, other = (make_contractor(name, features={tree.key: one.id}) for name in ("Zefir", "Ala"))
    with acting_as(editor) as actor:
        change = agreed(lambda sure: values.merge([one.id], two.id, now(), sure))
        late = refusal(
            lambda: batches.undo(actor, change.id, now() + UNDOABLE + timedelta(minutes=1))
        )
        assert late[0] == "undo.too_late"
        session.rollback()
        session.refresh(firm)
        firm.features = {}
        session.refresh(other)
        other.name = "Other"
        session.commit()
        code, rows = refusal(lambda: batches.undo(actor, change.id, now()))
        assert (code, [row.split(" ")[0] for row in rows]) == ("undo.changed", ["Zefir"])
        firm.features = {tree.key: two.id}
        session.commit()
        taken_back(actor, change)
    assert {one.id} == {value[tree.key] for value in documents(session).values()}
    told = session.scalars(
        select(AuditEntry.changes).where(AuditEntry.record_id == other.id)
    ).all()
    assert {"features": [{tree.key: two.id}, {tree.key: one.id}]} in told


def test_a_name_taken_since_stands_in_the_way(
    make_feature: Any, make_node: Any, make_contractor: Any, editor: Any, acting_as: Any
) -> None:
    tree = make_feature("area")
    one = make_node(tree, "One")
    make_contractor(features={tree.key: one.id})
    with acting_as(editor) as actor:
        change = agreed(
            lambda sure: values.act_on(
                one.id,
                "rename_node",
                lambda: operations.rename_node(one.id, "New"),
                now(),
                sure,
            )
        )
        with transaction():
            operations.add_node(db.session.get_one(Feature, tree.id), "One")
        assert refusal(lambda: batches.undo(actor, change.id, now()))[0] == "node.name_taken"


# --- campaigns ----------------------------------------------------------------------------------


def test_a_campaign_becomes_a_tree_and_a_campaign_again_with_all_places_and_days(
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
    one, two = make_node(fairs, "One"), make_node(fairs, "Two")
    firm, event = make_contractor("Firm"), make_event(editor, ["a", "b"])
    for node, record in ((one, firm), (two, firm), (two, event)):
        make_membership(node, record)
    make_membership(one, event, from_at=now() - timedelta(days=3), to_at=now())
    before = places(session)
    with acting_as(editor) as actor:
        with transaction():
            first = marking.mark(actor, fairs.id, now(), campaign=False)
        assert documents(session)["Firm"] == {fairs.key: [one.id, two.id]}
        assert all(row[-1] is not None for row in places(session))
        assert db.session.get_one(Feature, fairs.id).kind == "trees"
        with transaction():
            marking.mark(actor, fairs.id, now(), campaign=True)
        assert (documents(session)["Firm"], places(session)) == ({}, before)
        assert refusal(lambda: batches.undo(actor, first.id, now()))[0] == "undo.changed"
        with transaction():
            again = marking.mark(actor, fairs.id, now(), campaign=False)
        taken_back(actor, again)
        assert (documents(session)["Firm"], places(session)) == ({}, before)


def test_marking_is_asked_about_and_taken_back(
    make_feature: Any,
    make_node: Any,
    make_contractor: Any,
    editor: Any,
    client_as: Any,
    session: Session,
) -> None:
    tree = make_feature("area", "trees")
    one, two = make_node(tree, "One"), make_node(tree, "Two")
    firm = make_contractor("Firm", features={tree.key: [one.id, two.id]})
    client, url = client_as(editor), f"/campaigns/marking/{tree.id}"
    assert agree(client, url, {"campaign": "1", "back": "/"}).status_code == 303
    assert sorted(row[1:3] for row in places(session)) == [(one.id, firm.id), (two.id, firm.id)]
    assert session.get(Feature, tree.id).several
    change = session.scalars(select(FeatureChange)).one()
    assert client.post(f"/features/changes/{change.id}/undo").status_code == 303
    assert places(session) == []
    assert documents(session)["Firm"] == {tree.key: [one.id, two.id]}


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
