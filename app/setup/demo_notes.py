"""Notes of the demo: what operators know of contractors and remember of their events."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from faker import Faker
from flask_appbuilder.security.sqla.models import User

from app.records.models import Note
from app.setup.demo_words import NOTES, PINNED_NOTES

EVERY = 4


def make_notes(
    fake: Faker,
    contractors: Iterable[Any],
    events: Iterable[Any],
    users: Sequence[User],
    at: datetime,
) -> Iterator[Note]:
    """A note on every fourth contractor and event, some of them pinned."""
    for record in [*list(contractors)[::EVERY], *list(events)[:: EVERY * 3]]:
        yield note_on(record, fake.random_element(NOTES), users, fake, at)
        if fake.boolean(30):
            yield note_on(record, fake.random_element(PINNED_NOTES), users, fake, at, pinned=True)


def note_on(
    record: Any, text: str, users: Sequence[User], fake: Faker, at: datetime, **more: Any
) -> Note:
    """A note some days old."""
    return Note(
        record_type=record.__tablename__,
        record_id=record.id,
        text=text,
        created_by_id=fake.random_element(users).id,
        created_at=at - timedelta(minutes=fake.random_int(60, 40_000)),
        **more,
    )
