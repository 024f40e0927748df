"""Static files: addresses that carry the file's hash, served with cache rules to match."""

from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

from flask import Flask
from markupsafe import Markup
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from app.fab.headers import file_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROOT = Path(__file__).parent.parent / "static"
PREFIX = "/static/"
SPRITE = "vendor/tabler-icons/sprite.svg"
FOREVER = "public, max-age=31536000, immutable"


@lru_cache(maxsize=256)
def _digest(file: Path, changed_at: int) -> str:
    """The first ten hex digits of the file's SHA-256; the time only keeps the cache true."""
    return sha256(file.read_bytes()).hexdigest()[:10]


def version_of(path: str) -> str:
    """The version of a file below app/static; FileNotFoundError for a name that is not there."""
    file = ROOT / path
    return _digest(file, file.stat().st_mtime_ns)


def asset(path: str) -> str:
    """The address of a file below app/static, changing whenever the file does."""
    return f"{PREFIX}{path}?v={version_of(path)}"


@lru_cache(maxsize=1024)
def icon(name: str, extra: str = "") -> Markup:
    """One of tools/icons.txt; decoration only: words stand beside it or in an aria-label."""
    words = ("icon " + extra).strip(), asset(SPRITE), name
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        *words
    )


class VersionedStatic(WhiteNoise):
    """Serves static files; an address asked with the right hash may be kept for ever."""

    @staticmethod
    def serve(
        static_file: StaticFile, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]]) -> None:
            if _is_current(environ):
                headers = [pair for pair in headers if pair[0] != "Cache-Control"]
                headers.append(("Cache-Control", FOREVER))
            start_response(status, headers)

        answer: Iterable[bytes] = WhiteNoise.serve(static_file, environ, start)
        return answer


def _is_current(environ: "WSGIEnvironment") -> bool:
    path = environ["PATH_INFO"].removeprefix(PREFIX)
    return bool(environ.get("QUERY_STRING") == f"v={version_of(path)}")


def serve_static(app: Flask) -> None:
    """Serve app/static ahead of the application and offer asset() to the templates."""
    app.jinja_env.globals["asset"] = asset if app.debug else cache(asset)
    app.jinja_env.globals["svg_icon"] = icon
    given = file_headers(https=app.config["SESSION_COOKIE_SECURE"])

    def add_headers(headers: Headers, _path: str, _url: str) -> None:
        for name, value in given.items():
            headers[name] = value

    app.wsgi_app = VersionedStatic(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(ROOT),
        prefix=PREFIX,
        autorefresh=app.debug,
        allow_all_origins=False,
        add_headers_function=add_headers,
    )
