"""Operators for programs: /api/v1/operator/, to look up whom to give work to."""

from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import Select

from app.fab.interface import CrmInterface
from app.fab.schemas import CrmSchema, user_name
from app.lists import filters
from app.lists.api import ReadApi
from app.lists.paging import Order
from app.operators.names import plain


class OperatorShown(CrmSchema):
    """An operator as programs get it."""

    id = fields.Integer(required=True)
    username = fields.String()
    name = fields.Function(user_name, metadata={"type": "string"})


by_name = plain(User.last_name + " " + User.first_name + " " + User.username)


class OperatorApi(ReadApi):
    """Active operators."""

    resource_name = "operator"
    resource_title = "Operator"
    datamodel = CrmInterface(User)
    list_model_schema = show_model_schema = OperatorShown()
    orders = (Order("name", User.last_name, User.id), Order("id", User.id, User.id, read=int))
    filter_fields = (
        filters.code("username", _l("Username"), User.username),
        filters.contains("name", _l("Name"), by_name),
    )

    def base_query(self) -> Select[Any]:
        """Those who work."""
        return super().base_query().where(User.active)
