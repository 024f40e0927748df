"""The forms that tie a person to a contractor: role and days."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.access import visibility
from app.contractors.models import Contractor
from app.db import db, flush, transaction
from app.errors import Conflict, Reason
from app.fab.forms import relation, required
from app.fab.interface import CrmInterface
from app.fab.pickers import picker
from app.fab.views import PK
from app.persons.models import Affiliation, Person
from app.persons.operations import refuse_double
from app.records.drafted import Drafted


class AffiliationView(Drafted):
    """Whom a person works for."""

    route_base = "/affiliations"
    datamodel = CrmInterface(Affiliation)
    edit_template = "persons/link_form.html"
    exclude_route_methods = Drafted.exclude_route_methods | {"list", "show"}
    list_title, add_title = _l("Persons"), _l("Link a person to a contractor")
    list_columns = show_columns = ["person", "contractor", "role", "from_on", "to_on"]
    order_columns: list[str] = []
    add_columns = list_columns
    edit_columns = ["role", "from_on", "to_on"]
    sections = ((None, tuple(add_columns)),)
    label_columns = {"role": _l("Role"), "from_on": _l("From"), "to_on": _l("Until")}
    add_form_extra_fields = {
        "person": relation("person", _l("Person"), validators=[required()]),
        "contractor": relation("contractor", _l("Contractor"), validators=[required()]),
    }
    edit_form_extra_fields: dict[str, Any] = {}

    def visible_or_404(self, pk: int) -> Any:
        """The link, if the operator may see both ends."""
        ends = joinedload(Affiliation.person), joinedload(Affiliation.contractor)
        link = db.session.scalars(select(Affiliation).where(Affiliation.id == pk).options(*ends))
        found = link.one_or_none() or abort(404)
        for model, number in ((Person, found.person_id), (Contractor, found.contractor_id)):
            if visibility.find_visible(model, number) is None:
                abort(404)
        return found

    def locked_or_404(self, pk: int) -> Any:
        """The link, with its person locked."""
        link = self.visible_or_404(pk)
        visibility.lock_visible(Person, link.person_id)
        db.session.refresh(link)
        return link

    def defaults(self) -> dict[str, Any]:
        """The end whose card the operator comes from."""
        given = {kind: request.args.get(kind, type=int) for kind in ("person", "contractor")}
        return {kind: picker(kind).find(number) for kind, number in given.items() if number}  # type: ignore[union-attr]

    def create(self, form: Any) -> Any:
        """A new link, unless there is one at that time."""
        link = Affiliation(person_id=form.person.data.id, contractor_id=form.contractor.data.id)
        self.change(form, link)
        return link

    def change(self, form: Any, item: Any) -> None:
        """Role and days."""
        for name in self.edit_columns:
            form[name].populate_obj(item, name)
        item.check()
        refuse_double(item)
        db.session.add(item)
        flush()

    def refuse_stale(self, form: Any, item: Any) -> None:
        """Raise Conflict if the link changed since the form was shown."""
        if form.version.data != item.version:
            raise Conflict(
                Reason("conflict", _("Somebody changed this record while you were editing it."))
            )

    @expose(f"/{PK}/delete", methods=["POST"])
    @has_access
    def delete(self, pk: int) -> Any:
        """Remove a link made by mistake; one that ended gets its last day instead."""
        with transaction():
            link = self.locked_or_404(pk)
            url = self.leave_url(link)
            db.session.delete(link)
            flush()
        flash(_("The link is removed."), "success")
        return redirect(url, 303)

    def name_of(self, item: Any) -> str:
        """Fiszki / Jan: Zefi J. Nowak i E. Nowak (ZEFIR)."""
        return f"{item.person.full_name}: {item.contractor.full_name}"

    def after_save(self, item: Any) -> Any:
        """Back to the card the operator came from."""
        return redirect(self.leave_url(item), 303)

    def leave_url(self, item: Any | None) -> str:
        """The card the operator came from."""
        came_from_person = "person" in request.args or request.args.get("back") == "person"
        kind = "person" if came_from_person else "contractor"
        number = getattr(item, f"{kind}_id", None) or request.args.get(kind, type=int)
        page = "PersonView" if kind == "person" else "ContractorView"
        return url_for(f"{page}.show", pk=number) if number else url_for(f"{page}.list")
