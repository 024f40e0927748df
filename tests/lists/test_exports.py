"""Files of a list: which rows and columns, values that read back, formulas that stay text."""

import csv
import io
import re
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import insert, select

from app.audit.models import AuditEntry, Batch
from app.contractors.models import Contractor
from app.events.columns import by_number
from app.events.models import Event
from app.lists.exports import rows as export_rows
from app.lists.exports.files import EXCEL, STANDARD, Sheet, on_the_clock, write_csv, write_workbook
from app.lists.exports.guard import guarded, is_formula, unguarded
from app.lists.exports.models import Export
from app.lists.exports.rows import Chosen, choose

WARSAW = ZoneInfo("Europe/Warsaw")
MOMENT = datetime(2026, 11, 2, 10, 2, tzinfo=WARSAW)
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹣", "﬩", "⁼")
BEFORE = ("", " ", "\t", "\r", "\n", "\x00", "\x1f", "\u00a0", "\u200b", "\u2060", "\ufeff")
BEFORE += ("\u00ad", "\u202e", "\u3000", "\u180e", "\u0301")


# --- the guard ------------------------------------------------------------------------------


@pytest.mark.parametrize("start", STARTS)
def test_what_begins_like_a_formula_becomes_text(start):
    for before in (*BEFORE, *(one + other for one in BEFORE for other in BEFORE)):
        text = f"{before}{start}cmd|'/c calc'!A1"
        assert guarded(text) == f"'{text}", ascii(text)


@given(st.text())
@example("\u200b＝1")
@settings(max_examples=300, deadline=None)
def test_a_guarded_text_is_no_formula_and_others_stay_as_they_are(text):
    safe = guarded(text)
    assert not is_formula(safe)
    assert safe in (text, f"'{text}")
    assert unguarded(safe) == text


@pytest.mark.parametrize("text", ["", "Zefir", "1-2", "a=b", "'a", "0001/2006/CRM", "ż@x.pl"])
def test_a_plain_text_stays_as_it_is(text):
    assert guarded(text) == text


# --- files that read back -------------------------------------------------------------------

TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"
    ),
    min_size=1,
    max_size=20,
)
NUMBERS = st.decimals(-(10**9), 10**9, places=2)
DAYS = st.dates(date(1901, 1, 1), date(2199, 12, 31))
SECONDS = st.integers(-2_000_000_000, 7_000_000_000)
MOMENTS = SECONDS.map(lambda one: datetime.fromtimestamp(one // 60 * 60, UTC).astimezone(WARSAW))
ROWS = st.lists(
    st.tuples(TEXTS | st.none(), NUMBERS, DAYS, MOMENTS, st.booleans(), st.integers(-99, 10**9)),
    max_size=5,
)
HEADINGS = ["=text", "number", "day", "moment", "flag", "count"]


def written(write: Any, rows: Any) -> bytes:
    """The file of these rows."""
    file = io.BytesIO()
    write(file, Sheet("[List]: *", HEADINGS, rows))
    return file.getvalue()


def read_csv(content: bytes, delimiter: str) -> list[list[str]]:
    """The rows of a CSV file."""
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_csv_for_programs_reads_back(rows):
    content = written(partial(write_csv, style=STANDARD), rows)
    assert not content.startswith(b"\xef\xbb\xbf")
    head, *lines = read_csv(content, ",")
    assert head == ["'=text", *HEADINGS[1:]]
    assert [
        (
            unguarded(text),
            Decimal(number),
            date.fromisoformat(day),
            datetime.fromisoformat(moment),
            flag == "true",
            int(count),
        )
        for text, number, day, moment, flag, count in lines
    ] == [(row[0] or "", *row[1:]) for row in rows]


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_xlsx_reads_back_with_types_and_without_formulas(rows):
    content = written(write_workbook, rows)
    sheet = load_workbook(io.BytesIO(content))["List "]
    head, *lines = sheet.iter_rows()
    assert [cell.value for cell in head] == HEADINGS
    assert sheet.freeze_panes == "A2"
    found = [
        (
            line[0].value,
            Decimal(str(line[1].value)),
            line[2].value.date(),
            line[3].value,
            line[4].value,
            line[5].value,
        )
        for line in lines
    ]
    shown = [on_the_clock(one[3]) if one[3].fold else one[3].replace(tzinfo=None) for one in rows]
    naive = [(*row[:3], moment, *row[4:]) for row, moment in zip(rows, shown, strict=True)]
    assert found == naive
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= set("snbd")


def test_csv_for_excel_in_polish(app):
    rows = [("Łódź; „x”", Decimal("1234.50"), date(2026, 11, 2), MOMENT, True, 7), (None,) * 6]
    with app.test_request_context():
        content = written(partial(write_csv, style=EXCEL), rows)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3
    lines = read_csv(content, ";")[1:]
    assert lines[0] == ["Łódź; „x”", "1234,50", "2026-11-02", "2026-11-02 10:02", "tak", "7"]
    assert lines[1] == [""] * 6


def test_long_texts_and_long_numbers_of_a_workbook_are_kept_as_text():
    rows = [("x" * 40_000,), (Decimal(12345678901234567890),), ("a\x01b",)]
    content = written(write_workbook, rows)
    found = [line[0].value for line in load_workbook(io.BytesIO(content)).active.iter_rows()]
    assert (len(found[1]), found[2]) == (32_767, "12345678901234567890")


# --- the page -------------------------------------------------------------------------------


def lines_of(answer: Any, delimiter: str = ",") -> list[list[str]]:
    """The rows of a CSV answer."""
    assert answer.status_code == 200, answer.text
    return read_csv(answer.data, delimiter)


@pytest.fixture
def events(makers: Any, ann: Any, bob: Any) -> list[Any]:
    """Three events of Ann's and one of Bob's."""
    party = makers.contractor("=Zefir", keeper=ann)
    due = datetime(2026, 3, 29, 3, 30, tzinfo=WARSAW)
    stages = [{"subject": "call", "due": due}]
    mine = [
        makers.event(ann, subject=f"s{n}", contractor=party, stages=stages, closed=n % 2)
        for n in range(3)
    ]
    return [*mine, makers.event(bob, subject="bobs")]


def test_the_file_has_the_rows_order_and_columns_of_the_list(english, ann, events):
    state = "_oc_EventView=number&_od_EventView=desc&_flt_0_state=open&cols=number,subject,due"
    answer = english(ann).post(f"/events/export?{state}", data={"format": "csv"})
    assert answer.headers["Etap-Rows"] == "2"
    assert re.search(
        r'filename="?events-\d{4}-\d\d-\d\d\.csv', answer.headers["Content-Disposition"]
    )
    assert lines_of(answer) == [
        ["Number", "Subject", "Due"],
        [events[2].number, "s2", "2026-03-29T03:30:00+02:00"],
        [events[0].number, "s0", "2026-03-29T03:30:00+02:00"],
    ]


def test_all_columns_and_a_workbook(english, ann, events, makers):
    number = makers.feature("size", kind="number", on_events=True)
    events[0].features = {number.key: "12.50"}
    makers.session.commit()
    page = english(ann).post("/events/export", data={"format": "xlsx", "columns": "all"})
    sheet = load_workbook(io.BytesIO(page.data)).active
    head, *lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert head[:3] == ["Number", "Subject", "Contractor"]
    assert {"Outcome chosen", "Days late", "size"} <= set(head)
    by_number = {line[0]: dict(zip(head, line, strict=True)) for line in lines}
    first = by_number[events[0].number]
    assert first["size"] == 12.5
    assert first["Due"].isoformat() == "2026-03-29T03:30:00"
    assert first["Contractor"].startswith("=Zefir")
    assert first["Stages"] == "0 of 1 closed"
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]


@pytest.mark.parametrize("register", ["contractors", "persons", "events", "stages"])
def test_every_column_of_every_register_is_plain(
    english, manager, makers, events, register, statements
):
    makers.person("Fiszki", makers.contractor("X"))
    client = english(manager)
    asked = {"format": "csv-excel", "columns": "all"}
    with statements() as seen:
        few = lines_of(client.post(f"/{register}/export", data=asked), ";")
    assert len(few) > 1
    assert not [text for line in few for text in line if re.search(r"<|object at|\bNone\b", text)]
    for number in range(6):
        event = makers.event(
            manager, stages=["a", "b"], contractor=makers.contractor(f"C{number}")
        )
        makers.person(f"P{number}", event.contractor)
    with statements() as more:
        many = lines_of(client.post(f"/{register}/export", data=asked), ";")
    assert len(many) > len(few)
    assert len(more) <= len(seen), "statements don't grow with the rows"


def test_selected_rows_only_and_none_that_are_not_visible(english, ann, events):
    rows = [str(events[1].id), str(events[3].id)]
    answer = english(ann).post("/events/export?cols=number", data={"format": "csv", "row": rows})
    assert lines_of(answer)[1:] == [[events[1].number]]
    odd = english(ann).post("/events/export", data={"row": "x"})
    assert odd.status_code == 400


def test_a_frozen_selection_is_exported(english, ann, events):
    client = english(ann)
    kept = client.post(
        "/bulk/event/selection",
        data={"all": "1", "list": "_flt_0_state=open"},
        headers={"Accept": "application/json"},
    )
    data = {"format": "csv", "selection": kept.json["token"]}
    assert len(lines_of(client.post("/events/export", data=data))) == 3


def test_every_export_is_written_down(english, ann, manager, events, session):
    english(ann).post("/events/export?_flt_0_state=open&after=x", data={"format": "csv"})
    made = session.scalars(select(Export)).one()
    assert (made.operator_id, made.register, made.format) == (ann.id, "event", "csv")
    assert (made.state, made.rows, made.cut) == ("_flt_0_state=open", 2, False)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.record_type == "export")).one()
    assert session.get_one(Batch, entry.batch_id).act == "export"
    assert entry.changes["rows"] == [None, 2]
    page = english(manager).get("/exports/").text
    assert "_flt_0_state=open" in page


