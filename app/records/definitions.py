"""Registers of definitions: archived, never trashed; all rows are seen by who may open them."""

from datetime import datetime
from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit.journal import name_act
from app.db import db, flush, now, transaction
from app.errors import DomainError
from app.fab.views import PK
from app.lists import filters
from app.records.views import RecordView

STATES = {"living": _l("in use"), "archived": _l("archived")}


def state_of(column: Any) -> filters.FilterField:
    """In use or archived."""
    tests = {"living": column.is_(None), "archived": column.is_not(None)}
    field = filters.choice("state", _l("State"), list(STATES.items()), tests.__getitem__)
    return filters.quick(field)[0]


class DefinitionView(RecordView):
    """Base of definitions: archived where others are deleted, and back."""

    exclude_route_methods = RecordView.exclude_route_methods | {"delete", "trashed", "restoring"}
    show_template = "records/definition.html"

    @expose(f"/{PK}/archive", methods=["POST"])
    @has_access
    @permission_name("archive")
    def archive(self, pk: int) -> Any:
        """Offer it no more; what uses it keeps it."""
        return self.put_away(pk, away=True)

    @expose(f"/{PK}/unarchive", methods=["POST"])
    @has_access
    @permission_name("archive")
    def unarchive(self, pk: int) -> Any:
        """Offer it again."""
        return self.put_away(pk, away=False)

    def put_away(self, pk: int, *, away: bool) -> Any:
        """Archive or bring back; a refusal stands on the card."""
        try:
            with transaction():
                item = self.locked_or_404(pk)
                name_act(db.session(), "archive" if away else "unarchive")
                self.shelve(item, (item.archived_at or now()) if away else None)
        except DomainError as error:
            return self.refused(self.visible_or_404(pk), error)
        told = _("Archived: %(name)s.") if away else _("In use again: %(name)s.")
        flash(told % {"name": self.name_of(item)}, "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk), 303)

    def shelve(self, item: Any, at: datetime | None) -> None:
        """Archive the locked definition, or (None) bring it back."""
        item.archived_at = at
        flush()

    def refused(self, item: Any, error: DomainError) -> Any:
        """The card with the reasons."""
        return self.show_item(item, error.status, reasons=error.reasons)
