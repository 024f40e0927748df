"""Browser windows with a role, a language, a theme and a width."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser_walk.server import PASSWORD, Site, username

WIDE, PHONE = 1440, 390
HEIGHTS = {WIDE: 900, PHONE: 844}
Look = tuple[str, int]  # theme and width
PATIENCE = 15_000  # milliseconds a slow machine may take to show what is expected

expect.set_options(timeout=PATIENCE)


class Windows:
    """Opens windows; each role logs in once per language, later windows take its cookie."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site = site
        self.browser = browser
        self.states: dict[tuple[str, str], Any] = {}

    def open(
        self,
        role: str | None = None,
        locale: str = "pl",
        theme: str = "light",
        width: int = WIDE,
        **more: Any,
    ) -> BrowserContext:
        """A window; without a role nobody is logged in."""
        context = self.browser.new_context(
            base_url=self.site.url,
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme=theme,  # type: ignore[arg-type]
            locale=locale,
            reduced_motion="reduce",
            storage_state=self.state(role, locale) if role else None,
            **more,
        )
        context.set_default_timeout(PATIENCE)
        return context

    def state(self, role: str, locale: str) -> Any:
        """The cookies of a login."""
        if (role, locale) not in self.states:
            with self.browser.new_context(base_url=self.site.url) as context:
                page = context.new_page()
                log_in(page, username(role), locale)
                self.states[role, locale] = context.storage_state()
        return self.states[role, locale]


class Tabs:
    """One tab for each role and look, kept for all pages: what they share is loaded once."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.opened: dict[tuple[str | None, str, int, str], Page] = {}

    def __call__(self, role: str | None, look: Look, locale: str = "pl") -> Page:
        """The tab in which that person works."""
        key = (role, *look, locale)
        if key not in self.opened:
            self.opened[key] = self.windows.open(role, locale, *look).new_page()
        return self.opened[key]

    def close(self) -> None:
        """Close all windows."""
        for page in self.opened.values():
            page.context.close()


def log_in(page: Page, name: str, locale: str, password: str = PASSWORD) -> None:
    """Choose the language and log in, as a person does."""
    page.goto("/login/")
    page.locator(f'button[name="language"][value="{locale}"]').click()
    expect(page.locator("html")).to_have_attribute("lang", locale)
    page.locator('input[name="username"]').fill(name)
    page.locator('input[name="password"]').fill(password)
    page.get_by_role("main").locator('button:not([name])[type="submit"]').click()
    expect(page.locator("#menu")).to_be_attached()
