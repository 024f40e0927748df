"""Every page keeps axe's rules, its console quiet, one heading, and its place on a phone."""

import re
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.browser_walk.samples import Sample, one_of_each, samples
from tests.browser_walk.server import Site
from tests.browser_walk.watch import faults, listening, visit
from tests.browser_walk.windows import PHONE, WIDE, Look, Tabs, Windows
from tests.databases import close, make_app

SHARED = re.compile(r"^/(?!events/).*/(history|trash)$")
LOOKS = [(theme, width) for theme in ("light", "dark") for width in (WIDE, PHONE)]


@pytest.fixture(scope="module")
def every_page(site: Site) -> Sequence[Sample]:
    """Each page of the site map, with records to show."""
    app = make_app(site.database)
    with site.rows() as session:
        found = samples(app, session)
    close(app)
    return found


@pytest.fixture(scope="module")
def tab(windows: Windows) -> Iterator[Tabs]:
    """Opens a page in the window that has this role and look."""
    tabs = Tabs(windows)
    yield tabs
    tabs.close()


def wrong_with(tab: Tabs, sample: Sample, look: Look) -> list[str]:
    """What is wrong with the page in this look, named."""
    page = tab(sample.role, look, "pl" if look[0] == "light" else "en")
    return [f"{sample.path} {look}: {one}" for one in visit(page, sample.path, sample.status)]


@pytest.mark.parametrize("turn", range(4))
def test_every_page_keeps_the_rules_in_one_look(
    every_page: Sequence[Sample], tab: Tabs, turn: int
) -> None:
    """The looks take turns; an address is seen with one record, what registers share for one."""
    pages = [one for one in one_of_each(every_page) if not SHARED.search(one.path)]
    found = [one for sample in pages[turn::4] for one in wrong_with(tab, sample, LOOKS[turn])]
    assert not found, "\n".join(found)


@pytest.mark.full
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_keeps_the_rules(every_page: Sequence[Sample], tab: Tabs, look: Look) -> None:
    found = [one for sample in every_page for one in wrong_with(tab, sample, look)]
    assert not found, "\n".join(found)


# --- parts that open on a page -----------------------------------------------------------------

OPENERS = (
    ("/events/", "details.filters > summary"),
    ("/events/", ".user-button"),
    ("/contractors/", "details.filters > summary"),
    ("{contractor}", "[data-dialog-open='#hang']"),
    ("{contractor}", "details.status-menu > summary"),
    ("{contractor}", ".page-actions details.menu > summary"),
    ("{event}", "a[href*='/ask/close']"),
    ("{event}", "#stages .stage-acts"),
    ("{node}", "[data-dialog-open='#add-contractor']"),
    ("/events/", "[data-dialog-open='#keys']"),
)


def address(pages: Sequence[Sample], pattern: str) -> str:
    """The address of an opener: some record's."""
    starts = {
        "{contractor}": "/contractors/",
        "{event}": "/events/",
        "{node}": "/campaigns/?node=",
    }
    if pattern not in starts:
        return pattern
    start = starts[pattern]
    ends = [one.path for one in pages if one.path.startswith(start)]
    return next(path for path in ends if path.removeprefix(start).isdigit())


@pytest.mark.parametrize(
    "look",
    [("light", WIDE), pytest.param(("dark", PHONE), marks=pytest.mark.full)],
    ids=str,
)
def test_what_opens_on_a_page_keeps_the_rules(
    every_page: Sequence[Sample], tab: Tabs, look: Look
) -> None:
    found = []
    for pattern, opener in OPENERS:
        page = tab("Administrator", look)
        with listening(page) as heard:
            page.goto(address(every_page, pattern))
            open_part(page, opener)
            found += [f"{pattern} {opener} {look}: {one}" for one in [*faults(page), *heard]]
    assert not found, "\n".join(found)


def open_part(page: Page, opener: str) -> None:
    """Press what opens the part, wherever it hides."""
    if opener == "[data-dialog-open='#keys']":
        page.locator(".user-button").click()
    page.locator(opener).first.click()
    opened = page.locator("dialog[open], details[open]:not(.nav-group)")
    expect(opened.first).to_be_visible()


def test_the_search_and_a_picker_keep_the_rules_while_open(tab: Tabs) -> None:
    page = tab("Administrator", ("light", WIDE))
    page.goto("/events/new")
    page.locator("#search").fill("nowak")
    expect(page.get_by_role("option").first).to_be_visible()
    assert not faults(page)
    page.locator("#contractor-ts-control").click()
    expect(page.locator(".ts-dropdown [role=option]").first).to_be_visible()
    assert not faults(page)


def test_the_menu_of_a_phone_keeps_the_rules(tab: Tabs) -> None:
    page = tab("Administrator", ("light", PHONE))
    page.goto("/events/")
    expect(page.locator("#menu")).not_to_be_visible()
    page.locator(".menu-toggle").click()
    expect(page.locator("#menu")).to_be_visible()
    assert not faults(page)


def test_a_page_that_breaks_the_rules_is_noticed(tab: Tabs) -> None:
    """The control: without it all of the above could pass by seeing nothing."""
    page = tab("Administrator", ("light", WIDE))
    page.goto("/events/")
    with listening(page) as heard:
        page.evaluate("""() => {
          document.querySelector("main").insertAdjacentHTML("beforeend",
            "<h1>2</h1><img src='/static/etap.svg'>" +
            "<div style='width:3000px'>x</div><p onclick='1'>x</p>");
        }""")
        expect(page.locator("main p[onclick]")).to_have_count(1)
        found = faults(page)
        page.wait_for_function("() => true")
    assert any("2 first headings" in one for one in found)
    assert any("px wider" in one for one in found)
    assert any("image-alt" in one for one in found)
    assert any("Content Security Policy" in one for one in heard)
