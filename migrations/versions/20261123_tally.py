"""Counters of the campaign tree, kept by triggers on PostgreSQL (docs/adr/0013)."""

# ruff: noqa: S608 - these statements are put together from this file's own words

import sqlalchemy as sa
from alembic import op

revision = "b91f3c5d7e02"
down_revision = "c04f7a92d1b8"
branch_labels = None
depends_on = None

NUMBERS = ("contractors", "events", "closed", "late", "stages", "done", "open")
LIST = ", ".join(NUMBERS)
SUMS = ", ".join(f"sum({name}) as {name}" for name in NUMBERS)
OPEN = "s.closed_at is null and s.position is not null and s.due_on is not null"
IN_CAMPAIGN = "f.campaign and f.archived_at is null"
CHANGED = {
    "insert": "select 1 as sign, n.* from new_rows n",
    "update": "select -1 as sign, o.* from old_rows o union all select 1, n.* from new_rows n",
    "delete": "select -1 as sign, o.* from old_rows o",
}
SEEN = {
    "insert": "new table as new_rows",
    "update": "old table as old_rows new table as new_rows",
    "delete": "old table as old_rows",
}


def any_of(expression: str) -> str:
    """Whether one of the sums is not zero."""
    return " or ".join(f"sum({name}) <> 0" for name in expression.split(", "))


def hangs(record: str, row: str) -> str:
    """Whether the record hangs on a campaign now."""
    return f"""exists (select from membership m join feature f on f.id = m.feature_id
        where m.{record}_id = {row} and m.to_at is null and {IN_CAMPAIGN})"""


def places(record: str, row: str) -> str:
    """The places where a record counts: everything (0), its nodes, or nowhere (-1)."""
    return f"""cross join lateral (select 0 as place
        union all select m.node_id from membership m
          where m.{record}_id = {row} and m.to_at is null
        union all select -1 where not {hangs(record, row)}) p"""


NUMBERS_OF_EVENT = """1 as events, (e.closed_at is not null)::int as closed,
    coalesce((e.closed_on > e.due_on)::int, 0) as late,
    coalesce(e.last_pos, 0) as stages, e.closed_upto as done"""

RECOUNT = f"""
create function tally_recount() returns table (place integer, due_on date,
  {", ".join(f"{name} bigint" for name in NUMBERS)}) language sql stable as $$
  with placed as not materialized (
    select 0 as place, e.id, {NUMBERS_OF_EVENT} from event e where e.trashed_at is null
    union all select m.node_id, e.id, {NUMBERS_OF_EVENT} from membership m
      join event e on e.id = m.event_id where m.to_at is null and e.trashed_at is null
    union all select -1, e.id, {NUMBERS_OF_EVENT} from event e
      where e.trashed_at is null and not {hangs("event", "e.id")})
  select 0, null::date, count(*), 0, 0, 0, 0, 0, 0 from contractor c where c.trashed_at is null
  union all select m.node_id, null, count(*), 0, 0, 0, 0, 0, 0 from membership m
    join contractor c on c.id = m.contractor_id
    where m.to_at is null and c.trashed_at is null group by 1
  union all select -1, null, count(*), 0, 0, 0, 0, 0, 0 from contractor c
    where c.trashed_at is null and not {hangs("contractor", "c.id")}
  union all select place, null, 0, sum(events), sum(closed), sum(late), sum(stages), sum(done), 0
    from placed group by 1
  union all select p.place, s.due_on, 0, 0, 0, 0, 0, 0, count(*) from placed p
    join stage s on s.event_id = p.id where {OPEN} group by 1, 2
$$"""

# Days long gone become one: what was due then is overdue whatever the day.
DAY = "case when due_on < current_date - 7 then date '1900-01-01' else due_on end"

DIFFERENCES = f"""
create function tally_differences() returns table (place integer, due_on date,
  {", ".join(f"{name} bigint" for name in NUMBERS)}) language sql stable as $$
  select place, {DAY}, {SUMS} from (
    select * from tally_recount()
    union all select place, due_on, {", ".join(f"-{name}" for name in NUMBERS)} from tally) n
  group by 1, 2 having {any_of(LIST)} order by 1, 2
$$"""

FOLD = f"""
create function tally_fold() returns void language sql as $$
  with several as (select place, {DAY} as day from tally group by 1, 2 having count(*) > 1),
  taken as (select t.id from tally t join several v on v.place = t.place
    and v.day is not distinct from {DAY.replace("due_on", "t.due_on")}
    for update of t skip locked),
  gone as (delete from tally t using taken where t.id = taken.id returning t.*)
  insert into tally (place, due_on, {LIST})
  select place, {DAY}, {SUMS} from gone group by 1, 2 having {any_of(LIST)}
$$"""

ADDED = """
create function tally_added() returns trigger language plpgsql as $$
begin
  if pg_trigger_depth() < 3 and exists (select from new_rows where id % 1024 = 0) then
    perform tally_fold();
  end if;
  return null;
end $$"""

CONTRACTOR = f"""
  insert into tally (place, contractors)
  select p.place, sum(c.sign)
  from (select id, sum(sign) as sign from ({{changed}}) c where c.trashed_at is null
        group by 1 having sum(sign) <> 0) c {places("contractor", "c.id")}
  group by 1;"""

EVENT_NET = f"""(select id, {
    ", ".join(
        f"sum(sign * {name}) as {name}" for name in ("events", "closed", "late", "stages", "done")
    )
} from (select e.id, e.sign, {NUMBERS_OF_EVENT} from ({{changed}}) e where e.trashed_at is null) n
    group by 1)"""

