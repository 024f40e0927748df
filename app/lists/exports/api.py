"""The export of a list for programs: the same rows, filters and order as the list itself."""

from typing import Any

from flask import Response, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _

from app.fab.description import described
from app.lists.api import PARAMETER, bad, read_q
from app.lists.exports.files import FORMATS
from app.lists.exports.making import file_of, note_export
from app.lists.exports.rows import choose
from app.lists.saved.tabs import saving_pages

FORMAT = {
    "in": "query",
    "name": "format",
    "schema": {"type": "string", "enum": list(FORMATS), "default": "csv"},
    "description": "`csv` is comma-separated with ISO dates; `csv-excel` is for Excel in Polish",
}
MEDIA = tuple(dict.fromkeys(one.media for one in FORMATS.values()))


class ExportedApi:
    """The files of a resource's list; a part of it."""

    @expose("/export", methods=["GET"])
    @protect()
    @permission_name("export")
    @described(gives={"type": "string", "format": "binary"}, more=(PARAMETER, FORMAT), media=MEDIA)
    def export(self) -> Response:
        """The records as a file, at most 100,000, with the columns of the list's page."""
        api: Any = self
        asked, wanted = read_q(), request.args.get("format", "csv")
        if wanted not in FORMATS:
            raise bad("format", _("There is no such format."), "format")
        kind, page = FORMATS[wanted], saving_pages()[api.model().__tablename__]
        columns = chosen_columns(page, asked.get("columns"))
        chosen = choose(api.selected(asked), api.sorted_by(asked))
        note_export(api.model().__tablename__, kind, request.args.get("q", ""), chosen)
        return file_of(page, kind, columns, chosen)


def chosen_columns(page: Any, names: Any) -> Any:
    """All columns of the page, or those named; raises BadQuery."""
    offered = {column.name: column for column in page.all_columns()}
    if names is None:
        return list(offered.values())
    if unknown := set(names) - set(offered):
        raise bad("column", _("There is no such column."), min(unknown))
    return [offered[name] for name in names]
