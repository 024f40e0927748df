"""Two windows, a double click, a lost answer: nothing is written twice, no change is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contractors.models import Contractor
from app.fab import once, views

WINDOWS = 6


@pytest.fixture
def windows(client_as: Callable[..., FlaskClient], ann: Any) -> list[FlaskClient]:
    """Ann's browsers; they run at the same time, so none looks after the test's session."""
    clients = [client_as(ann) for _ in range(WINDOWS)]
    for client in clients:
        client.session = None  # type: ignore[attr-defined]
    return clients


def at_once(clients: list[FlaskClient], url: str, forms: list[dict[str, Any]]) -> list[Any]:
    """Each client sends its form, all at the same time."""
    with ThreadPoolExecutor(len(clients)) as pool:
        return list(
            pool.map(
                lambda pair: pair[0].post(url, data=pair[1]), zip(clients, forms, strict=True)
            )
        )


def rows(session: Session) -> int:
    """How many contractors there are."""
    session.commit()
    return session.scalar(select(func.count()).select_from(Contractor)) or 0


def submit_often(windows: list[FlaskClient], rounds: int) -> set[str]:
    """The same new form sent by all windows; where they were led."""
    led = set()
    for number in range(rounds):
        form = {
            "name": f"firm {number}",
            "code": "",
            "status": "prospect",
            "once": f"key-{number}",
        }
        answers = at_once(windows, "/contractors/new", [form] * len(windows))
        assert {one.status_code for one in answers} == {303}
        places = {one.headers["Location"] for one in answers}
        assert len(places) == 1
        led |= places
    return led


def test_a_form_sent_many_times_at_once_makes_one_record(
    windows: list[FlaskClient], session: Session
) -> None:
    assert len(submit_often(windows, rounds=4)) == rows(session) == 4


@pytest.mark.full
def test_five_hundred_double_submits_make_one_record_each(
    windows: list[FlaskClient], session: Session
) -> None:
    assert len(submit_often(windows[:2], rounds=500)) == rows(session) == 500


def test_a_key_that_is_not_kept_makes_a_record_each_time(
    windows: list[FlaskClient], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "do_once", lambda _key, deed: once.do_once(None, deed))
    form = {"name": "firm", "code": "", "status": "prospect", "once": "key"}
    for window in windows[:3]:
        window.post("/contractors/new", data=form)
    assert rows(session) == 3


def edit_often(windows: list[FlaskClient], contractor: Contractor, rounds: int) -> None:
    """All windows edit the same version at once: one wins, the others are shown both values."""
    url = f"/contractors/{contractor.id}/edit"
    for version in range(1, rounds + 1):
        forms = [
            {
                "name": f"name {version} of {number}",
                "code": contractor.code,
                "status": "prospect",
                "version": str(version),
            }
            for number in range(len(windows))
        ]
        answers = at_once(windows, url, forms)
        assert sorted(one.status_code for one in answers) == [303, *[409] * (len(windows) - 1)]


def test_of_many_edits_of_one_version_one_wins(
    windows: list[FlaskClient], session: Session, make_contractor: Any, ann: Any
) -> None:
    contractor = make_contractor("before", keeper=ann)
    session.commit()
    edit_often(windows, contractor, rounds=4)
    session.refresh(contractor)
    assert contractor.version == 5
    assert contractor.name.startswith("name 4 of ")


@pytest.mark.full
def test_two_hundred_racing_edits_lose_nothing(
    windows: list[FlaskClient], session: Session, make_contractor: Any, ann: Any
) -> None:
    contractor = make_contractor("before", keeper=ann)
    session.commit()
    edit_often(windows, contractor, rounds=40)
    session.refresh(contractor)
    assert contractor.version == 41


def test_the_loser_sees_both_values_and_keeps_what_was_typed(
    client_as: Any, session: Session, make_contractor: Any, ann: Any
) -> None:
    contractor = make_contractor("before", keeper=ann)
    session.commit()
    url = f"/contractors/{contractor.id}/edit"
    for name, status in (("theirs", 303), ("mine", 409)):
        form = {"name": name, "code": contractor.code, "status": "prospect", "version": "1"}
        answer = client_as(ann).post(url, data=form)
        assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert "mine" in page
    assert "theirs" in page
