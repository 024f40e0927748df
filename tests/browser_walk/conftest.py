"""One server and one browser for all walks; each test has windows of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser_walk.server import Site, prepare, serving
from tests.browser_walk.windows import Windows
from tests.databases import Databases

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that stands here drives a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product with the demo data, shared by all walks."""
    with serving(prepare(databases), tmp_path_factory.mktemp("server") / "log") as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def windows(site: Site, browser: Browser) -> Windows:
    """Opens windows in which somebody is logged in."""
    return Windows(site, browser)


@pytest.fixture
def window(windows: Windows) -> Iterator[Callable[..., BrowserContext]]:
    """`window("Operator", locale="pl", theme="light", width=1440)`: a browser of one's own."""
    opened: list[BrowserContext] = []

    def open_window(*args: str | None, **more: object) -> BrowserContext:
        opened.append(windows.open(*args, **more))  # type: ignore[arg-type]
        return opened[-1]

    yield open_window
    for context in opened:
        context.close()


@pytest.fixture
def page_of(window: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Like `window`, with a page opened in it."""
    return lambda *args, **more: window(*args, **more).new_page()
