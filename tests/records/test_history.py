"""The history of a record in words."""

from datetime import UTC, datetime

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.audit.followed import KEPT
from app.audit.journal import SILENT
from app.events.models import Event
from app.features import role_part
from app.records import history
from app.records.views import RecordView
from tests.cast import english


def test_the_history_says_who_changed_what_in_words(client_as, ann, bob, manager, make_contractor):
    one = make_contractor(keeper=ann)
    client = english(client_as(ann))
    data = {"name": "Nowak & Sons", "code": one.code, "status": "client", "keeper": bob.id}
    client.post(f"/contractors/{one.id}/edit", data={**data, "version": "1"})
    page = english(client_as(manager)).get(f"/contractors/{one.id}/history")
    assert page.status_code == 200
    for text in ("Ann Tester", "Bob Tester", "Nowak &amp; Sons", "Keeper", "in the browser"):
        assert text in page.text
    assert "keeper_id" not in page.text


def test_the_history_of_an_event_tells_of_its_stages(client_as, ann, make_event, session):
    event = make_event(
        operator=ann, stages=["call", "visit"], due=datetime(2024, 3, 9, tzinfo=UTC)
    )
    client = english(client_as(ann))
    client.post(f"/stages/{event.stages[0].id}/closure")
    page = client.get(f"/events/{event.id}/history").text
    assert "Stage" in page
    for column in ("closed_upto", "last_pos", "outcome_id", "closed_on", "Closed On"):
        assert column not in page
    assert session.get(Event, event.id).closed_upto == 1


def test_the_access_of_roles_is_told_by_their_names(app, session):
    role = session.scalars(select(Role).where(Role.name == "Reader")).one()
    with app.test_request_context():
        names = role_part.role_names({role.id})
        found = list(role_part.told({}, {str(role.id): "read"}, names))
    assert found == [("Czytelnik", "widzi i zmienia", "widzi")]


def test_names_out_of_sight_stay_hidden(client_as, ann, bob, make_contractor, make_event, session):
    hidden = make_contractor("Canary", keeper=bob)
    event = make_event(operator=ann, contractor=make_contractor("Mine"))
    event.contractor_id = hidden.id
    session.commit()
    event.contractor_id = None
    session.commit()
    page = client_as(ann).get(f"/events/{event.id}/history").text
    assert "Canary" not in page
    assert f"#{hidden.id}" in page


def test_the_history_goes_back_page_by_page(client_as, ann, make_contractor, session):
    one = make_contractor(keeper=ann)
    for number in range(60):
        one.city = f"City {number:03d}"
        session.commit()
    client = client_as(ann)
    first = client.get(f"/contractors/{one.id}/history").text
    assert "City 059" in first
    assert "City 001" not in first
    older = first.split("history?before=")[1].split('"')[0]
    assert "City 001" in client.get(f"/contractors/{one.id}/history?before={older}").text


def test_an_odd_page_of_the_history_is_refused(client_as, ann, make_contractor):
    one, client = make_contractor(), client_as(ann)
    for before in ("x", "-1", "0", "99999999999999999999", "1.5"):
        assert client.get(f"/contractors/{one.id}/history?before={before}").status_code == 400


def test_every_history_page_has_words_for_its_records_and_their_columns(app):
    views = [one for one in app.appbuilder.baseviews if isinstance(one, RecordView)]
    open_views = [one for one in views if f"{one.endpoint}.history" in app.view_functions]
    wordless = [name for view in open_views for name in without_words(view.model)]
    assert open_views
    assert not wordless


def without_words(model):
    """The columns of the journal that a reader would see by their names in the database."""
    table = model.__tablename__
    columns = KEPT.get(model) or [one.key for one in model.__mapper__.column_attrs]
    told = set(columns) - SILENT - history.HIDDEN - set(history._documents)
    labels = history._labels.get(table, {})
    stems = {one: one.removesuffix("_at").removesuffix("_on").removesuffix("_id") for one in told}
    lost = [f"{table}.{one}" for one, stem in stems.items() if not {one, stem} & set(labels)]
    return lost if table in history._kinds else [table, *lost]
