"""The README's first five minutes, in both languages, by clicking what a person clicks."""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_walk.server import username
from tests.browser_walk.windows import log_in
from tests.browser_walk.words import Words, words_in

ZEFIR = "Zefi J. Nowak i E. Nowak"
OpenPage = Callable[..., Page]


@pytest.fixture(params=["pl", "en"])
def locale(request: pytest.FixtureRequest) -> str:
    """The language of the walk."""
    language: str = request.param
    return language


@pytest.fixture
def say(locale: str) -> Words:
    """The visible words in that language."""
    return words_in(locale)


def button(part: Page | Locator, name: str) -> Locator:
    """The button with exactly this visible name."""
    return part.get_by_role("button", name=name, exact=True)


def choose(page: Page, field: str, text: str, within: Locator | None = None) -> None:
    """Search in a picker and take the match."""
    box = (within or page.locator("main")).get_by_role("combobox", name=field, exact=True)
    box.locator("..").click()
    with page.expect_response(lambda answer: f"q={text}" in unquote_plus(answer.url)):
        box.fill(text)
    page.get_by_role("option").filter(has_text=text).first.click()


def find_zefir(page: Page) -> None:
    """Type a part of its name into the search, press Enter."""
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("zefir")
    expect(page.get_by_role("option").filter(has_text=ZEFIR)).to_be_visible()
    page.keyboard.press("Enter")
    found = page.get_by_role("main").get_by_role("link").filter(has_text=ZEFIR)
    heading = page.get_by_role("heading", level=1, name=ZEFIR)
    expect(found.first.or_(heading)).to_be_visible()
    if not heading.is_visible():
        found.first.click()
    expect(heading).to_be_visible()


