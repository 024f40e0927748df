"""Reads the first sheet of a spreadsheet; runs as a process of its own, with limits.

A spreadsheet is a zip of XML, in which a small file can unpack to a huge one. So nothing of it is
opened in the server: `python spreadsheet.py` gets the file on standard input and writes JSON,
either {"rows": [[text or null, ...], ...]} or {"refused": code}.
"""

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineWorkbook

MOST_BYTES, MOST_PARTS = 200 * 1024 * 1024, 2_000
MOST_ROWS, MOST_COLUMNS = 100_001, 200
MOST_TEXT, LONGEST_CELL = 60 * 1024 * 1024, 32_767
MEMORY, SECONDS = 400 * 1024 * 1024, 20
PIECE = 1024 * 1024
DTD = [word.encode(kind) for word in ("<!DOCTYPE", "<!ENTITY") for kind in ("utf-8", "utf-16-le")]
REFERENCE = re.compile(rb'<(?:\w+:)?(?:row|dimension)\b[^>]*?\b(?:r|ref)="([^"]{1,40})"')
CELL = re.compile(rb"([A-Z]{0,3})(\d{1,7})")


class Refused(Exception):
    """The file is not read; the argument is the code of the reason."""


def limit_process() -> None:
    """Bound memory and time: what the guards miss ends here."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def check_parts(data: bytes) -> None:
    """Unpack every part once, piece by piece, counting; refuse bombs and document types."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = package.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
            raise Refused("too_big")
        for part in parts:
            check_part(package, part)


def check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part that has a document type or is too large, or whose size is a lie."""
    if part.flag_bits & 0x1:
        raise Refused("locked")
    before, is_xml = b"", part.filename.endswith((".xml", ".rels", ".vml"))
    with package.open(part) as stream:
        while piece := stream.read(PIECE):
            if is_xml:
                check_text(before + piece)
            before = piece[-200:]


def check_text(text: bytes) -> None:
    """Refuse what no spreadsheet program writes, and a sheet larger than we read."""
    if any(word in text for word in DTD):
        raise Refused("dtd")
    for found in REFERENCE.finditer(text):
        for letters, digits in CELL.findall(found.group(1).upper()):
            if int(digits) > MOST_ROWS or column_number(letters) > MOST_COLUMNS:
                raise Refused("too_many_cells")


def column_number(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def rows(data: bytes) -> Iterator[list[str | None]]:
    """The cells of the first sheet as text."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheet = book.get_sheet_by_index(0)
    total = 0
    for row in sheet.to_python(skip_empty_area=False):
        cells = [as_text(cell) for cell in row]
        lengths = [len(cell) for cell in cells if cell]
        total += sum(lengths)
        if total > MOST_TEXT or max(lengths, default=0) > LONGEST_CELL:
            raise Refused("too_big")
        yield cells


def as_text(cell: object) -> str | None:
    """A cell as a person would type it; days and times in ISO form."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        at = cell.time()
        return cell.date().isoformat() if at == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip() or None


def read(data: bytes) -> dict[str, object]:
    """The answer for a file."""
    try:
        check_parts(data)
        return {"rows": list(rows(data))}
    except Refused as refused:
        return {"refused": refused.args[0]}
    except (CalamineError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError):
        return {"refused": "unreadable"}
    except (EOFError, OSError, ValueError, IndexError, RuntimeError):
        return {"refused": "unreadable"}
    except MemoryError:
        return {"refused": "too_big"}


if __name__ == "__main__":
    limit_process()
    json.dump(read(sys.stdin.buffer.read()), sys.stdout)
