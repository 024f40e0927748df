"""Settings, read from the environment; each FAB_* switch with its reason."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parent
INSTANCE = ROOT / "instance"
LANGUAGES = {"pl": "Polski", "en": "English"}  # the first is the default
KNOWN_SECRETS = {"secret", "changeme", "change-me", "dev", "development", "test"}


class BadSetting(Exception):
    """A setting with which the product must not start."""


def settings(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Flask's configuration for the given environment; raises BadSetting."""
    host, port = environ.get("HOST", "127.0.0.1"), int(environ.get("PORT", "8080"))
    public = environ.get("ETAP_PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
    return {
        "SECRET_KEY": checked_secret(environ.get("SECRET_KEY") or kept_secret()),
        "SQLALCHEMY_DATABASE_URI": database_url(environ),
        "COMPANY_ZONE": ZoneInfo(environ.get("ETAP_TIMEZONE", "Europe/Warsaw")),
        "PUBLIC_URL": public,
        **files(environ),
        **web(public),
        **framework(),
    }


def database_url(environ: Mapping[str, str] = os.environ) -> str:
    """The database of the environment, else the embedded SQLite file in instance/."""
    given = environ.get("DATABASE_URL", "")
    if given.startswith(("postgres://", "postgresql://")):
        return f"postgresql+psycopg://{given.partition('://')[2]}"
    INSTANCE.mkdir(mode=0o700, exist_ok=True)
    return given or f"sqlite:///{INSTANCE / 'etap.db'}"


def files(environ: Mapping[str, str]) -> dict[str, Any]:
    """Where the files of records lie, the largest one taken, and the largest request."""
    limit = megabytes(environ.get("ETAP_FILE_LIMIT", "20"))
    return {
        "FILES": environ.get("ETAP_FILES") or str(INSTANCE / "files"),
        "FILE_LIMIT": limit,
        "MAX_CONTENT_LENGTH": max(25 * 2**20, limit + 2**20),
    }


def megabytes(text: str) -> int:
    """A size in bytes from whole megabytes; raises BadSetting."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise BadSetting("ETAP_FILE_LIMIT must be a whole number of megabytes from 1 to 1000.")
    return int(text) * 2**20


def kept_secret() -> str:
    """The secret that `make run` made and keeps in instance/, or nothing."""
    file = INSTANCE / "secret_key"
    return file.read_text().strip() if file.exists() else ""


def checked_secret(secret: str) -> str:
    """The secret itself, unless it is missing, short or well known."""
    if len(secret) < 32 or len(set(secret)) < 8 or secret.lower() in KNOWN_SECRETS:
        raise BadSetting("SECRET_KEY must be at least 32 random characters; `make run` makes one.")
    return secret


def web(public: str) -> dict[str, Any]:
    """Cookies, hosts and sizes; https in the public address switches the strict flags on."""
    address = urlsplit(public)
    secure = address.scheme == "https"
    return {
        "SESSION_COOKIE_NAME": "__Host-etap" if secure else "etap",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        # An answer that repeats the cookie undoes what another request put into it meanwhile.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "TRUSTED_HOSTS": [address.hostname or "127.0.0.1", "127.0.0.1", "localhost"],
        "FAB_SAFE_REDIRECT_HOSTS": [address.netloc],
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,  # lives as long as the session
        "BEHIND_PROXY": secure,
    }


def framework() -> dict[str, Any]:
    """Flask-AppBuilder's switches."""
    return {
        "APP_NAME": "Etap",
        "AUTH_TYPE": 1,  # accounts in our own database
        "AUTH_ROLE_ADMIN": "Administrator",
        "AUTH_ROLE_PUBLIC": "Public",
        "FAB_CREATE_DB": False,  # Alembic owns the tables; create_all would run ahead of it
        "FAB_UPDATE_PERMS": False,  # `flask setup roles` writes permissions, never the server
        "FAB_ADD_SECURITY_VIEWS": False,  # app/operators has mended pages for accounts and roles
        "FAB_ADD_SECURITY_API": False,
        "FAB_API_KEY_ENABLED": False,
        "FAB_API_SWAGGER_UI": True,
        "FAB_API_MAX_PAGE_SIZE": 200,
        "FAB_BASE_TEMPLATE": "shell/layout.html",
        "LANGUAGES": {name: {"flag": "", "name": words} for name, words in LANGUAGES.items()},
        "BABEL_DEFAULT_LOCALE": "pl",
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=15),
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(hours=12),
    }
