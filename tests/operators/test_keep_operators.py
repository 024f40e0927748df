"""Operators are added, changed and deactivated by administrators, within their own rights."""

from threading import Thread

import pytest
from flask_appbuilder.security.sqla.models import Group, Role, User
from sqlalchemy import insert, select

from app.access.models import RoleScope
from app.audit.models import AuditEntry
from tests.cast import PASSWORD, STORED, make_user
from tests.operators.test_sessions import form_of

NEW = "Another-long-secret-7"


def role(session, name):
    return session.scalars(select(Role).where(Role.name == name)).one()


def new_operator(**more):
    return {
        "first_name": "Ewa",
        "last_name": "Nowa",
        "username": "ewa",
        "email": "ewa@example.com",
        **more,
    }


def changes(session, user):
    """The last journal entry of the account."""
    mine = select(AuditEntry).where(
        AuditEntry.record_id == user.id, AuditEntry.record_type == "ab_user"
    )
    return session.scalars(mine.order_by(AuditEntry.id.desc())).first().changes


@pytest.fixture
def team(ann, bob):
    """The others."""
    return ann, bob


@pytest.fixture
def deputy(session, admin):
    """Somebody who keeps operators without being an administrator, and sees only the team."""
    keeper = Role(name="Keeper")
    granted = role(session, "Administrator").permissions
    keeper.permissions = [
        one for one in granted if one.view_menu.name in ("OperatorView", "TeamView", "ProfileView")
    ]
    session.add(keeper)
    session.flush()
    session.execute(insert(RoleScope).values(role_id=keeper.id, scope="team"))
    yield make_user(session, "deputy", "Keeper", "North")
    session.rollback()


def test_an_operator_is_added_and_gets_a_password_next(client_as, session, admin, ann):
    boss, north = client_as(admin), session.scalars(select(Group)).one()
    given = new_operator(roles=[role(session, "Operator").id], groups=[north.id])
    answer = boss.post("/operators/new", data=given)
    user = session.scalars(select(User).where(User.username == "ewa")).one()
    assert answer.headers["Location"] == f"/operators/{user.id}/password"
    assert ([one.name for one in user.roles], user.groups, user.active) == (
        ["Operator"],
        [north],
        True,
    )
    stranger = client_as(None)
    login = {"username": "ewa", "password": NEW}
    assert stranger.post("/login/", data=login).status_code == 401
    boss.post(f"/operators/{user.id}/password", data={"password": NEW, "again": NEW})
    assert stranger.post("/login/", data=login).status_code == 303


def test_the_journal_says_what_changed_in_an_account_but_no_password(
    client_as, session, admin, ann
):
    client = client_as(admin)
    reader = role(session, "Reader")
    client.post(
        f"/operators/{ann.id}/edit", data=form_of(client, ann, last_name="Nowa", roles=[reader.id])
    )
    assert changes(session, ann) == {"roles": ["Operator", "Reader"]}
    client.post(f"/operators/{ann.id}/password", data={"password": NEW, "again": NEW})
    assert changes(session, ann) == {"password": ["***", "***"]}
    client.post(f"/operators/{ann.id}/deactivation")
    assert changes(session, ann) == {"active": [True, False]}
    history = client.get(f"/operators/{ann.id}/history").text
    assert "Nowa" in history
    assert ann.password not in history


