"""What admins define for events: number series and outcomes."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, inspect, text
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.models import Audited
from app.db import Checked, Instant, Model, Versioned
from app.errors import InvalidValue, Reason, refuse_if

PLACES = ("{nr", "{rok}", "{symbol}")


class Series(Audited, Checked, Versioned, Model):
    """A number series of events: its symbol and the pattern of its numbers."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    pattern: Mapped[str] = mapped_column(String(60), default="{nr:4}/{rok}/{symbol}")
    archived_at: Mapped[datetime | None] = mapped_column(Instant)

    def number(self, no: int, year: int) -> str:
        """The full number, `0001/2026/CRM`; a counter past its width just grows."""
        return self.pattern_for_format().format(nr=no, rok=year, symbol=self.symbol)

    def pattern_for_format(self) -> str:
        """The pattern with zero padding: {nr:4} means at least four digits."""
        return self.pattern.replace("{nr:", "{nr:0")

    def check(self) -> None:
        """Refuse a pattern that would not tell numbers apart."""
        refuse_if(reasons_not_to_keep_series(self), InvalidValue)

    def __repr__(self) -> str:
        return self.symbol if self.name == self.symbol else f"{self.symbol} {self.name}"


def reasons_not_to_keep_series(series: Series) -> list[Reason]:
    """A pattern needs counter, year and symbol and nothing that can't be filled in."""
    words = _("The pattern needs {nr:4}, {rok} and {symbol}, and no other braces.")
    wrong = Reason("series.pattern", words, field="pattern")
    pattern = series.pattern or ""
    if any(pattern.count(place) != 1 for place in PLACES) or pattern.count("{") != 3:
        return [wrong]
    try:
        one, other = series.number(1, 2026), series.number(10000, 2026)
    except (ValueError, KeyError, IndexError):
        return [wrong]
    return [] if one != other and len(other) <= 60 else [wrong]


class Numbering(Model):
    """The last number given in a series and year; the row is the lock."""

    __tablename__ = "numbering"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Outcome(Audited, Checked, Versioned, Model):
    """How a stage ended; "(Inna)" is the system's own and always there."""

    __tablename__ = "outcome"
    __table_args__ = (
        Index(
            "uq_outcome_system",
            "system",
            unique=True,
            postgresql_where=text("system"),
            sqlite_where=text("system"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(120), unique=True)
    system: Mapped[bool] = mapped_column(default=False)
    place: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def label(self) -> str:
        """The name in the reader's language; only the system's own is translated."""
        return _("(Other)") if self.system else self.name

    @property
    def bracketed(self) -> str:
        """The label as lists show it while a stage is open: in brackets."""
        label = self.label
        return label if label.startswith("(") else f"({label})"

    def check(self) -> None:
        """The system's outcome keeps its name and can't be archived."""
        self.folded = " ".join((self.name or "").split()).casefold()
        renamed = bool(inspect(self).attrs.name.history.deleted)
        refuse_if(reasons_not_to_keep_outcome(self, renamed=renamed), InvalidValue)

    def __repr__(self) -> str:
        return self.label


def reasons_not_to_keep_outcome(outcome: Outcome, *, renamed: bool) -> list[Reason]:
    """An outcome has a name; the system's own stays as it is."""
    if not outcome.folded:
        return [Reason("outcome.name", _("This field is required."), field="name")]
    field = "name" if renamed else "archived_at" if outcome.archived_at else None
    if outcome.system and field:
        return [Reason("outcome.system", _("This outcome always exists."), field=field)]
    return []
