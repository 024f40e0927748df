"""Events and stages: the tables, the closure they declare, and the verbs that keep it.

`closed_upto` counts the closed stages, `last_pos` all living ones; both stand on the event and,
by foreign key, on each of its stages, so that the database itself refuses a state the rules forbid
(docs/adr/0008). A changed row is written whole; moved stages are parked first (`flush.py`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    TextClause,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import Audited
from app.contractors.models import Contractor
from app.db import (
    Checked,
    Document,
    Instant,
    Model,
    Versioned,
    document_index,
    feature_index,
    search_index,
)
from app.errors import InvalidValue, refuse_if
from app.events import rules
from app.events.definitions import Series
from app.events.work import Closing, Work

DEFERRED: Any = {"deferrable": True, "initially": "DEFERRED"}
OPEN = text("closed_at is null and position is not null")
UNPLANNED = text("closed_at is null and last_pos is null")
LIVING = text("trashed_at is null")
BOOKKEEPING = frozenset({"last_pos", "closed_upto", "prev"})


def some(name: str, where: TextClause, *columns: str) -> Index:
    """An index of the rows of which something holds."""
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


class Event(Work, Audited, Checked, Versioned, Model):
    """A task for a contractor, or an internal one, carried out through its stages in order."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("series_id", "year", "no"),
        UniqueConstraint("id", "last_pos", "closed_upto"),
        CheckConstraint("closed_upto between 0 and coalesce(last_pos, 0)", name="closed_upto"),
        CheckConstraint(
            "last_pos is null or (closed_at is not null) = (closed_upto = last_pos)",
            name="closure",
        ),
        CheckConstraint("(closed_at is null) = (closed_on is null)", name="closed_on"),
        CheckConstraint("no > 0", name="no"),
        ForeignKeyConstraint(
            ["id", "last_pos"],
            ["stage.event_id", "stage.position"],
            name="fk_event_last_stage",
            use_alter=True,
            **DEFERRED,
        ),
        Index("ix_event_start_on", "start_on", "id"),
        Index("ix_event_due_on", "due_on", "id"),
        Index("ix_event_closed_at", "closed_at", "id"),
        Index("ix_event_operator", "operator_id", "start_on", "id"),
        Index("ix_event_contractor", "contractor_id", "start_on", "id"),
        some("ix_event_unplanned", UNPLANNED, "operator_id", "due_on", "id"),
        some("ix_event_progress", LIVING, "operator_id", "id", "last_pos", "closed_upto"),
        search_index("event"),
        feature_index("event"),
        document_index("event"),
    )
    unversioned: ClassVar[frozenset[str]] = BOOKKEEPING | {
        *("search_key", "features_key", "number_key", "changed_at")
    }

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    year: Mapped[int]
    no: Mapped[int]
    number: Mapped[str] = mapped_column(String(60), unique=True)
    number_key: Mapped[int] = mapped_column(BigInteger, index=True)
    subject: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    internal: Mapped[bool] = mapped_column(default=False)
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("contractor.id"))
    last_pos: Mapped[int | None]
    closed_upto: Mapped[int] = mapped_column(default=0)
    features: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    search_key: Mapped[str] = mapped_column(Text, default="")
    features_key: Mapped[str] = mapped_column(Text, deferred=True, default="", server_default="")
    trashed_at: Mapped[datetime | None] = mapped_column(Instant, index=True)

    series: Mapped[Series] = relationship()
    contractor: Mapped[Contractor | None] = relationship()
    all_stages: Mapped[list["Stage"]] = relationship(
        back_populates="event", foreign_keys="Stage.event_id", order_by="Stage.position"
    )

    @hybrid_property
    def in_series(self) -> int:
        """The id of its series, also before it is stored."""
        return self.series_id or self.series.id

    @in_series.inplace.expression
    @classmethod
    def _in_series(cls) -> Any:
        """The same in SQL."""
        return cls.series_id

    @property
    def stages(self) -> list["Stage"]:
        """The living stages in order."""
        living = [stage for stage in self.all_stages if stage.trashed_at is None]
        return sorted(living, key=lambda stage: stage.position or len(self.all_stages))

    @property
    def next_stage(self) -> "Stage | None":
        """The first open stage."""
        return next((stage for stage in self.stages if stage.is_open), None)

    def derived(self) -> frozenset[str]:
        """With stages, the event is due when its last one is."""
        return frozenset({"due_on", "due_at"}) if self.last_pos else frozenset()

    def check(self) -> None:
        """Refuse an event without a subject."""
        refuse_if(rules.reasons_not_to_keep_event(self), InvalidValue)

    # --- stages ---------------------------------------------------------------------------

    def add_stage(self, stage: "Stage", position: int | None = None) -> None:
        """Add a stage at the end, or insert it at a position behind the closed ones."""
        stages = self.stages
        if position is None:
            refuse_if(rules.reasons_not_to_add_stage(self))
        else:
            refuse_if(rules.reasons_not_to_insert_stage(self, position))
        stages.insert(len(stages) if position is None else position - 1, stage)
        self.all_stages.append(stage)
        self._order(stages, self.closed_upto)

    def move_stage(self, stage: "Stage", position: int) -> None:
        """Give an open stage another place among the open ones."""
        refuse_if(rules.reasons_not_to_move_stage(stage, position))
        stages = self.stages
        stages.remove(stage)
        stages.insert(position - 1, stage)
        self._order(stages, self.closed_upto)

    def delete_stage(self, stage: "Stage", *, at: datetime, choice: str | None = None) -> None:
        """Move a stage to the trash; if a closed one becomes the last, `choice` says what then."""
        refuse_if(rules.reasons_not_to_delete_stage(stage, choice))
        previous = self.stages[stage.index - 1] if rules.leaves_closed_last(stage) else None
        closed = self.closed_upto - stage.is_closed
        rest = [other for other in self.stages if other is not stage]
        stage.leave(at)
        if previous and choice == rules.REOPEN_PREVIOUS:
            previous.mark_open()
            closed -= 1
        elif previous:
            self._mark_closed_like(previous)
        self._order(rest, closed)

    def restore_stage(self, stage: "Stage") -> None:
        """Take a stage out of the trash: it goes, open, to the end."""
        refuse_if(rules.reasons_not_to_add_stage(self))
        stages = self.stages
        stage.trashed_at = None
        stage.mark_open()
        self._order([*stages, stage], self.closed_upto)

    # --- closing --------------------------------------------------------------------------

    def close_stage(self, stage: "Stage", closing: Closing) -> None:
        """Close the first open stage, unless it is the last."""
        refuse_if(rules.reasons_not_to_close_stage(stage))
        stage.mark_closed(closing)
        self._order(self.stages, self.closed_upto + 1)

    def close_and_add_next(self, stage: "Stage", closing: Closing, following: "Stage") -> None:
        """Close the last stage and go on with a new one behind it."""
        refuse_if(rules.reasons_not_to_close_and_add_next(stage))
        stage.mark_closed(closing)
        self.all_stages.append(following)
        following.position = stage.index + 2
        self._order(self.stages, self.closed_upto + 1)

    def close_up_to(self, stage: "Stage", closing: Closing) -> None:
        """Close all open stages up to this one, in order, at one time."""
        refuse_if(rules.reasons_not_to_close_up_to(stage))
        self._close_stages(self.stages[self.closed_upto : stage.index + 1], closing)

    def close(self, closing: Closing) -> None:
        """Close the event and with it its last stage, at one time."""
        refuse_if(rules.reasons_not_to_close_event(self))
        self._close_with(self.stages[self.closed_upto :], closing)

    def close_cascade(self, named: Sequence[int], closing: Closing) -> None:
        """Close all open stages, named by their ids, in order, and then the event."""
        refuse_if(rules.reasons_not_to_close_cascade(self, named))
        self._close_with(self.stages[self.closed_upto :], closing)

    # --- reopening ------------------------------------------------------------------------

    def reopen(self) -> None:
        """Open a closed event and its last stage."""
        refuse_if(rules.reasons_not_to_reopen_event(self))
        self.mark_open()
        stages = self.stages
        if stages:
            stages[-1].mark_open()
        self._order(stages, max(len(stages) - 1, 0))

    def reopen_and_add(self, following: "Stage") -> None:
        """Open a closed event by a new last stage; the old one stays closed."""
        refuse_if(rules.reasons_not_to_reopen_event(self))
        self.mark_open()
        stages = self.stages
        self.all_stages.append(following)
        self._order([*stages, following], len(stages))

    def reopen_stage(self, stage: "Stage") -> None:
        """Open the last of the closed stages."""
        refuse_if(rules.reasons_not_to_reopen_stage(stage))
        self._reopen_from(stage)

    def reopen_down_to(self, stage: "Stage") -> None:
        """Open all closed stages from this one on."""
        refuse_if(rules.reasons_not_to_reopen_down_to(stage))
        self._reopen_from(stage)

    # --- bookkeeping ----------------------------------------------------------------------

    def _reopen_from(self, stage: "Stage") -> None:
        for other in self.stages[stage.index : self.closed_upto]:
            other.mark_open()
        self._order(self.stages, stage.index)

    def _close_stages(self, stages: Sequence["Stage"], closing: Closing) -> None:
        for stage in stages:
            stage.mark_closed(closing)
        self._order(self.stages, self.closed_upto + len(stages))

    def _close_with(self, stages: Sequence["Stage"], closing: Closing) -> None:
        wrong = rules.reasons_against_event_time(self, closing.moment, closing.now)
        refuse_if(wrong, InvalidValue)
        self._close_stages(stages, closing)
        self.take_closing(closing)

    def _mark_closed_like(self, stage: "Stage") -> None:
        self.closed_at, self.closed_on = stage.closed_at, stage.closed_on
        self.closed_by_id, self.outcome_id = stage.closed_by_id, stage.outcome_id

    def _order(self, stages: Sequence["Stage"], closed: int) -> None:
        """Number the stages 1..n, of which the first `closed` are closed; the plan flows up."""
        self.last_pos, self.closed_upto = len(stages) or None, closed
        for position, stage in enumerate(stages, 1):
            stage.position, stage.prev = position, position - 1 or None
            stage.last_pos, stage.closed_upto = len(stages), closed
        self.follow_last_stage()

    def renumber(self) -> None:
        """Bring the bookkeeping in line with which stages are there and closed."""
        stages = self.stages
        self._order(stages, sum(stage.is_closed for stage in stages))

    def follow_last_stage(self) -> None:
        """The event is due when its last stage is."""
        if stages := self.stages:
            self.due_on, self.due_at = stages[-1].due_on, stages[-1].due_at

    def __repr__(self) -> str:
        return f"{self.number} {self.subject}"


