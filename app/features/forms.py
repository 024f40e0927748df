"""Feature values on the forms of records: one field per feature, made for each request."""

from contextlib import suppress
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField
from wtforms.validators import Optional

from app.fab.forms import RemoteField
from app.features.catalog import features_of, suits
from app.features.categories import MANY, groups
from app.features.dated import present_day
from app.features.kinds import Unreadable, kind_of
from app.features.models import Feature
from app.features.newborn import is_new
from app.features.rights import is_written
from app.features.values import names_in, refuse_missing, set_values
from app.records.panels import SINCE, FormPart

PREFIX = "feature_"


def fields_for(model: type[Any], item: Any | None) -> list[tuple[str, Any]]:
    """(name, field) for each feature of the register, with the record's values in them."""
    document = (item.features or {}) if item is not None else {}
    if item is not None:
        names_in([item])  # what the fields show comes at once
    return [
        field
        for feature in features_of(model)
        if is_written(feature) and (item is None or suits(feature, item))
        for field in (
            (f"{PREFIX}{feature.code}", field_for(feature, document.get(feature.key), item)),
            *([day_field(feature)] if feature.dated else []),
        )
    ]


def day_field(feature: Feature) -> tuple[str, Any]:
    """The day from which the value of a dated feature holds."""
    words = _("%(name)s, valid from", name=feature.name(str(get_locale())))
    day = DateField(words, [Optional()], default=present_day())
    return f"{PREFIX}{feature.code}{SINCE}", day


def field_for(feature: Feature, stored: Any, item: Any | None) -> Any:
    """The form field of a feature; that of a new record holds the initial value."""
    label, kind = feature.name(str(get_locale())), kind_of(feature)
    if item is None and feature.initial:
        with suppress(Unreadable):  # it fitted when it was defined
            stored = kind.parse(feature.initial)
    made = kind.control(stored, {"label": label, "description": feature.help_text or ""})
    made.kwargs["render_kw"] = {**made.kwargs.get("render_kw", {}), **marks(feature, item)}
    return made


def marks(feature: Feature, item: Any | None) -> dict[str, Any]:
    """What a script and a reader must know of a field."""
    required = {"required": True} if feature.required else {}
    series = " ".join(map(str, feature.series)) if item is None else ""
    return {**required, "data_series": series} if series else required


def save(form: Any, item: Any) -> None:
    """Write the features that were on the form; the others stay as they are."""
    document = item.features or {}
    sent = {
        feature.code: form[name].data
        for feature in features_of(type(item))
        if (name := f"{PREFIX}{feature.code}") in form
        and is_sent(form[name], document.get(feature.key))
        and (suits(feature, item) or form[name].data != form[name].object_data)
    }
    days = {code: form[name].data for code in sent if (name := f"{PREFIX}{code}{SINCE}") in form}
    set_values(item, sent, {code: day for code, day in days.items() if day})
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
        groups=lambda form, _names: groups(features_of(model), PREFIX, form),
        narrow=MANY,
    )
