"""The kinds of fields: each function makes a FilterField with the operators of its kind.

Those that compare take the empty for different: *is not Ann* finds rows without anybody, too.
"""

import operator
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, or_, true

from app.access.current import acting
from app.days import zone
from app.db import fold
from app.fab.dress import nice_date
from app.fab.pickers import picker
from app.lists.filters import readers, spans, texts
from app.lists.filters.fields import FilterField, Find, Operator, Picked, Takes, Test

Ids = Collection[Any]  # or what `find` makes of them
Choices = Sequence[tuple[str, Any]]
FLAGS: Choices = (("yes", _l("yes")), ("no", _l("no")))


def unlike(test: Test) -> Test:
    """The opposite of a test; it holds for the empty, too."""
    return lambda *values: test(*values).is_not(true())


def empty_or_not(is_empty: ColumnElement[bool]) -> tuple[Operator, Operator]:
    """Whether there is anything at all."""
    return (
        Operator("empty", _l("is empty"), lambda: is_empty, Takes.NOTHING),
        Operator("filled", _l("is not empty"), lambda: is_empty.is_not(true()), Takes.NOTHING),
    )


# --- text ----------------------------------------------------------------------------------------


def contains(name: str, label: Any, key: Any) -> FilterField:
    """Several texts folded in one column, searched word by word."""
    return found_by(name, label, partial(texts.all_words, key))


def found_by(name: str, label: Any, test: Test) -> FilterField:
    """A search of its own; the test gets a folded text."""
    operators = (
        Operator("ct", _l("contains"), test),
        Operator("nct", _l("does not contain"), unlike(test)),
    )
    return FilterField(name, label, "text", operators, readers.read_text)


def text(name: str, label: Any, column: Any) -> FilterField:
    """A text of its own, compared without case and accents."""
    key = texts.folded(column)
    return _texts(name, label, column, lambda words: key == words, readers.read_text)


def code(
    name: str, label: Any, column: Any, read: Callable[[Any], Any] = readers.read_words
) -> FilterField:
    """A code or number, stored in one way of writing; *is* uses the column's index."""
    return _texts(name, label, column, lambda words: column == words, read)


def _texts(
    name: str, label: Any, column: Any, equal: Test, read: Callable[[Any], Any]
) -> FilterField:
    key = texts.folded(column)
    has: Test = lambda words: texts.has(key, fold(words))  # noqa: E731 - one expression
    operators = (
        Operator("ct", _l("contains"), has),
        Operator("nct", _l("does not contain"), unlike(has)),
        Operator("eq", _l("is"), equal),
        Operator("sw", _l("starts with"), lambda words: texts.starts(key, fold(words))),
        *empty_or_not(or_(column.is_(None), column == "")),
    )
    return FilterField(name, label, "text", operators, read)


# --- numbers and days ----------------------------------------------------------------------------


def number(
    name: str,
    label: Any,
    column: Any,
    read: Callable[[Any], Any],
    show: Callable[[Any], str],
    bind: Callable[[Any], Any],
) -> FilterField:
    """A number with decimals; `bind` makes of what was read what the column is compared with."""
    test: Test = lambda one, compare: compare(column, bind(one))  # noqa: E731 - one expression
    return compared(name, label, test, column.is_(None), read, show)


def compared(
    name: str,
    label: Any,
    test: Test,
    is_empty: ColumnElement[bool],
    read: Callable[[Any], Any],
    show: Callable[[Any], str],
) -> FilterField:
    """What has a size; `test` compares with a value by one of the operators."""
    tests: dict[str, Test] = {
        way.__name__: lambda one, way=way: test(one, way)
        for way in (operator.ge, operator.le, operator.eq, operator.lt, operator.gt)
    }
    tests["between"] = lambda one, other: and_(test(one, operator.ge), test(other, operator.le))
    operators = (*_compared(tests), *empty_or_not(is_empty))
    return FilterField(name, label, "number", operators, read, show=show)


def whole_number(name: str, label: Any, column: Any, within: Test | None = None) -> FilterField:
    """A whole number; `within` asks for a range (least, most) in a way that an index serves."""
    span: Test = within or partial(between, column)
    operators = (*_compared(_spanned(span, 1)), *empty_or_not(column.is_(None)))
    return FilterField(name, label, "number", operators, readers.read_whole)


