"""The tree of values by keys alone, and the previews beside what is typed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

OUTLINE = "North\n  East\nSouth"


def test_a_tree_is_planted_and_rearranged_by_keys(page_of: Callable[..., Page]) -> None:
    page = page_of("Administrator", "en")
    page.goto("/features/new")
    page.locator("#name_pl").fill("Strona")
    page.locator("#name_en").fill("Side")
    page.locator("#kind").select_option("tree")
    expect(page.locator("#units")).to_be_hidden()
    expect(page.locator(".preview label")).to_have_text("Side")
    page.keyboard.press("Control+Enter")
    page.locator("#add-top").fill(OUTLINE)
    expect(page.locator(".tree-preview li", has_text="East").last).to_be_visible()
    page.locator("form", has=page.locator("#add-top")).get_by_role("button").click()
    items = page.get_by_role("treeitem")
    expect(items).to_have_text(["North", "South"])
    items.first.focus()
    for keys, shown in (
        (("Insert", "West", "Enter"), ["North", "West", "South"]),
        (("Tab", "Sea", "Enter"), ["North", "West", "Sea", "South"]),
        (("Escape", "F2", "Shore", "Enter"), ["North", "West", "Shore", "South"]),
        (("Alt+ArrowLeft",), ["North", "West", "South", "Shore"]),
        (("Alt+ArrowUp",), ["North", "West", "Shore", "South"]),
        (("Alt+ArrowRight",), ["North", "West", "Shore", "South"]),
    ):
        for key in keys:
            page.keyboard.press(key) if key in KEYS else page.keyboard.insert_text(key)
        expect(items).to_have_text(shown)
        expect(page.locator("[role=treeitem]:focus, .tree-line input:focus")).to_have_count(1)
    expect(items.nth(2)).to_have_attribute("aria-level", "2")


KEYS = ("Insert", "Enter", "Tab", "Escape", "F2", "Alt+ArrowLeft", "Alt+ArrowUp", "Alt+ArrowRight")
