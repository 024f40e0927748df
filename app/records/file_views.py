"""Files on pages: taking several at once, giving them back safely, trash."""

from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.access import visibility
from app.access.current import acting
from app.db import db, flush, transaction
from app.errors import DomainError
from app.fab.views import PK, PageView
from app.records import filetypes, operations, store, subjects
from app.records.models import Attachment
from app.records.note_views import asked_record, offer_way_back
from app.records.trash import find_trashed

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"


class FileView(PageView):
    """Files of contractors, persons, events and stages."""

    route_base = "/files"
    base_permissions = ["can_show", "can_add", "can_delete", "can_edit_others"]

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("add")
    def add(self) -> Any:
        """Keep the files that are sent; those refused are named, the others stay."""
        record_type, record_id = asked_record()
        subjects.carrier(record_type, record_id) or abort(404)
        sent = [one for one in request.files.getlist("file") if one.filename]
        kept = [one for one in sent if take(record_type, record_id, one)]
        if not sent:
            flash(_("Choose a file first."), "warning")
        elif kept:
            names = ", ".join(one.filename or "" for one in kept)
            flash(_("Added: %(names)s.", names=names), "success")
        if "HX-Request" in request.headers:
            return "", 204
        return redirect(subjects.url_of(record_type, record_id, _anchor="files"), 303)

    @expose("/<string(length=22):key>", methods=["GET"])
    @has_access
    @permission_name("show")
    def show(self, key: str) -> Any:
        """The content, for who sees the record; pictures may be looked at, the rest is saved."""
        query = visibility.visible(Attachment).where(Attachment.key == key)
        return given(db.session.scalars(query).one_or_none(), look="look" in request.args)

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        """Move the file to the trash; it can be taken back at once."""
        with transaction():
            item = visibility.lock_visible(Attachment, pk) or abort(404)
            operations.refuse_others(acting(), item, "FileView")
            operations.put_away(item)
        offer_way_back(_("File moved to the trash."), url_for("FileView.restoring", pk=pk))
        return back_to(item)

    @expose(f"/{PK}/restoring", methods=["POST"])
    @has_access
    @permission_name("delete")
    def restoring(self, pk: int) -> Any:
        """Take the file out of the trash."""
        with transaction():
            item = find_trashed(Attachment, pk, acting()) or abort(404)
            operations.refuse_others(acting(), item, "FileView")
            item.trashed_at = None
            flush()
        flash(_("File restored."), "success")
        return back_to(item)


def take(record_type: str, record_id: int, sent: FileStorage) -> bool:
    """Keep one file; what speaks against it is told."""
    content = operations.content_of(sent)
    try:
        with store.holding(), transaction():
            operations.attach(record_type, record_id, sent.filename or "", content)
    except DomainError as error:
        flash(str(error), "danger")
        return False
    return True


def given(item: Attachment | None, *, look: bool) -> Any:
    """The content of a file as an answer that can do no harm."""
    path = store.path_of(item.digest) if item else None
    if item is None or path is None or not path.is_file():
        abort(404)
    inline = look and item.content_type in filetypes.INLINE
    answer = send_file(
        path,
        item.content_type if inline else "application/octet-stream",
        as_attachment=not inline,
        download_name=item.name,
        etag=item.digest,
        max_age=0,
    )
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def back_to(item: Attachment) -> Any:
    """To the card of the file's record."""
    return redirect(subjects.url_of(item.record_type, item.record_id, _anchor="files"), 303)