def test_who_may_not_export(english, viewer, events):
    assert english(viewer).post("/events/export", data={"format": "csv"}).status_code in (302, 403)
    assert "/events/export" not in english(viewer).get("/events/").text


def test_the_dialog_tells_how_many_rows_there_are(english, ann, events, statements, monkeypatch):
    client = english(ann)
    with statements() as seen:
        dialog = client.get("/events/export?_flt_0_state=open", headers={"HX-Request": "true"})
    assert "2 rows match." in dialog.text
    assert dialog.text.lstrip().startswith("<dialog")
    assert not seen.writes
    assert "No filter is in force." in client.get("/events/export").text
    monkeypatch.setattr("app.lists.exports.views.MOST", 2)
    assert "More than 2 rows match" in client.get("/events/export").text


@pytest.mark.parametrize("query", ["_oc_EventView=nonsense", "_oc_EventView=number,number"])
def test_odd_addresses_are_refused(english, ann, query):
    assert english(ann).post(f"/events/export?{query}").status_code == 400
    assert english(ann).post("/events/export", data={"format": "pdf"}).status_code == 400


# --- many rows ------------------------------------------------------------------------------


def test_rows_past_the_most_are_left_out_and_it_is_said(english, ann, events, monkeypatch):
    monkeypatch.setattr(export_rows, "STEP", 1)
    monkeypatch.setattr(
        "app.lists.exports.views.choose", lambda query, orders: choose(query, orders, 2)
    )
    answer = english(ann).post("/events/export?cols=number", data={"format": "csv"})
    assert len(lines_of(answer)) == 3
    assert answer.headers["Etap-Rows-Left-Out"] == "yes"
    assert "-first-100000" in answer.headers["Content-Disposition"]


STATUS = ("client", "inactive")


@pytest.fixture
def thousands(session: Any) -> int:
    """Six thousand contractors."""
    rows = [
        {"code": f"C{n}", "name": "Firm", "status": STATUS[n >= 1_000], "features": {}}
        for n in range(6_000)
    ]
    session.execute(insert(Contractor), rows)
    session.commit()
    return len(rows)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(english, manager, thousands, statements, kind):
    client = english(manager)

    def peak(state: str) -> tuple[int, int]:
        tracemalloc.start()
        with statements() as seen:
            answer = client.post(f"/contractors/export?{state}", data={"format": kind})
            size = sum(len(chunk) for chunk in answer.iter_encoded())
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size
        return top, len(seen)

    peak("_flt_0_status=client")
    few, few_statements = peak("_flt_0_status=client")
    many, many_statements = peak("")
    assert many < few * 2, "six times the rows"
    assert many_statements <= few_statements + thousands // export_rows.CHUNK


def test_a_walk_by_steps_gives_every_row_once(acting_as, ann, events, monkeypatch):
    monkeypatch.setattr(export_rows, "STEP", 1)
    with acting_as(ann):
        found = choose(select(Event), [by_number])
    assert found == Chosen([event.id for event in events[:3]], cut=False)


# --- by programs ----------------------------------------------------------------------------


def test_programs_export_with_the_filters_of_the_list(api_as, ann, viewer, events, session):
    q = "(filters:!((col:state,opr:eq,value:open)),order_column:number,columns:!(number,subject))"
    client = api_as(ann)
    answer = client.get("/api/v1/event/export", query_string={"q": q, "format": "csv"})
    assert lines_of(answer)[1:] == [[events[0].number, "s0"], [events[2].number, "s2"]]
    book = client.get("/api/v1/event/export?format=xlsx")
    assert load_workbook(io.BytesIO(book.data)).active.max_row == 4
    assert session.scalars(select(Export.rows).order_by(Export.id)).all() == [2, 3]
    for query in ("format=pdf", "q=(columns:!(secret))", "q=(filters:!((col:x,opr:eq,value:1)))"):
        assert client.get(f"/api/v1/event/export?{query}").status_code == 400
    assert api_as(viewer).get("/api/v1/event/export").status_code == 403
