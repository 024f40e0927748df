"""Saved views by the API: the same rules as on pages."""

from typing import Any

import pytest
from sqlalchemy import select

from app.lists.saved.models import SavedView
from tests.api.conftest import codes

NEW = {"register": "event", "name": "Late", "state": "?_flt_0_state=overdue&size=50&after=x"}


def test_a_view_is_saved_read_changed_and_deleted(as_program, ann, session):
    program = as_program(ann)
    made = program.ask("POST", "/view/", NEW)
    assert made.status_code == 201, made.json
    shown = made.json["result"]
    assert (shown["state"], shown["share"], shown["team"]) == (
        "_flt_0_state=overdue",
        "private",
        None,
    )
    path = f"/view/{made.json['id']}"
    assert program.change(path, {"name": "Very late"}).json["result"]["name"] == "Very late"
    assert program.get("/view/").json["count"] == 1
    assert program.ask("DELETE", path, If_Match='"2"').status_code == 200
    assert program.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"register": "user"}, "value.choice"),
        ({"state": "&".join("a=1" for _n in range(200))}, "value.type"),
        ({"state": 7}, "value.type"),
        ({"name": ""}, "value.required"),
        ({"share": "all"}, "view.share"),
        ({"share": "team"}, "view.share"),
        ({"team": 2147483647}, "value.not_found"),
        ({"owner": 1}, "value.unknown"),
    ],
)
def test_what_cannot_be_saved_is_refused(as_program, ann, session, values, code):
    answer = as_program(ann).ask("POST", "/view/", {**NEW, **values})
    assert (answer.status_code, codes(answer)) == (422, [code])
    assert session.scalars(select(SavedView)).all() == []


def test_a_manager_shares_and_others_read_without_changing(as_program, manager, ann, bob):
    made = as_program(manager).ask("POST", "/view/", {**NEW, "share": "all"})
    path = f"/view/{made.json['id']}"
    assert as_program(ann).get(path).status_code == 200
    foreign: Any = as_program(ann).change(path, {"name": "Mine now"})
    assert (foreign.status_code, codes(foreign)) == (403, ["view.foreign"])
    private = as_program(bob).ask("POST", "/view/", NEW).json["id"]
    assert as_program(ann).get(f"/view/{private}").status_code == 404
    assert as_program(manager).get(f"/view/{private}").status_code == 404