def between(column: Any, least: Any, most: Any) -> ColumnElement[bool]:
    """Whether the column is between the two; None is no bound."""
    low = column >= least if least is not None else true()
    return and_(low, column <= most if most is not None else true())


def _spanned(span: Test, step: Any) -> dict[str, Test]:
    return {
        "ge": lambda one: span(one, None),
        "le": lambda one: span(None, one),
        "eq": lambda one: span(one, one),
        "lt": lambda one: span(None, one - step),
        "gt": lambda one: span(one + step, None),
        "between": span,
    }


def _compared(tests: dict[str, Test], words: Sequence[Any] = ()) -> list[Operator]:
    """From, to, exactly: in this order addresses number them."""
    usual = ("≥", "≤", "=", "<", ">", _l("between"))
    takes = [Takes.ONE] * 5 + [Takes.TWO]
    rows = zip(tests, words or usual, tests.values(), takes, strict=True)
    return [Operator(*row) for row in rows]


DAY_WORDS = (_l("from"), _l("to"), _l("on"), _l("before"), _l("after"), _l("between"))


def days(
    name: str, label: Any, column: Any, is_open: ColumnElement[bool] | None = None
) -> FilterField:
    """A day; with `is_open` it may be overdue."""
    return spanned(name, label, partial(between, column), column.is_(None), is_open)


def iso_days(name: str, label: Any, column: Any) -> FilterField:
    """A day kept as ISO text."""

    def span(first: date | None, last: date | None) -> ColumnElement[bool]:
        return between(column, first and first.isoformat(), last and last.isoformat())

    return spanned(name, label, span, column.is_(None))


def moments(name: str, label: Any, column: Any) -> FilterField:
    """A moment, asked for by the company's days."""

    def span(first: date | None, last: date | None) -> ColumnElement[bool]:
        until = column < midnight(last + spans.DAY) if last else true()
        return and_(until, column >= midnight(first) if first else true())

    return spanned(name, label, span, column.is_(None))


def midnight(day: date) -> datetime:
    """The moment when a day begins at the company."""
    return datetime.combine(day, time(), zone())


def spanned(
    name: str,
    label: Any,
    span: Test,
    is_empty: ColumnElement[bool],
    is_open: ColumnElement[bool] | None = None,
) -> FilterField:
    """What is asked for by days; `span` is the question for those from the first to the last."""
    operators = (
        *_compared(_spanned(span, spans.DAY), DAY_WORDS),
        *empty_or_not(is_empty),
        *_relative(span),
        *(() if is_open is None else (_overdue(span, is_open),)),
    )
    return FilterField(name, label, "date", operators, readers.read_date, show=nice_date)


def _relative(span: Test) -> list[Operator]:
    """Today, this week, the last 30 days: reckoned when asked."""

    def fixed(reach: Any) -> Test:
        return lambda: span(*reach(spans.present_day()))

    def counted(reach: Any) -> Test:
        return lambda count: span(*reach(spans.present_day(), count))

    plain = [
        Operator(name, label, fixed(reach), Takes.NOTHING)
        for name, (label, reach) in spans.RELATIVE.items()
    ]
    return plain + [
        Operator(name, label, counted(reach), Takes.COUNT, words)
        for name, (label, words, reach) in spans.COUNTED.items()
    ]


def _overdue(span: Test, is_open: ColumnElement[bool]) -> Operator:
    def test(count: int) -> ColumnElement[bool]:
        latest = spans.present_day() - max(count, 1) * spans.DAY
        return and_(is_open, span(None, latest))

    words = lambda n: ngettext(  # noqa: E731 - one expression
        "overdue by at least %(num)s day", "overdue by at least %(num)s days", n
    )
    return Operator("overdue", _l("overdue by at least … days"), test, Takes.COUNT, words)


# --- choices -------------------------------------------------------------------------------------


def flag(name: str, label: Any, column: Any) -> FilterField:
    """Yes or no."""
    known = dict(FLAGS)
    operators = (
        Operator("eq", _l("is"), column.is_),
        *empty_or_not(column.is_(None)),
    )
    show = lambda value: str(known["yes" if value else "no"])  # noqa: E731 - one expression
    return FilterField(
        name, label, "choice", operators, readers.read_flag, choices=lambda: FLAGS, show=show
    )


