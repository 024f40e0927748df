"""Where contractors and events hang in campaigns, from when to when, and what that adds up to."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import Audited
from app.contractors.models import Contractor
from app.db import Instant, Model, now
from app.events.models import Event
from app.features.models import FeatureNode

PRESENT = text("to_at is null")


class Tally(Model):
    """What counts at a place: what its rows add up to, written by triggers (docs/adr/0013).

    `place` is a node's id, 0 for all records, -1 for those on no campaign; open stages have the
    day they are due. Only PostgreSQL keeps it.
    """

    __tablename__ = "tally"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    place: Mapped[int] = mapped_column(index=True)
    due_on: Mapped[date | None]
    contractors: Mapped[int] = mapped_column(server_default="0")
    events: Mapped[int] = mapped_column(server_default="0")
    closed: Mapped[int] = mapped_column(server_default="0")
    late: Mapped[int] = mapped_column(server_default="0")
    stages: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    open: Mapped[int] = mapped_column(server_default="0")


class Membership(Audited, Model):
    """A prospect or event hung on a level of a campaign; ended rows tell where it was."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("(contractor_id is null) <> (event_id is null)", name="one_record"),
        CheckConstraint("to_at is null or to_at >= from_at", name="dates"),
        ForeignKeyConstraint(
            ["feature_id", "node_id"],
            ["feature_node.feature_id", "feature_node.id"],
            name="fk_membership_node",
        ),
        *(
            Index(
                f"uq_membership_{record}",
                "node_id",
                f"{record}_id",
                unique=True,
                postgresql_where=PRESENT,
                sqlite_where=PRESENT,
            )
            for record in ("contractor", "event")
        ),
        Index(
            "ix_membership_present_event",
            *("event_id", "feature_id", "node_id"),
            postgresql_where=PRESENT,
            sqlite_where=PRESENT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    feature_id: Mapped[int] = mapped_column(ForeignKey("feature.id"))
    node_id: Mapped[int] = mapped_column()
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("contractor.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(Instant, default=now)
    to_at: Mapped[datetime | None] = mapped_column(Instant)
    why: Mapped[str | None] = mapped_column(Text)

    node: Mapped[FeatureNode] = relationship(
        primaryjoin=FeatureNode.id == node_id, foreign_keys=[node_id], viewonly=True
    )
    contractor: Mapped[Contractor | None] = relationship()
    event: Mapped[Event | None] = relationship()
