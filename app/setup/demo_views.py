"""Saved views of the demo, shared with everybody."""

from collections.abc import Iterator

from flask_appbuilder.security.sqla.models import User

from app.lists.saved.models import SavedView

VIEWS = (
    ("event", "Częściowo wykonane", "_flt_0_state=partly&_oc_EventView=due&_od_EventView=asc"),
    ("event", "Po terminie wg operatora", "_flt_0_state=overdue&by=operator"),
    ("stage", "Zaległe od najstarszych", "_flt_0_state=overdue&_oc_StageView=due"),
    ("contractor", "Klienci wg miasta", "_flt_0_status=client&_oc_ContractorView=city"),
)


def make_views(owner: User) -> Iterator[SavedView]:
    """One or two for each register that lists work."""
    for register, name, state in VIEWS:
        values = {"register": register, "name": name, "state": state}
        yield SavedView(owner_id=owner.id, share="all", **values)
