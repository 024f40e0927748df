"""What happens to events and stages when they are flushed: parking, and the number last."""

from typing import Any, cast

from sqlalchemy import event as sa_event
from sqlalchemy import inspect, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.db import fold, now
from app.events.definitions import Numbering, Series
from app.events.models import Event, Stage

MOST_NUMBERS = 100_000_000  # of a year


def park_moved_stages(session: Session) -> None:
    """Take stages that change places out of the order, so that no two share one on the way."""
    moved = [
        stage
        for stage in session.dirty
        if isinstance(stage, Stage)
        and inspect(stage).attrs.position.history.has_changes()
        and stage.id is not None
    ]
    if not moved:
        return
    table: Any = Stage.__table__
    parked = {"position": None, "trashed_at": now()}
    ids = [stage.id for stage in moved]
    session.connection().execute(update(table).where(table.c.id.in_(ids)).values(parked))
    for stage in moved:
        flag_modified(stage, "trashed_at")
        flag_modified(stage, "position")


def draw_number(session: Session, series_id: int, year: int) -> int:
    """The next number of a series in a year; the counter's row stays locked until commit."""
    connection = session.connection()
    insert: Any = sqlite_insert if connection.dialect.name == "sqlite" else pg_insert
    first = insert(Numbering).values(series_id=series_id, year=year, last=1)
    following = first.on_conflict_do_update(
        index_elements=["series_id", "year"], set_={"last": Numbering.last + 1}
    )
    number: int = connection.execute(following.returning(Numbering.last)).scalar_one()
    return number


def pass_number(session: Session, series_id: int, year: int, no: int) -> None:
    """Let the counter go on behind a number that came from elsewhere; it never goes back."""
    insert: Any = sqlite_insert if session.get_bind().dialect.name == "sqlite" else pg_insert
    first = insert(Numbering).values(series_id=series_id, year=year, last=no)
    session.connection().execute(
        first.on_conflict_do_update(
            index_elements=["series_id", "year"], set_={"last": no}, where=Numbering.last < no
        )
    )


def _unnumbered(event: Event) -> bool:
    """A new event has no number yet, whatever its column's type says."""
    return cast("int | None", event.no) is None


def number_event(session: Session, event: Event) -> None:
    """Give a new event its number, unless an import brought one."""
    series = event.series or session.get_one(Series, event.series_id)
    if _unnumbered(event):
        event.year = event.start_on.year
        event.no = draw_number(session, series.id, event.year)
        event.number = series.number(event.no, event.year)
    else:
        pass_number(session, series.id, event.year, event.no)
    event.number_key = number_key(event.year, event.no)


def number_key(year: int, no: int) -> int:
    """Numbers sort by year and counter, never as text."""
    return year * MOST_NUMBERS + no


@sa_event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    park_moved_stages(session)
    for event in sorted(
        (one for one in session.new if isinstance(one, Event)), key=lambda one: one.start_on
    ):
        number_event(session, event)


@sa_event.listens_for(Event, "before_insert")
@sa_event.listens_for(Event, "before_update")
def _fill_key(_mapper: Any, _connection: Any, event: Event) -> None:
    event.search_key = fold(f"{event.number} {event.subject}")
