"""What must be true of every page before the product starts."""

from typing import Any

from flask_appbuilder import AppBuilder
from flask_appbuilder.api import ModelRestApi
from marshmallow import RAISE

from app.fab.api import CrmApi

SCHEMAS = ("list_model_schema", "show_model_schema", "add_model_schema", "edit_model_schema")
KEPT = frozenset({"id", "version", "number", "created_at", "changed_at", "closed_by"})
DEMANDED = ("list_columns", "show_columns", "add_columns", "edit_columns", "order_columns")


class BadView(Exception):
    """A page that would leak or break; the product does not start with it."""


def check_views(builder: AppBuilder) -> None:
    """Every model page names its columns; base filters are never empty lists."""
    for view in builder.baseviews:
        if isinstance(view, ModelRestApi):
            check_api(view)
        elif getattr(view, "datamodel", None) is not None:
            check_view(view)


def check_view(view: Any) -> None:
    """Columns written down, searches and orders among what may be seen."""
    name = type(view).__name__
    for columns in DEMANDED:
        if not any(
            columns in vars(cls) for cls in type(view).__mro__ if cls.__module__[:4] == "app."
        ):
            raise BadView(f"{name} must name its {columns}")
    if any(len(rule) == 3 and rule[2] == [] for rule in view.base_filters or ()):
        raise BadView(f"{name} has a base filter without a value")


def check_api(api: Any) -> None:
    """Schemas of our own that refuse what they don't know and take nothing the server sets."""
    name = type(api).__name__
    schemas = [getattr(api, schema, None) for schema in SCHEMAS]
    if not isinstance(api, CrmApi) or any(one is None or one.unknown != RAISE for one in schemas):
        raise BadView(f"{name} must give its four schemas, each refusing unknown fields")
    for schema in (api.add_model_schema, api.edit_model_schema):
        if taken := KEPT & set(schema.load_fields):
            raise BadView(f"{name} takes {', '.join(sorted(taken))}, which the server sets")
