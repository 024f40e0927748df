"""The demo's contractors and the persons who work for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from faker import Faker
from flask_appbuilder.security.sqla.models import User

from app.contractors.models import Contractor
from app.contractors.operations import code_stem, next_code
from app.db import fold
from app.persons.models import Affiliation, Person
from app.setup.demo_words import (
    ENDINGS,
    LEGAL_FORMS,
    PLACES,
    POSITIONS,
    STEMS,
    TRADES,
    Place,
)

CONTRACTORS, PERSONS = 299, 599  # beside ZEFIR and its contact
STATUSES = ("prospect",) * 12 + ("client",) * 7 + ("inactive",)


class Party:
    """A contractor with what the rest of the demo asks of it."""

    def __init__(self, contractor: Contractor, trade: str, region: str) -> None:
        self.contractor, self.trade, self.region = contractor, trade, region
        self.persons: list[Person] = []


def make_parties(fake: Faker, keepers: Sequence[User], at: datetime) -> list[Party]:
    """The contractors, each with its people."""
    codes: set[str] = {"ZEFIR"}
    names: set[str] = set()
    parties = [make_party(fake, keepers, at, names, codes) for _number in range(CONTRACTORS)]
    for number in range(PERSONS):
        party = parties[number] if number < CONTRACTORS - 15 else fake.random.choice(parties)
        party.persons.append(make_person(fake, party.contractor))
    for one, other in zip(parties[:12], parties[100:112], strict=True):
        link(fake, one.persons[0], other.contractor, role="pełnomocnik")
        other.persons.append(one.persons[0])
    return parties


def make_party(
    fake: Faker, keepers: Sequence[User], at: datetime, names: set[str], codes: set[str]
) -> Party:
    """One believable company."""
    trade, place = fake.random.choice(list(TRADES)), fake.random.choice(PLACES)
    name = next(one for one in iter(lambda: company(fake, trade), None) if one not in names)
    code = next_code(code_stem(name), codes)
    names.add(name)
    codes.add(code)
    contractor = Contractor(code=code, name=name, **particulars(fake, place, code))
    contractor.keeper = fake.random.choice(keepers) if fake.random.random() < 0.92 else None
    contractor.created_at = at - timedelta(days=fake.random.randint(370, 700))
    return Party(contractor, trade, place.region)


def company(fake: Faker, trade: str) -> str:
    """A name as companies of the trade have them."""
    form, chance = fake.random.choice(LEGAL_FORMS), fake.random.random()
    if chance < 0.55:
        return f"{fake.random.choice(STEMS[trade])}{fake.random.choice(ENDINGS)} {form}"
    word = fake.random.choice(TRADES[trade])
    if chance < 0.85:
        return f"{word} {fake.last_name_male()} {form if form != 'S.A.' else 's.c.'}"
    return f"{word} „{fake.random.choice(STEMS[trade])}{fake.random.choice(ENDINGS)}” {form}"


def particulars(fake: Faker, place: Place, code: str) -> dict[str, str | None]:
    """Address, numbers and ways to reach a company."""
    domain = f"{fold(code)}.example"
    return {
        "status": fake.random.choice(STATUSES),
        "nip": fake.nip() if fake.random.random() < 0.93 else None,
        "regon": fake.regon() if fake.random.random() < 0.8 else None,
        "street": f"ul. {fake.street_name()} {fake.random.randint(1, 160)}",
        "postcode": f"{place.postcode}-{fake.random.randint(1, 980):03d}",
        "city": place.city,
        "country": "Polska",
        "phone": landline(fake, place.area),
        "mobile": mobile(fake) if fake.random.random() < 0.3 else None,
        "email": f"biuro@{domain}",
        "web": f"https://www.{domain}" if fake.random.random() < 0.7 else None,
    }


def landline(fake: Faker, area: str) -> str:
    """A number in the town's area."""
    digits = fake.numerify("%######")
    return f"+48 {area} {digits[:3]} {digits[3:5]} {digits[5:]}"


def mobile(fake: Faker) -> str:
    """A mobile number."""
    return fake.numerify("+48 60# ### ###")


def make_person(fake: Faker, contractor: Contractor) -> Person:
    """A person who works for the contractor."""
    first, last = full_name(fake)
    domain = (contractor.email or "").partition("@")[2] or f"{fold(contractor.code)}.example"
    person = Person(
        first_name=first,
        last_name=last,
        position=fake.random.choice(POSITIONS),
        email=fold(f"{first}.{last}@{domain}").replace(" ", "-"),
        mobile=mobile(fake) if fake.random.random() < 0.6 else None,
        phone=contractor.phone if fake.random.random() < 0.4 else None,
        created_at=contractor.created_at,
    )
    link(fake, person, contractor, role=person.position)
    return person


def full_name(fake: Faker) -> tuple[str, str]:
    """First and last name that agree with each other."""
    if fake.random.random() < 0.5:
        return fake.first_name_female(), fake.last_name_female()
    return fake.first_name_male(), fake.last_name_male()


def link(fake: Faker, person: Person, contractor: Contractor, role: str | None) -> None:
    """Let the person serve the contractor, since some day."""
    since = contractor.created_at.date() - timedelta(days=fake.random.randint(0, 1500))
    person.affiliations.append(Affiliation(contractor=contractor, role=role, from_on=since))
