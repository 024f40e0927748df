"""`flask exchange import PROFILE FILE`: the same import as the page's, from the command line."""

from pathlib import Path

import click
from flask.cli import AppGroup
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.current import Actor, Door, become
from app.db import db, now
from app.errors import DomainError
from app.exchange.files import LARGEST, read_table, refusal
from app.exchange.operations import Wish, lines_of, run, summary
from app.exchange.profiles import Profile, complaint, read_profile

exchange = AppGroup("exchange", help="Import files.")
Readable = click.Path(exists=True, path_type=Path)


@exchange.command("import")
@click.argument("profile", type=Readable)
@click.argument("file", type=Readable)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--skip-bad", is_flag=True, help="Take the good rows and leave out the bad ones.")
@click.option(
    "--as", "username", default="admin", show_default=True, help="The operator who imports."
)
def import_file(profile: Path, file: Path, dry_run: bool, skip_bad: bool, username: str) -> None:
    """Import FILE (CSV or XLSX) as PROFILE (YAML) says.

    If FILE is a folder, the profile's own `file` is looked for in it.
    """
    try:
        actor = importer(username)
        wanted = read_profile(small(profile))
        table = read_table(small(chosen(file, wanted)), wanted.encoding)
        report = run(wanted, table, actor, now(), Wish(dry_run, skip_bad))
    except DomainError as error:
        raise click.ClickException("\n".join(str(one.text) for one in error.reasons)) from error
    click.echo(summary(report))
    for line in lines_of(report):
        click.echo(line, err=True)
    if not report.applied:
        click.echo(_("Dry run: nothing was written.") if dry_run else _("Nothing was imported."))
    if report.bad and not (dry_run or report.applied):
        raise click.exceptions.Exit(1)


def importer(username: str) -> Actor:
    """The operator who imports, made the actor."""
    query = select(User).where(User.username == username, User.active)
    user = db.session.scalar(query, execution_options={"unscoped": True})
    if user is None:
        raise click.ClickException(_("There is no active operator %(name)s.", name=username))
    return become(user, Door.IMPORT)


def chosen(file: Path, profile: Profile) -> Path:
    """The file itself, or in a folder the one that the profile names."""
    if not file.is_dir():
        return file
    found = file / Path(profile.file or "").name
    if not found.is_file():
        words = complaint("file", _("not found in the folder"))
        raise click.ClickException(words.text)
    return found


def small(path: Path) -> bytes:
    """The content, unless it is larger than any import."""
    if path.stat().st_size > LARGEST:
        raise refusal("too_big", _("The file is larger than 25 MB."))
    return path.read_bytes()
