"""No text of any record, definition or file runs or becomes markup, even without the policy."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser_walk.poison import PAYLOADS, poison
from tests.browser_walk.samples import Sample, one_of_each, samples
from tests.browser_walk.server import Site, serving
from tests.browser_walk.watch import listening
from tests.browser_walk.windows import Windows
from tests.databases import close, make_app

FEW = PAYLOADS[:6]
AT_ONCE = 6
LET_IN = """() => [
  ...(typeof xss === "undefined" ? [] : ["it ran"]),
  ...[...document.querySelectorAll("[data-xss]")].map((one) => one.outerHTML.slice(0, 200)),
  ...[...document.querySelectorAll("a[href], form[action]")]
    .map((one) => one.getAttribute("href") || one.getAttribute("action"))
    .filter((address) => /^\\s*(javascript|data|vbscript):/i.test(address)),
  ...(document.body.innerText.includes("1337") ? ["a template was evaluated"] : []),
]"""


@pytest.fixture(scope="module")
def pages_and_site(
    site: Site, windows: Windows, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sequence[Sample], Windows]]:
    """The pages for an administrator, and windows on a copy of the site made to be poisoned."""
    folder = tmp_path_factory.mktemp("poisoned")
    database = f"sqlite:///{folder / 'copy.db'}"
    with site.rows() as session:
        app = make_app(site.database)
        pages = [one for one in samples(app, session) if one.role == "Administrator"]
        close(app)
        session.connection().exec_driver_sql(f"VACUUM INTO '{folder / 'copy.db'}'")
    with serving(database, folder / "log") as copy:
        own = Windows(copy, windows.browser)
        own.state("Administrator", "pl")
        yield pages, own
    shutil.rmtree(folder)


def crawl(window: BrowserContext, pages: Sequence[Sample]) -> list[str]:
    """What got in on any of the pages, and what the policy had to stop."""
    found, page = [], window.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    with listening(page) as heard:
        for sample in pages:
            answer = page.goto(sample.path, wait_until="load")
            if answer is None or answer.status != sample.status:
                found.append(f"{sample.path}: status {answer and answer.status}")
            found += [f"{sample.path}: {one}" for one in page.evaluate(LET_IN)]
        found += used(page)
    page.close()
    return found + heard


def used(page: Page) -> list[str]:
    """What gets in through parts that scripts fetch: suggestions, pickers, a question."""
    found = []
    for path, use in (("/events/", suggest), ("/events/new", pick)):
        page.goto(path)
        use(page)
        found += [f"{path} {use.__name__}: {one}" for one in page.evaluate(LET_IN)]
    return found


def suggest(page: Page) -> None:
    """Search for something that every record has in its search key."""
    page.locator("#search").press_sequentially("sp")
    expect(page.locator("#search-panel > *").first).to_be_visible()


def pick(page: Page) -> None:
    """Open a picker and take its first record, whose name is all payload."""
    page.locator("#contractor-ts-control").press("ArrowDown")
    option = page.locator("#contractor-ts-dropdown [role=option]").first
    expect(option).to_be_visible()
    option.click()
    expect(page.locator("#contractor")).not_to_have_value("")


def groups(payloads: Sequence[str]) -> list[Sequence[str]]:
    """The payloads a few at a time: a field holds so many at once."""
    return [payloads[start : start + AT_ONCE] for start in range(0, len(payloads), AT_ONCE)]


@pytest.mark.parametrize(
    ("payloads", "bypass"),
    [
        pytest.param(FEW, True, id="a few, without the policy", marks=pytest.mark.full),
        *(
            pytest.param(some, bypass, id=f"{number}-{bypass}", marks=pytest.mark.full)
            for number, some in enumerate(groups(PAYLOADS))
            for bypass in (True, False)
        ),
    ],
)
def test_no_text_becomes_markup(
    pages_and_site: tuple[Sequence[Sample], Windows], payloads: Sequence[str], *, bypass: bool
) -> None:
    pages, windows = pages_and_site
    pages = one_of_each(pages) if payloads is FEW else pages
    assert poison(windows.site.database, payloads) > 40
    with windows.open("Administrator", bypass_csp=bypass) as window:
        found = crawl(window, pages)
    assert not found, "\n".join(found)


def test_no_file_name_or_cell_becomes_markup(page_of: Callable[..., Page], tmp_path: Path) -> None:
    page = page_of("Administrator", bypass_csp=True)
    page.goto("/import/")
    for payload in FEW:
        name = payload.replace("/", "\u2215").replace("\x00", "")[:120]
        cells = f"{payload};{payload}\n{payload};{payload}\n".encode()
        page.locator('input[name="profile_file"]').set_input_files(
            {"name": f"{name}.yaml", "mimeType": "text/yaml", "buffer": cells}
        )
        page.locator('input[name="file"]').set_input_files(
            {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": cells}
        )
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.locator("#import button.btn-primary").click()
        expect(page.locator("#report").get_by_role("alert")).to_be_visible()
        assert page.evaluate(LET_IN) == []


def test_text_that_does_become_markup_is_noticed(page_of: Callable[..., Page]) -> None:
    """The control: a page that trusts its text is found out."""
    page = page_of("Administrator", bypass_csp=True)
    page.goto("/profile/")
    page.evaluate(
        "(text) => document.querySelector('main').insertAdjacentHTML('beforeend', text)", FEW[1]
    )
    page.wait_for_function("typeof xss !== 'undefined'")
    assert {"it ran"} < set(page.evaluate(LET_IN))