def choice(
    name: str, label: Any, words: Choices, test: Callable[[str], ColumnElement[bool]]
) -> FilterField:
    """One of a few fixed words, each with its own question."""
    known = dict(words)
    operators = (
        Operator("eq", _l("is"), test),
        Operator("ne", _l("is not"), unlike(test)),
        Operator("in", _l("is one of"), lambda *some: or_(*map(test, some)), Takes.SEVERAL),
    )
    read, show = readers.one_of(lambda: known), lambda word: str(known[word])
    return FilterField(name, label, "choice", operators, read, choices=lambda: words, show=show)


def one_of_few(
    name: str,
    label: Any,
    any_of: Callable[[Ids], ColumnElement[bool]],
    is_empty: ColumnElement[bool],
    choices: Callable[[], Choices],
) -> FilterField:
    """A record of a short register, chosen from a list; `choices` gives ids and names."""

    def find(ids: Collection[int]) -> dict[int, Picked]:
        known = ((int(text), words) for text, words in choices())
        return {pk: Picked(pk, str(words)) for pk, words in known if pk in ids}

    operators = _picked(any_of, is_empty)
    return FilterField(name, label, "choice", operators, readers.read_id, choices, name, find)


# --- records and trees ---------------------------------------------------------------------------


def record(name: str, label: Any, column: Any, kind: str) -> FilterField:
    """A relation, by the id of the other record; of an operator also *me* and *my team*."""
    return related(name, label, kind, column.in_, column.is_(None))


def stamps(rows: Any) -> tuple[FilterField, ...]:
    """Of records that remember it: when and by whom they were made, and when they changed."""
    return (
        moments("created", _l("Created on"), rows.created_at),
        record("created_by", _l("Created by"), rows.created_by_id, "operator"),
        moments("changed", _l("Changed on"), rows.changed_at),
    )


def related(
    name: str,
    label: Any,
    kind: str,
    any_of: Callable[[Ids], ColumnElement[bool]],
    is_empty: ColumnElement[bool],
    find: Find | None = None,
) -> FilterField:
    """Records chosen by a picker; `any_of` asks whether one of them is related."""
    operators = (*_picked(any_of, is_empty), *(_mine(any_of) if kind == "operator" else ()))
    find = find or partial(offered, kind)
    return FilterField(name, label, "remote", operators, readers.read_id, kind=kind, find=find)


def _picked(
    any_of: Callable[[Ids], ColumnElement[bool]], is_empty: ColumnElement[bool]
) -> tuple[Operator, ...]:
    test = lambda *ids: any_of(ids)  # noqa: E731 - one expression
    return (
        Operator("eq", _l("is"), test),
        Operator("ne", _l("is not"), unlike(test)),
        Operator("in", _l("is one of"), test, Takes.SEVERAL),
        *empty_or_not(is_empty),
    )


def _mine(any_of: Callable[[Ids], ColumnElement[bool]]) -> tuple[Operator, ...]:
    return (
        Operator("me", _l("me"), lambda: any_of([acting().id]), Takes.NOTHING),
        Operator("team", _l("my team"), lambda: any_of(sorted(acting().team)), Takes.NOTHING),
    )


def offered(kind: str, ids: Collection[int]) -> dict[int, Picked]:
    """The records with these ids that the operator may see, by one statement."""
    chosen = picker(kind)
    rows = chosen.find_all(ids) if chosen else []
    return {row.id: Picked(row.id, chosen.text(row)) for row in rows} if chosen else {}


def tree(
    name: str,
    label: Any,
    kind: str,
    tests: tuple[Test, Test],
    is_empty: ColumnElement[bool],
    find: Find,
) -> FilterField:
    """A place in a tree; `tests` ask whether it is in the branch of a place, or exactly there."""
    below, at = (lambda *places, one=one: or_(*map(one, places)) for one in tests)
    operators = (
        Operator("below", _l("in the branch"), below, Takes.SEVERAL),
        Operator("eq", _l("exactly at"), at, Takes.SEVERAL),
        Operator("nbelow", _l("not in the branch"), unlike(below), Takes.SEVERAL),
        Operator("ne", _l("not exactly at"), unlike(at), Takes.SEVERAL),
        *empty_or_not(is_empty),
    )
    return FilterField(name, label, "remote", operators, readers.read_id, kind=kind, find=find)
