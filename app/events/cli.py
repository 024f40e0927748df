"""`flask events close | reopen`: the stage machine from the command line, with the same rules."""

from collections.abc import Callable

import click
from flask.cli import AppGroup
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import select

from app.access import visibility
from app.access.current import Actor, Door, become
from app.db import db, now, transaction
from app.errors import DomainError, InvalidValue, Reason
from app.events import operations
from app.events.definitions import Outcome
from app.events.models import Event, Stage
from app.events.operations import Wish

events = AppGroup("events", help="Close and reopen events and stages.")


@events.command("close")
@click.argument("number")
@click.option("--as", "username", required=True, help="The operator who does it.")
@click.option("--stage", "position", type=int, help="Close only the stage with this Lp.")
@click.option("--cascade", is_flag=True, help="Close all open stages, then the event.")
@click.option("--outcome", help="The outcome's name; without it the system's own.")
def close(
    number: str, username: str, position: int | None, cascade: bool, outcome: str | None
) -> None:
    """Close the event NUMBER with its last stage, or one stage of it."""
    if cascade and position is not None:
        raise click.UsageError("--cascade closes the event; it takes no --stage.")

    def deed(actor: Actor) -> str:
        event, wish = found(number), Wish(outcome_id(outcome))
        if position is None:
            return close_event(actor, event, wish, cascade=cascade)
        actor.require("close", "StageView")
        operations.close_stage(actor, stage_at(event, position).id, wish, now())
        return _("%(number)s: stage %(position)s closed.", number=number, position=position)

    tell(username, deed)


@events.command("reopen")
@click.argument("number")
@click.option("--as", "username", required=True, help="The operator who does it.")
@click.option("--reason", required=True, help="Why; the history keeps it.")
@click.option("--stage", "position", type=int, help="Reopen only the stage with this Lp.")
def reopen(number: str, username: str, reason: str, position: int | None) -> None:
    """Reopen the event NUMBER with its last stage, or one stage of it."""

    def deed(actor: Actor) -> str:
        event = found(number)
        if position is None:
            operations.reopen_event(actor, event.id, reason)
            return _("%(number)s reopened.", number=number)
        operations.reopen_stage(actor, stage_at(event, position).id, reason)
        return _("%(number)s: stage %(position)s reopened.", number=number, position=position)

    tell(username, deed)


def close_event(actor: Actor, event: Event, wish: Wish, *, cascade: bool) -> str:
    """Close the event; with `cascade` all stages that are open now are meant."""
    actor.require("close", "EventView")
    if cascade:
        named = [stage.id for stage in event.stages if stage.is_open]
        operations.close_cascade(actor, event.id, wish, now(), named)
    else:
        operations.close_event(actor, event.id, wish, now())
    return _("%(number)s closed.", number=event.number)


def tell(username: str, deed: Callable[[Actor], str]) -> None:
    """Do it as the operator, in one transaction; a refusal goes to stderr and exits with 1."""
    try:
        with transaction():
            words = deed(actor_named(username))
    except DomainError as error:
        for reason in error.reasons:
            click.echo(f"{reason.code}: {reason.text}", err=True)
            for row in reason.rows:
                click.echo(f"  {row}", err=True)
        raise SystemExit(1) from error
    click.echo(words)


def actor_named(username: str) -> Actor:
    """The active operator of this name as the actor."""
    query = select(User).where(User.username == username, User.active)
    user = db.session.scalar(query)
    if user is None:
        text = _("There is no such active operator.")
        raise InvalidValue(Reason("operator.unknown", text))
    return become(user, Door.CLI)


def found(number: str) -> Event:
    """The event of this number, if the actor may see it."""
    event = db.session.scalar(visibility.visible(Event).where(Event.number == number))
    if event is None:
        raise operations.not_found()
    return event


def stage_at(event: Event, position: int) -> Stage:
    """The event's stage with this Lp."""
    if not 0 < position <= (event.last_pos or 0):
        raise operations.not_found()
    return event.stages[position - 1]


def outcome_id(name: str | None) -> int | None:
    """The outcome of this name."""
    if name is None:
        return None
    chosen = db.session.scalar(select(Outcome.id).where(Outcome.name == name))
    if chosen is None:
        text = _("Choose an outcome from the list.")
        raise InvalidValue(Reason("outcome.unknown", text, field="outcome"))
    return chosen
