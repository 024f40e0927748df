"""One import from beginning to end: all good rows or none, and a report either way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.access.current import Actor, Door
from app.audit.journal import name_act
from app.days import zone
from app.db import flush, transaction
from app.errors import DomainError, InvalidValue, Reason, refuse_if
from app.exchange.events import Events
from app.exchange.files import Row, Table
from app.exchange.nodes import Nodes
from app.exchange.profiles import Profile
from app.exchange.registers import Contractors, Operators, Persons
from app.exchange.targets import Job

TARGETS: dict[str, Any] = {
    "contractors": Contractors,
    "persons": Persons,
    "operators": Operators,
    "events": Events,
    "features": Nodes,
}
PIECE = 1_000


@dataclass(frozen=True)
class Bad:
    """A row that can't be taken: its line and all reasons."""

    line: int
    reasons: tuple[Reason, ...]


@dataclass
class Report:
    """What an import did, or would do."""

    kind: str
    rows: int
    done: Counter[str] = field(default_factory=Counter)
    bad: list[Bad] = field(default_factory=list)
    applied: bool = False

    @property
    def good(self) -> bool:
        """Whether every row can be taken."""
        return not self.bad


class Undone(Exception):
    """Carries out of a transaction whose work is not to stay."""


@dataclass(frozen=True)
class Wish:
    """How to import: for show only, and whether good rows go in without the bad ones."""

    dry_run: bool = False
    skip_bad: bool = False


def run(profile: Profile, table: Table, actor: Actor, at: datetime, wish: Wish) -> Report:
    """Import the table; raises DomainError if profile, file or rights don't do."""
    refuse_if(reasons_not_to_read(profile, table), InvalidValue)
    report = Report(table.kind, len(table.rows))
    try:
        with transaction() as session, entering(session, actor) as importer:
            require_rights(importer, profile)
            name_act(session, "import", profile.title or profile.target)
            job = Job(profile, importer, at, zone(), session)
            with session.no_autoflush:
                take_rows(job, table.rows, report)
            if wish.dry_run or (report.bad and not wish.skip_bad):
                raise Undone
        report.applied = True
    except Undone:
        pass
    return report


def reasons_not_to_read(profile: Profile, table: Table) -> list[Reason]:
    """Columns that the profile names and the file has not."""
    missing = sorted(profile.columns() - set(table.columns))
    if not missing:
        return []
    words = _("The file has no column: %(names)s.", names=", ".join(missing[:20]))
    return [Reason("file.columns", words, field="file")]


def require_rights(actor: Actor, profile: Profile) -> None:
    """Raise NotAllowed unless the actor may import, and may do the same by hand."""
    actor.require("add", "ImportView")
    view = TARGETS[profile.target].view
    actor.require("add", view)
    if profile.found == "update":
        actor.require("edit", view)


@contextmanager
def entering(session: Session, actor: Actor) -> Iterator[Actor]:
    """Act through the door of imports for the time of the block."""
    importer = replace(actor, door=Door.IMPORT)
    session.info["actor"] = importer
    try:
        yield importer
    finally:
        session.info["actor"] = actor
        session.info.pop("act", None)


def take_rows(job: Job, rows: Sequence[Row], report: Report) -> None:
    """Take row after row; what is wrong with one does not keep the others from being looked at."""
    target = TARGETS[job.profile.target](job)
    target.prepare(rows)
    since = 0
    for number, row in enumerate(rows, 1):
        try:
            report.done[target.take(row)] += 1
        except DomainError as error:
            report.bad.append(Bad(row.line, error.reasons))
        if number % PIECE == 0 or number == len(rows):
            store(rows[since:number])
            target.settle()
            since = number


def store(rows: Sequence[Row]) -> None:
    """Write a piece; what only the database finds wrong speaks of all its lines."""
    try:
        flush()
    except InvalidValue as error:
        lines = _("Lines %(first)d to %(last)d", first=rows[0].line, last=rows[-1].line)
        reasons = [replace(one, text=f"{lines}: {one.text}") for one in error.reasons]
        raise InvalidValue(*reasons) from error


def lines_of(report: Report, most: int = 200) -> list[str]:
    """The bad rows in words, one a line."""
    said = [
        f"{bad.line}: {reason.field + ': ' if reason.field else ''}{reason.text}"
        for bad in report.bad[:most]
        for reason in bad.reasons
    ]
    more = len(report.bad) - most
    return [*said, _("... and %(count)d more rows", count=more)] if more > 0 else said


def summary(report: Report) -> str:
    """What became of the rows, in one line."""
    parts = [f"{words}: {report.done[word]}" for word, words in counted() if report.done[word]]
    parts += [_("bad: %(count)d", count=len(report.bad))] if report.bad else []
    head = _("%(rows)d rows (%(kind)s)", rows=report.rows, kind=report.kind)
    return f"{head}; {', '.join(parts) or _('nothing to do')}"


def counted() -> list[tuple[str, str]]:
    """What can become of a good row, in words."""
    return [
        ("created", _("new")),
        ("updated", _("changed")),
        ("unchanged", _("unchanged")),
        ("skipped", _("skipped, there already")),
    ]
