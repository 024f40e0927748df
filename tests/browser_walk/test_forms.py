"""Forms: nothing typed is lost, nothing is saved twice, pickers offer what fits."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.contractors.models import Contractor
from app.persons.models import Affiliation, Person
from tests.browser_walk.samples import records
from tests.browser_walk.server import Site
from tests.browser_walk.words import words_in

OpenPage = Callable[..., Page]
say = words_in("pl")


def busy_contractor(site: Site) -> int:
    """A contractor with persons and events."""
    with site.rows() as session:
        return records(session).contractor


def test_two_who_edit_one_contractor_see_both_values(page_of: OpenPage, site: Site) -> None:
    path = f"/contractors/{busy_contractor(site)}/edit"
    first, second = page_of("Manager"), page_of("Administrator")
    first.goto(path)
    second.goto(path)
    city = say("City")
    first.get_by_label(city).fill("Zamość")
    first.get_by_role("button", name=say("Save and close")).click()
    expect(first).not_to_have_url(path)
    second.get_by_label(city).fill("Przemyśl")
    with second.expect_response(
        lambda one: one.request.method == "POST" and one.url.endswith(path)
    ) as sent:
        second.get_by_role("button", name=say("Save and close")).click()
    assert sent.value.status == 409
    row = second.locator(".conflict-rows tr").filter(has_text=city)
    expect(row).to_contain_text("Przemyśl")
    expect(row).to_contain_text("Zamość")
    expect(second.get_by_label(city, exact=True)).to_have_value("Przemyśl")
    second.get_by_role("button", name=say("Save and close")).click()
    expect(second.get_by_role("main")).to_contain_text("Przemyśl")


def test_what_was_typed_stays_when_a_rule_refuses(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/contractors/new")
    page.get_by_label(say("Name")).fill("Huta Próba")
    page.get_by_label(say("NIP")).fill("1234567890")
    page.get_by_label(say("Notes")).fill("Zażółć gęślą jaźń\nw dwóch wierszach")
    page.get_by_role("button", name=say("Save and close")).click()
    expect(page.get_by_label(say("NIP"))).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(say("Name"))).to_have_value("Huta Próba")
    expect(page.get_by_label(say("NIP"))).to_have_value("1234567890")
    kept = page.get_by_label(say("Notes")).input_value()
    assert kept.replace("\r\n", "\n") == "Zażółć gęślą jaźń\nw dwóch wierszach"


def test_two_presses_of_save_make_one_record(page_of: OpenPage, site: Site) -> None:
    page = page_of("Operator")
    page.goto("/contractors/new")
    page.get_by_label(say("Name")).fill("Podwójny Zapis")
    page.get_by_role("button", name=say("Save and close")).dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Podwójny Zapis")
    with site.rows() as session:
        same = select(func.count()).where(Contractor.name == "Podwójny Zapis")
        assert session.scalar(same) == 1


def test_the_same_form_sent_from_two_windows_makes_one_record(
    page_of: OpenPage, site: Site
) -> None:
    """The script that quiets the button is not what keeps the record single."""
    page = page_of("Operator")
    page.goto("/contractors/new")
    page.get_by_label(say("Name")).fill("Dwa Okna")
    page.evaluate("""() => {
      const form = document.querySelector("form.record-form");
      const body = () => new URLSearchParams(new FormData(form));
      const sent = () => fetch(form.action, {method: "POST", body: body()});
      return Promise.all([sent(), sent()]);
    }""")
    with site.rows() as session:
        same = select(func.count()).where(Contractor.name == "Dwa Okna")
        assert session.scalar(same) == 1


def test_typed_text_is_not_left_without_a_question(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/persons/new")
    page.get_by_label(say("Last name")).fill("Niezapisany")
    page.keyboard.press("Escape")
    dialog = page.locator("dialog#leave")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=say("Keep editing")).click()
    expect(dialog).not_to_be_visible()
    expect(page.get_by_label(say("Last name"))).to_have_value("Niezapisany")
    asked: list[str] = []

    def stay(question: object) -> None:
        asked.append(question.type)  # type: ignore[attr-defined]
        question.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.locator("#menu a[href='/events/']").click(no_wait_after=True)
    expect(page.get_by_label(say("Last name"))).to_have_value("Niezapisany")
    assert asked == ["beforeunload"]
    page.keyboard.press("Escape")
    dialog.get_by_role("link", name=say("Leave"), exact=True).click()
    expect(page).to_have_url(re.compile("/persons/$"))


def test_an_untouched_form_is_left_at_once(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/persons/new")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/persons/$"))


def test_the_picker_of_contacts_offers_the_contractors_people_only(
    page_of: OpenPage, site: Site
) -> None:
    contractor = busy_contractor(site)
    with site.rows() as session:
        linked = select(Affiliation.person_id).where(Affiliation.contractor_id == contractor)
        people = session.scalars(select(Person).where(Person.id.in_(linked))).all()
        expected = sorted(person.full_name for person in people)
    page = page_of("Manager")
    page.goto(f"/events/new?contractor={contractor}")
    page.locator("#contact-ts-control").locator("..").click()
    options = page.locator("#contact-ts-dropdown [role=option]")
    expect(options).to_have_count(len(expected))
    assert sorted(options.locator("span:first-child").all_inner_texts()) == expected
