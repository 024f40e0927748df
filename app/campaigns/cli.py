"""`flask campaigns show | check`: a place's figures, and whether the kept ones are right."""

import json

import click
from flask import current_app
from flask.cli import AppGroup
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.access.current import Door, become
from app.campaigns import tally
from app.campaigns.figures import figures_of
from app.campaigns.pickers import full_name
from app.campaigns.places import find_by_name, find_by_names, find_place
from app.db import db
from app.errors import DomainError

campaigns = AppGroup("campaigns", help="Look at campaigns.")

WORDS = (
    ("contractors", "contractors"),
    ("events", "events"),
    ("events_open", "open"),
    ("events_closed", "closed"),
    ("events_closed_late", "late"),
    ("stages_open", "stages open"),
    ("stages_overdue", "stages overdue"),
    ("stages_closed", "stages closed"),
)


@campaigns.command("show")
@click.argument("node")
@click.option("--as", "username", help="The operator who looks; without it an administrator.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(node: str, username: str | None, as_json: bool) -> None:
    """The figures of NODE: an id (12, c3, all, none), names (Deliveries/Germany) or a name."""
    actor = become(looking(username), Door.CLI)
    try:
        actor.require("show", "CampaignView")
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    place = find_place(node) or find_by_names(node) or find_by_name(node)
    if place is None:
        raise click.ClickException(f"There is no such place, or there are several: {node}")
    found = figures_of(place, actor)
    name = full_name(place)
    if as_json:
        click.echo(json.dumps({"node": place.key, "name": name, **found}, ensure_ascii=False))
        return
    click.echo(f"{name:<40}{'here':>12}{'with below':>14}")
    for key, words in WORDS:
        click.echo(f"{words:<40}{found['here'][key]:>12}{found['below'][key]:>14}")


@campaigns.command("check")
def check() -> None:
    """Compare the numbers kept for the tree with a recount; exits with 1 if they differ."""
    if not tally.is_kept():
        click.echo("This database keeps no numbers: figures are counted when they are shown.")
        return
    found = tally.differences()
    for one in found:
        click.echo(json.dumps(one, default=str), err=True)
    if found:
        raise click.ClickException(f"{len(found)} places differ from a recount.")
    click.echo("The numbers kept are those of a recount.")


def looking(username: str | None) -> User:
    """The active operator of this name, or the first administrator."""
    query = select(User).where(User.active).order_by(User.id)
    if username is not None:
        query = query.where(User.username == username)
    else:
        query = query.where(User.roles.any(name=current_app.config["AUTH_ROLE_ADMIN"]))
    user = db.session.scalars(query.limit(1)).first()
    if user is None:
        raise click.ClickException(f"There is no active operator {username or 'to look'}.")
    return user
