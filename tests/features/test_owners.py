"""Features of each register: form, card, list, filter, program, history and import know them."""

from typing import Any

import prison
import pytest
from sqlalchemy import select

from app.features import rules
from app.features.models import Feature
from app.persons.models import Person
from tests.api.conftest import Program
from tests.exchange.conftest import bring  # noqa: F401 - a fixture

CAMPAIGN = {"kind": "tree", "campaign": True, "on_stages": False, "on_events": True}
ON = {f"on_{name}": True for name in ("contractors", "persons", "events", "stages")}


@pytest.fixture
def records(
    make_feature: Any, make_contractor: Any, make_person: Any, make_event: Any, admin: Any
) -> Any:
    """A feature of all registers, and the id of a record of each."""
    make_feature("size", "number", name_pl="Size", name_en="Size", **ON)
    event = make_event(admin, ["Call"])
    ids = (make_contractor().id, make_person().id, event.id, event.stages[0].id)
    return dict(zip(("contractor", "person", "event", "stage"), ids, strict=True))


@pytest.mark.parametrize("name", ["contractor", "person", "event", "stage"])
def test_every_door_of_a_register_knows_its_features(
    name: str, records: dict[str, int], admin: Any, api_as: Any, client_as: Any
) -> None:
    pk, page, program = records[name], client_as(admin), Program(api_as(admin))
    answer = program.change(f"/{name}/{pk}", {"features": {"size": "1234,5"}})
    assert answer.json["result"]["features"] == {"size": "1234.5"}
    form = page.get(f"/{name}s/{pk}/edit").text
    assert 'name="feature_size"' in form
    assert "1234,5" in form
    assert program.change(f"/{name}/{pk}", {"features": {"size": "many"}}).status_code == 422
    shown = "1\u00a0234,5"
    assert shown in page.get(f"/{name}s/{pk}").text
    assert shown in page.get(f"/{name}s/{pk}/history").text
    where = prison.dumps({"all": [{"f": "feature_size", "o": "gt", "v": "1234"}]})
    way = f"_oc_{name.title()}View=feature_size&cols=feature_size"
    listed = page.get(f"/{name}s/?where={where}&{way}").text
    assert shown in listed
    assert shown in page.get(f"/{name}s/?by=feature_size").text
    (row,) = program.get(
        f"/{name}/", filters=[{"col": "feature_size", "opr": "gt", "value": 1}]
    ).json["result"]
    assert row["features"] == {"size": "1234.5"}


def test_persons_come_with_their_features(
    make_feature: Any,
    admin: Any,
    session: Any,
    bring: Any,  # noqa: F811
) -> None:
    feature = make_feature("joined", "month", on_persons=True)
    profile = "target: persons\nfields: {last_name: name, features.joined: since}\n"
    report = bring(admin, f"{profile}match: {{by: [last_name]}}", "name,since\nNowak,12.2025\n")
    assert report.applied, report
    assert session.scalars(select(Person.features)).all() == [{feature.key: "2025-12"}]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "reference"}, "feature.no_target"),
        ({"kind": "quantity"}, "feature.no_units"),
        ({"kind": "money", "units": "zł"}, "feature.units"),
        ({"kind": "quantity", "units": "kg, 5"}, "feature.units"),
        ({"kind": "quantity", "units": "kg, m²"}, None),
        ({"kind": "reference", "target": "event"}, None),
        ({"kind": "tree", "campaign": True}, "feature.campaign_on"),
        ({"kind": "text", "on_stages": False}, "feature.nowhere"),
        ({**CAMPAIGN, "access": {"1": "hidden"}}, "feature.campaign_access"),
        ({**CAMPAIGN, "required": "always"}, "feature.required_campaign"),
        ({**CAMPAIGN, "access": {}}, None),
    ],
)
def test_settings_suit_the_kind(app: Any, given: dict[str, Any], code: str | None) -> None:
    values = {"code": "a", "name_pl": "a", "name_en": "a", "on_stages": True, **given}
    with app.test_request_context():
        reasons = rules.reasons_not_to_keep_feature(Feature(**values))
    assert [one.code for one in reasons] == ([code] if code else [])
