"""Every route, tried by everybody on everybody's records, against the declared policy.

Refused means: no row written and no word of a stranger's records in the answer.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.access import visibility
from app.audit.models import Audited
from app.db import Model
from app.fab.security import CrmSecurityManager
from tests.access.policy import ANYONE, BODIES, PERSONAL, POLICY, QUERIES, SCOPED, Access
from tests.access.world import CANARIES, NO_SUCH_ROW, STRANGER, World, standing_world
from tests.databases import WRITTEN, Statements, Watch, without_locks

ARGUMENTS = {
    "name": "close",
    "kind": "contractor",
    "filename": "etap.svg",
    "register": "event",
    "act": "close",
    "token": "none",
    "batch": 1,
    "page": "EventView",
}
AUDITED = {
    mapper.local_table.name
    for mapper in Model.registry.mappers
    if issubclass(mapper.class_, Audited)
}
HARMLESS = {"login_session", "login_attempt"}
REFUSED = {302, 401, 403}


@dataclass(frozen=True)
class Try:
    """One request: who, how, where, on whose row."""

    who: str
    method: str
    url: str
    row: str
    body: dict[str, Any]


@dataclass
class Answer:
    """What came back: status, text, and the statements that wrote."""

    status: int
    text: str
    writes: list[str]


def rules_of(app: Flask, endpoint: str) -> list[Rule]:
    """The rules behind an endpoint."""
    return list(app.url_map.iter_rules(endpoint))


def ids_for(world: World, owner: str) -> dict[str, Any]:
    """What names in addresses and bodies stand for, when the owner's records are tried."""
    return {**ARGUMENTS, **world.shared, **world.living["ann"], **world.living[owner]}


def url_of(rule: Rule, found: dict[str, Any], pk: int) -> str:
    """The rule's address with the row's id in it."""
    kind = "contractor" if "/contractor/" in rule.rule else "event"
    values = {**found, "pk": pk, "membership": found[f"{kind}_membership"]}
    values["column"] = "keeper" if rule.rule.startswith("/contractors/") else "operator"
    wanted = {name: values[name] for name in rule.arguments}
    query = filled(QUERIES.get(rule.endpoint, {}), found)
    assert rule.map is not None
    return rule.map.bind("localhost").build(rule.endpoint, {**wanted, **query})


def filled(texts: Mapping[str, str | int], found: dict[str, Any]) -> dict[str, Any]:
    """The texts with ids in them."""
    return {
        name: text.format(**found) if isinstance(text, str) else text
        for name, text in texts.items()
    }


def rows_for(who: str, rule: Rule, access: Access, world: World) -> Iterator[tuple[str, int, str]]:
    """(name, id, owner) of the rows one tries: own, another's, in the trash, not there."""
    personal = access.row in PERSONAL and who != "nobody"
    owner = who if who in STRANGER or personal else "ann"
    stranger = STRANGER.get(owner, "bob")
    if "pk" not in rule.arguments or access.row is None:
        yield "none", 0, owner
        return
    yield "own", world.row(access.row, owner) or 0, owner
    if who == "ann":
        yield "missing", NO_SUCH_ROW, owner
    if access.row in SCOPED and who in STRANGER:
        yield "other's", world.row(access.row, stranger) or 0, stranger
    if who in ("ann", "admin"):
        for name, one in (("trashed", owner), ("other's trashed", stranger)):
            if gone := world.row(access.row, one, trashed=True):
                yield name, gone, one


def in_turn(endpoint: str) -> Collection[str]:
    """Whom a day's run tries: nobody, an operator, and the others one endpoint after another."""
    others = sorted(ANYONE - {"nobody", "ann"})
    return {"nobody", "ann", others[crc32(endpoint.encode()) % len(others)]}


def tries(world: World, endpoint: str, access: Access, people: Collection[str]) -> Iterator[Try]:
    """All requests to an endpoint; those that may not are not let near any row."""
    for rule in rules_of(world.app, endpoint):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for who in sorted(people):
                for row, pk, owner in rows_for(who, rule, access, world):
                    found = ids_for(world, owner)
                    body = filled(BODIES.get(endpoint, {}), found)
                    yield Try(who, method, url_of(rule, found, pk), row, body)


def ask(world: World, one: Try) -> Answer:
    """Send the request; JSON to programs' doors."""
    watch: Watch = world.app.extensions["watch"]
    api = one.url.startswith("/api/")
    more: dict[str, Any] = {} if one.method == "GET" else {"json" if api else "data": one.body}
    world.session.commit()
    with watch.recording() as seen:
        found = world.client(one.who, api=api).open(
            one.url, method=one.method, buffered=True, **more
        )
    return Answer(found.status_code, found.get_data(as_text=True).casefold(), real(seen))


def real(seen: Statements) -> list[str]:
    """Writes, without the notes about logins."""
    return [one for one in seen.writes if not any(name in one for name in HARMLESS)]


def faults(one: Try, access: Access, answer: Answer) -> Iterator[str]:
    """What of the answer breaks the policy."""
    yield from leaks(one, answer)
    if answer.status >= 500:
        yield f"fault {answer.status}"
    yield from unnoticed(answer)
    if one.method == "GET" and (writes := unasked(one, answer)):
        yield f"a GET that writes: {writes[0]}"
    if one.who not in access.who:
        yield from unless_refused(one, answer)
    elif hidden(one):
        if answer.status != 404 or answer.writes:
            yield f"should be 404 without writes: {answer.status}, {answer.writes[:1]}"
    elif answer.status in {401, 403} or (answer.status == 404 and not may_miss(one)):
        yield f"should be let in: {answer.status}"


