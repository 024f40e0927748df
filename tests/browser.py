"""A real Chromium for the tests, and axe's accessibility rules on a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

# The one without windows of its own opens pages at a fifth of the cost.
CHROMIUM = next(
    (found for name in ("chromium-headless-shell", "chromium") if (found := shutil.which(name))),
    "/usr/bin/chromium",
)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",  # it refuses to start as root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# On a phone, strips that scroll sideways cut their last target, which axe takes for small.
RUN_AXE = """async () => {
  const found = await axe.run(document, {
    resultTypes: ["violations"], preload: false,
    rules: {"target-size": {enabled: innerWidth > 640}},
  });
  return found.violations.map(({id, impact, help, nodes}) => ({
    id, impact, help,
    nodes: nodes.map(({target, html, failureSummary}) => ({
      target: target.flat().join(" "), html: html.slice(0, 300), summary: failureSummary,
    })),
  }));
}"""

Violation = dict[str, Any]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser, closed at the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def axe(page: Page) -> list[Violation]:
    """What breaks axe's rules on the page as it stands: id, impact, help and nodes of each.

    The page's own content security policy stays in force.
    """
    page.evaluate(axe_source())
    violations: list[Violation] = page.evaluate(RUN_AXE)
    return violations


def told(violations: list[Violation]) -> str:
    """The violations as lines, for the message of a failing test."""
    lines = [
        f"{one['id']} ({one['impact']}): {one['help']}\n    {node['target']}\n    {node['html']}"
        for one in violations
        for node in one["nodes"]
    ]
    return os.linesep.join(lines)


@cache
def axe_source() -> str:
    """The text of the vendored axe-core."""
    return AXE.read_text(encoding="utf-8")
