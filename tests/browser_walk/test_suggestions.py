"""A new event fills what follows from its contractor; an undo lasts as long as it works."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.contractors.models import Contractor
from app.events.models import Event
from app.persons.models import Affiliation
from tests.browser_walk.samples import records
from tests.browser_walk.server import Site
from tests.browser_walk.words import words_in

OpenPage = Callable[..., Page]
say = words_in("pl")


def choose(page: Page, field: str, text: str) -> None:
    """Search in a picker and take the match."""
    box = page.locator(f"#{field}-ts-control")
    box.locator("..").click()
    box.fill(text)
    page.locator(f"#{field}-ts-dropdown [role=option]").filter(has_text=text).first.click()


def test_a_chosen_contractor_fills_contact_and_offers_its_keeper(
    page_of: OpenPage, site: Site
) -> None:
    with site.rows() as session:
        single = (
            select(Affiliation.contractor_id)
            .group_by(Affiliation.contractor_id)
            .having(func.count() == 1)
        )
        query = select(Contractor).where(Contractor.id.in_(single), Contractor.keeper_id > 1)
        one = session.scalars(query.order_by(Contractor.id)).first()
        assert one is not None
        name, keeper = one.name, one.keeper
        assert keeper is not None
        keeper_id, keeper_name = keeper.id, keeper.last_name
    page = page_of("Administrator")
    page.goto("/events/new")
    expect(page.locator("#contact")).to_have_value("")
    choose(page, "contractor", name)
    expect(page.locator("#contact")).not_to_have_value("")
    chip = page.locator("[data-offered=operator] button")
    expect(chip).to_contain_text(keeper_name)
    chip.click()
    expect(page.locator("#operator")).to_have_value(str(keeper_id))
    expect(page.locator("[data-offered]")).to_have_count(0)


def test_an_undo_leaves_when_the_event_is_reopened_or_its_minute_is_over(
    page_of: OpenPage, site: Site
) -> None:
    page = page_of("Manager")
    page.clock.install()
    with site.rows() as session:
        begun = records(session).begun
        closing = select(Event.last_pos - Event.closed_upto).where(Event.id == begun)
        assert (session.scalar(closing) or 0) > 1
    page.goto(f"/events/{begun}")
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    undo = page.locator(".toast-undo")
    page.keyboard.press("c")
    expect(undo).to_have_count(1)
    undo.hover()
    page.clock.run_for(30_000)
    expect(undo).to_have_count(1)
    page.clock.run_for(30_000)
    expect(undo).to_have_count(0)
    page.keyboard.press("c")
    expect(undo).to_have_count(1)
    page.locator("#line-subject").fill("Jeszcze jeden")
    page.locator("#line-subject").press("Enter")
    expect(page.locator("#stages")).to_contain_text("Jeszcze jeden")
    expect(undo).to_have_count(0)
