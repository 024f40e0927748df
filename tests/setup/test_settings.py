"""What the environment decides: the secret, strict cookies under https, known hosts."""

import pytest

import config
from app import create_app
from app.db import db
from app.operators.models import LoginAttempt
from tests.cast import PASSWORD, make_user
from tests.databases import SECRET, close, make_app

SECURE = {
    "SECRET_KEY": SECRET,
    "ETAP_PUBLIC_URL": "https://crm.example.com",
}


@pytest.fixture
def behind_proxy(databases):
    """A browser before the product as a proxy with TLS shows it."""
    url = databases.prepared("sqlite")
    given = config.settings({**SECURE, "DATABASE_URL": url})
    app = make_app(url, **{name: given[name] for name in config.web(SECURE["ETAP_PUBLIC_URL"])})
    with app.app_context():
        make_user(db.session, "ann")
    client = app.test_client()
    client.environ_base.update(
        {
            "HTTP_HOST": "crm.example.com",
            "HTTP_X_FORWARDED_HOST": "crm.example.com",
            "HTTP_X_FORWARDED_PROTO": "https",
            "HTTP_X_FORWARDED_FOR": "192.0.2.44",
        }
    )
    yield client
    close(app)


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("", id="missing"),
        pytest.param("only-31-characters-long-secret!", id="short"),
        pytest.param("x" * 64, id="one letter"),
        pytest.param("changeme" * 8, id="well known, repeated"),
    ],
)
def test_the_product_does_not_start_with_a_bad_secret(monkeypatch, tmp_path, secret):
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    with pytest.raises(config.BadSetting):
        config.settings({"SECRET_KEY": secret})


def test_the_kept_secret_is_used_where_none_is_given(monkeypatch, tmp_path):
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    (tmp_path / "secret_key").write_text(f"{SECRET}\n")
    assert config.settings({})["SECRET_KEY"] == SECRET


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("sqlite:///x.db", "sqlite:///x.db"),
    ],
)
def test_a_database_address_may_be_written_in_the_usual_ways(given, used):
    assert config.database_url({"DATABASE_URL": given}) == used


def test_cookies_are_strict_under_https(behind_proxy):
    answer = behind_proxy.post("/login/", data={"username": "ann", "password": PASSWORD})
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-etap=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    theme = behind_proxy.post("/profile/theme", data={"theme": "dark"}).headers["Set-Cookie"]
    assert "Secure" in theme


def test_the_proxy_says_who_asks(behind_proxy):
    behind_proxy.post("/login/", data={"username": "ann", "password": "a-wrong-password"})
    with behind_proxy.application.app_context():
        assert db.session.query(LoginAttempt).one().address == "192.0.2.44"


def test_cookies_on_this_machine_are_not_secure_but_hidden_from_scripts(client_as, ann):
    answer = client_as(None).post("/login/", data={"username": "ann", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("etap=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("path", ["/login/", "/nothing/here", "/api/v1/event/"])
def test_another_host_name_is_not_answered(client_as, path):
    answer = client_as(None).get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_public_address_is_a_known_host():
    found = config.settings({**SECURE, "DATABASE_URL": "sqlite://"})
    assert found["TRUSTED_HOSTS"][0] == "crm.example.com"
    assert found["FAB_SAFE_REDIRECT_HOSTS"] == ["crm.example.com"]


def test_forms_need_their_token(client_as, ann, with_csrf):
    client = client_as(ann)
    assert client.post("/profile/language", data={"language": "en"}).status_code == 400
    assert client.post("/events/new", data={"subject": "x"}).status_code == 400
    assert client.post("/logout/").status_code == 400
    text = client.get("/profile/sessions").text
    token = text.partition('name="csrf-token" content="')[2].partition('"')[0]
    good = client.post("/profile/language", data={"language": "en", "csrf_token": token})
    assert good.status_code == 303
    by_header = client.post(
        "/profile/theme", data={"theme": "dark"}, headers={"X-CSRFToken": token}
    )
    assert by_header.status_code == 303


def test_a_token_of_another_session_is_refused(client_as, ann, bob, with_csrf):
    text = client_as(bob).get("/profile/sessions").text
    token = text.partition('name="csrf-token" content="')[2].partition('"')[0]
    client = client_as(ann)
    client.get("/profile/sessions")
    assert (
        client.post("/profile/language", data={"language": "en", "csrf_token": token}).status_code
        == 400
    )


def test_only_the_api_takes_a_post_without_a_token(app):
    exempt = app.extensions["csrf"]._exempt_blueprints
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    open_ones = {str(rule) for rule in rules if rule.endpoint.split(".")[0] in exempt}
    assert {path for path in open_ones if not path.startswith("/api/")} == set()
    assert app.extensions["csrf"]._exempt_views == set()


def test_the_app_is_built_twice_in_one_process(databases):
    for _time in range(2):
        settings = config.settings(
            {"SECRET_KEY": SECRET, "DATABASE_URL": databases.empty("sqlite")}
        )
        assert create_app(settings).test_client().get("/healthz").status_code == 200
