"""Text that would run if a page took it for markup, in every text column of a demo database."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, String, create_engine, text

from app.db import metadata

# `data-xss` tells an element that was let in, `xss` a script that ran.
PAYLOADS = (
    "<script data-xss>xss=1</script>",
    '"><img data-xss src=x onerror=xss=1>',
    "'><svg data-xss onload=xss=1>",
    "</title><script data-xss>xss=1</script>",
    "</textarea><script data-xss>xss=1</script>",
    '" autofocus onfocus="xss=1" data-xss="',
    "' autofocus onfocus='xss=1' data-xss='",
    "</option></select><img data-xss src=x onerror=xss=1>",
    "<details data-xss open ontoggle=xss=1>",
    "<iframe data-xss srcdoc='<script>parent.xss=1</script>'></iframe>",
    "</script><script data-xss>xss=1</script>",
    "';xss=1;//",
    '";xss=1;//',
    "`${xss=1}`",
    "<div data-xss hx-get='/profile/' hx-trigger=load hx-on::load='xss=1'></div>",
    "{{ [].__class__ }}{{ 7*191 }}",
    "{% set xss = 1 %}",
    "<math data-xss><mtext><script>xss=1</script></mtext></math>",
    "<a data-xss href='javascript:xss=1' autofocus>x</a>",
    "javascript:xss=1//",
    "<!--><img data-xss src=x onerror=xss=1>-->",
    "<style data-xss>*{display:none}</style><link data-xss rel=stylesheet href=//example.org/x>",
    "&lt;img data-xss src=x onerror=xss=1&gt;",
    "&#60;script data-xss&#62;xss=1&#60;/script&#62;",
    "<base data-xss href=//example.org/><form data-xss action=//example.org>",
    "\u2028\u202e<img data-xss src=x onerror=xss=1>\u00ad",
    "<template data-xss><script>xss=1</script></template>",
    "<input data-xss type=hidden accesskey=x onclick=xss=1>",
    "%3Cscript data-xss%3Exss=1%3C/script%3E",
    "<select data-xss><option onfocus=xss=1 autofocus>",
)
# Words the program itself compares, and what nobody types.
KEPT = {
    "ab_permission",
    "ab_view_menu",
    "ab_role",
    "ab_register_user",
    "ab_api_key",
    "idempotent_reply",
    "role_scope",
}
KEPT_COLUMNS = {
    "status", "kind", "door", "action", "record_type", "path", "password", "address", "pattern",
    "token_hash", "account", "search_key", "act", "key", "digest", "content_type", "token", "form",
    "share", "register", "target", "required",
}  # fmt: skip
UNIQUE = {
    "contractor": "code",
    "event": "number",
    "outcome": "folded",
    "feature_node": "folded",
    "series": "symbol",
    "ab_user": "username",
    "ab_group": "name",
}


def poison(database: str, payloads: Sequence[str]) -> int:
    """Write all of the payloads into every text of the database; returns in how many columns."""
    engine = create_engine(database)
    every = " ".join(payloads)
    with engine.begin() as connection:
        done = sum(fill(connection, table, column, every) for table, column in columns())
        fill_documents(connection, every)
    engine.dispose()
    return done


def columns() -> list[tuple[str, str]]:
    """The columns that hold what people typed."""
    return [
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String)
        and table.name not in KEPT
        and column.name not in KEPT_COLUMNS
        and (table.name, column.name) != ("feature", "code")  # names a form's field
    ]


def fill(connection: Connection, table: str, column: str, words: str) -> int:
    """Every row of the column; what must be single ends with the row's id."""
    value = ":words || id" if UNIQUE.get(table) == column else ":words"
    also = " WHERE username <> 'admin'" if (table, column) == ("ab_user", "username") else ""
    if table == "ab_user" and column == "email":
        value = ":words || id"
    connection.execute(text(f'UPDATE "{table}" SET "{column}" = {value}{also}'), {"words": words})
    return 1


def fill_documents(connection: Connection, words: str) -> None:
    """A text feature with a value on every record, and the journal's old and new values."""
    first = "SELECT id FROM feature WHERE kind = 'number' AND on_contractors ORDER BY id LIMIT 1"
    feature = connection.scalar(text(first))
    if feature is not None:
        connection.execute(
            text("UPDATE feature SET kind = 'text' WHERE id = :id"), {"id": feature}
        )
        document = json.dumps({str(feature): words})
        connection.execute(text("UPDATE contractor SET features = :it"), {"it": document})
    changes = json.dumps({"subject": [words, words], words: [None, words]})
    connection.execute(text("UPDATE audit_entry SET changes = :it"), {"it": changes})
