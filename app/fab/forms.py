"""Forms generated from the tables: remote relations, days with times, honest booleans."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from flask_appbuilder.forms import DynamicForm, FieldConverter, GeneralModelConverter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import BooleanField, DateField, Field, Form, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import DateInput, TextArea, TextInput, html_params

from app.days import Moment, in_words, zone
from app.db import now
from app.fab.pickers import Picker, picker


class RemoteWidget:
    """A select that holds only the chosen record and searches the others on the server."""

    def __call__(self, field: "RemoteField", **attributes: Any) -> Markup:
        """The select element; `data-remote` is where our JavaScript asks."""
        attributes.setdefault("id", field.id)
        attributes.setdefault("class", "form-select")
        attributes["data_remote"] = f"/picker/{field.kind}"
        if field.depends:
            attributes["data_depends"] = field.depends
        chosen = Markup("")
        if field.data is not None:
            words = field.picker.text(field.data)
            chosen = Markup("<option value='{}' selected>{}</option>").format(field.data.id, words)
        empty = Markup("<option value=''></option>")
        parameters = Markup(html_params(name=field.name, **attributes))  # noqa: S704 - escaped
        return Markup("<select {}>{}{}</select>").format(parameters, empty, chosen)


class RemoteField(Field):
    """A relation chosen by its id; the record must be one the operator may see."""

    widget = RemoteWidget()

    def __init__(
        self, label: Any, validators: Any = (), *, kind: str, depends: str = "", **more: Any
    ):
        super().__init__(label, validators, **more)
        self.kind, self.depends, self.lost = kind, depends, False

    @property
    def picker(self) -> Picker:
        """The picker that searches."""
        found = picker(self.kind)
        if found is None:
            raise LookupError(f"no picker {self.kind}")
        return found

    def process_formdata(self, valuelist: list[str]) -> None:
        """Find the record behind the id."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        kept = self.object_data
        if kept is not None and str(kept.id) == text:
            self.data = kept  # what was chosen once stays, also if it is no longer on offer
            return
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        self.data = self.picker.find(number)
        self.lost = self.data is None

    def populate_obj(self, obj: Any, name: str) -> None:
        """Write the choice; where nothing was shown or chosen, a record hidden from me stays."""
        if self.data is not None or self.object_data is not None:
            super().populate_obj(obj, name)

    def pre_validate(self, form: Any) -> None:
        """Say that a record is not to be found, without telling whether it exists."""
        if self.lost:
            raise ValidationError(_("Choose a record from the list."))


class MomentWidget:
    """A date and, beside it, an optional time."""

    def __call__(self, field: "MomentField", **attributes: Any) -> Markup:
        """Two native inputs; the second is named <field>-time."""
        given = {name: value for name, value in attributes.items() if name != "class"}
        frozen = {"readonly": True} if field.frozen else {}
        given |= frozen
        own = given.pop("id", field.id)
        day, hour = field.texts()
        one = html_params(
            type="date", name=field.name, id=own, value=day, class_="form-control", **given
        )
        label = _("Time")
        two = html_params(
            type="time",
            name=f"{field.name}-time",
            id=f"{own}-time",
            value=hour,
            aria_label=f"{field.label.text}: {label}",
            class_="form-control",
            **frozen,
        )
        pair = Markup("<div class='moment' data-moment><input {}><input {}></div>")
        return pair.format(Markup(one), Markup(two))  # noqa: S704 - html_params escapes


class MomentField(Field):
    """A day with an optional time in the company's zone; stored as `<name>_on` and `<name>_at`.

    A frozen field is shown and never written.
    """

    widget = MomentWidget()
    frozen = False
    words = ""  # a day in words, as it was typed

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was typed; without a form, keep what the record has."""
        self.process_errors: list[str] = []
        self.typed = None
        first = self.default() if callable(self.default) else self.default
        self.data = self.object_data = data if isinstance(data, Moment) else first
        if formdata is not None and self.name in formdata:
            self.typed = (
                formdata[self.name].strip(),
                formdata.get(f"{self.name}-time", "").strip(),
            )
            self.raw_data = [self.typed[0]]
            self.words = formdata.get(f"{self.name}-words", "").strip()
            self.data = self._heard(self.words) if self.words else self._parsed(*self.typed)

    def _heard(self, words: str) -> Moment | None:
        moment = in_words(words, now())
        if moment is None:
            self.process_errors.append(not_a_date(words))
        else:
            self.typed = written(moment)
        return moment

    def _parsed(self, day: str, hour: str) -> Moment | None:
        if not day:
            if hour:
                self.process_errors.append(_("Give the day as well."))
            return None
        try:
            parsed = date.fromisoformat(day)
            clock = time.fromisoformat(hour) if hour else None
            if not 1900 <= parsed.year <= 2200 or (clock and clock.tzinfo):
                raise ValueError(day)
        except ValueError:
            self.process_errors.append(_("Give a date as YYYY-MM-DD and a time as HH:MM."))
            return None
        return Moment.of(parsed, clock, zone())

    def show_record(self, record: Any) -> None:
        """Show the record's value unless something was typed."""
        if self.typed is None or self.frozen:
            self.typed, self.data = None, stored_moment(record, self.name)

    def texts(self) -> tuple[str, str]:
        """What stands in the two inputs."""
        if self.typed is not None:
            return self.typed
        return written(self.data)

    def keeps(self, moment: Moment | None) -> bool:
        """Whether the inputs still say this moment; they tell minutes, not seconds."""
        return self.texts() == written(moment)

    def populate_obj(self, obj: Any, name: str) -> None:
        """Write day and moment, if they are others."""
        if self.frozen or self.keeps(stored_moment(obj, name)):
            return
        on, at = (self.data.on, self.data.at) if self.data else (None, None)
        setattr(obj, f"{name}_on", on)
        setattr(obj, f"{name}_at", at)


