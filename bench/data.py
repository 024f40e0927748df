"""Fills a PostgreSQL database with a firm's years of work, by a few INSERT ... SELECT."""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Size:
    """How many events; the rest follows: a third as many contractors, stages 10 to 3."""

    events: int

    @property
    def contractors(self) -> int:
        """Number of contractors."""
        return self.events // 3

    @property
    def persons(self) -> int:
        """Number of persons."""
        return self.contractors * 2


OPERATORS = 20
FOLD = "lower(translate({}, 'ąćęłńóśźżĄĆĘŁŃÓŚŹŻ', 'acelnoszzACELNOSZZ'))"
FIRST = "(array['Jan','Anna','Łukasz','Zofia','Piotr','Ewa','Michał','Katarzyna'])"
LAST = "(array['Nowak','Kowalska','Wiśniewski','Wójcik','Żak','Łuczak','Śliwa','Ćwik','Fiszki'])"
KIND = "(array['Zakład','Hurtownia','Piekarnia','Warsztat','Biuro','Fabryka','Gabinet'])"
TOWN = "(array['Kraków','Łódź','Wrocław','Gdańsk','Żory','Świdnica','Poznań','Ełk'])"
SUBJECT = "(array['Oferta','Prezentacja','Wdrożenie','Odnowienie umowy','Szkolenie','Telefon'])"

