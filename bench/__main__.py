"""Run the bench: `make bench`; EVENTS=30000 for a small one, BENCH=all for work on many rows."""

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import create_engine, select

from app.access.current import Door
from app.db import db, transaction
from app.operators import sessions
from app.setup import accounts, definitions, migration
from bench import data, heavy, pages, stock
from bench.client import Measured, measure
from bench.server import create
from tests.postgres import start_cluster

EVENTS = int(os.environ.get("EVENTS", "300000"))
TIMES = int(os.environ.get("TIMES", "60"))
PASSWORD = secrets.token_urlsafe(16)
PORT = 18_475


def prepare(url: str, events: int) -> Any:
    """A filled database and the application on it."""
    os.environ["DATABASE_URL"] = url
    app = create()
    with app.app_context():
        migration.migrate()
        definitions.write_all()
        accounts.write_admin("admin", PASSWORD)
        with db.engine.connect() as connection:
            data.fill(connection, data.Size(events))
    return app


def cookie_of(app: Any, username: str) -> str:
    """A logged-in cookie, as the login page would give it."""
    with app.app_context():
        user = db.session.scalars(select(User).where(User.username == username)).one()
        with transaction():
            token = sessions.open_session(user, Door.PAGE)
        values = {"_user_id": str(user.id), "_fresh": True, "sid": token, "locale": "pl"}
        signed = app.session_interface.get_signing_serializer(app).dumps(values)
        return f"{app.config['SESSION_COOKIE_NAME']}={signed}"


@contextmanager
def served() -> Iterator[None]:
    """gunicorn with two workers of four threads, as `make run` starts it."""
    command = [sys.executable, "-m", "gunicorn", "bench.server:create()", "-k", "gthread"]
    command += ["-w", "2", "--threads", "4", "-b", f"127.0.0.1:{PORT}", "--log-level", "error"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # a line for every request
    try:
        for _attempt in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/login/", timeout=5)
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


def run(app: Any, username: str, *, writes: bool = True) -> list[Measured]:
    """All pages on one database, and the acts."""
    cookie = cookie_of(app, username)
    with app.app_context():
        engine = db.engine
    with create_engine(engine.url).connect() as connection, served():
        known = {"port": PORT, "cookie": cookie, "app": app, "engine": engine, "times": TIMES}
        asked = [*pages.pages(connection), *(pages.writing(connection) if writes else ())]
        return [measure(name, ask, **known) for name, ask in asked]


def show(title: str, found: list[Measured], small: list[Measured]) -> None:
    """One section: times, growth, statements, bytes."""
    median = {one.name: one.median for one in found}
    before = {one.name: one.median for one in small}
    print(f"\n{title}")
    head = ("page", "median ms", "p95 ms", "8 clients/s", "x by hand", "growth", "SQL", "KiB")
    print("{:<28}{:>10}{:>9}{:>13}{:>11}{:>8}{:>6}{:>7}".format(*head))
    for one in found:
        limit = median[pages.BARE_FILTERED if one.name == pages.FILTERED else pages.BARE]
        ratio = f"{one.median / limit:.2f}" if one.name.startswith("event list") else "-"
        growth = f"{one.median / before[one.name]:.2f}" if one.name in before else "-"
        print(
            f"{one.name:<28}{one.median * 1e3:>10.1f}{one.p95 * 1e3:>9.1f}{one.throughput:>13.1f}"
            f"{ratio:>11}{growth:>8}{one.statements:>6}{one.size / 1024:>7.1f}",
            flush=True,
        )


def show_stock(url: str, first: float) -> None:
    """The section of the naive way."""
    seconds, size = stock.open_list(url, "admin", PASSWORD)
    ratio = seconds / first
    words = f"{seconds:.1f} s, {size / 2**20:.1f} MiB, {ratio:,.0f} x ours"
    print(f"\nstock FAB event list: {words}", flush=True)


def show_heavy(app: Any) -> None:
    """The section of work on many rows at once."""
    print("\nwork on many rows at once")
    for name, seconds in heavy.measure(app):
        print(f"{name:<60}{seconds:>10.3f} s", flush=True)


def main() -> None:
    """Small and large database, an operator's view, the stock list; BENCH=all adds heavy work."""
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(32)
    cluster = start_cluster(durable=True, shared_buffers="512MB")
    try:
        small = run(prepare(cluster.createdb("bench_small"), EVENTS // 10), "admin")
        url = cluster.createdb("bench_large")
        app = prepare(url, EVENTS)
        found = run(app, "admin")
        show(f"{EVENTS:,} events; growth from {EVENTS // 10:,}", found, small)
        seen = run(app, "operator1", writes=False)
        show("the same as an operator who sees the team's records", seen, [])
        show_stock(url, next(one.median for one in found if one.name == pages.FIRST))
        if os.environ.get("BENCH") == "all":
            show_heavy(app)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
