"""Run the bench: `make bench`; BENCH=lists for the stage list at 3 million, BENCH=features for values
of features in a million events, BENCH=all for everything.

EVENTS=30000 makes a small one.
"""

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Connection, create_engine, select

from app.access.current import Door
from app.db import db, transaction
from app.operators import sessions
from app.setup import accounts, definitions, migration
from bench import data, features, heavy, lists, pages, stock
from bench.client import Ask, Measured, measure
from bench.server import create
from tests.postgres import Cluster, start_cluster

EVENTS = int(os.environ.get("EVENTS", "300000"))
CARRYING = int(os.environ.get("EVENTS", "1000000"))
LISTED = int(os.environ.get("EVENTS", "900000"))  # with 10 stages to 3 events
BENCH = os.environ.get("BENCH", "pages")
TIMES = int(os.environ.get("TIMES", "60"))
PASSWORD = secrets.token_urlsafe(16)
PORT = 18_475


Fill = Callable[[Connection, int], None]


def prepare(url: str, events: int, fill: Fill = data.fill_all) -> Any:
    """A filled database and the application on it."""
    os.environ["DATABASE_URL"] = url
    app = create()
    with app.app_context():
        migration.migrate()
        definitions.write_all()
        accounts.write_admin("admin", PASSWORD)
        with db.engine.connect() as connection:
            fill(connection, events)
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


Asked = Callable[[Connection], Iterable[tuple[str, Ask]]]


def run(app: Any, username: str, *asked: Asked) -> list[Measured]:
    """What is asked for, on one database."""
    cookie = cookie_of(app, username)
    with app.app_context():
        engine = db.engine
    os.environ["DATABASE_URL"] = engine.url.render_as_string(hide_password=False)
    with create_engine(engine.url).connect() as connection, served():
        known = {"port": PORT, "cookie": cookie, "app": app, "engine": engine, "times": TIMES}
        every = [one for ask in asked for one in ask(connection)]
        connection.commit()
        return measure(every, **known)


def show(
    title: str, found: list[Measured], small: list[Measured], limits: Callable[[str], str | None]
) -> None:
    """One section: times, growth, statements, bytes; `limits` names what a page stands beside."""
    median = {one.name: one.median for one in found}
    before = {one.name: one.median for one in small}
    print(f"\n{title}")
    head = ("page", "median ms", "p95 ms", "8 clients/s", "their p95", "x bare", "growth")
    print("{:<36}{:>10}{:>9}{:>12}{:>10}{:>7}{:>7}{:>5}{:>7}".format(*head, "SQL", "KiB"))
    for one in found:
        limit = limits(one.name)
        ratio = f"{one.median / median[limit]:.2f}" if limit else "-"
        growth = f"{one.median / before[one.name]:.2f}" if one.name in before else "-"
        print(
            f"{one.name:<36}{one.median * 1e3:>10.1f}{one.p95 * 1e3:>9.1f}{one.throughput:>12.1f}"
            f"{one.crowded * 1e3:>10.1f}{ratio:>7}{growth:>7}{one.statements:>5}"
            f"{one.size / 1024:>7.1f}",
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


def show_pages(cluster: Cluster) -> None:
    """The pages that operators use, on a small and a large database, and the stock list."""
    small_app = prepare(cluster.createdb("bench_small"), EVENTS // 10)
    small = run(small_app, "admin", pages.pages, pages.writing)
    url = cluster.createdb("bench_large")
    app = prepare(url, EVENTS)
    found = run(app, "admin", pages.pages, pages.writing)
    show(f"{EVENTS:,} events; growth from {EVENTS // 10:,}", found, small, pages.limit_of)
    seen = run(app, "operator1", pages.pages)
    show("the same as an operator who sees the team's records", seen, [], pages.limit_of)
    show_stock(url, next(one.median for one in found if one.name == pages.FIRST))
    if BENCH == "all":
        show_heavy(app)


def show_lists(cluster: Cluster) -> None:
    """The stage list, on a database of 100,000 stages and one of 3 million."""
    apps = [
        prepare(cluster.createdb(f"lists_{events}"), events) for events in (LISTED // 30, LISTED)
    ]
    for username, words in (("admin", "all records"), ("operator1", "the team's records")):
        small, found = (run(app, username, lists.pages) for app in apps)
        stages = f"stages of {LISTED:,} events; growth from {LISTED // 30:,}"
        show(f"{stages}; {words}", found, small, lists.BARE.get)


def show_features(cluster: Cluster) -> None:
    """Lists by features beside real columns, and the pages that show and change values."""
    sizes = CARRYING // 10, CARRYING
    small_app, app = (
        prepare(cluster.createdb(f"features_{events}"), events, features.prepare)
        for events in sizes
    )
    before = {name: ours for name, ours, _real in features.measure(small_app)}
    print(f"\nfeatures of {CARRYING:,} events, beside real columns; growth from {sizes[0]:,}")
    print("{:<44}{:>10}{:>10}{:>8}{:>8}".format("statements", "ms", "real", "ratio", "growth"))
    for name, ours, real in features.measure(app):
        growth = ours / before[name]
        print(
            f"{name:<44}{ours * 1e3:>10.2f}{real * 1e3:>10.2f}{ours / real:>8.2f}{growth:>8.2f}",
            flush=True,
        )
    small, found = (run(one, "admin", features.pages) for one in (small_app, app))
    show("their pages", found, small, {features.WIDE: features.PLAIN}.get)


def main() -> None:
    """The parts that were asked for."""
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(32)
    cluster = start_cluster(durable=True, shared_buffers="512MB")
    try:
        if BENCH in ("features", "all"):
            show_features(cluster)
        if BENCH in ("pages", "all"):
            show_pages(cluster)
        if BENCH in ("lists", "all"):
            show_lists(cluster)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