def unasked(one: Try, answer: Answer) -> list[str]:
    """Writes that a GET has no business with; of an export it is written down who asked."""
    if not re.fullmatch(r"/api/v1/\w+/export", one.url):
        return answer.writes
    tables = [WRITTEN.findall(without_locks(write)) for write in answer.writes]
    noted = {"export", "batch", "audit_entry", "notice"}
    pairs = zip(answer.writes, tables, strict=True)
    return [write for write, found in pairs if not set(found) <= noted]


def unnoticed(answer: Answer) -> Iterator[str]:
    """Changes of audited tables without an entry in the journal."""
    tables = {name for one in answer.writes for name in WRITTEN.findall(without_locks(one))}
    if tables & AUDITED and "audit_entry" not in tables:
        yield f"no entry in the journal for {sorted(tables & AUDITED)}"


def unless_refused(one: Try, answer: Answer) -> Iterator[str]:
    """A refusal is a refusal, in status and in deed."""
    allowed = REFUSED | ({422} if one.url.endswith("/refresh") else set())
    if answer.status not in allowed or answer.writes:
        yield f"should be refused: {answer.status}, {answer.writes[:1]}"


def leaks(one: Try, answer: Answer) -> Iterator[str]:
    """Words of another team's records."""
    for word in CANARIES.get(STRANGER.get(one.who, ""), ()):
        if word in answer.text:
            yield f"leaks {word}"


def hidden(one: Try) -> bool:
    """Whether the row is not there for who asks."""
    if one.row == "missing" or (one.who in STRANGER and one.row.startswith("other")):
        return True
    return one.row.endswith("trashed") and not one.url.endswith(("restoring", "restoration"))


def may_miss(one: Try) -> bool:
    """Whether the route may say that what it needs is not there."""
    return any(
        word in one.url
        for word in (
            "restor",
            "undoing",
            "/ask/",
            "static",
            "trashed",
            "/plan/",
            "/batch/",
            "/feed/",
        )
    )


def wrong(
    world: World, remake: Callable[[], World], endpoint: str, people: Collection[str] = ANYONE
) -> list[str]:
    """Everything that breaks the policy at one endpoint."""
    access = POLICY[endpoint]
    found, at = [], 0
    while at < len(plan := list(tries(world, endpoint, access, people))):
        one, at = plan[at], at + 1
        answer = ask(world, one)
        found += [
            f"{one.who} {one.method} {one.url} ({one.row}): {fault}"
            for fault in faults(one, access, answer)
        ]
        if answer.writes:
            world = remake()  # its rows may have other ids
    return found


@pytest.fixture
def world(app: Flask, session: Session) -> World:
    """The two owners' records."""
    return standing_world(app, session)


@pytest.fixture
def remake(app: Flask, session: Session) -> Callable[[], World]:
    """The same world again, after something was written."""

    def again() -> World:
        session.rollback()
        session.expunge_all()
        session.info.pop("batch", None)
        app.extensions["watch"].wipe()
        return standing_world(app, session)

    return again


def test_every_route_is_declared(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(POLICY), "declare who may call it in tests/access/policy.py"


@pytest.mark.parametrize("endpoint", POLICY)
def test_a_route_lets_in_only_whom_the_policy_names(
    world: World, remake: Callable[[], World], endpoint: str
) -> None:
    assert wrong(world, remake, endpoint, in_turn(endpoint)) == []


@pytest.mark.full
@pytest.mark.parametrize("endpoint", POLICY)
def test_a_route_lets_in_nobody_else(
    world: World, remake: Callable[[], World], endpoint: str
) -> None:
    assert wrong(world, remake, endpoint) == []


def nothing_hidden(model: Any, _actor: Any, columns: Any = None) -> Any:
    """A visibility that forgot whose records are whose."""
    return visibility._living[model](columns if columns is not None else model)


def anything_goes(*_who: Any) -> bool:
    """A permission check that forgot to check."""
    return True


NO_SCOPE = (visibility, "within", nothing_hidden)
NO_RIGHTS = (CrmSecurityManager, "has_access", anything_goes)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("endpoint", "mutant"),
    [
        ("EventView.show", NO_SCOPE),
        ("EventView.closure", NO_SCOPE),
        ("StageApi.get", NO_SCOPE),
        ("ContractorView.list", NO_SCOPE),
        ("SearchView.show", NO_SCOPE),
        ("PickerView.show", NO_SCOPE),
        ("ContractorView.delete", NO_RIGHTS),
        ("EventApi.reopen", NO_RIGHTS),
        ("OperatorView.list", NO_RIGHTS),
        ("RoleView.scope", NO_RIGHTS),
    ],
    ids=lambda one: one if isinstance(one, str) else one[1],
)
def test_without_a_guard_the_matrix_fails(
    world: World,
    remake: Callable[[], World],
    endpoint: str,
    mutant: tuple[Any, str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(*mutant)
    monkeypatch.setattr(visibility, "_kept", {})
    assert wrong(world, remake, endpoint)
