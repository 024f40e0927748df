"""The framework's own event list on the same tables, as its tutorial writes it: the naive way."""

import time
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_sqlalchemy import SQLAlchemy

from app.db import metadata
from app.models import Event

ROWS = 20  # the framework's page


class StockEventView(ModelView):
    """Nothing but a table's name and the columns of the list."""

    datamodel = SQLAInterface(Event)
    list_columns = [
        "number",
        "subject",
        "contractor",
        "contact",
        "operator",
        "start_on",
        "due_on",
        "closed_at",
    ]


def open_list(url: str, username: str, password: str) -> tuple[float, int]:
    """Seconds and bytes of one page of the stock list."""
    app = Flask("stock")
    app.config.update(
        SECRET_KEY="bench" * 8,
        SQLALCHEMY_DATABASE_URI=url,
        FAB_CREATE_DB=False,
        WTF_CSRF_ENABLED=False,
        AUTH_ROLE_ADMIN="Administrator",
    )
    everything = {"execution_options": {"unscoped": True}}  # it knows no row visibility
    database = SQLAlchemy(app, metadata=metadata, session_options=everything)
    with app.app_context():
        builder = AppBuilder(app, database.session)
        builder.add_view(StockEventView, "Events")
    client = app.test_client()
    client.post("/login/", data={"username": username, "password": password})
    return timed(client)


def timed(client: Any) -> tuple[float, int]:
    """One request, timed."""
    began = time.perf_counter()
    answer = client.get("/stockeventview/list/")
    seconds = time.perf_counter() - began
    if answer.status_code != 200 or answer.text.count("/stockeventview/show/") < ROWS:
        raise RuntimeError(f"the stock list answered {answer.status_code}, and not its rows")
    return seconds, len(answer.data)
