"""The invariants I1-I6 of events and stages, and a short notation for where an event stands.

`cco` is an open event with two closed stages and an open one, `cc` a closed event with two closed
stages, an empty text an open event without stages and `!` a closed one.
"""

from collections.abc import Iterator

from app.events.models import Event


def standing(event: Event) -> str:
    """Where the event stands, in short notation."""
    letters = "".join("c" if stage.is_closed else "o" for stage in event.stages)
    return letters or ("!" if event.is_closed else "")


def broken(event: Event) -> list[str]:
    """What of the invariants does not hold; the bookkeeping belongs to them."""
    return [*order(event), *closure(event), *times(event), *bookkeeping(event)]


def order(event: Event) -> Iterator[str]:
    """I1: Lp is 1..n."""
    places = [stage.position for stage in event.stages]
    if places != list(range(1, len(places) + 1)):
        yield f"I1 {places}"


def closure(event: Event) -> Iterator[str]:
    """I2: closed stages come first; I3: the last one is closed just when the event is."""
    closed = [stage.is_closed for stage in event.stages]
    if closed != sorted(closed, reverse=True):
        yield f"I2 {closed}"
    if closed and event.is_closed != closed[-1]:
        yield f"I3 event {event.is_closed}, stages {closed}"


def times(event: Event) -> Iterator[str]:
    """I4: completion never goes back, the event's is the last stage's; I5: so is the due date."""
    stages = event.stages
    moments = [stage.closed_at for stage in stages if stage.closed_at]
    if moments != sorted(moments):
        yield f"I4 {moments}"
    if stages and event.is_closed and event.closed_at != stages[-1].closed_at:
        yield f"I4 event {event.closed_at}, last stage {stages[-1].closed_at}"
    if stages and (event.due_on, event.due_at) != (stages[-1].due_on, stages[-1].due_at):
        yield f"I5 event {event.due_on}, last stage {stages[-1].due_on}"


def bookkeeping(event: Event) -> Iterator[str]:
    """What is declared in the database is what is there."""
    stages = event.stages
    closed = sum(stage.is_closed for stage in stages)
    if (event.last_pos or 0, event.closed_upto) != (len(stages), closed):
        yield f"event {event.last_pos}/{event.closed_upto}, but {len(stages)}/{closed}"
    for stage in stages:
        if (stage.last_pos, stage.closed_upto) != (len(stages), closed):
            yield f"stage {stage.last_pos}/{stage.closed_upto}, but {len(stages)}/{closed}"
