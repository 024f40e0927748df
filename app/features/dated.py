"""Values that hold from a day on: a row for each, written whenever a document changes.

Rows follow the journal, where every change of a document is told, whatever the door. The document
has the value of today; an earlier day than that of the newest row corrects the past alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask import has_app_context
from flask_babel import gettext as _
from sqlalchemy import Date, String, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from app.audit import journal, sets
from app.audit.models import Batch
from app.days import today
from app.db import db, now
from app.errors import InvalidValue, Reason, RuleViolation
from app.features.catalog import all_features, is_on, registers, suits
from app.features.models import DatedValue, Feature
from app.features.past import PAST, ROWS, dated_on, mark, standing, valid
from app.features.rights import is_written

Days = Mapping[str, date | None]  # a feature's key -> the day from which its value holds


def present_day() -> date:
    """The company's day."""
    return today(now())


# --- documents that change ----------------------------------------------------------------------


def keep(session: Session, batch: int, told: Sequence[journal.Told]) -> None:
    """Write the rows of dated values that changed; what is undone takes its rows back."""
    if not has_app_context():
        return
    tables = {model.__tablename__: model for model in registers()}
    changed = [one for one in told if one[0] in tables and one[2].keys() & {"features", PAST}]
    keys = {name: _keys(session, tables[name]) for name in {one[0] for one in changed}}
    if not any(keys.values()):
        return
    days = _days(session)
    rows = [row for one in changed for row in _rows(one, keys[one[0]], days.get(one[:2], {}))]
    if rows := _without_undone(session, batch, rows):
        session.connection().execute(insert(ROWS), [{**row, "batch_id": batch} for row in rows])


def _keys(session: Session, model: type[Any]) -> list[str]:
    return [one.key for one in all_features(session) if one.dated and is_on(one, model)]


def _days(session: Session) -> dict[tuple[str, int], Days]:
    """The days that were said for the records of the session, by table and id."""
    records: list[Any] = [*session.new, *session.dirty]
    said: list[Any] = [record for record in records if hasattr(record, "features_from")]
    return {(record.__tablename__, record.id): record.features_from for record in said}


def _rows(told: journal.Told, keys: Sequence[str], days: Days) -> Iterator[dict[str, Any]]:
    table, record, changes = told
    before, after = changes.get("features", (None, None))
    old, new = before or {}, after or {}
    for key in keys:
        day = days.get(key, present_day())
        if old.get(key) != new.get(key) and day is not None:
            yield _row(table, record, key, day, new.get(key))


def _row(table: str, record: int, key: str, day: date, value: Any) -> dict[str, Any]:
    document = {} if value is None else {key: value}
    names = {"register": table, "record_id": record, "feature_id": int(key)}
    return {**names, "valid_from": day, "features": document}


