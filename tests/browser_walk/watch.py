"""What is wrong with a page as it stands: accessibility, console, policy, headings, width."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser import axe, told
from tests.browser_walk.reach import unreachable

# The browser itself reports every answer of 4xx as an error; the status is checked elsewhere.
EXPECTED = "Failed to load resource"
ON_THEIR_WAY = ".htmx-request, .htmx-added, .htmx-settling, .htmx-swapping, .is-loading"
SHAPE = """() => {
  const found = [];
  const headings = document.querySelectorAll("h1").length;
  if (headings !== 1) found.push(`${headings} first headings`);
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title.trim() || document.title.startsWith(" ·")) found.push("no title");
  const wider = document.documentElement.scrollWidth - window.innerWidth;
  const isOut = (one) => one.getBoundingClientRect().right > window.innerWidth + 0.5;
  const out = [...document.querySelectorAll("main *")].filter(isOut).slice(0, 3);
  const told = out.map((one) => one.outerHTML.slice(0, 90)).join();
  if (wider > 0) found.push(`${wider} px wider than the window: ${told}`);
  return found;
}"""


@contextmanager
def listening(page: Page) -> Iterator[list[str]]:
    """What the console, the policy and uncaught errors say during the block."""
    heard: list[str] = []

    def hear_console(message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        if kind in ("error", "warning") and EXPECTED not in text:
            heard.append(f"console {kind}: {text}")

    def hear_error(error: object) -> None:
        heard.append(f"uncaught: {error}")

    page.on("console", hear_console)
    page.on("pageerror", hear_error)
    try:
        yield heard
    finally:
        page.remove_listener("console", hear_console)
        page.remove_listener("pageerror", hear_error)


def faults(page: Page) -> list[str]:
    """What is wrong with the page, once all that it loads by itself is there."""
    expect(page.locator(ON_THEIR_WAY)).to_have_count(0)
    shape: list[str] = page.evaluate(SHAPE)
    violations = axe(page)
    reach = unreachable(page)
    return [*shape, *reach, told(violations)] if violations else [*shape, *reach]


def visit(page: Page, path: str, status: int = 200) -> list[str]:
    """Open the address; what is wrong with it."""
    with listening(page) as heard:
        answer = page.goto(path, wait_until="load")
        wrong = (
            [] if answer and answer.status == status else [f"status {answer and answer.status}"]
        )
        return [*wrong, *faults(page), *heard]
