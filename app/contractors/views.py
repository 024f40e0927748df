"""The register of contractors: list, card, form."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, ClassVar

from flask import flash, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload
from wtforms import StringField
from wtforms.validators import Length, Optional

from app.access.current import acting
from app.contractors.fields import contractor_fields
from app.contractors.models import Contractor
from app.contractors.operations import free_code
from app.contractors.rules import STATUS_WORDS
from app.db import db, flush, transaction
from app.errors import DomainError
from app.fab.forms import ChoiceField, relation, strip
from app.fab.interface import CrmInterface
from app.fab.pickers import Picker, register
from app.fab.views import PK
from app.lists import dimensions, filters
from app.lists.columns import Column
from app.lists.dimensions import Dimension
from app.lists.exports.views import Exported
from app.lists.paging import Order, read_moment
from app.lists.saved.tabs import SavedTabs
from app.lists.views import Shortcut
from app.operators.names import name_in_order
from app.records.cells import CellEdits
from app.records.noted import NotedView


def texts(name: str, *, indexed: bool = False) -> Order:
    """The order of a text that may be missing."""
    column = getattr(Contractor, name).collate("polish")
    return Order(name, column, Contractor.id, nullable=True, indexed=indexed)


by_name = Order("name", Contractor.name.collate("polish"), Contractor.id, indexed=True)
by_code = Order("code", Contractor.code, Contractor.id, indexed=True)
by_nip = Order("nip", Contractor.nip, Contractor.id, nullable=True, indexed=True)
by_status = Order("status", Contractor.status, Contractor.id)
by_city = texts("city", indexed=True)
by_keeper = Order(
    "keeper",
    name_in_order(Contractor.keeper_id).collate("polish"),
    Contractor.id,
    nullable=True,
)
by_created = Order("created", Contractor.created_at, Contractor.id, read=read_moment)


def of_contractors() -> list[Dimension]:
    """The ways to group contractors."""
    return [
        dimensions.choices("status", _("Status"), Contractor.status, STATUS_WORDS),
        dimensions.operators("keeper", _("Keeper"), Contractor.keeper_id),
        dimensions.texts("city", _("City"), Contractor.city),
        dimensions.texts("country", _("Country"), Contractor.country),
    ]


def first_phone(contractor: Contractor) -> str | None:
    """The number to call."""
    return contractor.phone or contractor.mobile


class ContractorView(SavedTabs, Exported, CellEdits, NotedView):
    """Contractors: prospects, clients, inactive."""

    route_base = "/contractors"
    datamodel = CrmInterface(Contractor)
    show_template = "contractors/show.html"
    list_title, add_title = _l("Contractors"), _l("New contractor")
    statuses = STATUS_WORDS
    cells: ClassVar[Mapping[str, str]] = {"status": "status", "keeper": "keeper"}
    list_columns = ["name", "code", "status", "nip", "city", "phone", "keeper"]
    show_columns = [
        *list_columns,
        "regon",
        "street",
        "postcode",
        "country",
        "email",
        "web",
        "notes",
    ]
    order_columns = ["name", "code", "city"]
    search_columns = ["name", "status", "keeper"]
    columns = (
        Column("name", _l("Name"), by_name),
        Column("code", _l("Code"), by_code),
        Column("status", _l("Status"), by_status, "cell-status", value=attrgetter("status_words")),
        Column("nip", _l("NIP"), by_nip, "cell-nowrap", value=attrgetter("nip_shown")),
        Column("city", _l("City"), by_city),
        Column("phone", _l("Phone"), style="cell-nowrap", value=first_phone),
        Column("keeper", _l("Keeper"), by_keeper),
        Column("regon", "REGON", style="cell-nowrap", first=False),
        Column("street", _l("Street and number"), first=False),
        Column("postcode", _l("Postcode"), texts("postcode"), "cell-nowrap", first=False),
        Column("country", _l("Country"), texts("country"), first=False),
        Column("mobile", _l("Mobile"), style="cell-nowrap", first=False),
        Column("email", _l("E-mail"), texts("email"), first=False),
        Column("web", _l("Web"), first=False),
        Column("notes", _l("Notes"), first=False),
        Column("created", _l("Created"), by_created, "cell-date", first=False),
    )
    ways = of_contractors
    first_order = "name"
    filter_fields = contractor_fields
    shortcuts = (
        Shortcut(_l("All"), dict),
        Shortcut(_l("Mine"), lambda: {"_flt_0_keeper": str(acting().id)}),
        Shortcut(_l("Prospects"), lambda: {"_flt_0_status": "prospect"}),
        Shortcut(_l("Clients"), lambda: {"_flt_0_status": "client"}),
        Shortcut(_l("Inactive"), lambda: {"_flt_0_status": "inactive"}),
    )
    sections = (
        (_l("Contractor"), ("name", "code", "status", "keeper")),
        (_l("Numbers"), ("nip", "regon")),
        (_l("Address"), ("street", "postcode", "city", "country")),
        (_l("Contact"), ("phone", "mobile", "email", "web")),
        (_l("Notes"), ("notes",)),
    )
    add_columns = edit_columns = [name for _title, names in sections for name in names]
    label_columns = {
        "name": _l("Name"),
        "status": _l("Status"),
        "keeper": _l("Keeper"),
        "nip": "NIP",
        "regon": "REGON",
        "street": _l("Street and number"),
        "postcode": _l("Postcode"),
        "city": _l("City"),
        "country": _l("Country"),
        "phone": _l("Phone"),
        "mobile": _l("Mobile"),
        "email": _l("E-mail"),
        "web": _l("Web"),
        "notes": _l("Notes"),
    }
    add_form_extra_fields = {
        "code": StringField(
            _l("Code"),
            validators=[Optional(), Length(max=30, message=_l("This is too long."))],
            filters=[strip],
            description=_l("Left empty, it is made from the name."),
        ),
        "status": ChoiceField(
            _l("Status"), choices=lambda: list(STATUS_WORDS.items()), default="prospect"
        ),
        "keeper": relation("operator", _l("Keeper")),
    }

    def item_options(self) -> Any:
        """The keeper comes with the card."""
        return (joinedload(Contractor.keeper),)

    row_options = item_options

    def fill(self, form: Any, item: Any) -> None:
        """An empty code is made from the name."""
        super().fill(form, item)
        if not item.code:
            item.code = free_code(db.session(), item.name)

    def defaults(self) -> dict[str, Any]:
        """The keeper of a new contractor is who registers it."""
        return {"keeper": acting().user}

    @expose(f"/{PK}/status", methods=["POST"])
    @has_access
    @permission_name("edit")
    def status(self, pk: int) -> Any:
        """Make a prospect a client, a client inactive, and back."""
        try:
            with transaction():
                item = self.locked_or_404(pk)
                item.status = request.form.get("status", "")
                flush()
        except DomainError as error:
            return self.show_item(self.visible_or_404(pk), error.status, reasons=error.reasons)
        flash(_("Status: %(status)s.", status=item.status_words), "success")
        return self.after_save(item)

    def name_of(self, item: Any) -> str:
        """Name and code in titles."""
        return str(item.full_name)


def _search(query: Any, text: str, _more: Any) -> Any:
    if text:
        query = query.where(filters.all_words(Contractor.search_key, text))
    return query.order_by(Contractor.name.collate("polish"), Contractor.id)


register(
    Picker(
        "contractor",
        Contractor,
        _search,
        lambda row: row.full_name,
        ("list", "ContractorView"),
        lambda row: row.city or "",
    )
)
