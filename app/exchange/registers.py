"""Contractors, persons and operators out of rows."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask_appbuilder.security.sqla.models import Group, Role, User
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.contractors.models import Contractor
from app.contractors.operations import code_stem, next_code
from app.contractors.rules import clean_nip
from app.errors import InvalidValue, Reason, refuse_if
from app.exchange.files import Row
from app.exchange.lookups import Lookup, pieces
from app.exchange.sources import Unreadable
from app.exchange.targets import Target, comparable, plain_values, taken_values
from app.operators import operations
from app.persons.models import Affiliation, Person


def taken(field: str) -> InvalidValue:
    """The refusal of a value that another record has."""
    return InvalidValue(
        Reason("duplicate", _("This value is taken by another record."), field=field)
    )


class Contractors(Target):
    """The register of contractors."""

    model, view = Contractor, "ContractorView"
    texts = (
        *("code", "name", "status", "nip", "regon", "street", "postcode", "city", "country"),
        *("phone", "mobile", "email", "web", "notes"),
    )
    relations = ("keeper",)
    required, usual_key = ("name",), ("code",)
    key_fields = ("code", "nip", "name", "email")

    def prepare(self, rows: Sequence[Row]) -> None:
        """Read also which codes are taken, seen or not."""
        super().prepare(rows)
        if source := self.profile.fields.get("code"):
            texts = [text for text in self.texts_of(source, rows) if text]
            self.codes = taken_values(self.session, Contractor.code, texts)
        else:
            every = select(Contractor.code)
            self.codes = set(self.session.scalars(every, execution_options={"unscoped": True}))

    def convert(self, name: str, text: str, lookup: Lookup | None) -> Any:
        """Tax numbers are compared by their digits."""
        value = super().convert(name, text, lookup)
        return clean_nip(value) if name == "nip" else value

    def build(self, values: dict[str, Any], row: Row) -> Contractor:
        """A prospect unless the row says otherwise, with a code of its own."""
        more = plain_values(values)
        more["status"] = more.get("status") or "prospect"
        more["code"] = more.get("code") or next_code(code_stem(more["name"] or ""), self.codes)
        if more["code"] in self.codes:
            raise taken("code")
        self.codes.add(more["code"])
        return Contractor(**more)

    def fill(self, record: Contractor, values: dict[str, Any]) -> None:
        """An empty status or code leaves what is there; a new code must be free."""
        given = {
            name: value
            for name, value in plain_values(values).items()
            if value is not None or name not in ("status", "code")
        }
        if given.get("code", record.code) != record.code and given["code"] in self.codes:
            raise taken("code")
        super().fill(record, given)


class Persons(Target):
    """The register of persons; a row may link its person to a contractor."""

    model, view = Person, "PersonView"
    texts = ("first_name", "last_name", "position", "phone", "mobile", "email", "notes", "role")
    days = ("from", "to")
    relations = ("contractor",)
    required = ("last_name",)
    usual_key = ("last_name", "first_name", "contractor")
    key_fields = ("last_name", "first_name", "contractor", "email", "phone", "mobile")
    link_fields = ("contractor", "role", "from", "to")

    def candidates(self) -> Any:
        """With their links, by which they may be known."""
        return super().candidates().options(selectinload(Person.affiliations))

    def key_column(self, name: str) -> Any:
        """A contractor stands in the links."""
        return Affiliation.contractor_id if name == "contractor" else super().key_column(name)

    def keys_of(self, record: Person) -> list[tuple[Any, ...]]:
        """One key for each contractor, if that is part of it."""
        if "contractor" not in self.key:
            return super().keys_of(record)
        return [
            tuple(
                one.contractor_id if name == "contractor" else getattr(record, name)
                for name in self.key
            )
            for one in record.affiliations
        ]

    def build(self, values: dict[str, Any], row: Row) -> Person:
        """A person with the link."""
        person = Person(**self.own(values))
        self.link(person, values)
        return person

    def fill(self, record: Person, values: dict[str, Any]) -> None:
        """Own fields; a link that is missing is added, role and days of one are kept up."""
        super().fill(record, self.own(values))
        self.link(record, values)

    def own(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the person itself."""
        more = plain_values(values)
        return {name: value for name, value in more.items() if name not in self.link_fields}

    def link(self, person: Person, values: Mapping[str, Any]) -> None:
        """The person serves the row's contractor."""
        contractor = values.get("contractor")
        if contractor is None:
            return
        given = {
            "role": values.get("role"),
            "from_on": values.get("from"),
            "to_on": values.get("to"),
        }
        found = [one for one in person.affiliations if one.contractor_id == contractor.id]
        link = found[0] if found else Affiliation(contractor_id=contractor.id)
        for name, value in given.items():
            if value is not None and getattr(link, name) != value:
                setattr(link, name, value)
        link.check()
        if not found:
            person.affiliations.append(link)

    def is_changed(self, record: Person) -> bool:
        """Whether the person or one of its links differs from what is stored."""
        links = record.affiliations
        return super().is_changed(record) or any(
            one.id is None or self.session.is_modified(one) for one in links
        )


