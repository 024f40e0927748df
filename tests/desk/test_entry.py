"""One typed line becomes a stage: what is understood, for every line there may be."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.entry import Entry, take_apart
from app.spoken import DAYS, FREE, WEEKDAYS, read_day

TODAY = date(2026, 11, 23)  # a Monday
TOMORROW = TODAY + timedelta(days=1)
FRIDAY = date(2026, 11, 27)

LINES = {
    "zefir tel. jutro 10": Entry(("zefir", "tel."), TOMORROW, time(10)),
    "0001/2026 oferta pt 14:30": Entry(("oferta",), FRIDAY, time(14, 30), "0001/2026"),
    "0001/2026/CRM oferta": Entry(("oferta",), None, None, "0001/2026/CRM"),
    "+3d zadzwonić": Entry(("zadzwonić",), TODAY + timedelta(days=3)),
    "zefir call tomorrow at 9": Entry(("zefir", "call"), TOMORROW, time(9)),
    "zefir spotkanie w pt. o 14:30": Entry(("zefir", "spotkanie"), FRIDAY, time(14, 30)),
    "zefir mail na pojutrze": Entry(("zefir", "mail"), TODAY + timedelta(days=2)),
    "zefir oferta 5.12": Entry(("zefir", "oferta"), date(2026, 12, 5)),
    "zefir oferta 5.11": Entry(("zefir", "oferta"), date(2027, 11, 5)),
    "zefir oferta 5.11.26": Entry(("zefir", "oferta"), date(2026, 11, 5)),
    "zefir oferta 2026-12-05 8": Entry(("zefir", "oferta"), date(2026, 12, 5), time(8)),
    "zefir 10:30": Entry(("zefir",), TODAY, time(10, 30)),
    "zefir wysłać 10 ofert": Entry(("zefir", "wysłać", "10", "ofert")),
    "zefir etap 2": Entry(("zefir", "etap", "2")),
    "zefir jutro tel. 10": Entry(("zefir", "tel."), TOMORROW, time(10)),
    "zefir tel. +2t": Entry(("zefir", "tel."), TODAY + timedelta(days=14)),
    "zefir tel. +1w": Entry(("zefir", "tel."), TODAY + timedelta(days=7)),
    "zefir tel. +7r": Entry(("zefir", "tel."), date(2026, 12, 2)),
    "zefir tel. +7b": Entry(("zefir", "tel."), date(2026, 12, 2)),
    "10": Entry((), TODAY, time(10)),
    "jutro pt": Entry(("pt",), TOMORROW),
    "31.2 7/26 25": Entry(("31.2", "7/26", "25")),
    "99:99 +9999d": Entry(("99:99", "+9999d"), impossible="99:99"),
    "": Entry(()),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_understood(line):
    assert take_apart(line, TODAY) == LINES[line]


ANY_DAY = st.dates(date(2000, 1, 1), date(2150, 1, 1))
WORDS = st.lists(st.from_regex(r"[a-zżź]{4,9}x", fullmatch=True), max_size=4)


@given(st.text(max_size=80), ANY_DAY)
def test_no_line_is_too_odd_and_no_word_is_made_up(text, today):
    found = take_apart(text, today)
    words = iter(text.split())
    assert all(word in words for word in found.words)  # in their order
    assert found.hour is None or found.day is not None


@given(WORDS, WORDS, ANY_DAY, ANY_DAY, st.times(), st.sampled_from(("{}", "{:%d.%m.%Y}")))
def test_a_written_moment_is_read_wherever_it_stands(before, after, today, day, hour, style):
    at = hour.replace(second=0, microsecond=0)
    line = " ".join([*before, style.format(day), f"{at:%H:%M}", *after])
    assert take_apart(line, today) == Entry((*before, *after), day, at)


@given(ANY_DAY, st.integers(0, 60), WORDS)
def test_steps_count_from_today(today, count, words):
    line = " ".join(words)
    assert take_apart(f"+{count}d {line}", today).day == today + timedelta(days=count)
    assert take_apart(f"{line} +{count}t", today).day == today + timedelta(weeks=count)
    worked = take_apart(f"+{count}r", today).day
    between = (today + timedelta(days=n + 1) for n in range((worked - today).days))
    assert sum(day.weekday() < 5 and day not in FREE for day in between) == count


@given(ANY_DAY, st.sampled_from(sorted(WEEKDAYS)), st.sampled_from(("{}", "{}.", "{},")))
def test_a_weekday_is_the_coming_one(today, word, style):
    found = read_day(style.format(word).upper(), today)
    assert 1 <= (found - today).days <= 7
    assert found.weekday() == WEEKDAYS[word]


@given(ANY_DAY, st.sampled_from(sorted(DAYS)))
def test_words_for_days_are_no_subject(today, word):
    assert take_apart(f"zefir {word} oferta", today).words == ("zefir", "oferta")
