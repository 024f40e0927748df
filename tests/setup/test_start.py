"""The product starts: prepared by one command, in one command, by many workers at once; health."""

import os
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

import config
import run
from app.setup import migration
from tests.cast import make_user
from tests.databases import SECRET, close, make_app
from tests.postgres import free_port

NEW = "Another-long-secret-7"
FLASK = [sys.executable, "-m", "flask", "--app", "app"]


def environment(url, **more):
    """The environment of a program of ours, without what this machine has set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "DATABASE_URL": url, "SECRET_KEY": SECRET, **more}


def run_flask(url, *words):
    """A command of ours in a process of its own."""
    return subprocess.run(
        [*FLASK, *words],
        env=environment(url),
        cwd=config.ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer_of(address):
    """Status and text of an address, 0 where nobody answers yet."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait_for(address, seconds=60):
    """Once the server answers: its answer."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if (found := answer_of(address))[0]:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


@pytest.fixture
def started():
    """Starts programs that end with the test, by SIGTERM."""
    running = []

    def start(command, env, log):
        with log.open("w") as output:
            process = subprocess.Popen(
                command, env=env, cwd=config.ROOT, stdout=output, stderr=output
            )
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=30)


# --- health --------------------------------------------------------------------------------------


def test_health_needs_no_login_and_starts_no_session(client_as, statements):
    client = client_as(None)
    with statements() as seen:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert list(seen) == []
    assert "Set-Cookie" not in answer.headers
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (200, {"status": "ready"})
    assert "Set-Cookie" not in ready.headers


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_database_without_tables_is_not_ready(databases, engine):
    app = make_app(databases.empty(engine))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["cause"]) == (503, "schema")
    close(app)


def test_a_database_that_does_not_answer_is_not_ready_while_the_process_lives():
    client = make_app(f"postgresql://etap@127.0.0.1:{free_port()}/etap").test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["cause"]) == (503, "database")
    assert client.get("/healthz").status_code == 200
    assert client.get("/login/").status_code == 200


# --- preparing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "count"),
    [
        pytest.param("postgres", 2, id="postgres"),
        pytest.param("postgres", 4, id="postgres, four", marks=pytest.mark.full),
        pytest.param("sqlite", 4, id="sqlite, four", marks=pytest.mark.full),
    ],
)
def test_several_migrators_at_once_prepare_one_database(databases, engine, count):
    url = databases.empty(engine)
    with ThreadPoolExecutor(count) as pool:
        runs = list(pool.map(lambda _number: run_flask(url, "setup", "migrate"), range(count)))
    assert [run.returncode for run in runs] == [0] * count, [run.stderr[-2000:] for run in runs]
    app = make_app(url)
    with app.app_context():
        assert migration.is_current()
    close(app)


@pytest.mark.full
def test_writing_roles_twice_at_once_is_one_writing(databases):
    url = databases.empty("postgres")
    assert run_flask(url, "setup", "migrate").returncode == 0
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda _number: run_flask(url, "setup", "roles"), range(3)))
    assert [run.returncode for run in runs] == [0, 0, 0], [run.stderr[-2000:] for run in runs]


def test_no_lock_is_left_behind(app):
    with app.app_context():
        migration.migrate()
        migration.migrate()
        assert migration.is_current()


def test_the_administrators_password_is_checked(command, session):
    told = command("setup", "admin", "--username", "boss", "--password-stdin", input="short\n")
    assert told.exit_code == 1
    assert "12" in told.output


def test_the_command_line_brings_a_deactivated_administrator_back(command, session, client_as):
    user = make_user(session, "boss", "Reader", active=False)
    told = command("setup", "admin", "--username", "boss", "--password-stdin", input=f"{NEW}\n")
    assert told.exit_code == 0
    assert user.active
    assert {role.name for role in user.roles} == {"Reader", "Administrator"}
    login = {"username": "boss", "password": NEW}
    assert client_as(None).post("/login/", data=login).status_code == 303


# --- serving -------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_four_workers_starting_at_once_on_a_prepared_database_serve(
    databases, started, tmp_path, engine
):
    port, log = free_port(), tmp_path / "log"
    more = {"PORT": str(port), "WEB_CONCURRENCY": "4"}
    command = [sys.executable, "-m", "gunicorn", "app:create_app()"]
    process = started(command, environment(databases.prepared(engine), **more), log)
    assert wait_for(f"http://127.0.0.1:{port}/readyz")[0] == 200
    with ThreadPoolExecutor(16) as pool:
        paths = ("/login/", "/readyz", "/healthz", "/") * 25
        codes = set(pool.map(lambda path: answer_of(f"http://127.0.0.1:{port}{path}")[0], paths))
    assert codes == {200}
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    lines = log.read_text()
    assert lines.count("Booting worker") == 4
    assert "Traceback" not in lines


def test_one_command_starts_everything(databases, started, tmp_path):
    port, log = free_port(), tmp_path / "log"
    url = databases.empty("sqlite")
    more = {"PORT": str(port), "ETAP_DEMO": "0", "ETAP_ADMIN_PASSWORD": "A-chosen-secret-55"}
    process = started([sys.executable, "run.py"], environment(url, **more), log)
    assert wait_for(f"http://127.0.0.1:{port}/readyz")[0] == 200
    assert answer_of(f"http://127.0.0.1:{port}/events/?q=secret-words%0Aforged")[0] == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    lines = log.read_text()
    assert f"http://127.0.0.1:{port}" in lines
    for secret in ("A-chosen-secret-55", SECRET, "secret-words"):
        assert secret not in lines
    assert "GET /events/ 302" in lines


@pytest.mark.full
def test_a_password_nobody_chose_is_printed_once(databases, started, tmp_path):
    url, logs = databases.empty("sqlite"), []
    for number in range(2):
        port, log = free_port(), tmp_path / f"log{number}"
        env = environment(url, PORT=str(port), ETAP_DEMO="0")
        process = started([sys.executable, "run.py"], env, log)
        wait_for(f"http://127.0.0.1:{port}/healthz")
        process.terminate()
        process.wait(timeout=30)
        logs.append(log.read_text())
    assert "The first administrator is admin, password " in logs[0]
    assert "password" not in logs[1]


def test_the_secret_is_made_once_and_readable_by_its_owner_only(monkeypatch, tmp_path):
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    run.keep_secret({})
    file = tmp_path / "secret_key"
    secret = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert config.checked_secret(secret) == secret
    run.keep_secret({})
    assert file.read_text() == secret
    file.unlink()
    run.keep_secret({"SECRET_KEY": SECRET})
    assert not file.exists()
