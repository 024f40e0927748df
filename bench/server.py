"""The product with two more routes, written by hand, as the limit of what is possible.

They pass the same gate, login check, permission set and error handling. The event list has the same
layout, its SQL and its cells are written out; the groups of stages are their bare SQL.
"""

import os
from typing import Any

from flask import Flask, abort, render_template, request, url_for
from sqlalchemy import text

from app import create_app
from app.access.current import Scope, acting
from app.db import db

ROWS = """
    select e.id, e.number, e.subject, e.start_on, e.start_at, e.due_on, e.due_at, e.closed_on,
           e.closed_at, e.last_pos, e.closed_upto, c.id as contractor_id, c.name as contractor_name,
           c.code as contractor_code, p.id as person_id, p.last_name, p.first_name,
           u.first_name as operator_first, u.last_name as operator_last, o.name as outcome
    from (select * from event where trashed_at is null {where}
          order by start_on desc, id desc limit 25) e
    left join contractor c on c.id = e.contractor_id
    left join person p on p.id = e.contact_id
    join ab_user u on u.id = e.operator_id
    join outcome o on o.id = e.outcome_id
    order by e.start_on desc, e.id desc
    """
COUNT = """select count(*) from
    (select 1 from event where trashed_at is null {where} limit 1001) rows_counted"""
OPEN_OF_OPERATOR = "and closed_at is null and operator_id = :operator"

SEEN = """
    and stage.event_id in (select id from event where operator_id = any(:peers)
                     union select event_id from stage
                     where operator_id = any(:peers) and position is not null)
    """
FIGURES = """count(*), count(*) filter (where closed_at is null),
    count(*) filter (where closed_at is null and due_on < current_date)"""
LIVING = """position is not null and not exists
    (select from event t where t.id = stage.event_id and t.trashed_at is not null) {seen}"""
GROUPS = {
    "operator": f"""
        select u.last_name || ' ' || u.first_name, g.* from
          (select operator_id, {FIGURES} from stage where {LIVING} group by operator_id) g
        join ab_user u on u.id = g.operator_id order by 1""",
    "campaign": f"""
        select n.name, g.* from
          (select split_part(n.path, '/', 2)::int as top, {FIGURES} from stage
           left join membership m on m.event_id = stage.event_id and m.feature_id = 1
             and m.to_at is null
           left join feature_node n on n.id = m.node_id
           where {LIVING} group by 1) g
        left join feature_node n on n.id = g.top order by 1""",
}


def bare_events() -> Any:
    """The first page of the event list, of all events or of an operator's open ones."""
    if not acting().may("list", "EventView"):
        abort(403)
    operator = request.args.get("operator", type=int)
    where = OPEN_OF_OPERATOR if operator else ""
    values = {"operator": operator} if operator else {}
    rows = db.session.execute(text(ROWS.format(where=where)), values).all()
    total = db.session.execute(text(COUNT.format(where=where)), values).scalar_one()
    return render_template(
        "bare_events.html", rows=rows, total=total, add=url_for("EventView.add")
    )


def bare_stages(key: str) -> Any:
    """The groups of the stage list, of those that the operator sees."""
    actor = acting()
    every = actor.scope is Scope.ALL
    query = text(GROUPS[key].format(seen="" if every else SEEN))
    rows = db.session.execute(query, {} if every else {"peers": sorted(actor.peers)}).all()
    return {"groups": [list(row) for row in rows]}


def create() -> Flask:
    """The application under measurement; form tokens rest so that the client can post at once."""
    app = create_app()
    app.config["WTF_CSRF_ENABLED"] = False
    app.jinja_loader.searchpath.append(os.path.dirname(__file__))  # type: ignore[union-attr]
    app.add_url_rule("/bare/events", "bare_events", bare_events)
    app.add_url_rule("/bare/stages/<key>", "bare_stages", bare_stages)
    return app
