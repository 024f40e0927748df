"""The stage's form: saving, saving and closing, and the history that only some may correct."""

from tests.events.doors import codes, state, subjects


def fields(stage, **more):
    """What the form sends."""
    return {
        "version": stage.version,
        "start": stage.start_on,
        "operator": stage.operator_id,
        "outcome_id": stage.outcome_id,
        "subject": stage.subject,
        **more,
    }


def change(client, event, lp, **more):
    stage = event.stages[lp - 1]
    return client.post(f"/stages/{stage.id}/edit", data=fields(stage, **more))


def test_the_title_names_stage_event_and_date(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"])
    page = client_as(ann).get(f"/stages/{event.stages[0].id}").text
    assert f"Etap 1: {event.number} 04.03.2024" in page


def test_saving_leads_back_to_the_event(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"])
    answer = change(client_as(ann), event, 1, subject="b", due="2026-12-01")
    assert answer.location == f"/events/{event.id}"
    assert subjects(event) == ["b"]
    assert event.due_on.isoformat() == "2026-12-01"


def test_save_and_add_next_opens_the_line(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"])
    answer = change(client_as(ann), event, 1, then="next")
    assert answer.location == f"/events/{event.id}?line=1#line"


def test_save_and_close_does_both(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a", "b"])
    change(client_as(ann), event, 1, subject="done", then="close_stage")
    assert (state(event), subjects(event)) == ("coO", ["done", "b"])


def test_a_refused_closing_keeps_the_form_and_offers_more(make_event, ann, client_as):
    event = make_event(operator=ann, stages=["a"])
    client = client_as(ann)
    answer = change(client, event, 1, subject="typed words", then="close_stage")
    assert (answer.status_code, codes(answer)) == (409, ["stage.last_closes_with_event"])
    assert 'value="typed words"' in answer.text
    assert 'value="close_event"' in answer.text
    assert (state(event), subjects(event)) == ("oO", ["a"])
    change(client, event, 1, subject="typed words", then="close_event")
    assert (state(event), subjects(event)) == ("cC", ["typed words"])


def test_who_may_not_close_saves_only(make_event, make_user, ann, client_as, session):
    event = make_event(operator=ann, stages=["a", "b"])
    role = ann.roles[0]
    close = next(one for one in role.permissions if str(one) == "can close on StageView")
    role.permissions.remove(close)
    try:
        answer = change(client_as(ann), event, 1, subject="x", then="close_stage")
        assert (answer.status_code, codes(answer)) == (403, ["not_allowed.close"])
        assert (state(event), subjects(event)) == ("ooO", ["a", "b"])
    finally:
        role.permissions.append(close)
        session.commit()


def test_the_past_of_a_closed_stage_is_corrected_only_with_the_right(
    make_event, ann, manager, client_as
):
    event = make_event(operator=ann, stages=["a", "b"], closed=1)
    assert change(client_as(ann), event, 1, due="2026-12-01").status_code == 403
    assert change(client_as(ann), event, 1, start="2024-03-01").status_code == 403
    times = {"closed": "2024-03-04", "closed-time": "12:00"}
    assert change(client_as(manager), event, 1, due="2024-03-03", **times).status_code == 303
    assert event.stages[0].due_on.isoformat() == "2024-03-03"
    assert event.stages[0].closed_at.isoformat() == "2024-03-04T11:00:00+00:00"


def test_completion_stays_between_its_neighbours(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a", "b", "c"], closed=2)
    client = client_as(manager)
    late = {"closed": "2024-03-06", "closed-time": "12:00"}
    answer = change(client, event, 1, **late)
    assert (answer.status_code, codes(answer)) == (422, ["stage.realization_order"])
    early = {"closed": "2024-03-01", "closed-time": "12:00"}
    assert codes(change(client, event, 1, **early)) == ["stage.realization_before_start"]
    future = {"closed": "2199-01-01", "closed-time": "12:00"}
    assert codes(change(client, event, 2, **future)) == ["stage.realization_future"]


def test_the_event_follows_the_completion_of_its_last_stage(make_event, manager, client_as):
    event = make_event(operator=manager, stages=["a"], closed=1)
    change(client_as(manager), event, 1, **{"closed": "2024-03-07", "closed-time": "08:00"})
    assert event.closed_at == event.stages[0].closed_at
    assert event.closed_on.isoformat() == "2024-03-07"


def test_saving_a_closed_stage_does_not_round_its_time(make_event, manager, client_as, session):
    event = make_event(operator=manager, stages=["a", "b"], closed=1)
    stage = event.stages[0]
    stage.closed_at = stage.closed_at.replace(second=42)
    session.commit()
    times = {"closed": "2024-03-05", "closed-time": "09:55"}
    assert change(client_as(manager), event, 1, subject="x", **times).status_code == 303
    assert stage.closed_at.second == 42


def test_another_operators_stage_is_not_found(make_event, bob, ann, client_as):
    event = make_event(operator=bob, stages=["a"])
    assert change(client_as(ann), event, 1).status_code == 404
    assert client_as(ann).get(f"/stages/{event.stages[0].id}").status_code == 404
