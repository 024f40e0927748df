"""What must be true of every page before the product starts."""

from typing import Any

from flask_appbuilder import AppBuilder

DEMANDED = ("list_columns", "show_columns", "add_columns", "edit_columns", "order_columns")


class BadView(Exception):
    """A page that would leak or break; the product does not start with it."""


def check_views(builder: AppBuilder) -> None:
    """Every model page names its columns; base filters are never empty lists."""
    for view in builder.baseviews:
        if getattr(view, "datamodel", None) is not None:
            check_view(view)


def check_view(view: Any) -> None:
    """Columns written down, searches and orders among what may be seen."""
    name = type(view).__name__
    for columns in DEMANDED:
        if not any(columns in vars(cls) for cls in type(view).__mro__ if cls.__module__[:4] == "app."):
            raise BadView(f"{name} must name its {columns}")
    if any(len(rule) == 3 and rule[2] == [] for rule in view.base_filters or ()):
        raise BadView(f"{name} has a base filter without a value")
