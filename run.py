"""Etap on this machine: secret, database, first administrator, demo data, server."""

import os
import secrets
import sys
from collections.abc import Mapping, MutableMapping

import config
from app import create_app
from app.errors import DomainError
from app.setup import accounts, definitions, demo, migration

ADMIN = "admin"
GUNICORN = ("-m", "gunicorn", "--chdir", str(config.ROOT), "app:create_app()")


def keep_secret(environ: Mapping[str, str]) -> None:
    """Make the secret that signs sessions, once, readable by its owner only."""
    if environ.get("SECRET_KEY") or config.kept_secret():
        return
    config.INSTANCE.mkdir(mode=0o700, exist_ok=True)
    file = os.open(config.INSTANCE / "secret_key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w") as secret:
        secret.write(secrets.token_urlsafe(48))


def prepare(environ: MutableMapping[str, str]) -> None:
    """Bring the database to what this version needs; what is there stays."""
    migration.migrate()
    definitions.write_all()
    if not accounts.has_admin():
        first_admin(environ.pop("ETAP_ADMIN_PASSWORD", ""))
    if environ.get("ETAP_DEMO") != "0" and accounts.has_no_records():
        print("Loading demo data ...", flush=True)
        print(demo.loaded(environ.get("ETAP_DEMO_PASSWORD")), flush=True)


def first_admin(chosen: str) -> None:
    """Create the administrator; a password nobody chose is printed here and nowhere else."""
    password = chosen or secrets.token_urlsafe(15)
    accounts.write_admin(ADMIN, password)
    told = "the password of ETAP_ADMIN_PASSWORD" if chosen else f"password {password}"
    print(f"The first administrator is {ADMIN}, {told}", flush=True)


def main() -> None:
    """Prepare everything and become the server."""
    try:
        keep_secret(os.environ)
        app = create_app()
        with app.app_context():
            prepare(os.environ)
    except (config.BadSetting, DomainError) as error:
        sys.exit(str(error))
    for name in ("ETAP_ADMIN_PASSWORD", "ETAP_DEMO_PASSWORD"):
        os.environ.pop(name, None)
    print(f"Etap is at {app.config['PUBLIC_URL']}", flush=True)
    os.execv(sys.executable, [sys.executable, *GUNICORN])


if __name__ == "__main__":
    main()
