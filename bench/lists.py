"""The stage list under measurement: pages and groups, the groups beside a GROUP BY by hand."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from bench.client import Ask
from bench.pages import get

STAGES = "/stages/?view=all"
GROUPED = {
    "operator": ("grouped by operator", "/stages/?by=operator"),
    "campaign": ("grouped by campaign level", "/stages/?by=level_1_bench"),
}
BARE = {ours: f"{ours}, bare SQL" for ours, _url in GROUPED.values()}


def pages(connection: Connection) -> Iterator[tuple[str, Ask]]:
    """(name, request) of each page of the list."""
    value = lambda sql: connection.execute(text(sql)).scalar_one()  # noqa: E731
    operator = value("select min(id) from ab_user where username like 'operator%'")
    middle = value("select percentile_disc(0.5) within group (order by due_on) from stage")
    yield "first page", get(STAGES)
    yield "by operator and state", get(f"/stages/?_flt_0_state=open&_flt_0_operator={operator}")
    yield "last page", get(f"{STAGES}&last=1")
    yield "jump to a date", get(f"{STAGES}&at={middle}")
    for key, (name, url) in GROUPED.items():
        yield BARE[name], get(f"/bare/stages/{key}")
        yield name, get(url)
