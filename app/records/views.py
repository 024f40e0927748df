"""A register as operators meet it: list, card with panels, form with parts, history."""

from typing import Any

from flask import abort, request
from flask_appbuilder import expose, has_access, permission_name
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.audit.models import AuditEntry, Batch
from app.db import db, now
from app.fab.views import PK
from app.lists.views import ListView
from app.records import panels

HISTORY_PAGE = 50


class RecordView(ListView):
    """Base of the registers of contractors, persons and events."""

    history_types: tuple[str, ...] = ()

    def card_context(self, item: Any) -> dict[str, Any]:
        """The panels with what they need."""
        shown = [(panel, panel.context(item)) for panel in panels.of(self.model)]
        return {"panels": shown}

    def more_fields(self, item: Any | None) -> list[tuple[str, Any]]:
        """The fields that higher areas add."""
        return [field for part in panels.parts_of(self.model) for field in part.fields(item)]

    def form_context(self, form: Any, item: Any | None) -> dict[str, Any]:
        """The added parts with the names of their fields."""
        parts = panels.parts_of(self.model)
        named = [(part, [name for name, _field in part.fields(item)]) for part in parts]
        return {"parts": [(part, names) for part, names in named if names]}

    def form_of(self, item: Any) -> Any:
        """The form with the added parts' present values in it."""
        form = super().form_of(item)
        if request.method == "GET":
            for part in panels.parts_of(self.model):
                for name, value in part.stored(item).items():
                    form[name].data = value
        return form

    def save_parts(self, form: Any, item: Any) -> None:
        """Write what the added parts hold."""
        for part in panels.parts_of(self.model):
            part.save(form, item)

    def create(self, form: Any) -> Any:
        """Make the record and write the added parts."""
        item = super().create(form)
        self.save_parts(form, item)
        return item

    def change(self, form: Any, item: Any) -> None:
        """Change the record and write the added parts."""
        super().change(form, item)
        self.save_parts(form, item)

    def trash(self, item: Any) -> None:
        """Mark the record as gone; it can be restored."""
        item.trashed_at = now()

    @expose(f"/{PK}/history", methods=["GET"])
    @has_access
    @permission_name("history")
    def history(self, pk: int) -> Any:
        """Who changed what and when, newest first."""
        item = self.visible_or_404(pk)
        entries = history_of(self.history_keys(item), before=request.args.get("before", type=int))
        words = {"item": item, "title": self.name_of(item), "entries": entries}
        return self.render_template("records/history.html", view=self, page=HISTORY_PAGE, **words)

    def history_keys(self, item: Any) -> list[tuple[str, int]]:
        """(record type, id) of the record and of what belongs to it."""
        return [(item.__tablename__, item.id)]


def history_of(keys: list[tuple[str, int]], before: int | None) -> list[AuditEntry]:
    """One page of the entries of these records."""
    if before is not None and not 0 < before < 2**31:
        abort(400)
    which = [
        (AuditEntry.record_type == kind) & (AuditEntry.record_id == number) for kind, number in keys
    ]
    query = select(AuditEntry).where(or_(*which))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    with_actor = joinedload(AuditEntry.batch).joinedload(Batch.actor)
    query = query.options(with_actor).order_by(AuditEntry.id.desc()).limit(HISTORY_PAGE + 1)
    return list(db.session.scalars(query))

