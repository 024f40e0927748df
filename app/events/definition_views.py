"""What admins define for events: number series and outcomes."""

from typing import Any

from flask import request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import lazy_gettext as _l
from markupsafe import escape
from sqlalchemy import func, select
from wtforms import IntegerField
from wtforms.validators import NumberRange

from app.access.visibility import common
from app.days import today
from app.db import db, now
from app.events.definitions import Outcome, Series, reasons_not_to_keep_series
from app.fab.interface import CrmInterface
from app.lists.columns import Column
from app.lists.paging import Order, read_number
from app.records import history
from app.records.definitions import DefinitionView, state_of

common(Series, Outcome)


class SeriesView(DefinitionView):
    """Number series of events."""

    route_base = "/series"
    datamodel = CrmInterface(Series)
    list_title, add_title = _l("Number series"), _l("New series")
    list_columns = show_columns = ["symbol", "name", "pattern", "example", "state"]
    order_columns = ["symbol", "name"]
    search_columns = ["state"]
    columns = (
        Column("symbol", _l("Symbol"), Order("symbol", Series.symbol, Series.id)),
        Column("name", _l("Name"), Order("name", Series.name.collate("polish"), Series.id)),
        Column("pattern", _l("Pattern")),
        Column("example", _l("Example")),
        Column("state", _l("State")),
    )
    first_order = "symbol"
    filter_fields = (state_of(Series.archived_at),)
    sections = ((None, ("symbol", "name", "pattern")),)
    add_columns = edit_columns = ["symbol", "name", "pattern"]
    label_columns = {
        "symbol": _l("Symbol"),
        "name": _l("Name"),
        "pattern": _l("Pattern"),
        "example": _l("Example"),
        "state": _l("State"),
    }
    description_columns = {
        "pattern": _l(
            "{nr:4} is the counter with four digits, {rok} the year, {symbol} the symbol."
        ),
    }

    field_attributes = {
        name: {
            "hx-get": "/series/example",
            "hx-include": "#symbol, #pattern",
            "hx-target": "#pattern-help",
            "hx-trigger": "input changed delay:200ms",
        }
        for name in ("symbol", "pattern")
    }

    def defaults(self) -> dict[str, Any]:
        """The usual pattern."""
        return {"pattern": "{nr:4}/{rok}/{symbol}"}

    @expose("/example", methods=["GET"])
    @has_access
    @permission_name("list")
    def example(self) -> Any:
        """What the first number of this year looks like, or what is wrong with the pattern."""
        given = {name: request.args.get(name, "").strip()[:60] for name in ("symbol", "pattern")}
        series = Series(**given)
        reasons = reasons_not_to_keep_series(series)
        words = reasons[0].text if reasons else series.number(1, today(now()).year)
        return str(escape(words))

    def name_of(self, item: Any) -> str:
        """Symbol and name."""
        return f"{item.symbol} – {item.name}"


class OutcomeView(DefinitionView):
    """Outcomes: how a stage ended."""

    route_base = "/outcomes"
    datamodel = CrmInterface(Outcome)
    list_title, add_title = _l("Outcomes"), _l("New outcome")
    list_columns = show_columns = ["name", "place", "state"]
    order_columns = ["place"]
    search_columns = ["state"]
    columns = (
        Column("name", _l("Name")),
        Column(
            "place",
            _l("Place in the list"),
            Order("place", Outcome.place, Outcome.id, read=read_number),
        ),
        Column("state", _l("State")),
    )
    first_order = "place"
    filter_fields = (state_of(Outcome.archived_at),)
    sections = ((None, ("name", "place")),)
    add_columns = edit_columns = ["name", "place"]
    label_columns = {
        "name": _l("Name"),
        "place": _l("Place in the list"),
        "state": _l("State"),
    }

    add_form_extra_fields = {
        "place": IntegerField(
            _l("Place in the list"),
            [NumberRange(0, 9999, _l("Give a number from 0 to 9999."))],
        )
    }

    def defaults(self) -> dict[str, Any]:
        """A new outcome comes last."""
        last = db.session.scalar(select(func.max(Outcome.place)))
        return {"place": (last or 0) + 1}

    def name_of(self, item: Any) -> str:
        """The name as operators see it."""
        return str(item.label)


ARCHIVED = {"archived": _l("In the archive")}
history.describe("series", _l("Series"), SeriesView.label_columns | ARCHIVED)
history.describe("outcome", _l("Outcome"), OutcomeView.label_columns | ARCHIVED)
