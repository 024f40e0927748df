"""Saved views: who sees and changes them, the tabs, what opens first, states that changed."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask_appbuilder.security.sqla.models import Role
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from werkzeug.datastructures import MultiDict

from app.audit.models import AuditEntry
from app.contractors.models import Contractor
from app.lists.saved.models import FirstView, SavedView, TabOrder
from app.lists.saved.operations import moved
from app.lists.saved.state import PASSING, are_same, args_of, pairs_of, read_state, state_of

OPEN = "_flt_0_state=open"
TABS = re.compile(r'<nav class="tabs".*?</nav>', re.DOTALL)


@pytest.fixture
def make_view(session: Any) -> Any:
    """`make_view(owner, name, state, share, team)`."""

    def make(owner: Any, name: str = "Mine", state: str = OPEN, **more: Any) -> SavedView:
        team = more.pop("team", None)
        share = {"share": "team", "team_id": team.id} if team else {"share": "private"}
        values = {"register": "event", **share, **more}
        view = SavedView(name=name, state=state, owner_id=owner.id, **values)
        session.add(view)
        session.commit()
        return view

    return make


def tabs_in(page: Any) -> list[str]:
    """The words of the tabs, the one in force in brackets."""
    found = re.findall(r"<a ([^>]*)>(.*?)</a>", TABS.search(page.text)[0], re.DOTALL)
    words = [
        (attributes, " ".join(re.sub(r"<[^>]+>", " ", text).split())) for attributes, text in found
    ]
    return [f"[{text}]" if "aria-current" in attributes else text for attributes, text in words]


def form(**values: Any) -> dict[str, Any]:
    """What the dialog sends."""
    return {"register": "event", "name": "Late", "share": "private", "state": OPEN, **values}


# --- the state ------------------------------------------------------------------------------

NAMES = st.sampled_from(["_flt_0_state", "where", "by", "cols", "_oc_EventView", *PASSING])
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
@settings(max_examples=200, deadline=None)
def test_a_state_is_the_address_without_the_place_and_reads_back(pairs: Any) -> None:
    kept = pairs_of(MultiDict(pairs))
    assert not {name for name, _value in kept} & PASSING
    assert pairs_of(args_of(state_of(MultiDict(pairs)))) == kept
    assert read_state(state_of(MultiDict(pairs))) == state_of(MultiDict(pairs))
    assert are_same(kept, kept[::-1])


def test_a_tab_moves_one_place_and_stays_at_the_ends() -> None:
    assert moved(["a", "b", "c"], "b", -1) == ["b", "a", "c"]
    assert moved(["a", "b", "c"], "c", 1) == ["a", "b", "c"]


# --- saving ---------------------------------------------------------------------------------


def test_a_list_is_saved_from_its_dialog_and_opens_as_it_was(english, ann, session):
    client = english(ann)
    address = f"{OPEN}&_oc_EventView=due&_od_EventView=desc&size=50&after=x"
    asked = client.get(f"/views/new?register=event&{address}", headers={"HX-Request": "true"})
    assert asked.text.lstrip().startswith("<dialog")
    state = re.search(r'name="state" value="([^"]*)"', asked.text)[1].replace("&amp;", "&")
    saved = client.post("/views/new", data=form(state=state))
    view = session.scalars(select(SavedView)).one()
    assert (view.name, view.share, view.owner_id) == ("Late", "private", ann.id)
    assert view.state == f"{OPEN}&_oc_EventView=due&_od_EventView=desc"
    opened = client.get(saved.location).location
    assert parse_qsl(urlsplit(opened).query) == [("view", str(view.id)), *parse_qsl(view.state)]
    assert tabs_in(client.get(opened))[-1] == "[Late]"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.record_type == "saved_view")).one()
    assert entry.changes["name"] == [None, "Late"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 61}, "This is too long."),
        ({"share": "all"}, "Choose one from the list."),
        ({"share": "team-1"}, "Choose one from the list."),
        ({"state": f"where={'x' * 5000}"}, "too much in this view"),
        ({"name": "Mine"}, "You have a view with this name already."),
    ],
)
def test_what_cannot_be_saved_is_said_and_what_was_typed_stays(
    english, ann, make_view, session, values, words
):
    make_view(ann)
    answer = english(ann).post("/views/new", data=form(**values))
    assert answer.status_code == 422
    assert words in answer.text
    typed = (form() | values)["name"].strip()
    assert f'value="{typed}"' in answer.text
    assert len(session.scalars(select(SavedView)).all()) == 1


def test_a_state_that_cannot_be_read_is_refused(english, ann):
    odd = "&".join(f"a{n}=1" for n in range(200))
    assert english(ann).post("/views/new", data=form(state=odd)).status_code == 422
    assert english(ann).get("/views/new?register=user").status_code == 404


def test_changes_are_marked_saved_and_undone(english, ann, make_view, session):
    view = make_view(ann)
    client = english(ann)
    same = client.get(f"/events/?view={view.id}&{OPEN}&size=50")
    assert "Undo changes" not in same.text
    page = client.get(f"/events/?view={view.id}&{OPEN}&_oc_EventView=due")
    assert tabs_in(page)[-1] == "[Mine changed]"
    assert f'href="/events/?view={view.id}&amp;{OPEN}"' in page.text
    sent = {"state": f"{OPEN}&_oc_EventView=due", "version": "1"}
    assert client.post(f"/views/{view.id}/state", data=sent).status_code == 303
    session.refresh(view)
    assert view.state == f"{OPEN}&_oc_EventView=due"
    stale = client.post(f"/views/{view.id}/state", data={**sent, "state": "by=x"})
    assert "by=x" in stale.location
    assert "Somebody changed this view meanwhile" in client.get(stale.location).text
    session.refresh(view)
    assert view.version == 2


# --- sharing --------------------------------------------------------------------------------


def test_who_sees_which_tabs(english, ann, bob, manager, viewer, admin, make_view):
    make_view(ann, "Private")
    make_view(ann, "North", team=ann.groups[0])
    make_view(manager, "Everybody", share="all")
    make_view(manager, "Stages", register="stage", share="all")
    shown = {user.username: tabs_in(english(user).get("/events/"))[5:] for user in (ann, bob)}
    assert shown == {
        "ann": ["shared: Everybody", "shared: North", "Private"],
        "bob": ["shared: Everybody"],
    }
    for user, count in ((viewer, 2), (admin, 4)):
        assert f"{count} of {count}" in english(user).get("/views/").text, user.username
    assert tabs_in(english(admin).get("/events/"))[5:] == ["shared: Everybody"]


def test_only_managers_share_and_only_owners_and_administrators_change(
    english, ann, manager, admin, make_view, session
):
    client = english(manager)
    assert client.post("/views/new", data=form(share="all")).status_code == 303
    view = session.scalars(select(SavedView)).one()
    assert english(ann).get(f"/views/{view.id}").status_code == 302
    assert english(ann).get(f"/views/{view.id}/edit").status_code == 403
    assert english(ann).post(f"/views/{view.id}/delete").status_code == 403
    page = english(ann).get(f"/events/?view={view.id}&by=operator")
    assert "Undo changes" in page.text
    assert f"/views/{view.id}/state" not in page.text
    renamed = {"name": "Ours", "share": "all", "version": "1"}
    assert english(admin).post(f"/views/{view.id}/edit", data=renamed).status_code == 303
    session.refresh(view)
    assert (view.name, view.owner_id) == ("Ours", manager.id)


def test_another_teams_or_private_view_cannot_be_found(english, ann, bob, make_view):
    view = make_view(bob)
    client = english(ann)
    for path in (f"/views/{view.id}", f"/views/{view.id}/edit"):
        assert client.get(path).status_code == 404
    assert client.post(f"/views/{view.id}/delete").status_code == 404
    page = client.get(f"/events/?view={view.id}&{OPEN}")
    assert page.status_code == 200
    assert "[Open]" in tabs_in(page)


def test_a_deleted_view_can_be_had_back(english, ann, make_view, session):
    view = make_view(ann)
    client = english(ann)
    gone = client.post(f"/views/{view.id}/delete")
    page = client.get(gone.location)
    assert f'action="/views/{view.id}/restoring"' in page.text
    assert "Mine" not in tabs_in(page)
    assert client.get(f"/views/{view.id}").status_code == 404
    client.post(f"/views/{view.id}/restoring")
    assert "Mine" in tabs_in(client.get("/events/"))


# --- what opens first -----------------------------------------------------------------------


def test_a_role_opens_with_the_view_an_administrator_chose(
    english, ann, manager, admin, make_view, session
):
    view = make_view(admin, "Start here", share="all")
    operators = session.scalars(select(Role.id).where(Role.name == "Operator")).one()
    data = {"name": view.name, "share": "all", "version": "1", "first_for": str(operators)}
    assert english(admin).post(f"/views/{view.id}/edit", data=data).status_code == 303
    first = english(ann).get("/events/")
    assert first.location == f"/events/?view={view.id}&{OPEN}"
    assert english(manager).get("/events/").status_code == 200
    everything = english(ann).get("/events/?view=all")
    assert "[All]" in tabs_in(everything)
    data = {"name": view.name, "share": "private", "version": "1", "first_for": str(operators)}
    refused = english(admin).post(f"/views/{view.id}/edit", data=data)
    assert "Share the view with everybody" in refused.text
    english(admin).post(f"/views/{view.id}/delete")
    assert session.scalars(select(FirstView)).all() == []
    assert english(ann).get("/events/").status_code == 200


def test_removing_the_last_filter_does_not_lead_back_to_the_first_view(
    english, ann, admin, make_view, session
):
    view = make_view(admin, "Start here", share="all")
    role = session.scalars(select(Role.id).where(Role.name == "Operator")).one()
    session.add(FirstView(role_id=role, register="event", view_id=view.id))
    session.commit()
    client = english(ann)
    page = client.get("/events/?_flt_0_state=closed")
    chip = re.search(r'class="chip-remove" href="([^"]*)"', page.text)[1]
    assert client.get(chip.replace("&amp;", "&")).status_code == 200


# --- order of tabs --------------------------------------------------------------------------


def test_tabs_stand_as_the_operator_put_them(english, ann, bob, make_view, session):
    view = make_view(ann, share="all")
    client = english(ann)
    client.post("/views/tabs/event", data={"key": str(view.id), "act": "up"})
    client.post("/views/tabs/event", data={"key": "?", "act": "hide"})
    assert tabs_in(client.get("/events/?_flt_0_state=closed"))[-2:] == [
        "shared: Mine",
        "Without a stage",
    ]
    assert "All" not in tabs_in(client.get("/events/?_flt_0_state=open"))
    assert "[All]" in tabs_in(client.get("/events/"))
    assert tabs_in(english(bob).get("/events/"))[0] == "[All]"
    client.post("/views/tabs/event", data={"key": "?", "act": "show"})
    assert session.scalars(select(TabOrder.hidden)).one() == []
    assert client.post("/views/tabs/event", data={"key": "no", "act": "up"}).status_code == 422
    assert client.get("/views/tabs/user").status_code == 404


# --- counts ---------------------------------------------------------------------------------


def test_tabs_count_in_a_second_request_of_few_statements(
    english, ann, make_event, make_view, statements
):
    for number in range(3):
        make_event(operator=ann, stages=["a"], closed=number % 2)
    make_view(ann)
    client = english(ann)
    with statements() as seen:
        page = client.get("/events/")
    assert len(seen) <= 8, seen
    asked = re.search(r'hx-get="(/events/tabs[^"]*)"', page.text)[1]
    with statements() as seen:
        counted = client.get(asked.replace("&amp;", "&"))
    assert tabs_in(counted) == [
        *("[All 3]", "My open 2", "Open 2", "Overdue 0", "Without a stage 0", "Mine 2")
    ]
    assert len(seen) <= 7, seen
    assert not seen.writes


def test_a_view_whose_filter_is_gone_says_so(english, ann, make_view, make_event):
    make_event(operator=ann)
    state = "_flt_0_feature_gone=1"
    view = make_view(ann, state=state)
    client = english(ann)
    page = client.get(f"/events/?view={view.id}&{state}")
    assert "A filter marked here selects nothing" in page.text
    assert "Nothing matches these filters." in page.text
    assert tabs_in(client.get("/events/tabs"))[-1].startswith("Mine can")


def test_long_lists_are_counted_no_further_than_a_thousand(english, ann, session, makers):
    rows = [
        {"code": f"C{n}", "name": f"N{n}", "status": "client", "features": {}} for n in range(1001)
    ]
    session.execute(insert(Contractor), rows)
    session.commit()
    assert "[All 1000+]" in tabs_in(english(ann).get("/contractors/tabs"))