EVENT = f"""
  insert into tally (place, events, closed, late, stages, done)
  select p.place, sum(events), sum(closed), sum(late), sum(stages), sum(done)
  from {EVENT_NET} c {places("event", "c.id")}
  where events <> 0 or closed <> 0 or late <> 0 or stages <> 0 or done <> 0
  group by 1 having {any_of("events, closed, late, stages, done")};
  insert into tally (place, due_on, open)
  select p.place, s.due_on, sum(c.events)
  from {EVENT_NET} c join stage s on s.event_id = c.id {places("event", "c.id")}
  where c.events <> 0 and {OPEN} group by 1, 2;"""

STAGE = f"""
  insert into tally (place, due_on, open)
  select p.place, c.due_on, sum(c.sign)
  from (select s.event_id, s.due_on, sum(s.sign) as sign from ({{changed}}) s
        where {OPEN} group by 1, 2 having sum(s.sign) <> 0) c
  join event e on e.id = c.event_id and e.trashed_at is null {places("event", "e.id")}
  group by 1, 2 having sum(c.sign) <> 0;"""

# The records are locked first: who closes or trashes one meanwhile must see where it hangs.
MEMBERSHIP = f"""
  perform from event where id in (select c.event_id from ({{changed}}) c)
    order by id for no key update;
  perform from contractor where id in (select c.contractor_id from ({{changed}}) c)
    order by id for no key update;
  with present as (select c.* from ({{changed}}) c where c.to_at is null),
  turned as (select event_id, contractor_id, sum(sign) as by_now from present c
    join feature f on f.id = c.feature_id and {IN_CAMPAIGN} group by 1, 2),
  moved as (
    select event_id, contractor_id, node_id as place, sum(sign) as sign from present
    group by 1, 2, 3 having sum(sign) <> 0
    union all select event_id, contractor_id, -1, (n = 0)::int - (n = by_now)::int
    from turned t cross join lateral (select count(*) as n from membership m
      join feature f on f.id = m.feature_id
      where (m.event_id = t.event_id or m.contractor_id = t.contractor_id)
        and m.to_at is null and {IN_CAMPAIGN}) now_there
    where (n = 0) <> (n = by_now))
  insert into tally (place, due_on, {LIST})
  select place, null::date, sum(sign), 0, 0, 0, 0, 0, 0 from moved v
    join contractor c on c.id = v.contractor_id and c.trashed_at is null
    group by 1 having sum(sign) <> 0
  union all select place, null, 0, sum(events), sum(closed), sum(late), sum(stages), sum(done), 0
    from (select v.place, v.sign * n.events as events, v.sign * n.closed as closed,
        v.sign * n.late as late, v.sign * n.stages as stages, v.sign * n.done as done
      from moved v join (select e.id, {NUMBERS_OF_EVENT} from event e
        where e.trashed_at is null) n on n.id = v.event_id) n group by 1
  union all select v.place, s.due_on, 0, 0, 0, 0, 0, 0, sum(v.sign) from moved v
    join event e on e.id = v.event_id and e.trashed_at is null
    join stage s on s.event_id = e.id where {OPEN} group by 1, 2;"""

# A tree that becomes a campaign, or ceases to be one: rare, so all that is free is counted anew.
FEATURE = f"""
  if exists (select from ({{changed}}) f where {IN_CAMPAIGN} group by f.id having sum(sign) <> 0)
  then
    lock table contractor, event, stage, membership in share mode;
    insert into tally (place, due_on, {LIST})
    select * from tally_differences() where place = -1;
  end if;"""

KEPT = {
    "contractor": CONTRACTOR,
    "event": EVENT,
    "stage": STAGE,
    "membership": MEMBERSHIP,
    "feature": FEATURE,
}


def trigger(table: str, act: str) -> tuple[str, str]:
    """The function and the trigger of one table and act."""
    body = KEPT[table].format(changed=CHANGED[act])
    name = f"tally_{table}_{act}"
    return (
        f"create function {name}() returns trigger language plpgsql as"
        f" $$ begin {body} return null; end $$",
        f"create trigger {name} after {act} on {table} referencing {SEEN[act]}"
        f" for each statement execute function {name}()",
    )


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in NUMBERS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
    )
    op.create_index(op.f("ix_tally_place"), "tally", ["place"], unique=False)
    open_stages = sa.text("closed_at is null and position is not null")
    op.create_index(
        "ix_stage_open",
        "stage",
        ["event_id", "due_on"],
        unique=False,
        postgresql_where=open_stages,
        sqlite_where=open_stages,
    )
    op.create_index(op.f("ix_idempotent_reply_at"), "idempotent_reply", ["at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        upgrade_postgresql()


def upgrade_postgresql() -> None:
    """The functions, the triggers, and what is there already."""
    for statement in (RECOUNT, DIFFERENCES, FOLD, ADDED):
        op.execute(statement)
    op.execute(f"insert into tally (place, due_on, {LIST}) select * from tally_differences()")
    op.execute(
        "create trigger tally_added after insert on tally referencing new table as new_rows"
        " for each statement execute function tally_added()"
    )
    for table in KEPT:
        for act in CHANGED:
            for statement in trigger(table, act):
                op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT:
            for act in CHANGED:
                op.execute(f"drop trigger tally_{table}_{act} on {table}")
                op.execute(f"drop function tally_{table}_{act}()")
        op.execute("drop trigger tally_added on tally")
        for name in ("tally_added", "tally_fold", "tally_differences", "tally_recount"):
            op.execute(f"drop function {name}()")
    op.drop_index(op.f("ix_idempotent_reply_at"), table_name="idempotent_reply")
    op.drop_index("ix_stage_open", table_name="stage")
    op.drop_index(op.f("ix_tally_place"), table_name="tally")
    op.drop_table("tally")
