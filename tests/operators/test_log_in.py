"""Logging in, by page and by token: who gets in, how often one may try, where it leads."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select
from werkzeug.security import generate_password_hash

import config
from app import create_app
from app.db import now
from app.operators import logins
from app.operators.models import LoginAttempt, LoginSession
from tests.cast import PASSWORD, make_user
from tests.databases import SECRET


def by_page(client, username, password=PASSWORD, **more):
    return client.post("/login/", data={"username": username, "password": password}, **more)


def by_token(client, username, password=PASSWORD, **more):
    given = {"username": username, "password": password, "provider": "db", "refresh": True}
    return client.post("/api/v1/security/login", json=given, **more)


DOORS = pytest.mark.parametrize(
    ("door", "let_in"),
    [pytest.param(by_page, 303, id="page"), pytest.param(by_token, 200, id="api")],
)


@DOORS
@pytest.mark.parametrize("name", ["ann", " ann ", "ann@example.com"])
def test_an_operator_gets_in_by_name_or_address(client_as, ann, door, let_in, name):
    assert door(client_as(None), name).status_code == let_in


@DOORS
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(("ann", "wrong-password-1"), id="wrong password"),
        pytest.param(("ann", PASSWORD * 20), id="endless password"),
        pytest.param(("nobody", PASSWORD), id="unknown name"),
        pytest.param(("gone", PASSWORD), id="deactivated"),
        pytest.param(("silent", PASSWORD), id="without a password"),
        pytest.param(("Ann", PASSWORD), id="other case"),
    ],
)
def test_a_refusal_is_the_same_whatever_was_wrong(client_as, session, ann, door, let_in, given):
    make_user(session, "gone", active=False)
    make_user(session, "silent", password=None)
    first = door(client_as(None), "ann", "a-wrong-password")
    answer = door(client_as(None), *given)
    assert (answer.status_code, first.status_code) == (401, 401)
    if door is by_token:
        assert answer.json == first.json
    assert session.scalar(select(func.count()).select_from(LoginSession)) == 0


@DOORS
def test_an_account_takes_ten_wrong_passwords_in_a_quarter_of_an_hour(
    client_as, session, ann, door, let_in
):
    for number in range(logins.PER_ACCOUNT):
        either = (by_page, by_token)[number % 2]
        name = ("ann", "ann@example.com", " ann")[number % 3]
        assert either(client_as(None), name, "wrong-password-1").status_code == 401
    assert door(client_as(None), "ann").status_code == 429
    session.query(LoginAttempt).update({"at": now() - logins.WINDOW - timedelta(seconds=1)})
    assert door(client_as(None), "ann").status_code == let_in


def test_too_many_attempts_at_the_api_are_told_as_such(client_as, session, ann):
    fail_often(session, account="ann")
    answer = by_token(client_as(None), "ann")
    assert (answer.status_code, answer.json["reasons"][0]["code"]) == (429, "login.too_many")
    assert int(answer.headers["Retry-After"]) > 0


@DOORS
def test_an_address_takes_thirty_wrong_passwords_for_any_account(
    client_as, session, ann, door, let_in
):
    fail_often(session, address="127.0.0.1", times=logins.PER_ADDRESS)
    assert door(client_as(None), "ann").status_code == 429
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert door(client_as(None), "ann", **elsewhere).status_code == let_in


@DOORS
def test_a_header_does_not_change_the_address_without_a_proxy(
    client_as, session, ann, door, let_in
):
    fail_often(session, address="127.0.0.1", times=logins.PER_ADDRESS)
    forged = {"headers": {"X-Forwarded-For": "192.0.2.9", "X-Real-IP": "192.0.2.9"}}
    assert door(client_as(None), "ann", **forged).status_code == 429


def test_a_good_login_forgets_the_failures(client_as, session, ann):
    fail_often(session, account="ann", times=9)
    assert by_page(client_as(None), "ann").status_code == 303
    assert session.query(LoginAttempt).filter_by(account="ann").count() == 0


def test_many_at_once_are_no_way_round_the_limit(client_as, session, ann):
    clients = [client_as(None) for _number in range(16)]
    for client in clients:
        client.session = None  # the test's own session is not for many threads
    codes: list[int] = []

    def attempt(client):
        codes.append(by_token(client, "ann", "wrong-password-1").status_code)

    threads = [Thread(target=attempt, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [401] * logins.PER_ACCOUNT + [429] * (16 - logins.PER_ACCOUNT)


def fail_often(session, account="?", address="?", times=logins.PER_ACCOUNT):
    """As many attempts as the limits allow, already made."""
    session.add_all(LoginAttempt(account=account, address=address) for _time in range(times))
    session.commit()


def test_an_unknown_name_costs_the_same_hashing_as_a_known_one(databases):
    settings = config.settings({"SECRET_KEY": SECRET, "DATABASE_URL": databases.empty("sqlite")})
    fake = create_app(settings).config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
    assert fake.partition("$")[0] == generate_password_hash(PASSWORD).partition("$")[0]


# --- where it leads ------------------------------------------------------------------------------


def test_a_stranger_is_led_to_the_login_and_back(client_as, ann):
    client = client_as(None)
    login = client.get("/profile/?x=1").headers["Location"]
    assert login.startswith("/login/?next=")
    answer = client.post(login, data={"username": "ann", "password": PASSWORD})
    assert answer.headers["Location"] == "/profile/?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "////evil.example",
        "http:///evil.example",
        "http:evil.example",
        r"/\evil.example",
        r"\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "https://localhost@evil.example/",
        "https://localhost.evil.example/",
        " //evil.example",
        "http://[evil",
    ],
)
def test_a_login_never_leads_to_another_site(client_as, ann, target):
    answer = client_as(None).post(
        "/login/", query_string={"next": target}, data={"username": "ann", "password": PASSWORD}
    )
    there = answer.headers["Location"]
    assert answer.status_code == 303
    assert there.startswith("/")
    assert not there.startswith(("//", "/\\"))


def test_the_login_page_is_for_strangers(client_as, ann):
    assert client_as(None).get("/login/").status_code == 200
    assert client_as(ann).get("/login/").headers["Location"] == "/"
    assert client_as(None).get("/").headers["Location"] == "/login/"


def test_a_part_of_a_page_is_not_replaced_by_the_login_page(client_as):
    answer = client_as(None).get("/profile/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "Location" not in answer.headers
