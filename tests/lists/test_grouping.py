"""Groups of a list: words, counts and sums equal those of a plain Python model, for every role."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from werkzeug.datastructures import MultiDict

from app.db import polish_key
from app.events.acts import page_of
from app.lists.paging import exact_count

DAY = date(2024, 4, 1)


@dataclass
class Row:
    """An event or stage as the model sees it: its groups by dimension, (place, address value)."""

    seen_by: set[int]
    is_open: bool
    late: bool
    groups: dict[str, set] = field(default_factory=dict)


@dataclass
class World:
    """The rows of both registers."""

    events: list[Row]
    stages: list[Row]


def polish(text):
    """Where a text stands in the alphabet."""
    return polish_key(text), text


def periods(name, day, bound=str):
    """The groups of a day."""
    if day is None:
        return {f"{period}_{name}": set() for period in ("day", "week", "month")}
    monday, first = day - timedelta(day.weekday()), day.replace(day=1)
    return {
        f"day_{name}": {(day, str(day))},
        f"week_{name}": {(monday, str(monday))},
        f"month_{name}": {(first, str(first))},
    }


@pytest.fixture
def world(session, makers, ann, bob, make_feature, make_campaign, make_node, monkeypatch):
    """Thirty events with stages, features of every kind and places in two campaigns."""
    random = Random(11)
    kinds = ("text", "number", "date", "yesno", "choice", "tree")
    features = {kind: make_feature(f"f_{kind}", kind, on_events=True) for kind in kinds}
    colours = [make_node(features["choice"], name) for name in ("Żółty", "Zielony", "Łososiowy")]
    trees = {
        feature.code: [
            (node, top)
            for top in [make_node(feature, name) for name in ("Łódź", "Lublin")]
            for node in [top, make_node(feature, "Ćma", top), make_node(feature, "Cel", top)]
        ]
        for feature in (
            features["tree"],
            make_campaign("one"),
            make_campaign("many", several=True),
        )
    }
    monkeypatch.setattr(makers, "kept", lambda record: makers.session.add(record) or record)
    firms = [makers.contractor(name, keeper=ann) for name in ("Źdźbło", "Zebra", "Ćma")]
    session.flush()
    found = World([], [])
    users = {one.id: called(one) for one in (ann, bob)}
    names = {one.id: one.name for one in colours}

    def maybe(*values):
        return random.choice([None, *values])

    for _n in range(30):
        firm, operator = maybe(*firms), random.choice([ann, bob])
        values = {
            "text": maybe("ósmy", "oko"),
            "number": maybe("2.5", "-1", "10"),
            "date": maybe("2024-02-29", "2023-12-31", "2024-01-01"),
            "yesno": maybe(True, False),
            "choice": maybe(*names),
            "tree": maybe(*(node.id for node, _top in trees["f_tree"])),
        }
        given = [
            {"subject": "x", "due_on": maybe(DAY, DAY + timedelta(40)), "operator": who}
            for who in random.choices([ann, bob], k=random.randrange(4))
        ]
        event = makers.event(
            operator=operator,
            stages=given,
            closed=random.randrange(len(given) + 1) if given else 0,
            contractor_id=firm and firm.id,
            start_on=DAY - timedelta(random.randrange(400)),
            features={features[k].key: v for k, v in values.items() if v is not None},
        )
        session.flush()
        hung = {"one": random.sample(trees["one"], random.randrange(2))}
        hung["many"] = random.sample(trees["many"], random.randrange(4))
        for node, _top in (*hung["one"], *hung["many"]):
            makers.membership(node, event)
        seen_by = {operator.id, *(stage.operator_id for stage in event.stages)}
        shared = {
            "contractor": {(polish(firm.name), str(firm.id))} if firm else set(),
            **in_campaigns(hung, trees),
        }
        own = {**shared, **of_features(values, names, dict(pairs_of(trees["f_tree"])))}
        leader = {"event_operator": {(polish(users[operator.id]), str(operator.id))}}
        found.events.append(row_of(event, seen_by, users, own))
        found.stages += [
            row_of(stage, seen_by, users, {**shared, **leader}) for stage in event.stages
        ]
    session.commit()
    return found


def called(user):
    """How an operator is called where names stand in order."""
    return f"{user.last_name} {user.first_name}"


def row_of(work, seen_by, users, more):
    """The model's row of an event or stage."""
    late = work.is_open and work.due_on is not None
    state = "closed" if work.is_closed else "overdue" if late else "open"
    groups = {
        "operator": {(polish(users[work.operator_id]), str(work.operator_id))},
        "state": {(state, state)},
        **periods("start", work.start_on),
        **periods("due", work.due_on),
        **periods("closed", work.closed_on),
        **more,
    }
    return Row(seen_by, work.is_open, late, groups)