def new_event(page: Page, say: Words, subject: str) -> str:
    """From the card: contact, operator, subject; returns the number it got."""
    page.locator(".page-actions").get_by_role("link", name=say("New event")).click()
    expect(page.locator("#contractor")).not_to_have_value("")
    choose(page, say("Contact"), "Fiszki")
    choose(page, say("Operator"), "Zaremba")
    page.get_by_label(say("Subject")).fill(subject)
    page.keyboard.press("Control+Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("/CRM")
    number = re.search(r"\d{4,}/\d{4}/CRM", heading.inner_text())
    assert number is not None
    return number.group()


def add_stage(page: Page, say: Words, subject: str, days: str) -> None:
    """The line under the table: a subject, a quick date, Enter."""
    line = page.locator("#line")
    line.get_by_label(say("New stage")).fill(subject)
    button(line, say(days)).click()
    line.get_by_label(say("New stage")).press("Enter")
    expect(stage(page, subject)).to_be_visible()
    expect(line.get_by_label(say("New stage"))).to_be_focused()
    expect(line.get_by_label(say("New stage"))).to_have_value("")


def stage(page: Page, subject: str) -> Locator:
    """The row of a stage."""
    return page.locator("#stages tbody").filter(has_text=subject)


def close_on_its_page(page: Page, say: Words, subject: str) -> None:
    """Open the stage and press its close button."""
    stage(page, subject).get_by_role("link", name=subject).click()
    button(page, say("Close stage")).click()


def refusal(page: Page, code: str) -> Locator:
    """The message with the reasons."""
    alert = page.get_by_role("alert")
    expect(alert.locator(f'[data-reason="{code}"]')).to_be_visible()
    return alert


def is_closed(page: Page, say: Words) -> Locator:
    """What stands beside the title of a closed event."""
    return page.locator(".page-sub .urgency-closed", has_text=say("closed"))


def test_an_operator_carries_an_event_from_search_to_reopening(
    page_of: OpenPage, locale: str, say: Words
) -> None:
    page = page_of(locale=locale)
    log_in(page, username("Operator"), locale)
    find_zefir(page)
    number = new_event(page, say, f"Prezentacja {locale}")
    address = page.url
    add_stage(page, say, "Telefon", "tomorrow")
    add_stage(page, say, "Spotkanie", "+7 days")
    close_on_its_page(page, say, "Spotkanie")
    expect(refusal(page, "stage.out_of_order")).to_contain_text("Telefon")
    button(stage(page, "Telefon"), say("Close")).click()
    expect(stage(page, "Telefon")).to_have_class(re.compile("is-closed"))
    close_on_its_page(page, say, "Spotkanie")
    way_out = button(
        refusal(page, "stage.last_closes_with_event"), say("Close event with this stage")
    )
    way_out.click()
    expect(is_closed(page, say)).to_be_visible()
    button(page.locator(".toast-undo"), say("Undo")).click()
    expect(is_closed(page, say)).to_have_count(0)
    expect(stage(page, "Telefon")).to_have_class(re.compile("is-closed"))
    button(stage(page, "Spotkanie"), say("Close event")).click()
    expect(is_closed(page, say)).to_be_visible()
    reopen(page_of(role="Manager", locale=locale), say, address, number)


def reopen(page: Page, say: Words, address: str, number: str) -> None:
    """A manager reopens the event; the reason is asked for and stands in the history."""
    page.goto(address)
    button(page, say("Reopen…")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Why")).fill("Klient zmienił zdanie")
    button(dialog, say("Reopen")).click()
    expect(is_closed(page, say)).to_have_count(0)
    expect(stage(page, "Spotkanie")).not_to_have_class(re.compile("is-closed"))
    page.get_by_role("link", name=say("History"), exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Klient zmienił zdanie")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


# --- campaigns ---------------------------------------------------------------------------------


def count_at(page: Page, node: str, register: str) -> int:
    """The figure of a node in the column of the tree."""
    row = page.get_by_role("treeitem").filter(has_text=node).first
    return int(row.locator(f'[data-label="{register}"] a').inner_text())


def test_a_contractor_hung_on_a_node_changes_the_counts(
    page_of: OpenPage, locale: str, say: Words
) -> None:
    campaign = {"pl": "Targi", "en": "Fairs"}[locale]
    page = page_of("Operator", locale)
    page.goto("/campaigns/")
    before = count_at(page, campaign, say("Contractors"))
    find_zefir(page)
    button(page, say("Hang…")).click()
    dialog = page.get_by_role("dialog")
    choose(page, say("Place"), "dzień 2", dialog)
    button(dialog, say("Hang on a campaign")).click()
    expect(page.locator("#campaigns .places")).to_contain_text("dzień 2")
    page.get_by_role("navigation", name=say("Main menu")).get_by_text(say("Campaigns")).click()
    expect(page.get_by_role("tree")).to_be_visible()
    assert count_at(page, campaign, say("Contractors")) == before + 1
    find_zefir(page)
    page.locator("#campaigns").get_by_role(
        "button", name=say("Take off: %(place)s", place="")
    ).click()
    expect(page.locator("#campaigns")).to_contain_text(say("It hangs on no campaign."))


def test_a_manager_closes_a_branch_after_a_preview_and_takes_it_back(
    page_of: OpenPage, locale: str, say: Words
) -> None:
    page = page_of("Manager", locale)
    page.goto("/campaigns/")
    tree = page.get_by_role("tree")
    tree.get_by_role("treeitem").nth(1).focus()
    page.keyboard.press("ArrowRight")
    branch = tree.locator('[aria-level="2"]').first
    expect(branch).to_be_visible()
    before = int(branch.locator(f'[data-label="{say("Open")}"] a').inner_text())
    branch.get_by_role("link").first.click()
    page.get_by_role("link", name=say("Close stages…")).click()
    figures = page.locator(".figure-value")
    closing, _events, held = (int(text) for text in figures.all_inner_texts())
    assert 0 < closing <= before
    assert closing + held == before
    assert held > 0
    expect(page.locator('[data-reason="stage.last_closes_with_event"]')).to_be_visible()
    page.locator("main form[method=post] button.btn-primary").click()
    expect(page.locator(".toast-undo")).to_be_visible()
    figure = page.locator(".figure", has_text=say("stages open"))
    expect(figure.locator(".figure-value")).to_have_text(str(before - closing))
    button(page.locator(".toast-undo"), say("Undo")).click()
    expect(page.locator(".toast-success")).to_be_visible()
