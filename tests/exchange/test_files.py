"""Files of every usual kind are read; bombs and broken ones are refused."""

import io
import subprocess
import sys
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from app.errors import InvalidValue
from app.exchange import spreadsheet
from app.exchange.files import LARGEST, read_table

TEXT = "nazwa;miasto\nZażółć gęślą jaźń;Łódź\nŚwit;Źródła\n"
ROWS = [{"nazwa": "Zażółć gęślą jaźń", "miasto": "Łódź"}, {"nazwa": "Świt", "miasto": "Źródła"}]


def cells(data):
    """The rows of a file."""
    return [row.cells for row in read_table(data).rows]


def refused(data):
    """The code with which a file is refused."""
    with pytest.raises(InvalidValue) as caught:
        read_table(data)
    return caught.value.reasons[0].code


def sheet(*rows):
    """A spreadsheet with these rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        days = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(number, place, cell, days)
                else:
                    page.write(number, place, cell)
    return file.getvalue()


def with_part(name, content):
    """A spreadsheet with a part added or replaced."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet(["name"], ["x"]))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return file.getvalue()


def many_parts():
    """A zip of more parts than any spreadsheet has."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for number in range(2_001):
            new.writestr(f"xl/{number}.xml", "")
    return file.getvalue()


def far_cell(row=b' r="1048576"', size=b"A1:XFD1048576"):
    """A small file whose sheet would need billions of cells."""
    corner = (
        b'<?xml version="1.0"?><worksheet '
        b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + (b'<dimension ref="%s"/>' % size if size else b"")
        + b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row%s>' % row
        + b'<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    return with_part("xl/worksheets/sheet1.xml", corner)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1250", "iso8859-2"]
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_in_every_usual_encoding(encoding, delimiter):
    assert cells(TEXT.replace(";", delimiter).encode(encoding)) == ROWS


def test_lines_are_those_of_the_file():
    table = read_table(b'\nname,note\n"a\nb",x\n\nc,y\n')
    assert [(row.line, row.cells["name"]) for row in table.rows] == [(3, "a\nb"), (6, "c")]


def test_a_row_with_more_cells_than_columns_is_a_bad_one():
    rows = read_table(b"a,b\n1,2\n1,2,3\n").rows
    assert [[reason.code for reason in row.reasons] for row in rows] == [[], ["row.ragged"]]


def test_spreadsheets_are_read_as_people_see_them():
    data = sheet(
        ["code", "when", "day", "count", "share", "yes"],
        [
            "A1",
            datetime.fromisoformat("2006-10-31T09:55"),
            datetime.fromisoformat("2006-11-02"),
            12,
            1.5,
            True,
        ],
    )
    found = {"code": "A1", "when": "2006-10-31 09:55:00", "day": "2006-11-02"}
    assert cells(data) == [{**found, "count": "12", "share": "1.5", "yes": "true"}]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "file.empty", id="nothing"),
        pytest.param(b"a\0\0\0b" * 50, "file.unreadable", id="a picture or so"),
        pytest.param(b'a,b\n"open', "file.csv", id="open quote"),
        pytest.param(b"a,a\n1,2\n", "file.columns_twice", id="a column twice"),
        pytest.param(
            b",".join(b"c%d" % n for n in range(300)), "file.too_many_columns", id="wide"
        ),
        pytest.param(b"a\n" + b"1\n" * 100_001, "file.too_many_rows", id="long"),
        pytest.param(b"x" * (LARGEST + 1), "file.too_big", id="large"),
        pytest.param(b"PK\x03\x04 but no zip", "file.unreadable", id="no zip"),
    ],
)
def test_what_cannot_be_read_is_refused(data, code):
    assert refused(data) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(
            lambda: with_part("xl/a.bin", bytes(300 * 1024**2)), "file.too_big", id="zip bomb"
        ),
        pytest.param(
            lambda: with_part(
                "xl/sharedStrings.xml",
                '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
                '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                "<si><t>&b;</t></si></sst>",
            ),
            "file.dtd",
            id="external entity",
        ),
        pytest.param(many_parts, "file.too_big", id="thousands of parts"),
        pytest.param(far_cell, "file.too_many_cells", id="two cells far apart"),
        pytest.param(lambda: far_cell(b"", b""), "file.too_big", id="far apart and not telling"),
    ],
)
def test_bombs_are_refused_in_little_memory(data, code):
    assert refused(data()) == code
    assert spreadsheet.MEMORY <= 400 * 1024**2


def test_the_reader_limits_itself():
    """The negative control: without the limits the same file would be opened."""
    code = (
        f"import sys; sys.path.insert(0, {str(spreadsheet.__file__.rsplit('/', 1)[0])!r});"
        "import resource, spreadsheet; spreadsheet.limit_process();"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert int(done.stdout) == spreadsheet.MEMORY
