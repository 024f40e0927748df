"""A login ends: by logging out, by changes of the account, by time; what is left opens nothing."""

from datetime import timedelta

import pytest
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.access.current import Door
from app.db import db, now, transaction
from app.operators import sessions
from app.operators.models import LoginSession
from tests.cast import PASSWORD

NEW = "Another-long-secret-7"


def logged_in(client_as, username="ann"):
    """A browser and a program with real logins of theirs."""
    browser, program = client_as(None), client_as(None)
    browser.post("/login/", data={"username": username, "password": PASSWORD})
    given = {"username": username, "password": PASSWORD, "provider": "db", "refresh": True}
    tokens = program.post("/api/v1/security/login", json=given).json
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens['access_token']}"
    program.refresh_token = tokens["refresh_token"]
    return browser, program


def is_open(browser):
    """Whether the browser's cookie still opens pages."""
    return browser.get("/profile/sessions").status_code == 200


def opens_api(program):
    """Whether the token opens the API, and the refresh token gives another."""
    refresh = {"Authorization": f"Bearer {program.refresh_token}"}
    answers = (
        program.get("/api/v1/event/"),
        program.post("/api/v1/security/refresh", headers=refresh),
    )
    codes = {answer.status_code for answer in answers}
    assert codes in ({200}, {401})
    return codes == {200}


@pytest.fixture
def old(client_as, ann):
    """Ann's browser and program, both in."""
    browser, program = logged_in(client_as)
    assert is_open(browser)
    assert opens_api(program)
    return browser, program


def assert_ended(old):
    browser, program = old
    assert not is_open(browser)
    assert not opens_api(program)


def test_logging_out_ends_the_cookie_also_a_copy_of_it(client_as, old):
    browser, program = old
    copy = browser.get_cookie("etap").value
    assert browser.post("/logout/").status_code == 303
    browser.set_cookie("etap", copy)
    assert not is_open(browser)
    assert opens_api(program)


def test_logging_out_a_program_ends_its_tokens(old):
    browser, program = old
    assert program.post("/api/v1/security/logout").status_code == 200
    assert not opens_api(program)
    assert is_open(browser)


def test_nobody_is_logged_out_by_an_address(old):
    browser, _program = old
    assert browser.get("/logout/").status_code == 405
    assert is_open(browser)


def test_the_own_new_password_ends_all_logins_but_this_one(client_as, old):
    here = logged_in(client_as)[0]
    copy = here.get_cookie("etap").value
    given = {"old": PASSWORD, "password": NEW, "again": NEW}
    assert here.post("/profile/password", data=given).status_code == 303
    assert is_open(here)
    assert_ended(old)
    here.set_cookie("etap", copy)
    assert not is_open(here)


def test_a_password_set_by_an_administrator_ends_all_logins(client_as, admin, ann, old):
    given = {"password": NEW, "again": NEW}
    answer = client_as(admin).post(f"/operators/{ann.id}/password", data=given)
    assert answer.status_code == 303
    assert_ended(old)


def test_a_password_set_by_the_command_line_ends_all_logins(command, old):
    told = command("setup", "admin", "--username", "ann", "--password-stdin", input=f"{NEW}\n")
    assert told.exit_code == 0, told.output
    assert_ended(old)


def test_another_role_ends_all_logins(client_as, session, admin, ann, old):
    reader = session.scalars(select(Role).where(Role.name == "Reader")).one()
    page = f"/operators/{ann.id}/edit"
    assert (
        client_as(admin)
        .post(page, data=form_of(client_as(admin), ann, roles=[reader.id]))
        .status_code
        == 303
    )
    assert_ended(old)


def form_of(client, user, **more):
    """What the operator's form sends."""
    text = client.get(f"/operators/{user.id}/edit").text
    version = text.partition('name="version" value="')[2].partition('"')[0]
    given = {
        name: getattr(user, name) for name in ("first_name", "last_name", "username", "email")
    }
    kept = {"roles": [role.id for role in user.roles], "groups": [team.id for team in user.groups]}
    return {**given, **kept, "version": version, **more}


def test_deactivation_ends_all_logins_and_activation_does_not_bring_them_back(
    client_as, admin, ann, old
):
    client = client_as(admin)
    assert client.post(f"/operators/{ann.id}/deactivation").status_code == 303
    assert_ended(old)
    assert client.post(f"/operators/{ann.id}/activation").status_code == 303
    assert_ended(old)
    assert is_open(logged_in(client_as)[0])


