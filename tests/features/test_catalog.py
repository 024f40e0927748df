"""A process keeps copies of the definitions, and no longer than they are true."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from app.features import catalog
from app.features.models import Feature
from tests.databases import engine_of

Make = Callable[..., Any]
PAGE = "/contractors/new"


def reads(seen: list[str]) -> int:
    """How many of the statements read definitions."""
    return sum(" FROM feature " in one.replace("\n", " ") for one in seen)


def test_the_second_request_reads_no_definitions(
    client_as: Make, ann: User, make_feature: Make, statements: Make, session: Session
) -> None:
    make_feature(code="size", name_pl="Size of the company", on_contractors=True)
    client = client_as(ann)
    assert "Size of the company" in client.get(PAGE).text
    with statements() as seen:
        assert "Size of the company" in client.get(PAGE).text
    assert reads(seen) == 0


@pytest.mark.parametrize("change", [{"name_pl": "Turnover"}, {"archived_at": "2020-01-01"}])
def test_a_change_by_whomever_is_seen_at_the_next_request(
    app: Flask, client_as: Make, ann: User, make_feature: Make, change: dict[str, str]
) -> None:
    make_feature(code="size", name_pl="Size of the company", on_contractors=True)
    client = client_as(ann)
    assert "Size of the company" in client.get(PAGE).text
    with engine_of(app).begin() as connection:  # another worker, or the database's own console
        connection.exec_driver_sql(
            "update feature set " + ", ".join(f"{name} = '{it}'" for name, it in change.items())
        )
    assert "Size of the company" not in client.get(PAGE).text


def test_copies_do_not_hide_what_a_request_has_changed(
    acting_as: Make, admin: User, make_feature: Make, session: Session
) -> None:
    feature = make_feature(code="size", name_pl="Size", on_contractors=True)
    with acting_as(admin):
        catalog.db.session().info["definitions"] = 7
        catalog.read(catalog.db.session())
    with acting_as(admin):
        catalog.db.session().info["definitions"] = 7
        mine = catalog.db.session.get(Feature, feature.id)
        assert mine is not None
        mine.name_pl = "Turnover"
        assert [one.name_pl for one in catalog.all_features()] == ["Turnover"]
        catalog.db.session.rollback()