STEPS = (
    # the rows are consistent; the triggers that would prove it row by row rest while they go in
    "set session_replication_role = replica",
    "set statement_timeout = 0",
    """insert into ab_user (id, first_name, last_name, username, active, email)
       select 100 + i, 'Operator', 'Nr ' || i, 'operator' || i, true, 'o' || i || '@bench.invalid'
       from generate_series(1, :operators) i""",
    """insert into ab_user_role (user_id, role_id)
       select u.id, r.id from ab_user u, ab_role r where u.id > 100 and r.name = 'Operator'""",
    "insert into ab_group (id, name) select i, 'Team ' || i from generate_series(1, 4) i",
    """insert into ab_user_group (user_id, group_id)
       select id, 1 + id % 4 from ab_user where id > 100""",
    f"""insert into contractor (id, code, name, status, nip, city, phone, email, keeper_id, features,
         search_key, version, created_at, changed_at)
       select i, 'K' || lpad(i::text, 6, '0'), n, (array['prospect','client','inactive'])[1 + i % 3],
         null, t, '12 345 67 89', 'biuro' || i || '@example.com', 100 + 1 + i % :operators, '{{}}',
         {FOLD.format("'k' || lpad(i::text, 6, '0') || ' ' || n || ' ' || t")}, 1, now(), now()
       from (select i, {KIND}[1 + i % 7] || ' ' || {LAST}[1 + i % 9] || ' ' || i as n,
               {TOWN}[1 + i % 8] as t from generate_series(1, :contractors) i) s""",
    f"""insert into person (id, first_name, last_name, position, phone, email, features, search_key,
         version, created_at, changed_at)
       select i, {FIRST}[1 + i % 8], {LAST}[1 + i % 9] || 'ski' || i, 'Kierownik', '600 100 200',
         'osoba' || i || '@example.com', '{{}}',
         {FOLD.format(f"{LAST}[1 + i % 9] || 'ski' || i || ' ' || {FIRST}[1 + i % 8]")},
         1, now(), now() from generate_series(1, :persons) i""",
    """insert into affiliation (person_id, contractor_id, created_at, changed_at)
       select i, 1 + (i - 1) % :contractors, now(), now() from generate_series(1, :persons) i""",
    f"""insert into event (id, series_id, year, no, number, number_key, subject, internal,
         contractor_id, contact_id, operator_id, start_on, start_at, due_on, closed_on, closed_at,
         closed_by_id, outcome_id, last_pos, closed_upto, features, search_key, version,
         created_at, changed_at)
       select i, series, y, no, lpad(no::text, greatest(4, length(no::text)), '0') || '/' || y || '/CRM',
         y * 100000000::bigint + no, s, false, c, c, o, d, d + time '09:55', d + n * 7,
         case when closed = n then d + n * 3 end,
         case when closed = n then d + n * 3 + time '12:00' end,
         case when closed = n then o end, outcome, n, closed, '{{}}',
         lpad(no::text, greatest(4, length(no::text)), '0') || '/' || y || '/crm ' || {FOLD.format("s")}, 1, now(), now()
       from (select *, row_number() over (partition by y order by i) as no from
         (select *, extract(year from d)::int as y, case when i % 7 > 0 then n else i % n end as closed
          from (select i, current_date - ((:events - i) * 1800::bigint / :events)::int as d,
                  case i % 3 when 0 then 4 else 3 end as n, 1 + i % :contractors as c,
                  101 + (i / 7) % :operators as o, {SUBJECT}[1 + i % 6] || ' ' || i as s,
                  (select id from series limit 1) as series,
                  (select id from outcome where system) as outcome
                from generate_series(1, :events) i) a) b) e""",
    """insert into stage (event_id, position, last_pos, closed_upto, prev, subject, contact_id,
         operator_id, start_on, start_at, due_on, closed_on, closed_at, closed_by_id, outcome_id,
         version, created_at, changed_at)
       select e.id, p, e.last_pos, e.closed_upto, nullif(p - 1, 0), 'Etap ' || p, e.contact_id,
         101 + (e.id / 7 + p / 3) % :operators, e.start_on, e.start_at, e.start_on + p * 7,
         case when p <= e.closed_upto then e.start_on + p * 3 end,
         case when p <= e.closed_upto then e.start_on + p * 3 + time '12:00' end,
         case when p <= e.closed_upto then e.operator_id end, e.outcome_id, 1, now(), now()
       from event e cross join lateral generate_series(1, e.last_pos) p""",
    """insert into feature (id, code, name_pl, name_en, kind, on_contractors, on_events, campaign,
         several, place, version, created_at, changed_at)
       values (1, 'bench', 'Kampania', 'Campaign', 'tree', true, true, true, false, 1, 1, now(), now())""",
    """insert into feature_node (id, feature_id, parent_id, root_or_parent, name, folded, path, depth,
         place, version, created_at, changed_at)
       select i, 1, null, 0, 'Region ' || i, 'region ' || i, '/' || i || '/', 1, i, 1, now(), now()
       from generate_series(1, 10) i
       union all select 10 + i, 1, 1 + i % 10, 1 + i % 10, 'Grupa ' || i, 'grupa ' || i,
         '/' || 1 + i % 10 || '/' || 10 + i || '/', 2, i, 1, now(), now()
       from generate_series(1, 100) i
       union all select 110 + i, 1, 11 + i % 100, 11 + i % 100, 'Teren ' || i, 'teren ' || i,
         '/' || 1 + (1 + i % 100) % 10 || '/' || 11 + i % 100 || '/' || 110 + i || '/', 3, i, 1, now(), now()
       from generate_series(1, 1000) i""",
    """insert into membership (feature_id, node_id, contractor_id, from_at, created_at, changed_at)
       select 1, 111 + id % 1000, id, now(), now(), now() from contractor""",
    """insert into membership (feature_id, node_id, event_id, from_at, created_at, changed_at)
       select 1, 111 + contractor_id % 1000, id, now(), now(), now() from event""",
    "insert into numbering select series_id, year, max(no) from event group by 1, 2",
    *(
        f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))"
        for table in (
            "contractor",
            "person",
            "event",
            "stage",
            "feature",
            "feature_node",
            "ab_user",
        )
    ),
    "set session_replication_role = default",
    "analyze",  # else the planner counts tables that it takes for empty
    """insert into tally (place, due_on, contractors, events, closed, late, stages, done, open)
       select * from tally_differences()""",
)


def fill(
    connection: Connection, size: Size, document: str = "'{}'", without: tuple[str, ...] = ()
) -> None:
    """Write everything but some tables and let the planner look at it.

    `document` is the SQL of an event's features.
    """
    values = {
        "events": size.events,
        "contractors": size.contractors,
        "persons": size.persons,
        "operators": OPERATORS,
    }
    for plain in STEPS:
        is_event = plain.startswith("insert into event ")
        step = plain.replace("'{}'", document) if is_event else plain
        if step.startswith(tuple(f"insert into {table} " for table in without)):
            continue
        names = {name for name in values if f":{name}" in step}
        connection.execute(text(step), {name: values[name] for name in names})
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))


def fill_all(connection: Connection, events: int) -> None:
    """A firm with so many events."""
    fill(connection, Size(events))
