"""Operators for programs: /api/v1/operator/, to look up whom to give work to."""

from typing import Any

from flask_appbuilder.security.sqla.models import User
from marshmallow import fields
from sqlalchemy import Select, func

from app.fab.interface import CrmInterface
from app.fab.schemas import CrmSchema, user_name
from app.lists.api import Question, ReadApi, equals, read_text
from app.lists.paging import Order


class OperatorShown(CrmSchema):
    """An operator as programs get it."""

    id = fields.Integer(required=True)
    username = fields.String()
    name = fields.Function(user_name, metadata={"type": "string"})


def called(text: str) -> Any:
    """Operators with the text in their name."""
    name = func.lower(User.last_name + " " + User.first_name + " " + User.username)
    return name.contains(text, autoescape=True)


class OperatorApi(ReadApi):
    """Active operators."""

    resource_name = "operator"
    resource_title = "Operator"
    datamodel = CrmInterface(User)
    list_model_schema = show_model_schema = OperatorShown()
    orders = (Order("name", User.last_name, User.id), Order("id", User.id, User.id, read=int))
    filters = {"username": equals(User.username), "name": {"ct": Question(read_text, called)}}

    def base_query(self) -> Select[Any]:
        """Those who work."""
        return super().base_query().where(User.active)
