"""`flask records tidy`: removes what nobody needs any more."""

import click
from flask.cli import AppGroup

from app.records.drafts import forget_old
from app.records.operations import sweep_files

records = AppGroup("records", help="Notes, files and unsaved text.")


@records.command("tidy")
def tidy() -> None:
    """Remove files that belong to no record, and unsaved text of more than 30 days."""
    click.echo(f"Removed: {sweep_files()} files, {forget_old()} drafts.")
