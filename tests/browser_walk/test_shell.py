"""The frame of every page: shortcuts, language, theme, the menu of a phone."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser_walk.samples import records
from tests.browser_walk.server import Site
from tests.browser_walk.windows import PHONE
from tests.browser_walk.words import words_in

OpenPage = Callable[..., Page]
say = words_in("pl")


def current_row(page: Page) -> int:
    """The place of the marked row among all rows, from 0; -1 if none is marked."""
    place: int = page.evaluate(
        "() => [...document.querySelectorAll('[data-row]')]"
        ".findIndex((row) => row.classList.contains('is-current'))"
    )
    return place


def test_j_and_k_walk_the_rows_and_enter_opens_one(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/")
    assert current_row(page) == -1
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert current_row(page) == place
    number = page.locator("[data-row] .cell-title a").nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def test_c_closes_the_stage_that_is_next_and_e_goes_to_the_line(
    page_of: OpenPage, site: Site
) -> None:
    page = page_of("Manager")
    with site.rows() as session:
        page.goto(f"/events/{records(session).begun}")
    page.keyboard.press("e")
    expect(page.locator("#line-subject")).to_be_focused()
    page.keyboard.type("c")
    expect(page.locator("#line-subject")).to_have_value("c")
    done = page.locator("#stages tbody.is-closed")
    before = done.count()
    page.locator("#line-subject").fill("")
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(done).to_have_count(before + 1)
    page.locator(".toast-undo").get_by_role("button", name=say("Undo")).click()
    expect(done).to_have_count(before)


def test_keys_lead_to_search_new_event_and_the_sheet(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/contractors/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("?")
    sheet = page.locator("dialog#keys")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text(say("New event"))
    page.keyboard.press("Escape")
    expect(sheet).not_to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("New event"))


def test_letters_rest_while_somebody_types(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/persons/new")
    page.get_by_label(say("Last name")).press_sequentially("njkec?")
    expect(page.get_by_label(say("Last name"))).to_have_value("njkec?")
    expect(page).to_have_url(re.compile("/persons/new$"))


MOVED = """addEventListener("DOMContentLoaded", () => {
  window.moved = window.announced = 0;
  const toasts = document.getElementById("toasts");
  new MutationObserver((found) => found.forEach((one) => {
    window[one.target === toasts ? "moved" : "announced"] += 1;
  })).observe(toasts, {childList: true, subtree: true});
})"""


def test_control_and_enter_saves_and_the_toast_stays_in_place(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.add_init_script(MOVED)
    page.goto("/persons/new")
    page.get_by_label(say("Last name")).fill("Klawisz")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Klawisz")
    page.wait_for_function("() => window.announced > 0")
    assert page.evaluate("() => window.moved") == 0  # a button that moves loses a click


def test_language_and_theme_stay_chosen(page_of: OpenPage) -> None:
    page = page_of("Reader")
    page.goto("/contractors/")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Contractors"))
    page.get_by_role("button", name="EN, English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contractors")
    page.get_by_role("button", name="Dark", exact=True).click()
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    with page.expect_response(re.compile("/events/")):
        page.goto("/events/")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(root).to_have_attribute("lang", "en")
    page.get_by_role("button", name="PL, Polski").click()
    expect(root).to_have_attribute("lang", "pl")


def test_the_menu_of_a_phone_is_a_drawer(page_of: OpenPage) -> None:
    page = page_of("Operator", width=PHONE)
    page.goto("/events/")
    menu = page.locator("#menu")
    expect(menu).not_to_be_visible()
    page.get_by_role("button", name=say("Menu"), exact=True).click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_visible()
    page.get_by_role("button", name=say("Menu"), exact=True).click()
    menu.get_by_role("link", name=say("Contractors")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Contractors"))
    expect(menu).not_to_be_visible()


def test_a_row_is_a_card_on_a_phone(page_of: OpenPage) -> None:
    page = page_of("Operator", width=PHONE)
    page.goto("/events/")
    card = page.locator("[data-row]").first.bounding_box()
    title = page.locator("[data-row] .cell-title").first.bounding_box()
    status = page.locator("[data-row] .cell-status").first.bounding_box()
    assert card is not None
    assert title is not None
    assert status is not None
    assert card["height"] > 80
    assert abs(title["y"] - status["y"]) < 24  # the number and how urgent it is, on top
    assert status["x"] + status["width"] <= PHONE
