"""Trees in files of definitions: any becomes any other."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.current import Door
from app.features import operations
from tests.exchange.definition_files import feature, tree_of

NAMES = st.sampled_from(["a", "B", "ł", "2026", "x y", "null"])
VALUES = st.recursive(
    st.just([]),
    lambda below: st.lists(
        st.tuples(NAMES, st.booleans(), below), max_size=4, unique_by=lambda one: (one[0], one[1])
    ),
    max_leaves=12,
)


def as_values(some: Any, above: bool = False) -> list[Any]:
    """Drawn values as a file says them."""
    return [value(name, hidden or above, below) for name, hidden, below in some]


def value(name: str, hidden: bool, below: Any) -> Any:
    """One of them."""
    more = ({"archived": True} if hidden else {}) | (
        {"values": as_values(below, hidden)} if below else {}
    )
    return {"name": name, **more} if more else name


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_any_tree_becomes_any_other(said: Any, acting_as: Any, admin: Any) -> None:
    """What the file names stands in its order; pruned, nothing else lives."""

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(VALUES.map(as_values))
    def check(values: list[Any]) -> None:
        said(feature("area", "tree", values), prune=True)
        with acting_as(admin, Door.CLI):
            assert living(tree_of("area")) == living(values)
            assert operations.wrong_paths() == []
        assert said(feature("area", "tree", values), prune=True) == []

    check()


def living(values: list[Any]) -> list[Any]:
    """The values without the archived ones."""
    found = []
    for one in values:
        if isinstance(one, str):
            found.append((one, []))
        elif not one.get("archived"):
            found.append((one["name"], living(one.get("values", []))))
    return found
