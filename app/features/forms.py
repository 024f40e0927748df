"""Feature values on the forms of records: one field per feature, made for each request."""

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import DateField, Field, StringField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import html_params

from app.fab.forms import ChoiceField, RemoteField, RemoteWidget
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


class NodesWidget(RemoteWidget):
    """A select of several nodes that searches on the server."""

    def __call__(self, field: "NodesField", **attributes: Any) -> Markup:
        """The select element with the chosen ones in it."""
        given = {"id": field.id, "class": "form-select", **attributes}
        given |= {"data_remote": f"/picker/{field.kind}", "multiple": True}
        one = Markup("<option value='{}' selected>{}</option>")
        chosen = Markup("").join(
            one.format(node.id, field.picker.text(node)) for node in field.data or ()
        )
        parameters = Markup(html_params(name=field.name, **given))  # noqa: S704 - escaped
        # the empty value says that the field was on the form
        return Markup("<input type='hidden' name='{}' value=''><select {}>{}</select>").format(
            field.name, parameters, chosen
        )


class NodesField(RemoteField):
    """Several nodes, chosen by their ids."""

    widget = NodesWidget()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Find the nodes behind the ids; those chosen before stay."""
        kept = {str(node.id): node for node in self.object_data or ()}
        texts = [text for text in dict.fromkeys(valuelist) if text]
        found = [kept.get(text) or self._found(text) for text in texts]
        self.lost = None in found
        self.data = [node for node in found if node is not None]

    def _found(self, text: str) -> Any:
        plain = text.isascii() and text.isdigit() and len(text) < 10
        return self.picker.find(int(text)) if plain else None


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
        rank=40,
    )
