"""Whether a page works without a mouse: what takes the focus, shows it, and is not covered."""

from pathlib import Path

from playwright.sync_api import Page

REACH = Path(__file__).with_name("reach.js").read_text(encoding="utf-8")


def unreachable(page: Page) -> list[str]:
    """What of the page, or of the dialog on it, keyboards don't reach or don't show."""
    found: list[str] = page.evaluate(REACH)
    return found
