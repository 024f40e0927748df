"""Feature values on the forms of records: one field per feature, made for each request."""

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, StringField
from wtforms.validators import Optional, ValidationError

from app.fab.forms import ChoiceField, RemoteField
from app.features import nodes
from app.features.catalog import features_of
from app.features.kinds import Unreadable, kind_of
from app.features.models import Feature
from app.features.values import set_values, values_of
from app.records.panels import FormPart

PREFIX = "feature_"


class Readable:
    """A validator: the feature's kind can read what was typed."""

    field_flags: dict[str, Any] = {}

    def __init__(self, feature: Feature) -> None:
        self.feature = feature

    def __call__(self, form: Any, field: Field) -> None:
        """Say at the field what is wrong."""
        if isinstance(field, RemoteField):
            return
        try:
            kind_of(self.feature).parse(self.feature, field.data)
        except Unreadable as error:
            raise ValidationError(str(error)) from error


def fields_for(model: type[Any], item: Any | None) -> list[tuple[str, Any]]:
    """(name, field) for each feature of the register, with the record's values in them."""
    document = (item.features or {}) if item is not None else {}
    chosen = [
        document[one.key] for one in features_of(model) if one.has_nodes and one.key in document
    ]
    nodes.named(chosen)
    return [
        (f"{PREFIX}{feature.code}", field_for(feature, document.get(feature.key)))
        for feature in features_of(model)
    ]


def field_for(feature: Feature, stored: Any) -> Any:
    """The form field of a feature."""
    words: dict[str, Any] = {
        "description": feature.help_text or "",
        "validators": [Readable(feature)],
    }
    label = feature.name(str(get_locale()))
    value = kind_of(feature).to_form(stored)
    if feature.has_nodes:
        chosen = nodes.named([stored])[stored] if stored else None
        return RemoteField(label, kind=f"node-{feature.id}", **words, default=chosen)
    if feature.kind == "date":
        return DateField(
            label, **{**words, "validators": [Optional(), *words["validators"]]}, default=value
        )
    if feature.kind == "yesno":
        return ChoiceField(label, choices=yes_or_no, **words, default=value)
    return StringField(label, **words, default=value)


def yes_or_no() -> list[tuple[str, Any]]:
    """The choices of a yes-or-no feature."""
    return [("", "–"), ("yes", _("yes")), ("no", _("no"))]


def save(form: Any, item: Any) -> None:
    """Write the features that were on the form; the others stay as they are."""
    sent = {
        feature.code: form[name].data
        for feature, _value in values_of(item)
        if (name := f"{PREFIX}{feature.code}") in form and form[name].raw_data
    }
    set_values(item, sent)


def part(model: type[Any]) -> FormPart:
    """The part of a register's form that holds its features."""
    return FormPart(
        name="features",
        heading=_l("Features"),
        fields=lambda item: fields_for(model, item),
        save=save,
        stored=lambda _item: {},
        rank=40,
    )
