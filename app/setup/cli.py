"""`flask setup migrate | roles | admin | workdays | demo`: preparing a database, repeatably."""

import os
import sys
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from app.campaigns.cli import campaigns
from app.errors import DomainError
from app.events import workdays
from app.events.cli import events
from app.features.cli import features
from app.records.cli import records
from app.setup import accounts, definitions, demo, migration

setup = AppGroup("setup", help="Prepare the database.")


@setup.command("migrate")
def migrate() -> None:
    """Bring the database to the present schema; safe to run twice at once."""
    migration.migrate()
    click.echo("The database has the present schema.")


@setup.command("roles")
def roles() -> None:
    """Write roles, permissions and the definitions every installation has."""
    definitions.write_all()
    click.echo("Roles and definitions are in place.")


@setup.command("admin")
@click.option("--username", required=True)
@click.option(
    "--password-stdin", is_flag=True, required=True, help="Read the password from stdin."
)
@click.option("--email", default=None)
def admin(username: str, password_stdin: bool, email: str | None) -> None:
    """Create an administrator, or give an existing one a new password."""
    try:
        accounts.write_admin(username, sys.stdin.readline().rstrip("\n"), email)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{username} may log in as administrator.")


@setup.command("workdays")
@click.option("--until", type=click.IntRange(2030, 2199), default=workdays.LAST_YEAR)
def renew_workdays(until: int) -> None:
    """Number the working days anew, when the law on holidays changed."""
    click.echo(f"{workdays.renew(until)} days are numbered.")


@setup.command("demo")
@click.option("--remove", is_flag=True, help="Delete it again, while every record is its own.")
def demo_data(remove: bool) -> None:
    """Fill an empty database with demo data; ETAP_DEMO_PASSWORD is its operators' password."""
    try:
        words = demo.removed() if remove else demo.loaded(os.environ.get("ETAP_DEMO_PASSWORD"))
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(words)


def register(app: Flask) -> None:
    """Add the command groups."""
    commands: list[Any] = [setup, events, campaigns, features, records]
    for command in commands:
        app.cli.add_command(command)
