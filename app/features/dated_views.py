"""The history of dated features on a record's card, and taking a wrong row of it back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, request
from flask_appbuilder import expose, has_access
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.access.current import acting
from app.audit.journal import name_act
from app.audit.models import Batch
from app.db import db, flush, transaction
from app.errors import DomainError
from app.fab.views import PageView
from app.features import dated
from app.features.catalog import features_on
from app.features.kinds import kind_of
from app.features.models import DatedValue, Feature
from app.features.past import ROWS, standing
from app.features.pointed import Names, names_of
from app.features.rights import is_written
from app.records import subjects

SHOWN = 100


@dataclass(frozen=True)
class Told:
    """A row of the history in words."""

    id: int
    feature: str
    since: date
    value: str
    batch: Batch
    may: bool


def panel(record: Any) -> Mapping[str, Any] | None:
    """What the record's dated features were, newest first; no panel without a history."""
    known = {one.id: one for one in features_on(record) if one.dated}
    rows = rows_of(record, known) if known else []
    names = names_of(key for row in rows for key in points(known[row.feature_id], row))
    page = subjects.subject_of(record.__tablename__)
    may = page is not None and acting().may("edit", page.page)
    told = [in_words(row, known[row.feature_id], names, may=may) for row in rows]
    return {"rows": told} if told else None


def rows_of(record: Any, features: Iterable[int]) -> list[DatedValue]:
    """The standing rows of these features, feature by feature, with who wrote them and when."""
    which = (*standing(ROWS, type(record), record.id), ROWS.c.feature_id.in_(list(features)))
    newest = (DatedValue.feature_id, DatedValue.valid_from.desc(), DatedValue.id.desc())
    with_batch = joinedload(DatedValue.batch).joinedload(Batch.actor)
    query = select(DatedValue).where(*which).order_by(*newest).limit(SHOWN)
    return list(db.session.scalars(query.options(with_batch)))


def points(feature: Feature, row: DatedValue) -> Iterable[Any]:
    """What a row's value points at."""
    value = row.features.get(feature.key)
    return () if value is None else kind_of(feature).pointed(value)


def in_words(row: DatedValue, feature: Feature, names: Names, *, may: bool) -> Told:
    """A row as people read it, and whether the reader may take it back."""
    value = row.features.get(feature.key)
    shown = "–" if value is None else kind_of(feature).told(value, names)
    name = feature.name(str(get_locale()))
    return Told(row.id, name, row.valid_from, shown, row.batch, may and is_written(feature))


class DatedView(PageView):
    """Rows of the history, taken back."""

    route_base = "/features/history"

    @expose("/withdrawal", methods=["POST"])
    @has_access
    def withdraw(self) -> Any:
        """Take a wrong row back; the record then has what the others say."""
        row, record, feature = self.found()
        try:
            with transaction():
                name_act(db.session(), "withdraw_value")
                locked = visibility.lock_visible(type(record), record.id) or abort(404)
                dated.withdraw(locked, row, feature)
                flush()
        except DomainError as error:
            db.session.rollback()
            flash(" ".join(str(reason.text) for reason in error.reasons), "danger")
        else:
            flash(_("Taken back."), "success")
        return redirect(subjects.url_of(row.register, row.record_id, _anchor="dated"), 303)

    def found(self) -> tuple[DatedValue, Any, Feature]:
        """The row that the form names, with its record and feature, if one may change it."""
        text = request.form.get("row", "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            abort(400)
        row = db.session.get(DatedValue, int(text)) or abort(404)
        subject = subjects.subject_of(row.register) or abort(404)
        record = subjects.carrier(row.register, row.record_id) or abort(404)
        acting().require("edit", subject.page)
        mine = (one for one in features_on(record) if one.id == row.feature_id and one.dated)
        feature = next((one for one in mine if is_written(one)), None) or abort(404)
        return row, record, feature
