"""One page of a list, ready for the template: its rows and the addresses that lead on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.lists.address import PIECES, PLACES, SIZES, Args, origin
from app.lists.columns import Column
from app.lists.filters import Active, editable
from app.lists.models import ListLayout
from app.lists.paging import COUNTED, Order, Page

PLAIN = "!$'()*,/:;?@"  # what stands in an address as it is


@dataclass(frozen=True)
class Shown:
    """What a list shows, whichever rows: filters and orders in force, columns, address."""

    columns: Sequence[Column]
    active: Sequence[Active]
    orders: Sequence[Order]
    layout: ListLayout | None
    args: Args
    endpoint: str

    cap = COUNTED
    sizes = SIZES

    @property
    def order(self) -> Order:
        """The first of the orders."""
        return self.orders[0]

    @property
    def on_first_page(self) -> bool:
        """Whether the rows shown are those of the list's beginning."""
        return not any(name in self.args for name in PLACES)

    @property
    def origin(self) -> str:
        """What the address of a record opened from here carries."""
        return origin(self.args)

    def kept(self, *dropped: str) -> list[tuple[str, str]]:
        """The address's parameters but for the place in the list and those named."""
        gone = {*PLACES, *PIECES, *dropped}
        return [pair for pair in self.args.items(multi=True) if pair[0] not in gone]

    def link(self, **changes: Any) -> str:
        """The list's address with some parameters changed; several values of one filter stay."""
        args = MultiDict(self.kept(*changes))
        args.update({name: value for name, value in changes.items() if value is not None})
        return self.address(args)

    def without(self, active: Active) -> str:
        """The list's address without this filter."""
        return self.address(MultiDict(active.left_out(self.kept())))

    @property
    def conditions(self) -> dict[str, Any]:
        """The tree in the address, as the builder takes it."""
        return editable(self.active)

    def unfiltered(self) -> Args:
        """The address's parameters without any filter."""
        return MultiDict(pair for pair in self.kept("where") if not pair[0].startswith("_flt_"))

    def reset(self) -> Args:
        """The address's parameters without columns, orders and groups."""
        gone = ("cols", "by", f"_oc_{self.endpoint}", f"_od_{self.endpoint}")
        return MultiDict(self.kept(*gone))

    def address(self, args: Args) -> str:
        """The list's address with these parameters; without any it says that it means so."""
        pairs = list(args.items(multi=True)) or [("view", "all")]
        return f"{self.path}?{urlencode(pairs, safe=PLAIN)}"

    @cached_property
    def path(self) -> str:
        """The list's address without parameters, asked once: a page has forty links to it."""
        return url_for(f"{self.endpoint}.list")

    def sorting(self, column: Column) -> dict[str, Any]:
        """How a heading sorts: its address, and its place and direction among those in force."""
        names = [order.name for order in self.orders]
        place = names.index(column.name) + 1 if column.name in names else 0
        descending = bool(place) and self.orders[place - 1].descending
        way = "desc" if place == 1 and not descending else "asc"
        changes = {f"_oc_{self.endpoint}": column.name, f"_od_{self.endpoint}": way}
        return {"url": self.link(**changes), "place": place, "descending": descending}

    @property
    def sorted_by(self) -> str:
        """The orders in force as one word each, `-due` if descending; for scripts and forms."""
        return ",".join(f"{'-' if one.descending else ''}{one.name}" for one in self.orders)


@dataclass(frozen=True)
class Listing(Shown):
    """A page of rows."""

    rows: Sequence[Any]
    values: Mapping[str, Mapping[int, Any]]
    page: Page
    size: int
    total: int

    @property
    def capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.total > COUNTED
