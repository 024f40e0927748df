"""Features marked to be found: by the search and the lists, for those who see them alone."""

from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select, update

from app.audit import sets
from app.audit.sets import Entry
from app.contractors.models import Contractor
from app.db import db, now, transaction
from app.features import found
from app.features.models import Feature
from tests.questions import agree

TRADE = "Skład Żelaza,\nHurtownia 12:5_0%"


@pytest.fixture
def trade(make_feature: Any) -> Feature:
    """A text by which records are found."""
    more = {"on_persons": True, "on_events": True, "searchable": True}
    made: Feature = make_feature("trade", "longtext", **more)
    return made


@pytest.fixture
def records(
    trade: Feature,
    make_feature: Any,
    make_contractor: Any,
    make_person: Any,
    make_event: Any,
    ann: Any,
) -> dict[str, Any]:
    """A record of each register with the text, and a contractor with another feature."""
    size = make_feature("size", "text")
    values = {trade.key: TRADE}
    make_contractor("Zefir", code="OTHER", features={size.key: "skład"})
    firm = make_contractor("Firm Zefir", code="FIRM", features=values)
    return {
        "contractors": firm,
        "persons": make_person("Nowak", contractor=firm, features=values),
        "events": make_event(ann, features=values),
    }


def links(page: str, records: dict[str, Any]) -> set[str]:
    """The registers whose record a page links to."""
    return {name for name, one in records.items() if f'"/{name}/{one.id}' in page}


def test_records_are_found_by_their_texts_alone_or_with_others(
    records: dict[str, Any], ann: Any, client_as: Any
) -> None:
    page = client_as(ann)
    for text in ("sklad", "ZELAZA hurtownia", "12:5_0%"):
        assert links(page.get("/search/", query_string={"q": text}).text, records) == {*records}
    assert links(page.get("/search/?q=zefir+zelaza").text, records) == {"contractors"}
    for text in ("zelaza,x", "^skład", ".*", "1:sklad", "sk_ad", "(sklad)"):
        assert not links(page.get("/search/", query_string={"q": text}).text, records), text
    for name, field in (("contractors", "name"), ("persons", "last_name"), ("events", "subject")):
        listed = page.get(f"/{name}/?_flt_0_{field}=zelaza").text
        assert name in links(listed, records)
        assert "OTHER" not in listed
        assert name not in links(page.get(f"/{name}/?_flt_1_{field}=zelaza").text, records)


def test_nobody_finds_by_what_is_hidden(
    trade: Feature, records: dict[str, Any], ann: Any, admin: Any, client_as: Any, session: Any
) -> None:
    role = session.scalars(select(Role.id).where(Role.name == "Operator")).one()
    trade.access = {str(role): "hidden"}
    session.commit()
    assert not links(client_as(ann).get("/search/?q=zelaza").text, records)
    assert not links(client_as(ann).get("/contractors/?_flt_0_name=zelaza").text, records)
    assert links(client_as(admin).get("/search/?q=zelaza").text, records) == {*records}
    trade.access, trade.searchable = {}, False
    session.commit()
    assert not links(client_as(ann).get("/search/?q=zelaza").text, records)


def test_a_mark_on_stored_values_makes_them_found_at_once(
    trade: Feature, records: dict[str, Any], editor: Any, client_as: Any, session: Any
) -> None:
    keys = select(Contractor.features_key).order_by(Contractor.id)
    written = session.scalars(keys).all()
    session.execute(update(Contractor).values(features_key=""))
    trade.searchable = False
    session.commit()
    sent = {"name_pl": "a", "name_en": "a", "code": "trade", "kind": "longtext", "searchable": "y"}
    sent |= {"on_contractors": "y", "version": str(trade.version)}
    url = f"/features/{trade.id}/edit"
    assert agree(client_as(editor), url, sent).status_code == 303
    session.commit()
    assert session.scalars(keys).all() == written == ["", written[1]]
    assert links(client_as(editor).get("/search/?q=zelaza").text, records) == {"contractors"}


def test_documents_written_by_one_statement_are_found_too(
    trade: Feature, records: dict[str, Any], admin: Any, acting_as: Any, session: Any
) -> None:
    pk, new = records["contractors"].id, {trade.key: "Stal\ni Ćma"}
    entry = Entry("contractor", pk, {"features": [{trade.key: TRADE}, new]})
    with acting_as(admin), transaction():
        sets.write([entry, Entry("stage", 0, {"features": [{}, new]})], now())
    session.expire_all()
    one = session.get(Contractor, pk)
    assert (one.features, one.features_key) == (new, f"{trade.key}:stal i cma\n")


def test_the_command_writes_what_was_left(
    app: Any, trade: Feature, records: dict[str, Any], editor: Any, english: Any, session: Any
) -> None:
    session.execute(update(Contractor).values(features_key="0:stale\n"))
    session.commit()
    assert (
        "1 record; run flask features search" in english(editor).get(f"/features/{trade.id}").text
    )
    result = app.test_cli_runner().invoke(args=["features", "search"])
    assert (result.exit_code, result.output) == (0, "Renewed: 2 records.\n")
    assert "run flask features search" not in english(editor).get(f"/features/{trade.id}").text


def test_the_cost_does_not_grow_with_the_features(
    records: dict[str, Any], make_feature: Any, ann: Any, client_as: Any, statements: Any
) -> None:
    page = client_as(ann)
    page.get("/search/?q=zelaza")
    counts = []
    for number in range(2):
        page.get("/search/?q=zelaza")
        with statements() as seen:
            page.get("/search/?q=zelaza")
        counts.append(len(seen))
        if not number:
            for more in range(20):
                make_feature(f"more_{more}", "text", searchable=True)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_the_index_serves_the_search(app: Any, trade: Feature, admin: Any, acting_as: Any) -> None:
    with acting_as(admin):
        query = select(Contractor.id).where(found.has_word(Contractor, "zelaza"))
        db.session.execute(db.text("set local enable_seqscan = off"))
        sql = query.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(db.session.scalars(db.text(f"explain {sql}".replace(":", "\\:"))))
        assert "ix_contractor_features_search" in plan