def test_an_administrator_ends_all_logins_of_an_operator(client_as, admin, ann, old):
    client = client_as(admin)
    assert client.get(f"/operators/{ann.id}/sessions").text.count('name="session"') == 2
    assert client.post(f"/operators/{ann.id}/sessions/end").status_code == 303
    assert_ended(old)


def test_an_operator_ends_one_login_or_all_others(client_as, session, ann, old):
    here = logged_in(client_as)[0]
    listed = here.get("/profile/sessions").text
    assert listed.count('name="session"') == 4
    first = session.scalars(select(LoginSession).order_by(LoginSession.id)).first()
    here.post("/profile/sessions/end", data={"session": first.id})
    assert not is_open(old[0])
    assert opens_api(old[1])
    here.post("/profile/sessions/end")
    assert_ended(old)
    assert is_open(here)


def test_nobody_ends_the_login_of_somebody_else(client_as, session, bob, old):
    first = session.scalars(select(LoginSession).order_by(LoginSession.id)).first()
    client_as(bob).post("/profile/sessions/end", data={"session": first.id})
    assert is_open(old[0])


@pytest.mark.parametrize(
    ("column", "age"),
    [
        pytest.param("seen_at", sessions.IDLE, id="idle"),
        pytest.param("created_at", sessions.LONGEST, id="absolute"),
    ],
)
def test_a_login_ends_by_time(session, old, column, age):
    almost = now() - age + timedelta(minutes=1)
    session.query(LoginSession).update({column: almost})
    assert is_open(old[0])
    session.query(LoginSession).update({column: now() - age})
    assert_ended(old)


def test_being_seen_is_written_at_most_every_five_minutes(client_as, session, ann, statements):
    browser = client_as(ann)
    with statements() as seen:
        browser.get("/profile/sessions")
    assert not seen.writes
    session.query(LoginSession).update({"seen_at": now() - sessions.TOUCH})
    with statements() as seen:
        browser.get("/profile/sessions")
    assert len(seen.writes) == 1
    assert session.scalars(select(LoginSession)).one().seen_at > now() - timedelta(minutes=1)


def test_a_session_from_before_the_login_is_worth_nothing_after_it(client_as, session, ann):
    browser = client_as(None)
    with browser.session_transaction() as cookie:
        cookie.update({"sid": "chosen-by-the-attacker", "_user_id": str(ann.id), "planted": 1})
    browser.post("/login/", data={"username": "ann", "password": PASSWORD})
    with browser.session_transaction() as cookie:
        assert cookie["sid"] != "chosen-by-the-attacker"
        assert "planted" not in cookie
    session.commit()
    assert session.scalars(select(LoginSession)).one().token_hash != sessions.hashed(
        "chosen-by-the-attacker"
    )


def test_the_session_of_one_operator_does_not_open_another(client_as, ann, bob):
    browser = client_as(ann)
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = str(bob.id)
    assert not is_open(browser)


def test_the_language_survives_logging_in_and_out(client_as, ann):
    browser = client_as(None)
    browser.post("/profile/language", data={"language": "en"})
    browser.post("/login/", data={"username": "ann", "password": PASSWORD})
    assert 'lang="en"' in browser.get("/profile/sessions").text
    browser.post("/logout/")
    assert 'lang="en"' in browser.get("/login/").text


def test_an_answer_does_not_repeat_the_cookie(client_as, ann):
    """It would undo what another request, answered sooner, has put into it: an undo to offer."""
    browser, _program = logged_in(client_as)
    assert is_open(browser)  # the first page puts the token of its forms there
    for path in ("/profile/sessions", "/bell/count", "/events/"):
        assert "Set-Cookie" not in browser.get(path).headers, path


def test_a_cookie_opens_no_api(client_as, ann):
    assert client_as(ann).get("/api/v1/event/").status_code == 401


def test_a_password_changed_while_the_old_one_was_checked_lets_nobody_in(
    acting_as, ann, session, app
):
    with app.test_request_context():
        seen = db.session.get(User, ann.id)
        session.query(User).filter_by(id=ann.id).update({"password": "changed meanwhile"})
        session.commit()
        with transaction():
            assert sessions.admit(seen, Door.PAGE) is None
