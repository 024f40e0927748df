"""Keys and the palette in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import axe, told
from tests.browser_walk.samples import records
from tests.browser_walk.server import Site
from tests.browser_walk.windows import PHONE
from tests.browser_walk.words import words_in

OpenPage = Callable[..., Page]
say = words_in("pl")


def palette(page: Page, text: str = "") -> Locator:
    """The options of the palette, opened and typed into."""
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=combobox]")).to_be_focused()
    if text:
        page.keyboard.type(text)
    return page.locator("#palette [role=option]")


# --- keys ---------------------------------------------------------------------------------------


def test_two_keys_lead_to_a_page(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/profile/")
    for keys, title in (
        ("gz", "Events"),
        ("ge", "Stages"),
        ("go", "Persons"),
        ("gt", "Contractors"),
    ):
        page.wait_for_load_state()
        page.keyboard.type(keys)
        expect(page.get_by_role("heading", level=1)).to_have_text(say(title))
    page.wait_for_load_state()
    page.keyboard.type("gn")  # no such pair: neither key does anything alone
    page.keyboard.type("gk")
    expect(page.get_by_role("heading", level=1)).to_contain_text(say("Campaigns"))


def test_insert_adds_and_control_s_saves_and_stays(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/persons/")
    page.keyboard.press("Insert")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("New person"))
    page.get_by_label(say("Last name")).fill("Zapisany")
    page.keyboard.press("Control+s")
    expect(page.get_by_label(say("Last name"))).to_have_value("Zapisany")
    expect(page).to_have_url(re.compile(r"/persons/\d+/edit"))
    page.get_by_label(say("Last name")).fill("Zmieniony")
    page.keyboard.press("Escape")
    leave = page.locator("dialog#leave")
    expect(leave).to_be_visible()
    page.keyboard.press("Escape")
    expect(leave).not_to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zmieniony")


def test_a_form_is_saved_with_a_list_of_choices_open(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/contractors/new")
    page.locator("#name").fill("Otwarta Lista")
    page.locator("#keeper-ts-control").press("ArrowDown")
    expect(page.locator("#keeper-ts-dropdown [role=option]").first).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Otwarta Lista")


def test_letters_rest_when_switched_off_and_chords_do_not(page_of: OpenPage) -> None:
    page = page_of("Definitions editor")
    page.goto("/profile/")
    page.get_by_label(say("Keys of one letter")).uncheck()
    page.locator("#keyboard button[type=submit]").click()
    expect(page.locator("body")).to_have_attribute("data-keys", "off")
    for key in ("/", "?", "g", "z"):
        page.keyboard.press(key)
    expect(page.locator("#search")).not_to_be_focused()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).not_to_have_text(say("Events"))
    expect(palette(page).first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label(say("Keys of one letter")).check()
    page.locator("#keyboard button[type=submit]").click()
    expect(page.locator("body")).not_to_have_attribute("data-keys", "off")


def test_a_held_key_or_a_modifier_closes_nothing(page_of: OpenPage, site: Site) -> None:
    page = page_of("Manager")
    with site.rows() as session:
        page.goto(f"/events/{records(session).begun}")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.method))
    page.evaluate("""() => {
      const press = (more) => document.body.dispatchEvent(
        new KeyboardEvent("keydown", {key: "c", bubbles: true, cancelable: true, ...more}));
      [{repeat: true}, {altKey: true, ctrlKey: true}, {ctrlKey: true}].forEach(press);
    }""")
    page.keyboard.press("?")
    page.keyboard.press("c")
    expect(page.locator("dialog#keys")).to_be_visible()
    assert "POST" not in sent


def test_alt_shows_the_keys(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/")
    badge = page.locator(".nav-item kbd").first
    expect(badge).not_to_be_visible()
    page.keyboard.down("Alt")
    expect(badge).to_be_visible()
    page.keyboard.up("Alt")
    expect(badge).not_to_be_visible()


# --- the palette --------------------------------------------------------------------------------


def test_the_palette_opens_a_contractor_by_four_letters(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/")
    palette(page, "zefi")
    page.keyboard.press("Enter")  # at once: it waits for the answer
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zefi J. Nowak")


def test_the_palette_does_what_the_page_offers(page_of: OpenPage, site: Site) -> None:
    page = page_of("Manager")
    with site.rows() as session:
        found = records(session)
    page.goto(f"/contractors/{found.contractor}")
    palette(page, "nowe zdarzenie: ")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/events/new\\?contractor={found.contractor}"))
    page.goto(f"/contractors/{found.contractor}")
    expect(palette(page, "zawies").first).to_contain_text(say("Hang…"))
    page.keyboard.press("Enter")
    expect(page.locator("dialog#hang")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(f"/events/{found.begun}")
    palette(page, "zakoncz zdarzenie")
    page.keyboard.press("Enter")
    expect(page.locator("#question dialog")).to_be_visible()


def test_the_palette_offers_pages_and_the_look(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/")
    expect(palette(page, "etap").first).to_contain_text(say("Stages"))
    page.keyboard.press("Escape")
    palette(page, "ciemn")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.evaluate("document.querySelector('[name=theme][value=auto]').click()")


def test_the_palette_lists_only_what_one_may_do(page_of: OpenPage, site: Site) -> None:
    with site.rows() as session:
        path = f"/events/{records(session).begun}"
    offered = {}
    for role in ("Reader", "Manager"):
        page = page_of(role)
        page.goto(path)
        options = palette(page)
        expect(options.first).to_be_visible()
        offered[role] = " | ".join(options.all_inner_texts())
    assert say("Close event…") in offered["Manager"]
    assert say("Close event…") not in offered["Reader"]
    assert say("Edit") not in offered["Reader"]


def test_the_palette_is_a_combobox_that_gives_the_focus_back(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/")
    page.keyboard.press("j")
    options = palette(page, "ka")
    box = page.locator("#palette [role=combobox]")
    expect(page.locator("#palette [role=status]")).not_to_be_empty()  # the server has answered
    expect(options.nth(1)).to_be_visible()
    expect(page.locator("#palette .suggest-heading").first).to_be_visible()
    assert not axe(page), told(axe(page))
    for key, place in (("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        page.keyboard.press(key)
        marked = options.nth(place % options.count()) if place >= 0 else options.last
        expect(marked).to_have_attribute("aria-selected", "true")
        expect(box).to_have_attribute("aria-activedescendant", marked.get_attribute("id") or "")
    box.fill("xyzzyx")
    expect(page.locator("#palette [role=status]")).to_have_text(say("Nothing found."))
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()
    expect(page.locator("[data-row]").first.locator("a").first).to_be_focused()


def test_records_that_come_late_leave_the_mark_where_it_was_walked_to(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(re.compile("/search/palette"), hold)
    with page.expect_request(re.compile("q=ka")):
        options = palette(page, "ka")
    marked = page.locator("#palette [role=option][aria-selected=true]")
    expect(options.nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    before = marked.inner_text()
    expect(page.locator("#palette [role=status]")).to_be_empty()
    for route in waiting:
        route.continue_()
    expect(page.locator("#palette [role=status]")).not_to_be_empty()
    assert marked.inner_text() == before


def test_the_palette_opens_by_touch(page_of: OpenPage) -> None:
    page = page_of("Operator", width=PHONE)
    page.goto("/events/")
    page.locator("[data-palette]").click()
    box = page.locator("#palette").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE
    page.locator("#palette [role=combobox]").fill("zefir")
    page.locator("#palette [role=option]", has_text="Zefi J. Nowak").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zefi J. Nowak")


def test_without_scripts_the_palette_is_the_search(page_of: OpenPage) -> None:
    page = page_of("Operator", java_script_enabled=False)
    page.goto("/events/")
    page.locator("[data-palette]").click()
    expect(page).to_have_url(re.compile("/search/"))


# --- Tab ----------------------------------------------------------------------------------------

NUMBERED = """() => {
  const all = (window.walked ||= []);
  const one = document.activeElement;
  if (one === all.at(-1)) return all.length; // a date has several stops
  return all.includes(one) ? -1 : all.push(one);
}"""


def tabbed(page: Page, until: str) -> int:
    """How often Tab is pressed until the control has the focus; nothing is met twice."""
    for presses in range(1, 200):
        page.keyboard.press("Tab")
        assert page.evaluate(NUMBERED) > 0, "Tab goes round in a circle"
        if page.evaluate("(until) => document.activeElement.matches(until)", until):
            return presses
    raise AssertionError(f"{until} is never reached")


def test_tab_begins_with_the_way_to_the_content(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/")
    assert tabbed(page, ".skip-link") == 1
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    assert tabbed(page, "#main a") < 5


def test_tab_walks_through_a_form_with_searched_fields(page_of: OpenPage) -> None:
    page = page_of("Operator")
    page.goto("/events/new")
    expect(page.locator("#contractor-ts-control")).to_be_focused()
    assert tabbed(page, "#subject") == 2
    assert tabbed(page, "main .form-actions .btn-primary") < 40


def test_a_closed_dialog_gives_the_focus_back(page_of: OpenPage, site: Site) -> None:
    page = page_of("Manager")
    with site.rows() as session:
        page.goto(f"/contractors/{records(session).contractor}")
    opener = page.locator("[data-dialog-open='#hang']")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog#hang")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
