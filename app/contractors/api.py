"""Contractors for programs: /api/v1/contractor/."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import joinedload

from app.access.current import acting
from app.contractors.fields import contractor_fields
from app.contractors.models import Contractor
from app.contractors.operations import free_code
from app.contractors.rules import STATUS_WORDS
from app.db import db
from app.fab.interface import CrmInterface
from app.fab.schemas import InstantValue, one_of, operator_named, relation, text_of
from app.features.api import FeatureFields, FeatureValues, know_names, own, write_features
from app.lists.paging import Order
from app.records.api import RecordApi


class ContractorNew(FeatureFields):
    """What a program may say of a contractor."""

    name = text_of(Contractor.name)
    code = text_of(Contractor.code, required=False, allow_none=True)
    status = one_of(STATUS_WORDS)
    keeper = relation("operator", allow_none=True)
    nip = text_of(Contractor.nip)
    regon = text_of(Contractor.regon)
    street = text_of(Contractor.street)
    postcode = text_of(Contractor.postcode)
    city = text_of(Contractor.city)
    country = text_of(Contractor.country)
    phone = text_of(Contractor.phone)
    mobile = text_of(Contractor.mobile)
    email = text_of(Contractor.email)
    web = text_of(Contractor.web)
    notes = text_of(Contractor.notes)
    features = FeatureValues(Contractor)


class ContractorShown(ContractorNew):
    """A contractor as programs get it."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    keeper = operator_named()
    created_at = InstantValue()
    changed_at = InstantValue()


ROW = ("id", "version", "name", "code", "status", "keeper", "nip", "city", "phone", "features")


class ContractorApi(RecordApi):
    """Prospects, clients, inactive ones."""

    resource_name = "contractor"
    resource_title = "Contractor"
    datamodel = CrmInterface(Contractor)
    list_model_schema = ContractorShown(only=ROW)
    show_model_schema = ContractorShown()
    add_model_schema = ContractorNew()
    edit_model_schema = ContractorNew(partial=True)
    orders = (
        Order("name", Contractor.name.collate("polish"), Contractor.id),
        Order("code", Contractor.code, Contractor.id),
        Order("id", Contractor.id, Contractor.id, read=int),
    )
    filter_fields = contractor_fields

    @classmethod
    def item_options(cls) -> Any:
        """The keeper comes along."""
        return (joinedload(Contractor.keeper),)

    row_options = item_options

    def load(self, ids: list[int]) -> list[Any]:
        """The rows with the names of their features' values."""
        rows = super().load(ids)
        know_names(rows)
        return rows

    def create(self, values: dict[str, Any]) -> Any:
        """A prospect, kept by who registers it, unless said otherwise."""
        return super().create({"status": "prospect", "keeper": acting().user, **values})

    def write(self, item: Any, values: Mapping[str, Any]) -> None:
        """An empty code is made from the name."""
        super().write(item, own(values))
        if not item.code:
            item.code = free_code(db.session(), item.name)
        write_features(item, values)