def _without_undone(
    session: Session, batch: int, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows that are not there again by taking those of an undone batch back."""
    connection = session.connection()
    undone = connection.scalar(select(Batch.undoes_id).where(Batch.id == batch))
    if undone is None:
        return rows
    mine = ROWS.c.batch_id == undone
    fresh = update(ROWS).where(mine, ROWS.c.taken_back_id.is_(None))
    connection.execute(fresh.values(taken_back_id=batch))
    names = ("register", "record_id", "feature_id")
    query = select(*(ROWS.c[name] for name in names)).where(mine, ROWS.c.taken_back_id == batch)
    back = {tuple(row) for row in connection.execute(query)}
    return [row for row in rows if tuple(row[name] for name in names) not in back]


# --- values with their days ---------------------------------------------------------------------


def reasons_against_days(since: Mapping[str, date]) -> list[Reason]:
    """Why values, by code, can't hold from these days on: nobody knows the future."""
    return [
        Reason("feature.future", _("Give today or an earlier day."), field=f"feature_{code}")
        for code, day in since.items()
        if day > present_day()
    ]


def settled(record: Any, document: dict[str, Any], since: Mapping[str, date]) -> dict[str, Any]:
    """The document to store; one whose day, by code, is before the newest row is past."""
    told = [
        one
        for one in dated_on(type(record))
        if one.code in since and is_written(one) and suits(one, record)
    ]
    record.features_from = {one.key: since[one.code] for one in told}
    record.past_corrected = False
    early = [one for one in told if since[one.code] < present_day()] if record.id else []
    newest = valid(type(record), [record.id], early).get(record.id, {})
    past = [one for one in early if one.key in newest and since[one.code] < newest[one.key][0]]
    for feature in past:
        _correct(record, feature, since[feature.code], document.get(feature.key))
    kept = {one.key: (record.features or {}).get(one.key) for one in past}
    whole = {**document, **kept}
    return {key: value for key, value in whole.items() if key not in kept or value is not None}


def _correct(record: Any, feature: Feature, day: date, value: Any) -> None:
    """Let a value hold from a past day until the next row; the journal tells of it."""
    before = valid(type(record), [record.id], [feature], day).get(record.id, {})
    old = before.get(feature.key, (None, None))[1]
    if old == value:
        return
    row = _row(record.__tablename__, record.id, feature.key, day, value)
    batch = journal.batch_id(db.session())
    db.session.connection().execute(insert(ROWS), {**row, "batch_id": batch})
    _tell(record, feature, day, old, value)
    record.past_corrected = True


def _tell(record: Any, feature: Feature, day: date, old: Any, new: Any) -> None:
    change = [{mark(feature, day): old}, {mark(feature, day): new}]
    sets.journal([sets.Entry(record.__tablename__, record.id, {PAST: change})])


def withdraw(record: Any, row: DatedValue, feature: Feature) -> None:
    """Take a row back; the document has what then holds today. Raises InvalidValue."""
    batch = journal.batch_id(db.session())
    there = update(ROWS).where(ROWS.c.id == row.id, ROWS.c.taken_back_id.is_(None))
    if db.session.connection().execute(there.values(taken_back_id=batch)).rowcount == 0:
        raise RuleViolation(Reason("undo.done", _("This was taken back already.")))
    left = valid(type(record), [record.id], [feature]).get(record.id, {})
    value = left.get(feature.key, (None, None))[1]
    if value is None and feature.required:
        raise InvalidValue(Reason("feature.value", _("This field is required.")))
    _tell(record, feature, row.valid_from, row.features.get(feature.key), None)
    document = {key: one for key, one in (record.features or {}).items() if key != feature.key}
    record.features_from = {feature.key: None}
    record.features = document if value is None else {**document, feature.key: value}


# --- definitions that become dated --------------------------------------------------------------


def start(feature: Feature) -> None:
    """Begin the history of a feature: each value there is holds from today on."""
    batch = journal.batch_id(db.session())
    for model in registers():
        if is_on(feature, model):
            _start_in(model, feature, batch)


def _start_in(model: Any, feature: Feature, batch: int) -> None:
    """One statement; a record whose history ended with a value that is gone gets an empty row."""
    rows = ROWS.alias()
    earlier = exists().where(*standing(rows, model, model.id), rows.c.feature_id == feature.id)
    has = model.features[feature.key].as_string().is_not(None)
    values = select(
        literal(model.__tablename__, String),
        model.id,
        literal(feature.id),
        literal(present_day(), Date),
        _alone(model.features, feature.key),
        literal(batch),
    ).where(or_(has, earlier))
    names = ["register", "record_id", "feature_id", "valid_from", "features", "batch_id"]
    sets.run(insert(ROWS).from_select(names, values))


def _alone(document: Any, key: str) -> Any:
    """SQL of a document with nothing but this value."""
    if db.session().get_bind().dialect.name == "postgresql":
        return func.jsonb_strip_nulls(func.jsonb_build_object(key, document.op("->")(key)))
    value = func.json(document.op("->")(f'$."{key}"'))
    return func.json_patch("{}", func.json_object(key, value))
