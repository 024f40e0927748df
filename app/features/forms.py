"""Feature values on the forms of records: one field per feature, made for each request."""

from contextlib import suppress
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from app.fab.forms import RemoteField
from app.features.catalog import features_of
from app.features.kinds import Unreadable, kind_of
from app.features.models import Feature
from app.features.newborn import is_new
from app.features.rights import is_written
from app.features.values import names_in, refuse_missing, set_values, values_of
from app.records.panels import FormPart

PREFIX = "feature_"


def fields_for(model: type[Any], item: Any | None) -> list[tuple[str, Any]]:
    """(name, field) for each feature of the register, with the record's values in them."""
    document = (item.features or {}) if item is not None else {}
    if item is not None:
        names_in([item])  # what the fields show comes at once
    return [
        (f"{PREFIX}{feature.code}", field_for(feature, document.get(feature.key), item))
        for feature in features_of(model)
        if is_written(feature)
    ]


def field_for(feature: Feature, stored: Any, item: Any | None) -> Any:
    """The form field of a feature; that of a new record holds the initial value."""
    label, kind = feature.name(str(get_locale())), kind_of(feature)
    if item is None and feature.initial:
        with suppress(Unreadable):  # it fitted when it was defined
            stored = kind.parse(feature.initial)
    made = kind.control(stored, {"label": label, "description": feature.help_text or ""})
    if feature.required:
        made.kwargs["render_kw"] = {**made.kwargs.get("render_kw", {}), "required": True}
    return made


def save(form: Any, item: Any) -> None:
    """Write the features that were on the form; the others stay as they are."""
    sent = {
        feature.code: form[name].data
        for feature, stored in values_of(item)
        if (name := f"{PREFIX}{feature.code}") in form and is_sent(form[name], stored)
    }
    set_values(item, sent)
    if is_new(item):
        refuse_missing(item, always=False)


def is_sent(field: Any, stored: Any) -> bool:
    """Whether a field was on the form; a record hidden from me, which it can't show, stays."""
    hidden = isinstance(field, RemoteField) and field.object_data is None and stored is not None
    return bool(field.raw_data) and not (hidden and field.data is None)


def part(model: type[Any]) -> FormPart:
    """The part of a register's form that holds its features."""
    return FormPart(
        name="features",
        heading=_l("Features"),
        fields=lambda item: fields_for(model, item),
        save=save,
        rank=40,
    )