class Stage(Work, Audited, Checked, Versioned, Model):
    """One step of an event: planned, done in its turn, with an outcome."""

    __tablename__ = "stage"
    __table_args__ = (
        UniqueConstraint("event_id", "position"),
        CheckConstraint("(position is null) = (trashed_at is not null)", name="position"),
        CheckConstraint(
            "position is null or (last_pos is not null and closed_upto is not null)",
            name="counted",
        ),
        CheckConstraint("position is null or position between 1 and last_pos", name="within"),
        CheckConstraint("position is null or coalesce(prev, 0) = position - 1", name="prev"),
        CheckConstraint(
            "position is null or (closed_at is not null) = (position <= closed_upto)",
            name="closure",
        ),
        CheckConstraint("(closed_at is null) = (closed_on is null)", name="closed_on"),
        ForeignKeyConstraint(
            ["event_id", "last_pos", "closed_upto"],
            ["event.id", "event.last_pos", "event.closed_upto"],
            name="fk_stage_event_closure",
            **DEFERRED,
        ),
        ForeignKeyConstraint(
            ["event_id", "prev"],
            ["stage.event_id", "stage.position"],
            name="fk_stage_prev",
            **DEFERRED,
        ),
        Index("ix_stage_due_on", "due_on", "id"),
        Index("ix_stage_closed_at", "closed_at", "id"),
        Index("ix_stage_operator", "operator_id", "event_id"),
        some("ix_stage_open", OPEN, "event_id", "due_on"),
        some("ix_stage_open_due", OPEN, "due_on", "id"),
        some("ix_stage_open_operator", OPEN, "operator_id", "due_on", "id"),
        document_index("stage"),
    )
    unversioned: ClassVar[frozenset[str]] = BOOKKEEPING | {"changed_at"}

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    position: Mapped[int | None]
    last_pos: Mapped[int | None]
    closed_upto: Mapped[int | None]
    prev: Mapped[int | None]
    subject: Mapped[str | None] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    features: Mapped[dict[str, Any]] = mapped_column(Document, default=dict, server_default="{}")
    trashed_at: Mapped[datetime | None] = mapped_column(Instant)

    event: Mapped[Event] = relationship(back_populates="all_stages", foreign_keys=[event_id])

    @hybrid_property
    def in_series(self) -> int:
        """The id of the event's series."""
        return self.event.in_series

    @in_series.inplace.expression
    @classmethod
    def _in_series(cls) -> Any:
        """The same in SQL."""
        event = Event.__table__.c
        return select(event.series_id).where(event.id == cls.event_id).scalar_subquery()

    @property
    def index(self) -> int:
        """Place in the event's list of stages, from 0."""
        return self.event.stages.index(self)

    @property
    def is_next(self) -> bool:
        """Whether it is this stage's turn: all before it are closed, it is not."""
        return self.position is not None and self.position == (self.closed_upto or 0) + 1

    @property
    def is_last(self) -> bool:
        """Whether no stage follows."""
        return self.event.stages[-1] is self

    def mark_closed(self, closing: Closing) -> None:
        """Take the closing time, operator and outcome."""
        wrong = rules.reasons_against_closing_time(self, closing.moment, closing.now)
        refuse_if(wrong, InvalidValue)
        self.take_closing(closing)

    def leave(self, at: datetime) -> None:
        """Go to the trash, out of the order."""
        self.position = self.prev = self.last_pos = self.closed_upto = None
        self.trashed_at = at

    def __repr__(self) -> str:
        return f"{self.position} {self.subject or self.event.subject}"
