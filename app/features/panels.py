"""What features add to a register: fields of its form, a panel on its card, filters."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask_babel import get_locale

from app.features import catalog, columns, dated_views, dimensions, filters, forms, found, pickers  # noqa: F401 - registers the picker
from app.features.categories import MANY, by_category
from app.features.kinds import kind_of
from app.features.values import shown_values
from app.lists.columns import add_columns
from app.lists.dimensions import add_dimensions
from app.lists.filters import add_fields
from app.records import panels
from app.records.panels import Panel


def values_panel(record: Any) -> Mapping[str, Any] | None:
    """The record's values with the names of their features; no panel if there is none."""
    locale = str(get_locale())
    values = shown_values(record)
    facts = {
        name: [(one.name(locale), value, kind_of(one).fact) for one, value in some]
        for name, some in by_category(values, lambda pair: pair[0]).items()
    }
    return {"facts": facts, "many": len(values) > MANY} if values else None


def attach(model: type[Any]) -> None:
    """Let a register's records carry features."""
    catalog.attach(model)
    if hasattr(model, "features_key"):
        found.attach(model)
    panels.add(model, Panel("features", "features/_panel.html", values_panel, "side", 40))
    panels.add(model, Panel("dated", "features/_dated.html", dated_views.panel, "side", 41))
    panels.add_part(model, forms.part(model))
    add_fields(model, "features", partial(filters.fields_for, model))
    add_dimensions(model, "features", partial(dimensions.dimensions_for, model))
    add_columns(model, "features", partial(columns.columns_for, model))
