"""What dated features were on a day: read for records, and asked of the database by filters."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, String, exists, func, literal, select

from app.db import Document, db
from app.fab.dress import nice_date
from app.features.catalog import carried_by
from app.features.kinds import Slot
from app.features.models import DatedValue, Feature
from app.lists.filters import FilterField, Operator

ROWS: Any = DatedValue.__table__
PAST = "dated_values"  # what the journal calls changes of the past
Valid = Mapping[str, tuple[date, Any]]  # a feature's key -> since when, and the value


def mark(feature: Feature, day: date) -> str:
    """How the journal names a value of a day."""
    return f"{feature.key}@{day.isoformat()}"


def dated_on(model: type[Any]) -> list[Feature]:
    """The dated features of a register, whoever asks."""
    return [one for one in carried_by(model) if one.dated]


def standing(table: Any, model: type[Any], record: Any) -> tuple[ColumnElement[bool], ...]:
    """The rows of a record, given by its id, that nobody took back."""
    return (
        table.c.register == literal(model.__tablename__, String),
        table.c.record_id == record,
        table.c.taken_back_id.is_(None),
    )


def valid(
    model: type[Any], ids: Collection[int], features: Iterable[Feature], day: date | None = None
) -> dict[int, Valid]:
    """The rows that hold on a day for these records, the newest of all if none is named."""
    keys = {feature.id for feature in features}
    which = [ROWS.c.register == model.__tablename__, ROWS.c.taken_back_id.is_(None)]
    which += [ROWS.c.record_id.in_(ids), ROWS.c.feature_id.in_(keys)]
    which += [] if day is None else [ROWS.c.valid_from <= day]
    newest = (ROWS.c.valid_from.desc(), ROWS.c.id.desc())
    place = func.row_number().over(
        partition_by=(ROWS.c.record_id, ROWS.c.feature_id), order_by=newest
    )
    rows = select(ROWS, place.label("place")).where(*which).subquery()
    found: dict[int, dict[str, tuple[date, Any]]] = {}
    for row in db.session.execute(select(rows).where(rows.c.place == 1)) if keys and ids else ():
        key = str(row.feature_id)
        found.setdefault(row.record_id, {})[key] = (row.valid_from, row.features.get(key))
    return dict(found)


def documents_on(records: Sequence[Any], day: date) -> dict[int, dict[str, Any]]:
    """The documents of records, all of one register, as they were on a day; one statement.

    What has no history is as it is today.
    """
    if not records:
        return {}
    model = type(records[0])
    features = dated_on(model)
    then = valid(model, [one.id for one in records], features, day)
    return {one.id: _on_day(one, features, then.get(one.id, {})) for one in records}


def _on_day(record: Any, features: Iterable[Feature], then: Valid) -> dict[str, Any]:
    document = dict(record.features or {})
    for feature in features:
        _since, value = then.get(feature.key, (None, None))
        document.pop(feature.key, None)
        document |= {} if value is None else {feature.key: value}
    return document


# --- filters ------------------------------------------------------------------------------------


def as_of(slot: Slot, field_of: Callable[[Slot], FilterField], day: date) -> FilterField:
    """The filter of a dated feature, with all its operators asked of what it was on a day."""
    past = _document(slot, day)
    field = field_of(Slot(slot.feature, past.c))
    label = _("%(field)s (on %(day)s)", field=slot.label, day=nice_date(day))
    operators = tuple(_asked_of(past, one) for one in field.operators)
    return replace(field, label=label, operators=operators, as_of=None)


def _document(slot: Slot, day: date) -> Any:
    """A table of one row: the document of the row that holds on the day, or an empty one."""
    rows, empty = ROWS.alias(), literal({}, Document)
    which = standing(rows, slot.model, slot.model.id)
    row = (
        select(rows.c.features)
        .where(*which, rows.c.feature_id == slot.feature.id, rows.c.valid_from <= day)
        .order_by(rows.c.valid_from.desc(), rows.c.id.desc())
        .limit(1)
        .correlate(slot.model)
        .scalar_subquery()
    )
    document = func.coalesce(row, empty, type_=Document)
    return select(document.label("features")).subquery("past")


def _asked_of(past: Any, operator: Operator) -> Operator:
    def test(*asked: Any) -> ColumnElement[bool]:
        return exists(select(1).select_from(past).where(operator.test(*asked)))

    return replace(operator, test=test)
