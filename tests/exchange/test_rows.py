"""Rows of a file: the rules of the product say what may in, and nothing comes in by halves."""

import pytest
from sqlalchemy import select

from app.audit.models import Batch
from app.campaigns.models import Membership
from app.contractors.models import Contractor
from app.errors import InvalidValue, NotAllowed
from app.events.models import Event
from app.persons.models import Affiliation, Person
from tests.exchange.conftest import CONTRACTORS, codes

GOOD_AND_BAD = """code,name,nip,city
ONE,One Ltd,,Kraków
TWO,,,Łódź
ONE,One again,,
FOUR,Four,1234567890,
FIVE,Five,856-734-62-15,
"""
EVENTS = """
target: events
match: {by: [subject]}
fields:
  subject: subject
  start: date
  operator: {column: who, by: username}
  contractor: {column: firm, by: code}
  contact: {column: contact, by: name}
stages:
  - {subject: {value: Confirm}, due: date, closed: confirmed}
  - {subject: {value: Ship}, closed: shipped}
"""
HEAD = "subject,date,who,firm,contact,confirmed,shipped\n"


@pytest.fixture
def parties(make_contractor, make_person):
    """Two contractors with a person each."""
    make_person("Fiszki", contractor=make_contractor(code="A"), first_name="Jan")
    make_person("Obcy", contractor=make_contractor(code="B"), first_name="Jan")


def names(session):
    """The contractors there are."""
    return sorted(session.scalars(select(Contractor.code)))


def test_every_bad_row_is_told_with_line_and_reasons_and_nothing_is_written(bring, admin, session):
    report = bring(admin, CONTRACTORS, GOOD_AND_BAD)
    assert codes(report) == [
        (3, ["contractor.name_missing"]),
        (4, ["row.twice"]),
        (5, ["contractor.nip_invalid"]),
    ]
    assert not report.applied
    assert names(session) == []
    assert session.scalars(select(Batch).where(Batch.door == "import")).all() == []


def test_the_good_rows_come_in_without_the_bad_ones_if_asked(bring, admin, session):
    report = bring(admin, CONTRACTORS, GOOD_AND_BAD, skip_bad=True)
    assert report.applied
    assert names(session) == ["FIVE", "ONE"]
    five = session.scalars(select(Contractor).where(Contractor.code == "FIVE")).one()
    assert (five.nip, five.search_key) == ("8567346215", "five five 8567346215")
    assert five.created_by_id == admin.id


def test_a_dry_run_writes_nothing(bring, admin, session):
    report = bring(admin, CONTRACTORS, "code,name,nip,city\nA,Alpha,,\n", dry_run=True)
    assert (report.good, report.applied, report.done["created"]) == (True, False, 1)
    assert names(session) == []


def test_a_known_key_changes_the_record_or_is_skipped(bring, admin, session, make_contractor):
    make_contractor(name="Old name", code="A", city="Radom")
    file = "code,name,nip,city\nA,New name,,Radom\n"
    skipped = bring(admin, CONTRACTORS + "match: {by: [code], found: skip}", file)
    assert skipped.done == {"skipped": 1}
    changed = bring(admin, CONTRACTORS, file)
    assert changed.done == {"updated": 1}
    again = bring(admin, CONTRACTORS, file)
    assert again.done == {"unchanged": 1}
    kept = session.scalars(select(Contractor)).one()
    assert (kept.name, kept.city, kept.version) == ("New name", "Radom", 2)


def test_a_refused_change_leaves_the_record_as_it_was(bring, admin, session, make_contractor):
    make_contractor(name="Old name", code="A")
    report = bring(admin, CONTRACTORS, "code,name,nip,city\nA,New,123,\nB,Beta,,\n", skip_bad=True)
    assert codes(report) == [(2, ["contractor.nip_invalid"])]
    kept = session.scalars(select(Contractor).where(Contractor.code == "A")).one()
    assert (kept.name, kept.nip) == ("Old name", None)


def test_records_out_of_sight_are_neither_changed_nor_found(
    bring, session, ann, bob, make_contractor, make_role_importer
):
    make_contractor(name="Bob's", code="BOBS", keeper=bob)
    report = bring(ann, CONTRACTORS, "code,name,nip,city\nBOBS,Mine now,,\n")
    assert codes(report) == [(2, ["duplicate"])]
    person = "target: persons\nfields: {last_name: last, contractor: {column: firm, by: code}}"
    report = bring(ann, person, "last,firm\nNowak,BOBS\n")
    assert codes(report) == [(2, ["value.unreadable"])]
    assert session.scalars(select(Contractor.name)).all() == ["Bob's"]


def test_only_who_may_import_imports(bring, manager, ann):
    for user in (manager, ann):
        with pytest.raises(NotAllowed):
            bring(user, CONTRACTORS, "code,name,nip,city\nA,Alpha,,\n")


