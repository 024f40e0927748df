"""Reads an uploaded file into rows of text: CSV of any usual kind, or a spreadsheet."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.errors import InvalidValue, Reason
from app.exchange import spreadsheet
from app.lists.exports.guard import unguarded

LARGEST = 25 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 100_000, 200, 32_000
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
DELIMITERS = {",": _l("comma"), ";": _l("semicolon"), "\t": _l("tab")}
PATIENCE = 60
# Letters that stand elsewhere in the two eight-bit encodings of Polish: Ą ą Ś ś Ź ź
WINDOWS, ISO = b"\xa5\xb9\x8c\x9c\x8f\x9f", b"\xa1\xb1\xa6\xb6\xac\xbc"


@dataclass(frozen=True)
class Row:
    """A row of the file: the line it stands in, its cells by column, or why it can't be read."""

    line: int
    cells: dict[str, str]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file as rows of text; `kind` says what it was taken for."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    kind: str


def refusal(code: str, text: str) -> InvalidValue:
    """Why the whole file is not read."""
    return InvalidValue(Reason(f"file.{code}", text, field="file"))


def read_table(data: bytes, encoding: str | None = None) -> Table:
    """The rows of a file; raises InvalidValue with the reason if it can't be read."""
    if len(data) > LARGEST:
        raise refusal("too_big", _("The file is larger than 25 MB."))
    if not data.strip():
        raise refusal("empty", _("The file is empty."))
    if data[:4] == b"PK\x03\x04":
        return table_of(spreadsheet_rows(data), "XLSX")
    text, found = decode(data, encoding)
    if "\0" in text:
        raise refusal("unreadable", _("This is neither a CSV file nor an XLSX spreadsheet."))
    delimiter = delimiter_of(text)
    name = found.upper().removesuffix("-SIG")
    return table_of(csv_rows(text, delimiter), f"CSV, {name}, {DELIMITERS[delimiter]}")


def table_of(lines: Iterable[tuple[int, Sequence[str | None]]], kind: str) -> Table:
    """The table: the first line that is not empty names the columns."""
    filled = ((number, cells) for number, cells in lines if any(cells))
    _number, header = next(filled, (0, ()))
    columns = column_names(header)
    rows: list[Row] = []
    for number, cells in filled:
        if len(rows) == MOST_ROWS:
            words = _("The file has more than %(count)d rows; split it.", count=MOST_ROWS)
            raise refusal("too_many_rows", words)
        rows.append(row_of(columns, cells, number))
    return Table(columns, tuple(rows), kind)


def column_names(header: Sequence[str | None]) -> tuple[str, ...]:
    """The columns' names; each must be there once."""
    names = [(cell or "").strip() for cell in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise refusal("no_header", _("The first line must name the columns."))
    if len(names) > MOST_COLUMNS:
        words = _("The file has more than %(count)d columns.", count=MOST_COLUMNS)
        raise refusal("too_many_columns", words)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        words = _("Columns stand there twice: %(names)s.", names=", ".join(twice))
        raise refusal("columns_twice", words)
    return tuple(names)


def row_of(columns: Sequence[str], cells: Sequence[str | None], line: int) -> Row:
    """The cells by column; a row with more cells than columns is a bad one."""
    texts = [(cell or "").strip() for cell in cells]
    texts += [""] * (len(columns) - len(texts))
    found = {name: text for name, text in zip(columns, texts, strict=False) if name}
    return Row(line, found, tuple(reasons_against(columns, texts)))


def reasons_against(columns: Sequence[str], texts: Sequence[str]) -> list[Reason]:
    """Why a row can't be read."""
    if any(texts[len(columns) :]):
        words = _("The row has more cells than there are columns.")
        return [Reason("row.ragged", words)]
    if any(len(text) > LONGEST_CELL or UNREADABLE.search(text) for text in texts):
        return [Reason("row.cell", _("The row has a cell that can't be read."))]
    return []


# --- CSV ---------------------------------------------------------------------------------------


def looks_utf16(data: bytes) -> bool:
    """Whether every other byte of the beginning is a zero, as in UTF-16 of Latin letters."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    start = data[:400]
    return any(start[place::2].count(0) > len(start) * 0.25 for place in (0, 1))


def decode(data: bytes, encoding: str | None) -> tuple[str, str]:
    """The text and the encoding it was written in."""
    for name in (encoding,) if encoding else candidates(data):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    raise refusal("encoding", _("The file's encoding is not known; save it as UTF-8."))


def candidates(data: bytes) -> list[str]:
    """The encodings to try, the likeliest first."""
    if looks_utf16(data):
        marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        return ["utf-16" if marked else "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    windows, iso = (sum(data.count(bytes([one])) for one in some) for some in (WINDOWS, ISO))
    return ["utf-8-sig", "cp1250", "iso8859-2"] if windows >= iso else ["utf-8-sig", "iso8859-2"]


def delimiter_of(text: str) -> str:
    """What separates the columns of the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str | None]]]:
    """The lines with the number of the line in which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            words = _("Line %(line)d can't be read as CSV.", line=line)
            raise refusal("csv", words) from error
        yield line, [unguarded(cell) for cell in cells]
        line = reader.line_num + 1


# --- spreadsheets --------------------------------------------------------------------------------


def spreadsheet_rows(data: bytes) -> Iterator[tuple[int, list[str | None]]]:
    """The lines of the first sheet, read by a process with limits."""
    command = [sys.executable, "-I", spreadsheet.__file__]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, the file comes on its input
            command, input=data, capture_output=True, timeout=PATIENCE, check=False
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else {"refused": "too_big"}
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        answer = {"refused": "too_big"}
    if "refused" in answer:
        raise refusal(answer["refused"], spreadsheet_words(answer["refused"]))
    yield from enumerate(answer["rows"], 1)


def spreadsheet_words(code: str) -> str:
    """Why a spreadsheet is not read."""
    words = {
        "too_big": _("The spreadsheet unpacks to more than can be read."),
        "too_many_cells": _("The sheet has more rows or columns than can be read."),
        "dtd": _("The spreadsheet has a document type, which no spreadsheet program writes."),
        "locked": _("The spreadsheet is protected by a password."),
    }
    return str(words.get(code, _("The spreadsheet can't be read; save it as XLSX again.")))
