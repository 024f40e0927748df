"""Making a file of a list: noted, written and sent."""

from collections.abc import Iterator, Sequence
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO, Any

from flask import Response

from app.access.current import acting
from app.audit.journal import name_act
from app.days import today
from app.db import now, transaction
from app.lists.columns import Column
from app.lists.exports.files import Format, Sheet
from app.lists.exports.models import Export
from app.lists.exports.rows import MOST, Chosen, rows_of

BLOCK = 64 * 1024


def note_export(register: str, kind: Format, state: str, chosen: Chosen) -> None:
    """Write down who takes which rows, before the first of them leaves."""
    with transaction() as session:
        name_act(session, "export")
        session.add(
            Export(
                operator_id=acting().id,
                register=register,
                format=kind.name,
                state=state,
                rows=len(chosen.ids),
                cut=chosen.cut,
            )
        )


def file_of(page: Any, kind: Format, columns: Sequence[Column], chosen: Chosen) -> Response:
    """The file: written a chunk of rows at a time, then sent; the database waits for no reader.

    Its name says the day, and that rows were left out.
    """
    headings = [str(column.label) for column in columns]
    sheet = Sheet(str(page.list_title), headings, rows_of(page, columns, chosen.ids))
    file = written(kind, sheet)
    answer = Response(blocks(file), mimetype=kind.media)
    answer.content_length = file.seek(0, SEEK_END)
    file.seek(0)
    cut = f"-first-{MOST}" if chosen.cut else ""
    name = f"{page.route_base.strip('/')}-{today(now())}{cut}.{kind.ending}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Etap-Rows"] = str(len(chosen.ids))
    answer.headers["Etap-Rows-Left-Out"] = "yes" if chosen.cut else "no"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def written(kind: Format, sheet: Sheet) -> IO[bytes]:
    """A temporary file with all rows."""
    file = TemporaryFile()  # noqa: SIM115 - closed when it is sent
    try:
        kind.write(file, sheet)
    except BaseException:
        file.close()
        raise
    return file


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The file piece by piece; it is closed at the end, or when the reader goes away."""
    with file:
        while block := file.read(BLOCK):
            yield block