def test_a_text_too_long_for_its_column_is_a_bad_row(bring, admin):
    report = bring(admin, CONTRACTORS, f"code,name,nip,city\nA,{'n' * 256},,\n")
    assert codes(report) == [(2, ["value.unreadable"])]


def test_formulas_stay_text(bring, admin, session):
    bring(admin, CONTRACTORS, 'code,name,nip,city\nA,"=HYPERLINK(""http://x"")",,\n')
    assert session.scalars(select(Contractor.name)).one() == '=HYPERLINK("http://x")'


def test_a_person_is_linked_once_to_the_contractor(bring, admin, session, make_contractor):
    make_contractor(code="A")
    profile = """
target: persons
fields:
  last_name: {column: name, part: last_word}
  first_name: {column: name, part: before_last_word}
  contractor: {column: firm, by: code}
  role: title
"""
    for _twice in range(2):
        bring(admin, profile, "name,firm,title\nJosé Pedro Freyre,A,buyer\n")
    person = session.scalars(select(Person)).one()
    assert person.full_name == "Freyre / José Pedro"
    assert session.scalars(select(Affiliation.role)).all() == ["buyer"]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        pytest.param("a,2024-03-04,ann,A,,2024-03-05,2024-03-06", [], id="both stages closed"),
        pytest.param("a,2024-03-04,ann,A,,,", [], id="nothing closed yet"),
        pytest.param("a,2024-03-04,ann,A,,,2024-03-06", ["event.open_stages"], id="out of order"),
        pytest.param(
            "a,2024-03-04,ann,A,,2024-03-01,", ["stage.realization_before_start"], id="too early"
        ),
        pytest.param(
            "a,2024-03-04,ann,A,,2199-03-01,", ["stage.realization_future"], id="in the future"
        ),
        pytest.param(
            "a,2024-03-04,ann,A,,2024-03-06,2024-03-05",
            ["stage.realization_order"],
            id="backwards",
        ),
        pytest.param("a,31.02.2024,ann,A,,,", ["value.unreadable"], id="no such day"),
        pytest.param(",2024-03-04,ann,A,,,", ["required"], id="no subject"),
        pytest.param("a,2024-03-04,nobody,A,,,", ["value.unreadable"], id="unknown operator"),
        pytest.param("a,2024-03-04,ann,A,Jan Obcy,,", ["value.unreadable"], id="foreign contact"),
    ],
)
@pytest.mark.usefixtures("ann", "parties")
def test_events_obey_the_rules_of_stages(row, wanted, bring, admin, session):
    report = bring(admin, EVENTS, HEAD + row + "\n")
    assert [code for bad in report.bad for code in [one.code for one in bad.reasons]] == wanted
    assert len(session.scalars(select(Event)).all()) == (0 if wanted else 1)


def test_numbers_follow_the_dates_and_have_no_gap(bring, admin, ann, session, make_contractor):
    make_contractor(code="A")
    rows = "".join(f"s{n},2024-03-{20 - n},ann,A,,,\n" for n in range(5))
    assert not bring(admin, EVENTS, HEAD + rows + "bad,x,ann,A,,,\n").applied
    report = bring(admin, EVENTS, HEAD + rows)
    assert (report.applied, report.done["created"]) == (True, 5)
    found = session.execute(select(Event.no, Event.subject).order_by(Event.no)).all()
    assert found == [(1, "s4"), (2, "s3"), (3, "s2"), (4, "s1"), (5, "s0")]


def test_features_are_read_by_their_kinds(bring, admin, session, make_feature, make_node):
    size = make_feature("size", "number")
    trade = make_feature("trade", "choice")
    node = make_node(trade, "Produkcja")
    profile = (
        "target: contractors\n"
        "fields: {code: code, name: code, features.size: size, features.trade: trade}"
    )
    assert bring(admin, profile, 'code,size,trade\nA,"1 234,50",produkcja\n').applied
    kept = session.scalars(select(Contractor)).one()
    assert kept.features == {str(size.id): "1234.5", str(trade.id): node.id}
    report = bring(admin, profile, "code,size,trade\nB,many,unknown\n")
    assert codes(report) == [(2, ["feature.value", "feature.value"])]


def test_profiles_are_checked_against_the_file(bring, admin):
    with pytest.raises(InvalidValue) as caught:
        bring(admin, CONTRACTORS, "code,title\nA,Alpha\n")
    assert [one.code for one in caught.value.reasons] == ["file.columns"]


def test_imported_events_hang_where_their_contractors_do(
    bring, admin, parties, session, make_campaign, make_node, make_membership
):
    firm = session.scalars(select(Contractor).where(Contractor.code == "A")).one()
    node = make_node(make_campaign())
    make_membership(node, firm)
    rows = f"one,2026-11-01,{admin.username},A,,,\ntwo,2026-11-01,{admin.username},B,,,\n"
    assert bring(admin, EVENTS, HEAD + rows).applied
    hung = select(Event.subject).join(Membership, Membership.event_id == Event.id)
    assert list(session.scalars(hung.where(Membership.node_id == node.id))) == ["one"]
