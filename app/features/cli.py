"""`flask features search`: what features add to the search, written anew."""

import click
from flask.cli import AppGroup
from sqlalchemy import text

from app.db import transaction
from app.features import found

features = AppGroup("features", help="Features: what the search knows of them.")


@features.command("search")
def search() -> None:
    """Let the search find records by their features, also the very many stored before."""
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("set local statement_timeout = 0"))
        count = sum(found.renew(session, model) for model in found.searched_registers())
    click.echo(f"Renewed: {count} records.")
