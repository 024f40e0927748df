"""Changes of what is in use: asked about, one batch each, and taken back whole."""

from datetime import timedelta
from typing import Any

import prison
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.campaigns import marking
from app.db import db, now, transaction
from app.features import operations
from app.features.changes import batches, impact, values
from app.features.changes.models import UNDOABLE, FeatureChange
from app.features.models import Feature, FeatureNode
from app.lists.saved.models import SavedView
from tests.questions import agree, agreed, documents, places, refusal, taken_back

CODES = {"name_pl": "Colour", "name_en": "Colour", "code": "colour", "on_contractors": "y"}


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
    assert f"/contractors/?where=(all:!((f:feature_colour,o:in,v:!({red.id}))))" in asked.text
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
