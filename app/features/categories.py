"""Features by category, as forms and cards show them: first those without one."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from flask_babel import get_locale
from flask_babel import gettext as _

from app.features.models import Feature
from app.records.panels import Group

MANY = 12  # so many at once need a way to narrow them
One = TypeVar("One")


def by_category(some: Iterable[One], feature: Callable[[One], Feature]) -> dict[str, list[One]]:
    """Category in the reader's language -> its ones, in the order of the definitions."""
    locale, found = str(get_locale()), dict[str, list[One]]()
    for one in some:
        found.setdefault(feature(one).category(locale), []).append(one)
    return {"": found.pop("", []), **found}


def group_of(feature: Feature) -> str:
    """Under which heading a list offers the feature."""
    return feature.category(str(get_locale())) or str(_("Features"))


def groups(features: Iterable[Feature], prefix: str, form: Any) -> Sequence[Group]:
    """The fields of a form by category; one is open that is to be looked at."""
    return [
        Group(name, names, is_open=any(map(is_pending, (form[one] for one in names))))
        for name, some in by_category(features, lambda one: one).items()
        if (names := [f"{prefix}{one.code}" for one in some if f"{prefix}{one.code}" in form])
    ]


def is_pending(field: Any) -> bool:
    """Whether something is wrong with a field, or it is required and empty."""
    return bool(field.errors) or (field.flags.required and field.data in (None, "", []))
