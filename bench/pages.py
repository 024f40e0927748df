"""The pages under measurement."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import Connection, text

from bench.client import Ask

BARE, BARE_FILTERED = "event list, by hand", "filtered list, by hand"
FIRST, FILTERED = "event list, first page", "event list, filtered"


def limit_of(name: str) -> str | None:
    """What a page is compared with."""
    if not name.startswith("event list"):
        return None
    return BARE_FILTERED if name == FILTERED else BARE


def get(path: str) -> Ask:
    """A page to read."""
    return lambda: ("GET", path, None)


def pages(connection: Connection) -> Iterator[tuple[str, Ask]]:
    """(name, request) of each page; what it needs is looked up in the database."""
    value = lambda sql: connection.execute(text(sql)).scalar_one()  # noqa: E731
    operator = value("select min(id) from ab_user where username like 'operator%'")
    middle = value(
        "select start_on from event order by id offset (select count(*) / 2 from event) limit 1"
    )
    own = f"from event where operator_id = {operator} order by id desc limit 1"
    event, contractor = value(f"select id {own}"), value(f"select contractor_id {own}")
    yield BARE, get("/bare/events")
    yield FIRST, get("/events/")
    yield BARE_FILTERED, get(f"/bare/events?operator={operator}")
    yield FILTERED, get(f"/events/?_flt_0_state=open&_flt_0_operator={operator}")
    yield "event list, text", get("/events/?_flt_0_subject=wdrozenie+777")
    yield "event list, last page", get("/events/?last=1")
    yield "event list, jump to a date", get(f"/events/?at={middle}")
    yield "stage list, first page", get("/stages/?view=all")
    yield (
        "stage list, two columns",
        get("/stages/?view=all&_oc_StageView=due,start&_od_StageView=asc,desc"),
    )
    yield "stage list, last page", get("/stages/?view=all&last=1")
    yield "stages by operator", get("/stages/?by=operator")
    yield "events by operator", get("/events/?by=operator")
    yield "events by campaign level", get("/events/?by=level_1_bench")
    yield "contractor list", get("/contractors/")
    yield "contractor card", get(f"/contractors/{contractor}")
    yield "event window", get(f"/events/{event}")
    yield "event form", get(f"/events/{event}/edit")
    yield "campaign tree, root", get("/campaigns/")
    yield "global search", get("/search/suggest?q=zak+123")


def writing(connection: Connection) -> Iterator[tuple[str, Ask]]:
    """(name, request) of the acts that change something."""
    row = connection.execute(text("select contractor_id, operator_id from event limit 1")).one()
    yield "create an event", creating(row.contractor_id, row.operator_id)
    if ids := closable(connection):
        yield "close an event", closing(ids)


def creating(contractor: int, operator: int) -> Ask:
    """A new event each time."""
    number = count()
    form: dict[str, Any] = {
        "series_id": 1,
        "start": date.today().isoformat(),
        "contractor": contractor,
        "operator": operator,
    }
    return lambda: ("POST", "/events/new", {**form, "subject": f"Bench {next(number)}"})


def closable(connection: Connection) -> Sequence[int]:
    """Events whose last stage is the only open one."""
    query = """select id from event where closed_at is null and closed_upto = last_pos - 1
        and start_on < current_date - 60 limit 5000"""
    return connection.execute(text(query)).scalars().all()


def closing(ids: Sequence[int]) -> Ask:
    """Another event each time; StopIteration when there is none left."""
    left = iter(ids)
    return lambda: ("POST", f"/events/{next(left)}/closure", {})
