"""Persons for programs: /api/v1/person/."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, post_load

from app.fab.interface import CrmInterface
from app.fab.schemas import CrmSchema, DayValue, InstantValue, Named, relation, text_of
from app.features.api import FeatureFields, FeatureValues, know_names, own, write_features
from app.lists.paging import Order
from app.persons.fields import person_fields
from app.persons.models import Affiliation, Person
from app.persons.operations import Link, replace_links, visible_links
from app.records.api import RecordApi


class Affiliated(CrmSchema):
    """A contractor whom a person serves."""

    contractor = relation("contractor", required=True)
    role = text_of(Affiliation.role)
    from_on = DayValue(allow_none=True)
    to_on = DayValue(allow_none=True)

    @post_load
    def link(self, values: dict[str, Any], **_more: Any) -> Link:
        """The link as it is wanted."""
        return Link(values.pop("contractor").id, **values)


class AffiliationShown(Affiliated):
    """A contractor whom a person serves, in answers."""

    contractor = Named()


class PersonNew(FeatureFields):
    """What a program may say of a person."""

    last_name = text_of(Person.last_name)
    first_name = text_of(Person.first_name)
    position = text_of(Person.position)
    phone = text_of(Person.phone)
    mobile = text_of(Person.mobile)
    email = text_of(Person.email)
    notes = text_of(Person.notes)
    affiliations = fields.List(fields.Nested(Affiliated))
    features = FeatureValues(Person)


class PersonShown(PersonNew):
    """A person as programs get it; of the contractors those the account may see."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    affiliations = fields.List(fields.Nested(AffiliationShown), attribute="seen_links")
    created_at = InstantValue()
    changed_at = InstantValue()


ROW = (
    *("id", "version", "last_name", "first_name", "position", "phone", "email"),
    *("affiliations", "features"),
)


class PersonApi(RecordApi):
    """Persons on the contractors' side."""

    resource_name = "person"
    resource_title = "Person"
    datamodel = CrmInterface(Person)
    list_model_schema = PersonShown(only=ROW)
    show_model_schema = PersonShown()
    add_model_schema = PersonNew()
    edit_model_schema = PersonNew(partial=("last_name",))
    orders = (
        Order("last_name", Person.last_name.collate("polish"), Person.id),
        Order("id", Person.id, Person.id, read=int),
    )
    filter_fields = person_fields
    aliases = {"name": "last_name"}

    @classmethod
    def fresh(cls, pk: int) -> Any | None:
        """The person with the links one may see."""
        item = super().fresh(pk)
        if item is not None:
            item.seen_links = visible_links([pk])[pk]
        return item

    def load(self, ids: list[int]) -> list[Any]:
        """The rows with the links one may see, by one statement."""
        rows, links = super().load(ids), visible_links(ids)
        know_names(rows)
        for row in rows:
            row.seen_links = links[row.id]
        return rows

    def write(self, item: Any, values: Mapping[str, Any]) -> None:
        """The fields, and the list of links as a whole."""
        plain = {name: value for name, value in own(values).items() if name != "affiliations"}
        super().write(item, plain)
        if "affiliations" in values:
            replace_links(item, values["affiliations"])
        write_features(item, values)