def pairs_of(tree):
    """(node's id, (node, top)) of a tree."""
    return [(node.id, (node, top)) for node, top in tree]


def levels(code, hung):
    """The groups of the nodes, given with their tops, on both levels."""
    upper = {(polish(top.name), str(top.id)) for _node, top in hung}
    lower = {(polish(node.name), str(node.id)) for node, _top in hung if node.depth == 2}
    return {f"level_1_{code}": upper, f"level_2_{code}": lower}


def in_campaigns(hung, trees):
    """The groups by campaigns and their levels."""
    ids = {code: trees[code][0][0].feature_id for code in hung}
    whole = {(ids[code], str(ids[code])) for code, places in hung.items() if places}
    found = {"campaign": whole}
    for code, places in hung.items():
        found |= levels(code, places)
    return found


def of_features(values, colours, tree):
    """The groups by features."""
    text, number, day = values["text"], values["number"], values["date"]
    flag, colour, node = values["yesno"], values["choice"], values["tree"]
    return {
        "feature_f_text": {(polish(text), text)} if text else set(),
        "feature_f_number": {(Decimal(number), number)} if number else set(),
        "feature_f_yesno": set() if flag is None else {(flag, "yes" if flag else "no")},
        "feature_f_choice": {(polish(colours[colour]), str(colour))} if colour else set(),
        **periods("feature_f_date", date.fromisoformat(day) if day else None),
        **levels("f_tree", [tree[node]] if node else []),
    }


def model(rows, name):
    """The groups of the dimension in order, the empty one last, and the figures of all."""
    groups = {}
    for row in rows:
        for group in row.groups[name] or [None]:
            groups.setdefault(group, []).append(row)
    known = sorted(group for group in groups if group is not None)
    ordered = [*known, None] if None in groups else known
    plain = [(group and group[1], figures(groups[group])) for group in ordered]
    return plain, figures(rows)


def figures(rows):
    """All, open and overdue ones."""
    return [len(rows), sum(row.is_open for row in rows), sum(row.late for row in rows)]


@pytest.mark.parametrize(
    ("register", "who"),
    [
        ("events", "ann"),
        ("stages", "admin"),
        *(
            pytest.param(*one, marks=pytest.mark.full)
            for one in (
                ("events", "admin"),
                ("events", "loner"),
                ("stages", "ann"),
                ("stages", "loner"),
            )
        ),
    ],
)
def test_groups_equal_a_plain_model(
    register, who, world, session, ann, admin, make_user, acting_as
):
    user = {"ann": ann, "admin": admin}.get(who) or make_user("loner", team="North")
    peers = {"ann": {ann.id}, "loner": {ann.id}}.get(who)
    if who == "ann":
        ann.groups = []
        session.commit()
    rows = [row for row in getattr(world, register) if peers is None or row.seen_by & peers]
    view = page_of_register(acting_as, user, register)
    with acting_as(user):
        known = {one.name: one for one in view.dimensions()}
        assert set(rows[0].groups) <= set(known)
        for name in rows[0].groups:
            args = MultiDict({"by": name})
            found = view.grouped(args, [known[name]])
            wanted, whole = model(rows, name)
            plain = [
                (
                    None if one.filter[0].startswith("_flt_1") else one.filter[1],
                    list(one.figures),
                )
                for one in found.groups
            ]
            assert plain == wanted, name
            assert (found.figures, found.count) == (whole, len(wanted)), name
            for one in found.groups[:: max(1, len(found.groups) // 3)]:
                query, active = view.selected(MultiDict([one.filter]))
                assert exact_count(query) == one.figures[0], (name, one)
                assert all(each.readable for each in active)


def page_of_register(acting_as, user, register):
    """The register's page."""
    with acting_as(user):
        return page_of({"events": "EventView", "stages": "StageView"}[register])
