"""What an event and a stage share: who does it with whom, when it is planned, when it was done."""

from dataclasses import dataclass
from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.days import Moment
from app.db import Instant
from app.events.definitions import Outcome
from app.persons.models import Person


@dataclass(frozen=True)
class Closing:
    """How something is closed: when, by whom, with which outcome; `now` bounds the moment."""

    moment: Moment
    now: datetime
    by_id: int | None
    outcome_id: int


class Work:
    """A piece of work: planned for an operator and a contact, and at some time closed."""

    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    start_on: Mapped[date]
    start_at: Mapped[datetime | None] = mapped_column(Instant)
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_on: Mapped[date | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    outcome_id: Mapped[int] = mapped_column(ForeignKey("outcome.id"))

    @declared_attr
    @classmethod
    def contact(cls) -> Mapped[Person | None]:
        """The person on the contractor's side."""
        return relationship(Person)

    @declared_attr
    @classmethod
    def operator(cls) -> Mapped[User]:
        """Who is responsible on ours."""
        return relationship(User, foreign_keys=[cls.operator_id])

    @declared_attr
    @classmethod
    def closed_by(cls) -> Mapped[User | None]:
        """Who closed it."""
        return relationship(User, foreign_keys=[cls.closed_by_id])

    @declared_attr
    @classmethod
    def outcome(cls) -> Mapped[Outcome]:
        """How it ended, or is expected to end."""
        return relationship(Outcome)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.closed_at is None

    @property
    def is_closed(self) -> bool:
        """Whether it is done."""
        return self.closed_at is not None

    def take_closing(self, closing: Closing) -> None:
        """Take the closing time, operator and outcome."""
        self.closed_at, self.closed_on = closing.moment.at, closing.moment.on
        self.closed_by_id, self.outcome_id = closing.by_id, closing.outcome_id

    def mark_open(self) -> None:
        """Be open again; what was is in the journal."""
        self.closed_at = self.closed_on = self.closed_by_id = None
