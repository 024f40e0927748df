"""A private PostgreSQL server in a temporary directory, for the tests and for the bench."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

PREFIX = "etap-postgres-"
UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Cluster:
    """A running server; `url` is its maintenance database."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database `postgres`."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """SQLAlchemy's address of one database of this server."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def createdb(self, name: str, template: str = "template0") -> str:
        """Create an empty database, or a copy of another, and return its address."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url_of(name)

    def dropdb(self, name: str) -> None:
        """Drop the database, if it is there, with whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement on the maintenance database, outside any transaction."""
        with self.connect() as connection:
            connection.execute(statement)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to the maintenance database that commits each statement."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True
        )

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Return once the server answers; raise with its log if it does not."""
        give_up = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < give_up:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.05)
        log = (self.folder / "log").read_text(errors="replace")
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start:\n{log[-4000:]}")

    def stop(self) -> None:
        """Shut down at once, without losing what was committed, and remove all files."""
        atexit.unregister(self.stop)
        self.process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown; SIGTERM would wait
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_cluster(*, durable: bool = False, shared_buffers: str = "128MB") -> Cluster:
    """Start an empty server that lives as long as this process, also if that is killed.

    `durable` keeps fsync on: for the bench and for tests that kill the server.
    """
    remove_left_over()
    folder = new_folder()
    data = folder / "data"
    as_postgres(
        *(program("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"),
        *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        log=folder / "log",
    ).wait(timeout=120)
    port = free_port()
    settings = [
        f"port={port}",
        "listen_addresses=127.0.0.1",
        f"unix_socket_directories={folder}",
        f"shared_buffers={shared_buffers}",
        "timezone=UTC",
        *(() if durable else UNSAFE),
    ]
    process = as_postgres(
        *(program("postgres"), "-D", str(data)),
        *(part for setting in settings for part in ("-c", setting)),
        log=folder / "log",
    )
    cluster = Cluster(folder, port, process)
    atexit.register(cluster.stop)
    cluster.wait_until_ready()
    return cluster


def as_postgres(*command: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL, which refuses to be root; it dies with this process."""
    user = "postgres" if os.geteuid() == 0 else None
    with log.open("ab") as output:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "QUIT", *command],
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=log.parent,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
        )


def program(name: str) -> str:
    """Path of a program of the newest PostgreSQL on this machine."""
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(found, key=lambda path: int(path.parts[4]), default=None)
    if newest is None:
        raise RuntimeError("PostgreSQL is missing; `make install` names or installs it.")
    return str(newest)


def new_folder() -> Path:
    """A new directory of the server's own user, under one that this user may pass through."""
    places = [Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")]
    place = next((place for place in places if passable(place)), places[0])
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    return folder


def passable(place: Path) -> bool:
    """Whether any user may reach what is inside, and a socket's path fits in 107 bytes."""
    others_pass = all(path.stat().st_mode & 0o001 for path in (place, *place.parents))
    return others_pass and len(str(place)) < 60


def remove_left_over() -> None:
    """Remove the directories of processes that were killed before they could."""
    for place in {tempfile.gettempdir(), "/tmp", "/var/tmp"}:
        for folder in Path(place).glob(f"{PREFIX}*"):
            owner = folder.name.removeprefix(PREFIX).split("-")[0]
            if not Path("/proc", owner).exists():
                shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