@pytest.mark.parametrize(
    ("given", "word"),
    [
        pytest.param({"username": "ann"}, "username", id="a name that is taken"),
        pytest.param({"username": "ANN"}, "username", id="in other case"),
        pytest.param({"username": "bob@example.com"}, "username", id="an address of somebody"),
        pytest.param({"username": "two words"}, "username", id="blanks"),
        pytest.param({"username": ""}, "username", id="no name"),
        pytest.param({"email": "ann@example.com"}, "email", id="an address that is taken"),
        pytest.param({"email": "nonsense"}, "email", id="no address"),
        pytest.param({"last_name": "x" * 65}, "last_name", id="too long"),
        pytest.param({"roles": "4711"}, "roles", id="a role that is not there"),
        pytest.param({"roles": "abc"}, "roles", id="not a role"),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_nothing_is_lost(
    client_as, session, admin, team, given, word
):
    answer = client_as(admin).post(
        "/operators/new", data=new_operator(**{"first_name": "Typed", **given})
    )
    assert answer.status_code == 422
    assert f'id="{word}-errors"' in answer.text
    assert 'value="Typed"' in answer.text
    assert session.query(User).filter_by(first_name="Typed").count() == 0


def test_two_administrators_do_not_overwrite_each_other(client_as, session, admin, ann):
    client = client_as(admin)
    first, second = (
        form_of(client, ann, last_name="First"),
        form_of(client, ann, last_name="Second"),
    )
    assert client.post(f"/operators/{ann.id}/edit", data=first).status_code == 303
    answer = client.post(f"/operators/{ann.id}/edit", data=second)
    assert (answer.status_code, ann.last_name) == (409, "First")
    assert "Second" in answer.text


def test_an_account_is_never_deleted(client_as, admin, ann):
    assert client_as(admin).post(f"/operators/{ann.id}/delete").status_code in (404, 405)


GUARDED = (
    ("get", "/operators/new"),
    ("post", "/operators/new"),
    ("get", "/operators/{pk}/edit"),
    ("post", "/operators/{pk}/edit"),
    ("post", "/operators/{pk}/deactivation"),
    ("post", "/operators/{pk}/activation"),
    ("get", "/operators/{pk}/password"),
    ("post", "/operators/{pk}/password"),
    ("get", "/operators/{pk}/sessions"),
    ("post", "/operators/{pk}/sessions/end"),
    ("get", "/operators/{pk}/history"),
    ("get", "/teams/new"),
    ("get", "/roles/"),
    ("post", "/roles/1/scope"),
)


@pytest.mark.parametrize("who", ["ann", "viewer", "manager", "editor"])
def test_only_administrators_keep_accounts(request, client_as, bob, statements, who):
    client = client_as(request.getfixturevalue(who))
    for method, path in GUARDED:
        with statements() as seen:
            answer = client.open(path.format(pk=bob.id), method=method.upper())
        assert (answer.status_code, seen.writes) == (403, []), path


# --- nobody gives or touches more than he has ----------------------------------------------------


def test_a_role_beyond_the_own_rights_can_not_be_given(client_as, session, deputy, ann):
    client = client_as(deputy)
    form = form_of(client, ann, roles=[role(session, "Administrator").id])
    assert client.post(f"/operators/{ann.id}/edit", data=form).status_code == 403
    assert [one.name for one in ann.roles] == ["Operator"]


def test_nobody_makes_himself_an_administrator(client_as, session, deputy):
    client = client_as(deputy)
    roles = [one.id for one in deputy.roles]
    form = form_of(client, deputy, roles=[*roles, role(session, "Administrator").id])
    assert client.post(f"/operators/{deputy.id}/edit", data=form).status_code == 403
    assert [one.name for one in deputy.roles] == ["Keeper"]


@pytest.mark.parametrize("act", ["password", "deactivation", "sessions/end", "edit"])
def test_who_has_more_rights_is_out_of_reach(client_as, session, admin, deputy, act):
    form = {"password": NEW, "again": NEW}
    if act == "edit":
        form = form_of(client_as(deputy), admin, last_name="Taken over")
    assert client_as(deputy).post(f"/operators/{admin.id}/{act}", data=form).status_code == 403
    assert (admin.password, admin.active, admin.last_name) == (STORED, True, "Tester")


def test_who_sees_only_a_team_joins_no_other(client_as, session, bob, deputy):
    client = client_as(deputy)
    form = form_of(client, deputy, groups=[team.id for team in session.scalars(select(Group))])
    assert client.post(f"/operators/{deputy.id}/edit", data=form).status_code == 403
    assert [team.name for team in deputy.groups] == ["North"]
    south = bob.groups[0]
    text = client.get(f"/teams/{south.id}/edit").text
    version = text.partition('name="version" value="')[2].partition('"')[0]
    form = {"name": "South", "users": [bob.id, deputy.id], "version": version}
    assert client.post(f"/teams/{south.id}/edit", data=form).status_code == 403


# --- somebody must be able to administer ---------------------------------------------------------


def test_the_last_administrator_stays(client_as, session, admin):
    make_user(session, "asleep", "Administrator", active=False)
    make_user(session, "imported", "Administrator", password=None)
    client = client_as(admin)
    answer = client.post(f"/operators/{admin.id}/deactivation")
    assert answer.status_code == 409
    assert 'data-reason="operator.last_admin"' in answer.text
    form = form_of(client, admin, roles=[role(session, "Reader").id])
    assert client.post(f"/operators/{admin.id}/edit", data=form).status_code == 409
    assert admin.active
    assert [one.name for one in admin.roles] == ["Administrator"]


def test_one_of_two_administrators_may_go(client_as, session, admin):
    other = make_user(session, "other", "Administrator")
    assert client_as(admin).post(f"/operators/{other.id}/deactivation").status_code == 303
    assert not other.active


def test_two_administrators_do_not_deactivate_each_other_at_once(client_as, session, admin):
    others = [make_user(session, f"other{number}", "Administrator") for number in range(3)]
    everybody = [admin, *others]
    rounds = []
    for user, victim in zip(everybody, [*others, admin], strict=True):
        client = client_as(user)
        client.session = None
        rounds.append((client, f"/operators/{victim.id}/deactivation"))
    threads = [Thread(target=client.post, args=(path,)) for client, path in rounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    assert any(user.active for user in everybody)


# --- teams and roles -----------------------------------------------------------------------------


def test_a_team_has_members_and_its_name_only_once(client_as, session, admin, ann, bob):
    client = client_as(admin)
    assert (
        client.post("/teams/new", data={"name": "East", "users": [ann.id, bob.id]}).status_code
        == 303
    )
    team = session.scalars(select(Group).where(Group.name == "East")).one()
    assert set(team.users) == {ann, bob}
    assert client.get(f"/teams/{team.id}").status_code == 200
    for name in ("EAST", "  "):
        assert client.post("/teams/new", data={"name": name}).status_code == 422


def test_a_team_is_not_renamed_to_anothers_name(client_as, session, admin):
    client = client_as(admin)
    for name in ("Łódź", "West"):
        client.post("/teams/new", data={"name": name})
    west = session.scalars(select(Group).where(Group.name == "West")).one()
    text = client.get(f"/teams/{west.id}/edit").text
    version = text.partition('name="version" value="')[2].partition('"')[0]
    typed = {"version": version, "name": "łódź"}
    refused = client.post(f"/teams/{west.id}/edit", data=typed)
    assert refused.status_code == 422
    assert 'id="name-errors"' in refused.text


def test_a_team_mates_records_come_into_sight(client_as, session, admin, ann, bob, make_event):
    event = make_event(operator=bob)
    assert client_as(ann).get(f"/events/{event.id}").status_code == 404
    client_as(admin).post("/teams/new", data={"name": "East", "users": [ann.id, bob.id]})
    assert client_as(ann).get(f"/events/{event.id}").status_code == 200


def test_how_far_a_role_sees_is_chosen_and_in_force_at_once(
    client_as, session, admin, ann, bob, make_event
):
    event, operators = make_event(operator=bob), role(session, "Operator")
    browser = client_as(ann)
    answer = client_as(admin).post(f"/roles/{operators.id}/scope", data={"scope": "all"})
    assert answer.status_code == 303
    assert browser.get(f"/events/{event.id}").status_code == 200
    mine = select(AuditEntry).where(AuditEntry.record_type == "role_scope")
    assert session.scalars(mine.order_by(AuditEntry.id.desc())).first().changes == {
        "scope": ["team", "all"]
    }


@pytest.mark.parametrize(
    ("name", "scope"), [("Administrator", "own"), ("Reader", "everything"), ("Reader", "")]
)
def test_a_scope_that_makes_no_sense_is_refused(client_as, session, admin, name, scope):
    answer = client_as(admin).post(f"/roles/{role(session, name).id}/scope", data={"scope": scope})
    assert answer.status_code == 422


def test_the_page_of_roles_shows_who_may_do_what(client_as, admin):
    text = client_as(admin).get("/roles/").text
    assert text.count('class="yes"') > 100
    assert len(text) < 100 * 1024


def test_pages_of_accounts_read_little(client_as, admin, ann, bob, statements):
    client = client_as(admin)
    for path in (
        "/operators/",
        "/operators/new",
        f"/operators/{ann.id}/edit",
        "/teams/",
        "/roles/",
    ):
        with statements() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 8, (path, list(seen))
    assert PASSWORD not in client.get(f"/operators/{ann.id}").text
