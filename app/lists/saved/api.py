"""Saved views for programs: /api/v1/view/, under the same rules of who sees and changes them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from marshmallow.validate import OneOf
from sqlalchemy.orm import joinedload

from app.access.current import acting
from app.db import db, now
from app.fab.interface import CrmInterface
from app.fab.schemas import CrmSchema, InstantValue, Named, Shaped, one_of, operator_named, text_of
from app.lists import filters
from app.lists.api import ListApi
from app.lists.paging import Order
from app.lists.saved import operations
from app.lists.saved.models import SavedView
from app.lists.saved.rules import SHARES
from app.lists.saved.state import read_state
from app.lists.saved.tabs import listable_pages


class Register(fields.String):
    """A register that the account may list."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        if value not in listable_pages():
            raise ValidationError("choice")
        return str(value)


class StateText(Shaped):
    """What a list shows: the parameters of its page's address, without the place in the list."""

    shape = {"type": "string", "example": "_flt_0_state=open&_oc_EventView=due"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("type")
        try:
            return read_state(value)
        except ValueError as error:
            raise ValidationError("type") from error


class TeamId(Shaped):
    """A team of the account's, by its id."""

    shape = {"type": "integer", "nullable": True}

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> int | None:
        teams = {team.id for team in operations.my_teams(acting())}
        if value is not None and (isinstance(value, bool) or value not in teams):
            raise ValidationError("not_found")
        return value


class ViewChange(CrmSchema):
    """What a program may change in a saved view."""

    name = text_of(SavedView.name)
    state = StateText(required=True)
    share = one_of(SHARES)
    team = TeamId(attribute="team_id", allow_none=True)


class ViewNew(ViewChange):
    """A new view: of a register, private unless said otherwise."""

    register = Register(required=True)


class ViewShown(ViewNew):
    """A saved view as programs get it."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    register = fields.String()
    state = fields.String()
    share = fields.String(validate=OneOf(list(SHARES)))
    team = Named(lambda team: team.name)
    owner = operator_named()
    created_at = InstantValue()
    changed_at = InstantValue()


class SavedViewApi(ListApi):
    """Saved views: one's own and those shared."""

    resource_name = "view"
    resource_title = "View"
    datamodel = CrmInterface(SavedView)
    list_model_schema = ViewShown(exclude=("created_at",))
    show_model_schema = ViewShown()
    add_model_schema = ViewNew()
    edit_model_schema = ViewChange(partial=True)
    orders = (
        Order("name", SavedView.name.collate("polish"), SavedView.id),
        Order("id", SavedView.id, SavedView.id, read=int),
    )
    filter_fields = (
        filters.code("register", _l("Register"), SavedView.register),
        filters.choice(
            "share",
            _l("Seen by"),
            list(SHARES.items()),
            lambda word: SavedView.share == word,
        ),
        filters.record("owner", _l("Owner"), SavedView.owner_id, "operator"),
    )

    @classmethod
    def item_options(cls) -> Any:
        """Owner and team come along."""
        return (joinedload(SavedView.owner), joinedload(SavedView.team))

    row_options = item_options

    def create(self, values: dict[str, Any]) -> Any:
        """A view of the account's own."""
        view = SavedView(**{"share": "private", **values})
        operations.keep_view(acting(), view)
        return view

    def write(self, item: Any, values: Mapping[str, Any]) -> None:
        """Change the account's own view; without a team it is shared with none."""
        with db.session.no_autoflush:
            for name, value in values.items():
                setattr(item, name, value)
            if item.share != "team":
                item.team_id = None
            operations.change_view(acting(), item)

    def trash(self, item: Any) -> None:
        """Delete a view of the account's own."""
        operations.remove_view(acting(), item, now())
