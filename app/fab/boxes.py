"""A form field for several of a few records: a box to tick for each."""

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import SelectMultipleField
from wtforms.validators import ValidationError

BOX = Markup(
    '<label class="form-check"><input class="form-check-input" type="checkbox" name="{}"'
    ' value="{}"{}><span class="form-check-label">{}{}</span></label>'
)
NOTE = Markup('<span class="form-hint">{}</span>')


class BoxesWidget:
    """A box for each choice, with its note under it."""

    def __call__(self, field: "BoxesField", **_attributes: Any) -> Markup:
        """The boxes as one group, named like the field."""
        boxes = Markup("").join(self.box(field, *one) for one in field.iter_choices())
        group = Markup('<div class="boxes" role="group" id="{}" aria-label="{}">{}</div>')
        return group.format(field.id, field.label.text, boxes)

    def box(self, field: "BoxesField", value: int, label: str, chosen: bool, more: Any) -> Markup:
        """One box."""
        ticked = Markup(" checked") if chosen else ""
        note = NOTE.format(more["note"]) if more["note"] else ""
        return BOX.format(field.name, value, ticked, label, note)


class BoxesField(SelectMultipleField):
    """Several of a few records; `choices` gives (id, words, note), `data` is ids."""

    widget = BoxesWidget()

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, coerce=id_of, **more)

    def iter_choices(self) -> Any:
        """The choices as they are now, each with whether it is chosen."""
        for value, label, note in self.choices or ():
            yield value, label, value in (self.data or ()), {"note": note}

    def pre_validate(self, form: Any) -> None:
        """Something not on offer is an error in the reader's language."""
        offered = {value for value, _label, _note in self.choices or ()}
        if not set(self.data or ()) <= offered:
            raise ValidationError(_("Choose one from the list."))


def id_of(value: Any) -> int:
    """The id behind a record or a form's text."""
    return int(getattr(value, "id", value))
