"""The series to which a feature of events and stages is limited: a part of the definition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField

from app.db import db
from app.errors import InvalidValue, Reason, refuse_if
from app.events.definitions import Series
from app.features.models import Feature
from app.records import history, panels
from app.records.panels import FormPart, Panel

PREFIX = "in_series_"


def all_series() -> Sequence[Series]:
    """Every series, by its symbol."""
    return db.session.scalars(select(Series).order_by(Series.symbol)).all()


def fields(item: Any | None) -> list[tuple[str, Any]]:
    """A box for each series in use or chosen; of a campaign none."""
    if item is not None and item.campaign:
        return []
    chosen = set(item.series) if item is not None else set()
    return [
        (f"{PREFIX}{one.id}", BooleanField(str(one), default=one.id in chosen))
        for one in all_series()
        if one.archived_at is None or one.id in chosen
    ]


def save(form: Any, item: Any) -> None:
    """Keep the ticked ones; none means all."""
    ticked = [one.name for one in form if one.name.startswith(PREFIX) and one.data]
    item.series = sorted(int(name.removeprefix(PREFIX)) for name in ticked)
    refuse_if(reasons_against(item), InvalidValue)


def reasons_against(feature: Feature) -> list[Reason]:
    """Only what events and stages have can be limited to series, and no campaign."""
    fits = (feature.on_events or feature.on_stages) and not feature.campaign
    if fits or not feature.series:
        return []
    text = _("Only features of events and stages are limited to series.")
    return [Reason("feature.series", text, field=f"{PREFIX}{feature.series[0]}")]


def shown(feature: Feature) -> Mapping[str, Any] | None:
    """The series of a feature that is limited to some."""
    names = series_names(set(feature.series))
    return {"series": list(names.values())} if names else None


part = FormPart("series", _l("Only in events of series (none: all)"), fields, save, rank=50)


# --- in the history -----------------------------------------------------------------------------


def series_names(ids: set[int]) -> Mapping[int, str]:
    """Series by what they are called."""
    return {one.id: str(one) for one in all_series() if one.id in ids} if ids else {}


def told(
    old: Sequence[int] | None, new: Sequence[int] | None, names: Mapping[int, str]
) -> Iterable[tuple[str, str, str]]:
    """The series before and after."""
    before, after = (", ".join(names.get(pk, f"#{pk}") for pk in one or ()) for one in (old, new))
    yield _("Only in series"), before or "–", after or "–"


def register() -> None:
    """Let definitions of features be limited to series."""
    panels.add_part(Feature, part)
    panels.add(Feature, Panel("series", "events/_feature_series.html", shown, "side", 10))
    history.read_document("series", history.Document(list, series_names, told, list))
