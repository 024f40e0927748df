"""The operation table once more, in plain Python, written from the requirements alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


class Refused(Exception):
    """The table says no; `code` is the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Step:
    """A stage: the day it began and when it was closed; `key` is its id once it has one."""

    begun: date
    key: int | None = None
    closed_at: datetime | None = None


@dataclass
class Plain:
    """An event: its day, its steps in order, those in the trash, and when it was closed."""

    begun: date
    steps: list[Step] = field(default_factory=list)
    gone: list[Step] = field(default_factory=list)
    closed_at: datetime | None = None

    @property
    def c(self) -> int:
        """How many are closed."""
        return sum(step.closed_at is not None for step in self.steps)

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.steps)

    def open_or(self, code: str = "event.closed") -> None:
        """Refuse if the event is closed."""
        if self.closed_at:
            raise Refused(code)

    def add(self, step: Step, position: int | None = None) -> None:
        """At the end, or behind the closed ones."""
        self.open_or()
        if position is not None and position <= self.c:
            raise Refused("stage.before_closed")
        self.steps.insert(self.n if position is None else position - 1, step)

    def in_turn(self, k: int) -> None:
        """Refuse unless step k is the first open one."""
        self.open_or()
        if k <= self.c:
            raise Refused("stage.already_closed")
        if k > self.c + 1:
            raise Refused("stage.out_of_order")

    def mark(self, first: int, last: int, at: datetime, now: datetime) -> None:
        """Close steps first..last at one time, which must be possible for each."""
        for step in self.steps[first - 1 : last]:
            before = [one.closed_at for one in self.steps if one.closed_at]
            if at > now:
                raise Refused("stage.realization_future")
            if at.date() < step.begun:
                raise Refused("stage.realization_before_start")
            if any(other > at for other in before):
                raise Refused("stage.realization_order")
            step.closed_at = at

    def close_step(self, k: int, at: datetime, now: datetime) -> None:
        """The first open one, unless it is the last."""
        self.in_turn(k)
        if k == self.n:
            raise Refused("stage.last_closes_with_event")
        self.mark(k, k, at, now)

    def close_and_add(self, k: int, at: datetime, now: datetime, step: Step) -> None:
        """The last, when it is the only open one."""
        self.in_turn(k)
        if k != self.n:
            raise Refused("stage.not_last")
        self.mark(k, k, at, now)
        self.steps.append(step)

    def close_up_to(self, k: int, at: datetime, now: datetime) -> None:
        """All open ones up to k, never the last."""
        self.open_or()
        if k == self.n:
            raise Refused("stage.last_closes_with_event")
        if k <= self.c:
            raise Refused("stage.already_closed")
        self.mark(self.c + 1, k, at, now)

    def finish(self, at: datetime, now: datetime) -> None:
        """Close the open steps, then the event; without steps its own day counts."""
        self.mark(self.c + 1, self.n, at, now)
        if not self.steps and at > now:
            raise Refused("event.realization_future")
        if not self.steps and at.date() < self.begun:
            raise Refused("event.realization_before_start")
        self.closed_at = at

    def close(self, at: datetime, now: datetime) -> None:
        """The event with its last step."""
        self.open_or("event.already_closed")
        if self.c < self.n - 1:
            raise Refused("event.open_stages")
        self.finish(at, now)

    def cascade(self, named: Sequence[int], at: datetime, now: datetime) -> None:
        """All open steps, if they are those named, and the event."""
        self.open_or("event.already_closed")
        if sorted(named) != list(range(self.c + 1, self.n + 1)):
            raise Refused("event.stages_changed")
        self.finish(at, now)

    def reopen(self) -> None:
        """The event and its last step."""
        if not self.closed_at:
            raise Refused("event.not_closed")
        self.closed_at = None
        if self.steps:
            self.steps[-1].closed_at = None

    def reopen_and_add(self, step: Step) -> None:
        """The old last step stays closed."""
        if not self.closed_at:
            raise Refused("event.not_closed")
        self.closed_at = None
        self.steps.append(step)

    def reopen_step(self, k: int, *, down_to: bool = False) -> None:
        """The last closed one, or all closed ones from k on."""
        self.open_or()
        if k > self.c:
            raise Refused("stage.not_closed")
        if k < self.c and not down_to:
            raise Refused("stage.not_top")
        for step in self.steps[k - 1 :]:
            step.closed_at = None

    def delete(self, k: int, choice: str | None) -> None:
        """To the trash; a closed one that becomes the last asks for a choice."""
        self.open_or()
        becomes_last = k == self.n and self.n > 1 and self.steps[-2].closed_at is not None
        if becomes_last and choice is None:
            raise Refused("stage.choose_new_last")
        self.gone.append(self.steps.pop(k - 1))
        if becomes_last and choice == "reopen_previous":
            self.steps[-1].closed_at = None
        elif becomes_last:
            self.closed_at = self.steps[-1].closed_at

    def restore(self, which: int) -> None:
        """Open, at the end."""
        self.open_or()
        step = self.gone.pop(which)
        step.closed_at = None
        self.steps.append(step)

    def move(self, k: int, position: int) -> None:
        """Among the open ones."""
        self.open_or()
        if k <= self.c or position <= self.c:
            raise Refused("stage.closed_prefix")
        if position > self.n:
            raise Refused("stage.no_such_position")
        self.steps.insert(position - 1, self.steps.pop(k - 1))
