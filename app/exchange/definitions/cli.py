"""`flask features export | diff | apply`: definitions as a file that is kept and compared."""

import json
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from app.access.current import Door, become
from app.campaigns.cli import looking
from app.db import now
from app.errors import DomainError
from app.exchange.definitions import files, present
from app.exchange.definitions.apply import Order, apply, differences
from app.exchange.definitions.changes import Change
from app.features.cli import features

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
AS = click.option("--as", "username", help="The operator who does it; else an administrator.")
PRUNE = click.option("--prune", is_flag=True, help="Archive what the file does not name.")


@features.command("export")
@click.argument(
    "file", type=click.Path(dir_okay=False, writable=True, path_type=Path), default="-"
)
def export(file: Path) -> None:
    """Write features, values, campaigns, series and roles to FILE, or to the screen."""
    text = files.write(present.state())
    if str(file) == "-":
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")


@features.command("diff")
@click.argument("file", type=FILE)
@AS
@PRUNE
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def diff(file: Path, username: str | None, prune: bool, as_json: bool) -> None:
    """Tell what applying FILE would change, and how many records it touches.

    Nothing is changed. Exits with 1 if there is a difference, with 2 if FILE can't be applied.
    """
    found = told(lambda: differences(ordered(file, username, prune=prune)))
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False))
    else:
        show(found)
    raise SystemExit(1 if found else 0)


@features.command("apply")
@click.argument("file", type=FILE)
@AS
@PRUNE
@click.option("--yes", is_flag=True, help="Do not ask.")
def put(file: Path, username: str | None, prune: bool, yes: bool) -> None:
    """Make the definitions what FILE says, after showing what that changes."""
    expected = told(lambda: differences(ordered(file, username, prune=prune)))
    show(expected)
    if not expected or not (yes or click.confirm(_("Change this?"), err=True)):
        return
    made = told(lambda: apply(ordered(file, username, prune=prune), expected))
    text = ngettext("%(num)s change was made.", "%(num)s changes were made.", len(made))
    click.echo(text)


def ordered(file: Path, username: str | None, *, prune: bool) -> Order:
    """What the command line asks for; the operator becomes the actor."""
    actor = become(looking(username), Door.CLI)
    state = files.read(file.read_bytes(), present.settings_schema())
    return Order(actor, state, now(), prune)


def told(deed: Any) -> list[Change]:
    """Do it; refusals go to the error stream, and the command exits with 2."""
    try:
        found: list[Change] = deed()
    except DomainError as error:
        for reason in error.reasons:
            click.echo(f"{reason.code}: {reason.text}", err=True)
        raise SystemExit(2) from error
    return found


def show(found: list[Change]) -> None:
    """A line for each difference."""
    for one in found:
        click.echo(str(one))
    if not found:
        click.echo(_("Nothing to change."))
