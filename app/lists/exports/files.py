"""The kinds of files: XLSX, CSV for the Polish Excel, CSV as programs read it."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import IO, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from xlsxwriter import Workbook

from app.lists.exports.guard import guarded
from app.lists.exports.rows import Cell, Row

LONGEST_TEXT, EXACT_DIGITS = 32_767, 15  # what a cell of a workbook holds
NARROWEST, WIDEST = 8, 60
DAY, MOMENT = 14, 22  # formats that follow the reader's own settings


@dataclass(frozen=True)
class Sheet:
    """What goes into a file: its title, the headings and the rows."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Row]


@dataclass(frozen=True)
class Format:
    """A kind of file."""

    name: str
    label: Any
    ending: str
    media: str
    write: Callable[[IO[bytes], Sheet], None]


# --- CSV ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Style:
    """How a CSV file is written."""

    delimiter: str
    point: str
    beginning: bytes
    yes: Any
    no: Any
    moment: Callable[[datetime], str]


def on_the_clock(moment: datetime) -> str:
    """The time on the clock; where an hour comes again in autumn, with its zone."""
    return f"{moment:%Y-%m-%d %H:%M}{f' {moment:%z}' if moment.fold else ''}"


EXCEL = Style(";", ",", b"\xef\xbb\xbf", _l("yes"), _l("no"), on_the_clock)
STANDARD = Style(",", ".", b"", "true", "false", datetime.isoformat)


def csv_text(value: Cell, style: Style) -> str:
    """A value as a CSV file of this style holds it."""
    if isinstance(value, bool):
        return str(style.yes if value else style.no)
    if isinstance(value, int | float | Decimal):
        return f"{value:f}".replace(".", style.point) if type(value) is not int else str(value)
    if isinstance(value, datetime):
        return style.moment(value.replace(microsecond=0))
    return value.isoformat() if isinstance(value, date) else guarded(value or "")


def write_csv(file: IO[bytes], sheet: Sheet, style: Style) -> None:
    """The headings and the rows as lines of text."""
    file.write(style.beginning)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, delimiter=style.delimiter, lineterminator="\r\n")
    writer.writerow([guarded(heading) for heading in sheet.headings])
    writer.writerows([csv_text(value, style) for value in row] for row in sheet.rows)
    text.detach()


# --- XLSX ---------------------------------------------------------------------------------------


def write_workbook(file: IO[bytes], sheet: Sheet) -> None:
    """One sheet with headings that stay in sight; texts are texts, never formulas or links."""
    with Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet(sheet_name(sheet.title))
        bold = book.add_format({"bold": True})
        days = {kind: book.add_format({"num_format": kind}) for kind in (DAY, MOMENT)}
        widths = [width_of(heading) for heading in sheet.headings]
        for column, heading in enumerate(sheet.headings):
            page.write_string(0, column, heading, bold)
        for number, row in enumerate(sheet.rows, 1):
            for column, value in enumerate(row):
                put(page, (number, column), value, days)
                widths[column] = max(widths[column], width_of(value))
        for column, width in enumerate(widths):
            page.set_column(column, column, min(width, WIDEST) + 2)
        page.freeze_panes(1, 0)


def put(page: Any, place: tuple[int, int], value: Cell, days: dict[int, Any]) -> None:
    """Write a value as what it is."""
    if isinstance(value, bool):
        page.write_boolean(*place, value)
    elif isinstance(value, int | float | Decimal) and is_exact(value):
        page.write_number(*place, value)
    elif isinstance(value, datetime) and value.fold:
        page.write_string(*place, on_the_clock(value))
    elif isinstance(value, datetime):
        page.write_datetime(*place, value.replace(tzinfo=None), days[MOMENT])
    elif isinstance(value, date):
        page.write_datetime(*place, value, days[DAY])
    elif value is not None:
        page.write_string(*place, str(value)[:LONGEST_TEXT])


def is_exact(value: float | Decimal) -> bool:
    """Whether a cell's number has all its digits."""
    return len(Decimal(str(value)).as_tuple().digits) <= EXACT_DIGITS


def width_of(value: Cell) -> int:
    """The width of a value in letters."""
    if isinstance(value, datetime):
        return 16
    longest = max(map(len, str("" if value is None else value).split("\n")))
    return max(longest, NARROWEST)


def sheet_name(title: str) -> str:
    """A title without the signs that a sheet's name may not have."""
    return "".join(sign for sign in title if sign not in "[]:*?/\\'")[:31] or _("List")


FORMATS = {
    one.name: one
    for one in (
        Format(
            "xlsx",
            _l("XLSX, a workbook"),
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            write_workbook,
        ),
        Format(
            "csv-excel",
            _l("CSV for Excel in Polish"),
            "csv",
            "text/csv",
            partial(write_csv, style=EXCEL),
        ),
        Format(
            "csv",
            _l("CSV for programs"),
            "csv",
            "text/csv",
            partial(write_csv, style=STANDARD),
        ),
    )
}