class Operators(Target):
    """Operators: they come without a password, which an administrator gives them."""

    model, view = User, "OperatorView"
    texts = ("username", "first_name", "last_name", "email", "role", "team")
    flags: ClassVar[tuple[str, ...]] = ("active",)
    required = ("username", "first_name", "last_name", "email")
    usual_key, key_fields = ("username",), ("username", "email")
    outside = ("role", "team")

    def candidates(self) -> Any:
        """All operators, with roles and teams."""
        return super().candidates().options(selectinload(User.roles), selectinload(User.groups))

    def prepare(self, rows: Sequence[Row]) -> None:
        """Read roles and teams by name, and which addresses are taken."""
        super().prepare(rows)
        self.roles = {one.name: one for one in operations.all_roles(self.session)}
        self.teams = {one.name: one for one in self.session.scalars(select(Group))}
        texts = [text for text in self.texts_of(self.profile.fields["email"], rows) if text]
        self.emails: dict[str, int | None] = {}
        for some in pieces(texts):
            query = select(User).where(User.email.in_(some))
            self.emails |= {one.email: one.id for one in self.session.scalars(query)}

    def convert(self, name: str, text: str, lookup: Lookup | None) -> Any:
        """Roles and teams are there already."""
        if name not in self.outside:
            return super().convert(name, text, lookup)
        known: Mapping[str, Any] = self.roles if name == "role" else self.teams
        if text not in known:
            raise Unreadable(_("“%(text)s” is not to be found.", text=text[:60]))
        return known[text]

    def build(self, values: dict[str, Any], row: Row) -> User:
        """An active operator without a password."""
        more = {name: value for name, value in values.items() if name not in self.outside}
        self.refuse_empty(values)
        self.refuse_taken(values, None)
        user = User(**{**more, "active": values.get("active") is not False, "password": None})
        operations.check_username(self.session, user)
        self.place(user, values)
        self.emails[user.email] = None
        return user

    def fill(self, record: User, values: dict[str, Any]) -> None:
        """Names, address, standing, roles and teams; never of one with more rights."""
        self.refuse_empty(values)
        self.refuse_taken(values, record)
        more = {name: value for name, value in values.items() if name not in self.outside}
        changed = [
            name for name, value in more.items() if value not in (None, getattr(record, name))
        ]
        if changed:
            operations.refuse_higher(self.session, self.job.actor, record)
        if more.pop("active", None) is False and record.active:
            operations.deactivate(self.session, self.job.actor, record)
        super().fill(record, {name: more[name] for name in changed if name in more})
        self.place(record, values)

    def place(self, user: User, values: Mapping[str, Any]) -> None:
        """Give the row's role and team, beside those the operator has."""
        role: Role | None = values.get("role")
        if role is not None and role not in user.roles:
            roles = [*user.roles, role]
            operations.set_roles(self.session, self.job.actor, user, roles)
        team: Group | None = values.get("team")
        if team is not None and team not in user.groups:
            operations.set_teams(self.job.actor, user, [*user.groups, team])

    def refuse_empty(self, values: Mapping[str, Any]) -> None:
        """Raise InvalidValue for what every operator needs."""
        words = _("This field is required.")
        empty = [name for name in self.required if not values[name]]
        refuse_if([Reason("required", words, field=name) for name in empty], InvalidValue)

    def refuse_taken(self, values: Mapping[str, Any], user: User | None) -> None:
        """Raise InvalidValue if somebody else has the address."""
        email = values["email"]
        if email in self.emails and self.emails[email] != (comparable(user) if user else 0):
            raise taken("email")
