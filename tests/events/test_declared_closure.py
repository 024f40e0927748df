"""The database itself refuses what the rules forbid, whoever writes: both engines, plain SQL."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, NotSupportedError

from app.events.models import Event
from tests.databases import engine_of

AT = "'2024-03-05 10:00:00'"
CLOSED = f"closed_at = {AT}, closed_on = '2024-03-05'"
OPEN = "closed_at = null, closed_on = null"


@pytest.fixture
def event(make_event: Callable[..., Event], ann: Any) -> Event:
    """An event of which two of three stages are closed."""
    return make_event(operator=ann, stages=["a", "b", "c"], closed=2)


@pytest.fixture
def run(app: Flask, event: Event) -> Callable[..., None]:
    """Run statements in one transaction; :event is the event, :s1 to :s3 are its stages."""
    stages = {f"s{stage.position}": stage.id for stage in event.stages}
    return lambda *statements: in_one(engine_of(app), statements, {"event": event.id, **stages})


def in_one(engine: Engine, statements: tuple[str, ...], values: dict[str, int]) -> None:
    """One transaction."""
    with engine.begin() as connection:
        for statement in statements:
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), named)


ILLEGAL = {
    "an open stage before a closed one": [f"update stage set {OPEN} where id = :s1"],
    "a closed stage after an open one": [f"update stage set {CLOSED} where id = :s3"],
    "the last stage closed alone, counted right": [
        "update event set closed_upto = 3 where id = :event",
        f"update stage set {CLOSED} where id = :s3",
        "update stage set closed_upto = 3 where event_id = :event",
    ],
    "the event closed over an open stage": [f"update event set {CLOSED} where id = :event"],
    "the event counted closed over an open stage": [
        f"update event set {CLOSED}, closed_upto = 3 where id = :event",
        "update stage set closed_upto = 3 where event_id = :event",
    ],
    "an event that forgets its stages": [
        "update event set last_pos = null, closed_upto = 0 where id = :event"
    ],
    "an event that counts stages which are not there": [
        "update event set last_pos = 4 where id = :event"
    ],
    "an event that counts too few": ["update event set last_pos = 2 where id = :event"],
    "a stage that counts otherwise than its event": [
        "update stage set closed_upto = 1 where id = :s1"
    ],
    "two stages in one place": ["update stage set position = 2, prev = 1 where id = :s3"],
    "a hole in the order": ["update stage set position = 4, prev = 3 where id = :s3"],
    "a place before the first": ["update stage set position = 0, prev = -1 where id = :s1"],
    "a stage gone from the middle": [
        f"update stage set position = null, prev = null, trashed_at = {AT} where id = :s2"
    ],
    "a stage in the trash that keeps its place": [
        f"update stage set trashed_at = {AT} where id = :s3"
    ],
    "a stage without a place outside the trash": [
        "update stage set position = null where id = :s3"
    ],
    "a stage that counts nothing": [
        "update stage set last_pos = null, closed_upto = null where id = :s3"
    ],
    "a stage deleted under its event": ["delete from stage where id = :s3"],
    "a stage moved to another event": ["update stage set event_id = 999999 where id = :s3"],
    "a closing time without its day": ["update stage set closed_on = null where id = :s2"],
    "a number that is none": ["update event set no = 0 where id = :event"],
    "more closed than there are": ["update event set closed_upto = 4 where id = :event"],
}


@pytest.mark.parametrize("statements", ILLEGAL.values(), ids=ILLEGAL.keys())
def test_an_illegal_state_is_refused(run: Callable[..., None], statements: list[str]) -> None:
    with pytest.raises((IntegrityError, NotSupportedError)):
        run(*statements)


LEGAL = {
    "the event closed with its last stage": [
        f"update event set {CLOSED}, closed_upto = 3 where id = :event",
        f"update stage set {CLOSED}, closed_upto = 3 where id = :s3",
        "update stage set closed_upto = 3 where id in (:s1, :s2)",
    ],
    "the last closed stage opened": [
        "update event set closed_upto = 1 where id = :event",
        f"update stage set {OPEN}, closed_upto = 1 where id = :s2",
        "update stage set closed_upto = 1 where id in (:s1, :s3)",
    ],
    "the middle one put into the trash": [
        f"update stage set position = null, prev = null, last_pos = null, closed_upto = null, "
        f"trashed_at = {AT} where id = :s2",
        "update stage set position = 2, prev = 1, last_pos = 2, closed_upto = 1 where id = :s3",
        "update stage set last_pos = 2, closed_upto = 1 where id = :s1",
        "update event set last_pos = 2, closed_upto = 1 where id = :event",
    ],
    "all stages put into the trash": [
        f"update stage set position = null, prev = null, last_pos = null, closed_upto = null, "
        f"trashed_at = {AT} where event_id = :event",
        "update event set last_pos = null, closed_upto = 0 where id = :event",
    ],
    "everything deleted": [
        "update event set last_pos = null, closed_upto = 0 where id = :event",
        "delete from stage where event_id = :event",
        "delete from event where id = :event",
    ],
}


@pytest.mark.parametrize("statements", LEGAL.values(), ids=LEGAL.keys())
def test_a_legal_change_passes(run: Callable[..., None], statements: list[str]) -> None:
    run(*statements)


def test_a_second_event_with_the_same_number_is_refused(
    run: Callable[..., None], make_event: Callable[..., Event], ann: Any
) -> None:
    other = make_event(operator=ann)
    with pytest.raises(IntegrityError):
        run(f"update event set no = {other.no} where id = :event")


@pytest.mark.parametrize(
    ("check", "state"),
    [
        ("ck_stage_closure", "an open stage before a closed one"),
        ("ck_stage_position", "a stage in the trash that keeps its place"),
        ("ck_event_no", "a number that is none"),
        ("fk_event_last_stage", "an event that counts stages which are not there"),
    ],
)
@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_without_its_declaration_a_state_would_pass(
    app: Flask, run: Callable[..., None], event: Event, check: str, state: str
) -> None:
    stages = {f"s{stage.position}": stage.id for stage in event.stages}
    values = {"event": event.id, **stages}
    with engine_of(app).connect() as connection:
        connection.execute(text("set constraints all immediate"))
        connection.execute(text(f"alter table {check.split('_')[1]} drop constraint {check}"))
        if check == "fk_event_last_stage":
            connection.execute(text("alter table stage drop constraint fk_stage_event_closure"))
        for statement in ILLEGAL[state]:
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), named)
        connection.rollback()
