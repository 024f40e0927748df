"""Whether the process lives and whether it can serve: for proxies and supervisors."""

from typing import Any

from flask import Blueprint, Flask, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.setup.migration import is_current

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Any:
    """The process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def ready() -> Any:
    """The database answers and its tables are of this version; else 503 with the cause."""
    try:
        cause = None if is_current() else "schema"
    except SQLAlchemyError:
        cause = "database"
    return (jsonify(status="not ready", cause=cause), 503) if cause else jsonify(status="ready")


def register(app: Flask) -> None:
    """Add the two addresses."""
    app.register_blueprint(health)
