"""Addresses of the lists behind the figures: each opens exactly the rows it counts."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.campaigns.places import ALL, Place


@dataclass(frozen=True)
class Links:
    """The lists of one place, with all below it or just here."""

    place: Place
    below: bool = True

    def contractors(self) -> str:
        """Its contractors."""
        return self._list("contractors")

    def events(self, state: str = "") -> str:
        """Its events, all or in one state."""
        return self._list("events", state)

    def stages(self, state: str) -> str:
        """The stages of its events, in one state."""
        return self._list("stages", state)

    def _list(self, register: str, state: str = "") -> str:
        filters: dict[str, Any] = {}
        if self.place.key != ALL:
            filters[f"_flt_{0 if self.below else 1}_node"] = self.place.key
        if state:
            filters["_flt_0_state"] = state
        return f"/{register}/" + (f"?{urlencode(filters)}" if filters else "")
