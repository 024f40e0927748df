"""The product as people run it: gunicorn on a SQLite database with the demo data."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import config
from app.setup import accounts, demo, demo_words
from tests.databases import SECRET, Databases, close, make_app

PASSWORD = "Correct-horse-battery-1"
ADMIN = "admin"
PATIENCE = 60  # seconds a slow machine may take to start the server


@dataclass(frozen=True)
class Site:
    """A running server: its address and its database."""

    url: str
    database: str

    @contextmanager
    def rows(self) -> Iterator[Session]:
        """A session that sees every row."""
        engine = create_engine(self.database)
        try:
            with Session(engine, execution_options={"unscoped": True}) as session:
                yield session
        finally:
            engine.dispose()


def username(role: str) -> str:
    """The demo's first account with this role."""
    if role == "Administrator":
        return ADMIN
    return next(name for name, _first, _last, given, _team in demo_words.ACCOUNTS if given == role)


def prepare(databases: Databases) -> str:
    """Address of a new database with an administrator and the demo data; PASSWORD fits all."""
    url = databases.prepared("sqlite")
    app = make_app(url)
    with app.app_context():
        accounts.write_admin(ADMIN, PASSWORD)
        demo.load(PASSWORD)
    close(app)
    return url


@contextmanager
def serving(database: str, log: Path) -> Iterator[Site]:
    """gunicorn on the database, stopped at the end of the block."""
    port = free_port()
    site = Site(f"http://127.0.0.1:{port}", database)
    environ = {
        **os.environ,
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "DATABASE_URL": database,
        "SECRET_KEY": SECRET,
        "WEB_CONCURRENCY": "1",
        "ETAP_PUBLIC_URL": site.url,
    }
    command = [sys.executable, "-m", "gunicorn", "--threads", "8", "app:create_app()"]
    with (
        log.open("w") as out,
        subprocess.Popen(command, cwd=config.ROOT, env=environ, stdout=out, stderr=out) as server,
    ):
        try:
            wait_for(site, server, log)
            yield site
        finally:
            server.terminate()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(site: Site, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server answers; its log is the message if it does not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{site.url}/healthz", timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")
