"""What a list exports, an import brings back: every kind of feature, exactly, in each format."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.access.current import Door
from app.contractors.models import Contractor
from app.db import db, now, transaction
from app.exchange.files import read_table
from app.exchange.operations import Wish, run
from app.exchange.profiles import read_profile
from app.features.kinds import KINDS
from app.features.values import set_values
from tests.features.test_kinds import GIVEN

UNITS = {"quantity": {"units": "kg, m²"}, "reference": {"target": "contractor"}}
POINTING = {
    "reference": ["OTHER"],
    "choice": ["=1+1", "'=x", "a; b"],
    "choices": [["=1+1", "a; b"], ["'=x"]],
    "tree": ["a; b/Łódź"],
    "trees": [["a; b/Łódź", "'=x"]],
}
VALUES = st.fixed_dictionaries(
    {},
    optional=GIVEN | {kind: st.sampled_from(some) for kind, some in POINTING.items()},
)


@pytest.fixture
def profile(make_feature: Any, make_node: Any, make_contractor: Any) -> str:
    """A profile that reads every kind back; the dictionaries have odd names."""
    for kind in KINDS:
        feature = make_feature(
            f"f_{kind}", kind, name_pl=kind, name_en=kind, **UNITS.get(kind, {})
        )
        for name in ("=1+1", "'=x", "a; b") if feature.has_nodes else ():
            top = make_node(feature, name)
            if not feature.is_flat:
                make_node(feature, "Łódź", top)
    make_contractor('O"Brien; (s.c.)', code="OTHER")
    fields = "  name: Name\n" + "".join(f"  features.f_{kind}: {kind}\n" for kind in KINDS)
    return f"target: contractors\nmatch: {{by: [code]}}\nfields:\n  code: Code\n{fields}"


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["csv", "csv-excel", "xlsx"])
def test_what_is_exported_comes_back_by_an_import(
    form: str, profile: str, make_contractor: Any, admin: Any, english: Any, acting_as: Any
) -> None:
    pk = make_contractor("Kept", code="KEPT").id
    columns = ",".join(["name", "code", *(f"feature_f_{kind}" for kind in KINDS)])
    client = english(admin)

    def stored() -> Any:
        return dict(db.session.get_one(Contractor, pk, populate_existing=True).features)

    @settings(
        max_examples=8,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(VALUES)
    def check(values: dict[str, Any]) -> None:
        with acting_as(admin, Door.IMPORT), transaction():
            record = db.session.get_one(Contractor, pk)
            record.features = {}
            set_values(record, {f"f_{kind}": value for kind, value in values.items()})
        url = f"/contractors/export?cols={columns}&_flt_0_name=Kept"
        file = client.post(url, data={"format": form}).data
        with acting_as(admin, Door.IMPORT) as actor:
            before = stored()
            with transaction():
                db.session.get_one(Contractor, pk).features = {}
            report = run(read_profile(profile), read_table(file), actor, now(), Wish())
            assert not report.bad, report.bad
            assert stored() == before

    check()
