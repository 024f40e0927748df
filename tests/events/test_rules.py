"""The operation table of events and stages, on real classes without a database."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from inspect import getsource
from typing import Any

import pytest

from app.days import Moment
from app.errors import DomainError
from app.events import models, rules
from app.events.models import Event, Stage
from app.events.work import Closing
from tests.events.invariants import broken, standing

NOW = datetime(2024, 3, 8, 12, tzinfo=UTC)
DAY = date(2024, 3, 4)


def closing(at: datetime = NOW) -> Closing:
    """By operator 1, with outcome 1."""
    return Closing(Moment(at.date(), at), NOW, 1, 1)


def planned(number: int) -> Stage:
    """An open stage due on a day of its own."""
    return Stage(id=number, subject=f"step {number}", start_on=DAY, due_on=date(2024, 4, number))


def event_at(notation: str) -> Event:
    """An event that stands as the notation says."""
    event = Event(subject="Information about the system", start_on=DAY, closed_upto=0)
    stages = notation.replace("!", "")
    for number in range(1, len(stages) + 1):
        event.add_stage(planned(number))
    for stage in event.stages[:-1][: stages.count("c")]:
        event.close_stage(stage, closing())
    if notation == "!" or (stages and stages[-1] == "c"):
        event.close(closing())
    assert standing(event) == notation
    return event


ACTS: dict[str, Callable[[Event, Any], None]] = {
    "add": lambda event, _: event.add_stage(planned(20)),
    "insert": lambda event, at: event.add_stage(planned(20), at),
    "close": lambda event, k: event.close_stage(event.stages[k - 1], closing()),
    "close and add next": lambda event, k: event.close_and_add_next(
        event.stages[k - 1], closing(), planned(20)
    ),
    "close up to": lambda event, k: event.close_up_to(event.stages[k - 1], closing()),
    "close event": lambda event, _: event.close(closing()),
    "close cascade": lambda event, named: event.close_cascade(named, closing()),
    "reopen event": lambda event, _: event.reopen(),
    "reopen and add": lambda event, _: event.reopen_and_add(planned(20)),
    "reopen stage": lambda event, k: event.reopen_stage(event.stages[k - 1]),
    "reopen down to": lambda event, k: event.reopen_down_to(event.stages[k - 1]),
    "delete": lambda event, k: event.delete_stage(event.stages[k - 1], at=NOW),
    "delete, reopen previous": lambda event, k: event.delete_stage(
        event.stages[k - 1], at=NOW, choice="reopen_previous"
    ),
    "delete, close event": lambda event, k: event.delete_stage(
        event.stages[k - 1], at=NOW, choice="close_event"
    ),
    "move": lambda event, both: event.move_stage(event.stages[both[0] - 1], both[1]),
}

# act, where the event stands, argument (mostly the stage's Lp), where it stands then or the code
TABLE: list[tuple[str, str, Any, str]] = [
    ("add", "", None, "o"),
    ("add", "o", None, "oo"),
    ("add", "co", None, "coo"),
    ("add", "cc", None, "event.closed"),
    ("add", "!", None, "event.closed"),
    ("insert", "oo", 1, "ooo"),
    ("insert", "coo", 2, "cooo"),
    ("insert", "coo", 3, "cooo"),
    ("insert", "coo", 1, "stage.before_closed"),
    ("insert", "cc", 3, "event.closed"),
    ("close", "oo", 1, "co"),
    ("close", "coo", 2, "cco"),
    ("close", "coo", 1, "stage.already_closed"),
    ("close", "ooo", 2, "stage.out_of_order"),
    ("close", "oo", 2, "stage.out_of_order"),
    ("close", "o", 1, "stage.last_closes_with_event"),
    ("close", "co", 2, "stage.last_closes_with_event"),
    ("close", "cc", 2, "event.closed"),
    ("close and add next", "o", 1, "co"),
    ("close and add next", "co", 2, "cco"),
    ("close and add next", "oo", 2, "stage.out_of_order"),
    ("close and add next", "oo", 1, "stage.not_last"),
    ("close and add next", "co", 1, "stage.already_closed"),
    ("close and add next", "cc", 2, "event.closed"),
    ("close up to", "ooo", 1, "coo"),
    ("close up to", "ooo", 2, "cco"),
    ("close up to", "cooo", 3, "ccco"),
    ("close up to", "coo", 1, "stage.already_closed"),
    ("close up to", "ooo", 3, "stage.last_closes_with_event"),
    ("close up to", "cc", 1, "event.closed"),
    ("close event", "", None, "!"),
    ("close event", "o", None, "c"),
    ("close event", "co", None, "cc"),
    ("close event", "oo", None, "event.open_stages"),
    ("close event", "coo", None, "event.open_stages"),
    ("close event", "cc", None, "event.already_closed"),
    ("close event", "!", None, "event.already_closed"),
    ("close cascade", "oo", (1, 2), "cc"),
    ("close cascade", "coo", (2, 3), "ccc"),
    ("close cascade", "", (), "!"),
    ("close cascade", "oo", (2,), "event.stages_changed"),
    ("close cascade", "coo", (1, 2, 3), "event.stages_changed"),
    ("close cascade", "oo", (1, 1, 2), "event.stages_changed"),
    ("close cascade", "cc", (1, 2), "event.already_closed"),
    ("reopen event", "c", None, "o"),
    ("reopen event", "cc", None, "co"),
    ("reopen event", "!", None, ""),
    ("reopen event", "co", None, "event.not_closed"),
    ("reopen and add", "c", None, "co"),
    ("reopen and add", "cc", None, "cco"),
    ("reopen and add", "!", None, "o"),
    ("reopen and add", "o", None, "event.not_closed"),
    ("reopen stage", "cco", 2, "coo"),
    ("reopen stage", "cco", 1, "stage.not_top"),
    ("reopen stage", "cco", 3, "stage.not_closed"),
    ("reopen stage", "cc", 2, "event.closed"),
    ("reopen down to", "ccco", 1, "oooo"),
    ("reopen down to", "ccco", 2, "cooo"),
    ("reopen down to", "cco", 3, "stage.not_closed"),
    ("reopen down to", "cc", 1, "event.closed"),
    ("delete", "oo", 1, "o"),
    ("delete", "oo", 2, "o"),
    ("delete", "coo", 1, "oo"),
    ("delete", "coo", 3, "co"),
    ("delete", "o", 1, ""),
    ("delete", "co", 2, "stage.choose_new_last"),
    ("delete", "cc", 2, "event.closed"),
    ("delete, reopen previous", "co", 2, "o"),
    ("delete, reopen previous", "cco", 3, "co"),
    ("delete, reopen previous", "oo", 2, "o"),
    ("delete, close event", "co", 2, "c"),
    ("delete, close event", "cco", 3, "cc"),
    ("delete, close event", "cc", 2, "event.closed"),
    ("move", "ooo", (1, 3), "ooo"),
    ("move", "coo", (3, 2), "coo"),
    ("move", "coo", (1, 2), "stage.closed_prefix"),
    ("move", "coo", (3, 1), "stage.closed_prefix"),
    ("move", "oo", (1, 3), "stage.no_such_position"),
    ("move", "oo", (1, 0), "stage.closed_prefix"),
    ("move", "cc", (1, 2), "event.closed"),
]


def outcome(act: str, notation: str, argument: Any) -> tuple[str, list[str]]:
    """Where the act leads or the code that refuses it; and which invariants it broke."""
    event = event_at(notation)
    try:
        ACTS[act](event, argument)
    except DomainError as error:
        return error.reasons[0].code, [*broken(event), *changed(event, notation)]
    return standing(event), broken(event)


def changed(event: Event, notation: str) -> list[str]:
    """What a refused act did all the same."""
    return [] if standing(event) == notation else [f"refused, but now {standing(event)}"]


@pytest.mark.parametrize(
    ("act", "notation", "argument", "expected"),
    [pytest.param(*row, id=f"{row[0]} at {row[1] or 'none'} {row[2]}: {row[3]}") for row in TABLE],
)
def test_an_act_leads_where_the_operation_table_says(
    act: str, notation: str, argument: Any, expected: str
) -> None:
    assert outcome(act, notation, argument) == (expected, [])


@pytest.mark.parametrize(
    "rule", sorted(set(re.findall(r"rules\.(reasons_not_to_(?!keep)\w+)", getsource(models))))
)
def test_without_any_of_the_rules_the_table_does_not_hold(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [outcome(*row[:3]) for row in TABLE]
    monkeypatch.setattr(rules, rule, lambda *_arguments: [])
    assert [safely(*row[:3]) for row in TABLE] != expected


def safely(*row: Any) -> Any:
    """The outcome, or the fault that a missing rule leads to."""
    try:
        return outcome(*row)
    except (AssertionError, IndexError) as error:
        return repr(error)


@pytest.mark.parametrize(
    ("act", "notation", "argument", "offers", "rows"),
    [
        ("add", "cc", None, ("reopen_and_add",), []),
        ("insert", "coo", 1, ("add_at_end",), []),
        ("close", "co", 2, ("close_event", "close_and_add_next"), [2]),
        ("close", "ooo", 3, ("close_cascade",), [1, 2]),
        ("close event", "cooo", None, ("close_cascade",), [2, 3]),
        ("close cascade", "oo", (1,), ("close_cascade",), [1, 2]),
        ("close and add next", "oo", 1, ("close_stage",), []),
        ("reopen stage", "ccco", 1, ("reopen_down_to",), [2, 3]),
        ("reopen stage", "cc", 1, ("reopen_event",), []),
        ("delete", "co", 2, ("reopen_previous", "close_event"), [1]),
    ],
)
def test_a_refusal_offers_the_way_out_and_names_the_stages_in_the_way(
    act: str, notation: str, argument: Any, offers: tuple[str, ...], rows: list[int]
) -> None:
    with pytest.raises(DomainError) as refused:
        ACTS[act](event_at(notation), argument)
    (reason,) = refused.value.reasons
    assert (reason.offers, [stage.id for stage in reason.rows]) == (offers, rows)
    assert str(reason.text)


def test_event_and_last_stage_close_at_one_time_with_one_outcome() -> None:
    event = event_at("co")
    event.close(closing())
    last = event.stages[-1]
    assert (event.closed_at, event.outcome_id, event.closed_by_id) == (NOW, 1, 1)
    assert (last.closed_at, last.outcome_id, last.closed_by_id) == (NOW, 1, 1)


def test_the_old_last_stage_keeps_its_completion_when_one_is_added() -> None:
    event = event_at("cc")
    event.reopen_and_add(planned(20))
    assert event.closed_at is None
    assert event.stages[1].closed_at == NOW


def test_the_event_takes_over_the_completion_of_the_stage_that_becomes_last() -> None:
    event = event_at("co")
    event.delete_stage(event.stages[1], at=NOW, choice="close_event")
    assert (event.closed_at, event.closed_by_id, event.outcome_id) == (NOW, 1, 1)


def test_an_event_without_stages_keeps_its_due_date() -> None:
    event = event_at("o")
    event.delete_stage(event.stages[0], at=NOW)
    assert event.due_on == date(2024, 4, 1)


def test_a_moved_stage_takes_its_place_and_the_others_follow() -> None:
    event = event_at("cooo")
    event.move_stage(event.stages[3], 2)
    assert [stage.id for stage in event.stages] == [1, 4, 2, 3]
    assert broken(event) == []


def test_a_restored_stage_goes_open_to_the_end() -> None:
    event = event_at("coo")
    gone = event.stages[0]
    event.delete_stage(gone, at=NOW)
    event.restore_stage(gone)
    assert [stage.id for stage in event.stages] == [2, 3, 1]
    assert (standing(event), broken(event)) == ("ooo", [])


@pytest.mark.parametrize(
    ("hours", "begun_hours", "expected"),
    [
        pytest.param(0, -48, [], id="now"),
        pytest.param(1, -48, ["stage.realization_future"], id="in the future"),
        pytest.param(-3, -2, [], id="on the day the stage began, at any time"),
        pytest.param(-13, -2, ["stage.realization_before_start"], id="before the day it began"),
        pytest.param(-47, -48, ["stage.realization_order"], id="before the stage before it"),
        pytest.param(-1, -48, [], id="between its neighbours"),
    ],
)
def test_completion_lies_between_beginning_neighbours_and_now(
    hours: int, begun_hours: int, expected: list[str]
) -> None:
    event = event_at("oo")
    first, second = event.stages
    if expected == ["stage.realization_order"]:
        event.close_stage(first, closing(NOW - timedelta(hours=24)))
    second.start_on = (NOW + timedelta(hours=begun_hours)).date()
    at = NOW + timedelta(hours=hours)
    found = rules.reasons_against_closing_time(second, Moment(at.date(), at), NOW)
    assert [reason.code for reason in found] == expected


def test_completion_does_not_pass_that_of_the_stage_after_it() -> None:
    event = event_at("oooo")
    early = NOW - timedelta(hours=5)
    for stage in event.stages[:2]:
        event.close_stage(stage, closing(early))
    found = rules.reasons_against_closing_time(event.stages[0], Moment(NOW.date(), NOW), NOW)
    assert [reason.code for reason in found] == ["stage.realization_order"]


def test_a_day_alone_is_no_time_of_completion() -> None:
    found = rules.reasons_against_closing_time(event_at("o").stages[0], Moment(DAY), NOW)
    assert [reason.code for reason in found] == ["stage.realization_future"]


@pytest.mark.parametrize(("reason", "count"), [(None, 1), ("", 1), ("  ", 1), ("typo", 0)])
def test_turning_history_back_needs_words(reason: str | None, count: int) -> None:
    assert len(rules.missing_reason(reason)) == count


@pytest.mark.parametrize(
    ("subject", "codes"),
    [
        (None, ["event.subject_missing"]),
        ("  ", ["event.subject_missing"]),
        ("x" * 256, ["event.subject_long"]),
        ("x" * 255, []),
    ],
)
def test_a_subject_is_one_line_with_something_in_it(subject: str | None, codes: list[str]) -> None:
    found = rules.reasons_not_to_keep_event(Event(subject=subject))
    assert [reason.code for reason in found] == codes
