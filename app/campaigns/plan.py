"""What closes when stages of many events are closed at once, and what does not and why; pure.

The rules are those of closing one stage after the other: in order, the last one only with its
event, not before it began. A stage closes if every earlier open one closes too.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from flask_babel import gettext as _

from app.days import Moment, is_before
from app.errors import Reason


@dataclass(frozen=True)
class OpenStage:
    """An open stage of an open event, with what the plan needs of both."""

    id: int
    version: int
    position: int
    due_on: date | None
    begun: Moment
    outcome_id: int
    event_id: int
    event_version: int
    event_outcome_id: int
    closed_upto: int
    last_pos: int
    closed_before: datetime | None = None


@dataclass(frozen=True)
class Wish:
    """What was asked for: stages due until a day (None: all), with their events or not."""

    until: date | None = None
    events: bool = False

    def covers(self, stage: OpenStage) -> bool:
        """Whether the stage was asked for."""
        return self.until is None or (stage.due_on is not None and stage.due_on <= self.until)


@dataclass(frozen=True)
class Deed:
    """The stages of one event that close; the last of them may close the event."""

    stages: tuple[OpenStage, ...]

    @property
    def event_id(self) -> int:
        """The event."""
        return self.stages[0].event_id

    @property
    def upto(self) -> int:
        """How many stages are closed then."""
        return self.stages[-1].position

    @property
    def closes_event(self) -> bool:
        """Whether the event's last stage is among them."""
        return self.upto == self.stages[-1].last_pos


@dataclass
class Plan:
    """What closes, and the stages asked for that do not, each with the code of its reason."""

    deeds: list[Deed] = field(default_factory=list)
    blocked: list[tuple[OpenStage, str]] = field(default_factory=list)

    @property
    def stages(self) -> list[OpenStage]:
        """All stages that close."""
        return [stage for deed in self.deeds for stage in deed.stages]

    @property
    def events(self) -> int:
        """How many events close."""
        return sum(deed.closes_event for deed in self.deeds)

    def reasons(self) -> dict[str, int]:
        """Code -> number of stages held back by it."""
        codes = [code for _stage, code in self.blocked]
        return {code: codes.count(code) for code in dict.fromkeys(codes)}

    def token(self, *asked: object) -> str:
        """A fingerprint of what was asked and of every row that closes, with its version."""
        digest = hashlib.sha256(repr(asked).encode())
        for one in self.stages:
            digest.update(f"{one.event_id}.{one.event_version}.{one.id}.{one.version};".encode())
        return digest.hexdigest()


def plan(stages: Iterable[OpenStage], wish: Wish, now: Moment) -> Plan:
    """The plan for open stages, which come by event and position."""
    made = Plan()
    for _event, some in groupby(stages, key=lambda one: one.event_id):
        _plan_event(made, list(some), wish, now)
    return made


def _plan_event(made: Plan, stages: Sequence[OpenStage], wish: Wish, now: Moment) -> None:
    closing: list[OpenStage] = []
    held = False
    for stage in stages:
        asked = wish.covers(stage)
        code = "stage.out_of_order" if held else reason_against(stage, wish, now)
        if asked and code is None:
            closing.append(stage)
            continue
        held = True
        if asked and code is not None:
            made.blocked.append((stage, code))
    if closing:
        made.deeds.append(Deed(tuple(closing)))


def reason_against(stage: OpenStage, wish: Wish, now: Moment) -> str | None:
    """The code of what speaks against closing the stage when its turn has come."""
    if stage.position == stage.last_pos and not wish.events:
        return "stage.last_closes_with_event"
    if is_before(now, stage.begun):
        return "stage.realization_before_start"
    if stage.closed_before and now.at and stage.closed_before > now.at:
        return "stage.realization_order"
    return None


def words_for(code: str) -> str:
    """A reason in the reader's language."""
    texts: dict[str, str] = {
        "stage.out_of_order": _("Earlier stages are still open."),
        "stage.last_closes_with_event": _("The last stage closes together with its event."),
        "stage.realization_before_start": _("The stage had not begun by then."),
        "stage.realization_order": _("A stage before it was closed later than now."),
    }
    return texts[code]


def reasons_against_plan(made: Plan, found: int, most: int) -> list[Reason]:
    """Why a plan can't be carried out at all."""
    if found > most:
        text = _(
            "At most %(most)s stages at once; choose a smaller branch or an earlier day.",
            most=most,
        )
        return [Reason("bulk.too_many", text)]
    if not made.deeds:
        return [Reason("bulk.nothing", _("There is nothing to close."))]
    return []
