"""`flask features index | search | check`: what makes values quick to find; whether all hold."""

import click
from flask.cli import AppGroup
from sqlalchemy import text

from app.db import transaction
from app.errors import DomainError
from app.features import checking, found, indexes

features = AppGroup(
    "features", help="Definitions of features, their indexes, what the search knows."
)


@features.command("index")
def index() -> None:
    """Build the indexes of fast features while people work; drop what is needed no more."""
    try:
        done = indexes.settle(click.echo)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    if not done:
        raise click.ClickException("Some indexes could not be built.")
    click.echo("The indexes of fast features are as they should be.")


@features.command("search")
def search() -> None:
    """Let the search find records by their features, also the very many stored before."""
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("set local statement_timeout = 0"))
        count = sum(found.renew(session, model) for model in found.searched_registers())
    click.echo(f"Renewed: {count} records.")


@features.command("check")
def check() -> None:
    """Say which values contradict the definitions; nothing is changed."""
    wrong = 0
    for line in checking.faults():
        click.echo(line)
        wrong += 1
    if wrong:
        raise click.ClickException(f"{wrong} faults.")
    click.echo("All values are sound.")
