"""The builder of conditions: by keyboard, to an address in words, and back."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser_walk.watch import faults
from tests.browser_walk.words import words_in

OpenPage = Callable[..., Page]
say = words_in("pl")


def opened(page: Page) -> None:
    """The panel, with its builder."""
    page.locator(".filters > summary").click()
    expect(page.get_by_role("button", name=say("Add condition")).first).to_be_visible()


def add(page: Page, field: str, comparison: str, within: str = "") -> None:
    """One more condition in the group, by keyboard alone."""
    page.locator(f"{within} [data-add=condition]").first.focus()
    page.keyboard.press("Enter")
    row = page.locator(f"{within} [data-condition]").last
    expect(row.get_by_label(say("Field"))).to_be_focused()
    row.get_by_label(say("Field")).select_option(label=field)
    row.get_by_label(say("Comparison")).select_option(label=comparison)


def where(page: Page) -> list[str]:
    """The tree in the address."""
    return parse_qs(urlsplit(page.url).query).get("where", [])


def test_conditions_are_built_and_go_to_the_address(page_of: OpenPage) -> None:
    page = page_of("Manager")
    page.goto("/events/?_flt_0_state=open")
    opened(page)
    page.get_by_label(say("How many must hold")).select_option("any")
    add(page, say("Due"), say("this week"))
    add(page, say("Due"), say("overdue by at least … days"))
    page.locator(".cond-count").fill("3")
    add(page, say("Operator"), say("me"))
    page.keyboard.press("Tab")
    page.locator(".cond-group [data-add=group]").first.click()
    add(page, say("Subject"), say("does not contain"), ".cond-group .cond-group")
    page.locator(".cond-group .cond-group [data-value] input").fill("O'Brien!")
    page.keyboard.press("Enter")
    page.wait_for_url("**where=**")
    assert where(page) == [
        "(any:!((f:due,o:this_week),(f:due,o:overdue,v:3),(f:operator,o:me),"
        "(any:!((f:title,o:nct,v:'O!'Brien!!')))))"
    ]
    chips = page.locator(".list-chips")
    expect(chips).to_contain_text(f"{say('Due')}: {say('this week')}{say(' OR ')}")
    expect(chips).to_contain_text("O'Brien!")
    opened(page)
    expect(page.locator("[data-condition]")).to_have_count(4)
    page.get_by_role("button", name=say("Remove condition")).first.click()
    page.get_by_role("button", name=say("Apply")).click()
    page.wait_for_function("!location.search.includes('this_week')")
    page.go_back()
    page.wait_for_url("**this_week**")


def test_a_record_is_picked_and_comes_back_by_name(page_of: OpenPage) -> None:
    page = page_of("Manager")
    page.goto("/stages/?view=all")
    opened(page)
    add(page, say("Operator"), say("is one of"))
    control = page.locator("[data-condition] .ts-control input")
    control.click()
    page.locator("[data-condition] .ts-dropdown .option").first.click()
    name = page.locator("[data-condition] .item").first.inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=say("Apply")).click()
    page.wait_for_url("**where=**")
    name = name.replace("×", "").strip()
    expect(page.locator(".list-chips")).to_contain_text(name)
    opened(page)
    expect(page.locator("[data-condition] .item")).to_contain_text(name)


def test_a_condition_without_a_value_is_not_sent(page_of: OpenPage) -> None:
    page = page_of("Manager")
    page.goto("/contractors/")
    opened(page)
    add(page, say("City"), say("starts with"))
    page.get_by_role("button", name=say("Apply")).click()
    expect(page.locator(".toast-warning")).to_be_visible()
    expect(page.locator("[data-condition] [data-value] input")).to_be_focused()
    assert where(page) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_the_open_builder_keeps_the_rules(page_of: OpenPage, width: int) -> None:
    page = page_of("Manager", width=width)
    tree = (
        "(any:!((f:due,o:this_week),(all:!((f:operator,o:me),(f:state,o:in,v:!(open,closed))))))"
    )
    page.goto(f"/events/?where={tree}")
    opened(page)
    add(page, say("Due"), say("between"))
    assert faults(page) == []
