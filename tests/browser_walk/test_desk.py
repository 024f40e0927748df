"""A working day in the browser: one press closes, two put off, a line plans, a drag moves."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
DONE, MOVED = re.compile("is-done"), re.compile("is-moved")


def today(page_of: OpenPage) -> Page:
    """The landing page of an operator of the demo."""
    page = page_of("Operator", "pl")
    page.goto("/")
    expect(page.locator("h1")).to_contain_text("Dziś")
    return page


def at_turn(page: Page) -> str:
    """The row of a stage that can be closed alone: the first of several of its event."""
    for row in page.locator(".desk-row").all():
        place = row.locator(".desk-event .quiet").inner_text()
        if place.startswith("1/") and place != "1/1":
            return f"#{row.get_attribute('id')}"
    raise AssertionError("the demo has no such stage today")


def test_one_click_closes_and_one_takes_it_back(page_of: OpenPage) -> None:
    page = today(page_of)
    row = at_turn(page)
    page.locator(f"{row} .desk-close").click()
    expect(page.locator(row)).to_have_class(DONE)
    page.locator(".toast-undo").get_by_role("button", name="Cofnij").click()
    expect(page.locator(row)).not_to_have_class(DONE)
    expect(page).to_have_url(re.compile("/today/$"))


def test_three_keys_put_the_first_stage_off(page_of: OpenPage) -> None:
    page = today(page_of)
    first = page.locator(".desk-row").first
    row = f"#{first.get_attribute('id')}"
    for key in ("j", "r", "3"):
        page.keyboard.press(key)
    expect(page.locator(row)).to_have_class(MOVED)
    page.locator(".toast-undo").get_by_role("button", name="Cofnij").click()
    expect(page.locator(row)).not_to_have_class(MOVED)


def test_a_stage_opens_beside_the_list(page_of: OpenPage) -> None:
    page = today(page_of)
    subject = page.locator(".desk-subject").first
    words = subject.inner_text()
    subject.click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", level=2)).to_have_text(words)
    expect(page.locator("dialog:modal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_typed_line_says_what_it_means_and_becomes_a_stage(page_of: OpenPage) -> None:
    page = today(page_of)
    number = page.locator(".desk-event a").first.inner_text()
    page.keyboard.press("e")
    page.keyboard.type(f"{number} tel. pojutrze 10")
    expect(page.locator("#understood .chip-event")).to_contain_text(number)
    expect(page.locator("#understood .chip-due")).to_contain_text("10:00")
    page.keyboard.press("Enter")
    expect(page.locator(".toast-success")).to_contain_text(number)
    expect(page.locator("#entry-text")).to_have_value("")
    expect(page.locator("#entry-text")).to_be_focused()


def test_the_queue_goes_on_by_itself(page_of: OpenPage) -> None:
    page = today(page_of)
    page.keyboard.press("q")
    expect(page.locator(".desk-progress")).to_contain_text("1/")
    page.keyboard.press("s")
    expect(page.locator(".desk-progress")).to_contain_text("2/")
    page.go_back()
    expect(page.locator(".desk-progress")).to_contain_text("1/")


def test_a_stage_is_moved_in_the_calendar_by_mouse_and_keyboard(page_of: OpenPage) -> None:
    page = page_of("Operator", "pl")
    page.goto("/calendar/?span=month")
    entry = page.locator(".cal-entry[data-stage]").first
    stage, day = entry.get_attribute("data-stage"), entry.get_attribute("data-day")
    cells = page.locator(f".cal-cell:not([data-drop-day='{day}'])")
    there = cells.nth(5).get_attribute("data-drop-day")
    entry.drag_to(cells.nth(5))
    expect(page.locator(".toast-undo")).to_be_visible()
    moved = page.locator(f".cal-agenda a[href='/stages/{stage}']")
    expect(moved).to_have_count(1)
    same = page.locator(f".cal-entry[data-stage='{stage}']")
    expect(same).to_have_attribute("data-day", there or "")
    same.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(same).not_to_have_attribute("data-day", there or "")


def test_the_bell_says_how_much_is_new(page_of: OpenPage) -> None:
    page = today(page_of)
    expect(page.locator(".bell-count")).to_have_text(re.compile(r"\d+"))
    page.locator("[data-bell]").click()
    expect(page.locator("h1")).to_have_text("Powiadomienia")
