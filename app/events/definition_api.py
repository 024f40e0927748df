"""Series and outcomes for programs: /api/v1/series/ and /api/v1/outcome/, to look up ids."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import Select

from app.events.definitions import Outcome, Series
from app.fab.interface import CrmInterface
from app.fab.schemas import CrmSchema
from app.lists import filters
from app.lists.api import ReadApi
from app.lists.paging import Order


class SeriesShown(CrmSchema):
    """A number series as programs get it."""

    id = fields.Integer(required=True)
    symbol = fields.String()
    name = fields.String()
    pattern = fields.String()


class OutcomeShown(CrmSchema):
    """An outcome as programs get it; the system's own is named in the language asked for."""

    id = fields.Integer(required=True)
    name = fields.String(attribute="label")
    system = fields.Boolean()


class SeriesApi(ReadApi):
    """Number series in which events may be registered."""

    resource_name = "series"
    resource_title = "Series"
    datamodel = CrmInterface(Series)
    list_model_schema = show_model_schema = SeriesShown()
    orders = (Order("id", Series.id, Series.id, read=int),)
    filter_fields = (filters.code("symbol", _l("Symbol"), Series.symbol),)

    def base_query(self) -> Select[Any]:
        """Those not archived."""
        return super().base_query().where(Series.archived_at.is_(None))


class OutcomeApi(ReadApi):
    """How stages and events may end."""

    resource_name = "outcome"
    resource_title = "Outcome"
    datamodel = CrmInterface(Outcome)
    list_model_schema = show_model_schema = OutcomeShown()
    orders = (Order("place", Outcome.place, Outcome.id, read=int),)
    filter_fields = (filters.code("name", _l("Name"), Outcome.name),)

    def base_query(self) -> Select[Any]:
        """Those not archived."""
        return super().base_query().where(Outcome.archived_at.is_(None))