def not_a_date(words: str) -> str:
    """The answer to words that say no day."""
    if not words:
        return _("Say when: +3d, Fri or 5.12 10:30.")
    told: str = _("“%(text)s” is no date. Try +3d, Fri or 5.12 10:30.", text=words)
    return told


def written(moment: Moment | None) -> tuple[str, str]:
    """A moment as the two inputs hold it."""
    if moment is None:
        return "", ""
    at = moment.at
    return moment.on.isoformat(), at.astimezone(zone()).strftime("%H:%M") if at else ""


def stored_moment(record: Any, name: str) -> Moment | None:
    """The moment in a record's columns `<name>_on` and `<name>_at`."""
    on = getattr(record, f"{name}_on")
    return Moment(on, getattr(record, f"{name}_at")) if on else None


class ChoiceField(SelectField):
    """One of a few fixed words; `choices` may be a function that is asked for each form."""

    def pre_validate(self, form: Any) -> None:
        """An unknown choice is an error in the reader's language."""
        if self.validate_choice and not any(
            self.data == value for value, *_rest in self.iter_choices()
        ):
            raise ValidationError(_("Choose one from the list."))


class CrmFieldConverter(FieldConverter):
    """Our widgets for the column types; every type a table uses is here."""

    conversion_table = (
        ("is_text", TextAreaField, TextArea),
        ("is_string", StringField, TextInput),
        ("is_boolean", BooleanField, None),
        ("is_date", DateField, DateInput),
    )


def strip(text: Any) -> Any:
    """Text without blanks around it; empty is None."""
    return text.strip() or None if isinstance(text, str) else text


class CrmModelConverter(GeneralModelConverter):
    """Simple columns by their type; relations are given as extra fields, never as full lists."""

    def _convert_simple(
        self, col_name: str, label: Any, description: Any, lst_validators: Any, form_props: Any
    ) -> Any:
        rules = list(lst_validators)
        if (longest := self.datamodel.get_max_length(col_name)) != -1:
            rules.append(Length(max=longest, message=_l("This is too long.")))
        boolean = self.datamodel.is_boolean(col_name)
        if not boolean and not self.datamodel.is_nullable(col_name):
            rules.append(required())
        else:
            rules.append(Optional())
        field = CrmFieldConverter(self.datamodel, col_name, label, description, rules).convert()
        if field is None:
            raise LookupError(f"no form field for {col_name}")
        if not boolean and not self.datamodel.is_date(col_name):
            field.kwargs["filters"] = [strip]
        form_props[col_name] = field
        return form_props

    def _convert_many_to_one(self, col_name: str, *_more: Any) -> Any:
        raise LookupError(f"give {col_name} as a RemoteField: a full list is never rendered")

    _convert_many_to_many = _convert_many_to_one


def show_record(form: Form, record: Any) -> None:
    """Let the fields that span several columns read the record."""
    for field in form:
        if isinstance(field, MomentField):
            field.show_record(record)


def relation(kind: str, label: Any, **more: Any) -> Any:
    """A remote relation field for `add_form_extra_fields`."""
    return RemoteField(label, more.pop("validators", [Optional()]), kind=kind, **more)


class Required(InputRequired):
    """Something must be given; blanks are nothing."""

    def __call__(self, form: Any, field: Any) -> None:
        """Stop at a field without more than blanks."""
        if field.raw_data and not str(field.raw_data[0]).strip():
            field.raw_data = []
        super().__call__(form, field)


def required() -> Required:
    """The validator, with its words."""
    return Required(_l("This field is required."))


def grown(base: type[DynamicForm], fields: Iterable[tuple[str, Any]]) -> type[DynamicForm]:
    """The form class with more fields, such as features, made for one request."""
    return type(base.__name__, (base,), dict(fields))
