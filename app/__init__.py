"""Etap: a CRM back-office. `create_app()` is the only wiring."""

from collections.abc import Mapping
from typing import Any

import click
from flask import Flask, request, session
from flask_babel import get_locale
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app import health, models, views
from app.db import db, engine_options, prepare_engine
from app.desk import recent
from app.exchange.cli import exchange
from app.exchange.definitions import cli as definitions  # noqa: F401 - adds to flask features
from app.fab import answers, assertions, assets, dress, gate, headers
from app.fab.builder import CrmBuilder
from app.fab.rendering import Speech
from app.lists import address
from app.operators import sessions
from app.operators.security import EtapSecurityManager
from app.setup import cli
from app.views import HomeView

__all__ = ["create_app", "models"]


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The application; settings are those of `config.settings()` unless given."""
    app = Flask(__name__)
    app.config.from_mapping(settings or config.settings())
    app.config.setdefault(
        "SQLALCHEMY_ENGINE_OPTIONS", engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    )
    db.init_app(app)
    CSRFProtect(app)
    with app.app_context():
        prepare_engine(db.engine)
        builder = CrmBuilder(
            app, db.session, indexview=HomeView, security_manager_class=EtapSecurityManager
        )
        speak(app)
        views.register(builder)
        assertions.check_views(builder)
    wire(app)
    return app


def wire(app: Flask) -> None:
    """Everything that is not a page: gate, headers, errors, templates, commands, files."""
    gate.guard(app)
    headers.secure(app)
    answers.answer_errors(app)
    dress.templates(app)
    address.remember(app)
    sessions.watch_accounts()
    recent.register(app)
    cli.register(app)
    app.cli.add_command(exchange)
    health.register(app)
    assets.serve_static(app)
    if app.config["BEHIND_PROXY"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]


def speak(app: Flask) -> None:
    """Polish and English from our own catalogue, which also holds the framework's texts."""
    folder = f"{app.root_path}/translations"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = folder
    Speech(app, locale_selector=chosen_locale)
    app.jinja_env.globals["get_locale"] = get_locale


def chosen_locale() -> str:
    """The session's language; a program's is what it accepts, the command line's English."""
    known = list(config.LANGUAGES)
    if not request:
        return "en" if click.get_current_context(silent=True) else known[0]
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(known, known[0])
    locale = session.get("locale")
    return locale if locale in known else known[0]
