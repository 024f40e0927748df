"""The ten daily tasks cost no more clicks and keys than they were designed to.

A click, a key and a text typed into a field count one each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from flask_appbuilder.security.sqla.models import User
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from app.contractors.models import Contractor
from app.events.models import Event
from app.features.models import Feature
from tests.browser_walk.server import Site, username
from tests.browser_walk.words import words_in
from tests.makers import Makers

OpenPage = Callable[..., Page]
say = words_in("pl")
LONG_AGO = datetime.now(UTC) - timedelta(days=400)
earlier = count()


@dataclass
class Hand:
    """Somebody at work, whose clicks, keys and texts are counted."""

    page: Page
    count: int = 0

    def click(self, place: Locator) -> None:
        """One click."""
        self.count += 1
        place.click()

    def press(self, *keys: str) -> None:
        """Each key counts."""
        for key in keys:
            self.count += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """A text typed where the focus is."""
        self.count += 1
        self.page.keyboard.type(text)


@pytest.fixture
def hand(page_of: OpenPage) -> Hand:
    """A manager's hand: sees everything, may everything daily."""
    return Hand(page_of("Manager"))


@pytest.fixture
def events(site: Site) -> list[int]:
    """Two events of the manager with stages long overdue, first in every list by due date."""
    due = LONG_AGO - timedelta(days=next(earlier))
    with site.rows() as session:
        user = session.scalars(select(User).where(User.username == username("Manager"))).one()
        contractor = session.scalars(select(Contractor).order_by(Contractor.id)).first()
        assert contractor is not None
        stages = [
            {"subject": word, "due": due + timedelta(hours=number)}
            for number, word in enumerate(("Telefon", "Oferta", "Umowa"))
        ]
        made = Makers(session)
        return [
            made.event(operator=user, stages=stages, contractor=contractor).id for _one in "ab"
        ]


@pytest.fixture
def branch(site: Site, events: list[int]) -> str:
    """A node of its own on which they hang."""
    with site.rows() as session:
        made = Makers(session)
        trees = session.scalars(select(Feature).where(Feature.campaign)).all()
        node = made.node(trees[0], f"Branch {next(earlier)}")
        for event in events:
            made.hung(node, event_id=event)
        return str(node.id)


@pytest.fixture(params=["mouse", "keyboard"])
def by(request: pytest.FixtureRequest) -> str:
    """What the task is done with."""
    way: str = request.param
    return way


def closed(site: Site, event: int) -> int:
    """How many stages of the event are closed."""
    with site.rows() as session:
        return session.scalars(select(Event.closed_upto).where(Event.id == event)).one()


def toast(page: Page) -> Locator:
    """The offer to take it back."""
    return page.locator(".toast-undo")


def stage_row(page: Page, event: int) -> Locator:
    """The row of the day's list whose stage is the event's turn."""
    return page.locator(f"[data-row]:has(a[href='/events/{event}'])").first


def test_1_what_is_due_today_is_seen_at_once(hand: Hand, events: list[int]) -> None:
    hand.page.goto("/")
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text(say("Today"))
    expect(stage_row(hand.page, events[0])).to_be_visible()
    assert hand.count == 0


def test_2_a_stage_is_closed_now(hand: Hand, events: list[int], site: Site, by: str) -> None:
    hand.page.goto("/")
    rows = hand.page.locator("[data-row]")
    expect(rows.first).to_contain_text("Telefon")
    if by == "mouse":
        hand.click(rows.first.locator("[data-key=c]"))
    else:
        hand.press("j", "c")
    expect(toast(hand.page)).to_be_visible()
    assert sum(closed(site, event) for event in events) == 1
    assert hand.count <= {"mouse": 1, "keyboard": 2}[by]


def test_3_a_stage_is_closed_with_another_date(
    hand: Hand, events: list[int], site: Site, by: str
) -> None:
    hand.page.goto(f"/events/{events[0]}")
    field = hand.page.locator("#ask-closed_at")
    if by == "mouse":
        hand.click(hand.page.locator("#stages .btn-caret").first)
    else:
        hand.press("j", "Shift+C")
    expect(field).to_be_focused()
    field.fill("2026-01-15T10:00")  # the date
    if by == "mouse":
        hand.click(hand.page.get_by_role("dialog").locator("button.btn-primary"))
    else:
        hand.press("Enter")
    expect(hand.page.locator("#stages tbody.is-closed")).to_contain_text("15.01.2026")
    assert closed(site, events[0]) == 1
    assert hand.count <= {"mouse": 2, "keyboard": 3}[by]


def test_4_a_stage_is_put_off_by_three_days(hand: Hand, events: list[int], by: str) -> None:
    hand.page.goto("/")
    row = hand.page.locator("[data-row]").first
    expect(row).to_contain_text("Telefon")
    if by == "mouse":
        hand.click(row.locator("[data-key=r]"))
        hand.click(row.locator("[data-key='3']"))
    else:
        hand.press("j", "r", "3")
    expect(toast(hand.page)).to_be_visible()
    expect(hand.page.locator(".is-moved")).to_be_visible()
    assert hand.count <= {"mouse": 2, "keyboard": 3}[by]
    assert events


def test_5_a_stage_is_added_to_an_open_event(hand: Hand, events: list[int], by: str) -> None:
    hand.page.goto(f"/events/{events[0]}")
    line = hand.page.locator("#line-subject")
    if by == "mouse":
        hand.click(line)
        hand.page.keyboard.type("Spotkanie")  # the text
        hand.click(hand.page.locator("#line button[type=submit]"))
    else:
        hand.press("e")
        hand.page.keyboard.type("Spotkanie")
        hand.press("Enter")
    expect(hand.page.locator("#stages tbody").last).to_contain_text("Spotkanie")
    assert hand.count <= {"mouse": 2, "keyboard": 3}[by]


def test_6_a_new_event_for_a_known_contractor(hand: Hand, site: Site, by: str) -> None:
    page = hand.page
    with site.rows() as session:
        zefir = session.scalars(select(Contractor).where(Contractor.code == "ZEFIR")).one().id
    page.goto(f"/contractors/{zefir}" if by == "mouse" else "/")
    if by == "mouse":
        hand.click(page.locator(".page-actions a[href*='/events/new']"))
        expect(page.locator("#subject")).to_be_focused()
        hand.type("Zapytanie")
        hand.click(page.locator(".form-actions .btn-primary"))
    else:
        hand.press("n")
        expect(page.locator("#contractor-ts-control")).to_be_focused()
        hand.type("zefi")
        expect(page.locator("#contractor-ts-dropdown .active")).to_contain_text("ZEFIR")
        hand.press("Enter")
        expect(page.locator("#contractor")).not_to_have_value("")
        while page.evaluate("document.activeElement.id") != "subject":
            hand.press("Tab")
        hand.type("Zapytanie")
        hand.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("/CRM")
    expect(page.get_by_role("main")).to_contain_text("Zapytanie")
    expect(page.get_by_role("main")).to_contain_text("Zefi J. Nowak")
    assert hand.count <= {"mouse": 5, "keyboard": 8}[by]


def test_7_a_contractor_is_found_by_a_part_of_its_name(hand: Hand, by: str) -> None:
    hand.page.goto("/")
    if by == "mouse":
        hand.click(hand.page.locator("[data-palette]"))
        hand.page.keyboard.type("zefi\n")  # the text and its end
    else:
        hand.press("Control+k", *"zefi", "Enter")
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("Zefi J. Nowak")
    assert hand.count <= {"mouse": 1, "keyboard": 6}[by]


def test_8_what_is_overdue_is_closed_at_once(
    hand: Hand, events: list[int], site: Site, by: str
) -> None:
    page = hand.page
    page.goto("/stages/")
    tab = page.locator(".tabs a", has_text=say("Overdue"))
    place = tab.get_attribute("data-key") or ""
    if by == "mouse":
        hand.click(tab)
        hand.click(page.locator("[data-select-page]"))
    else:
        hand.press(*place.split(" "))
        expect(tab).to_have_attribute("aria-current", "page")
        hand.press("Shift+X")
    now = page.locator("[data-select-glance] button")
    expect(now).to_be_visible()
    if by == "mouse":
        hand.click(now)
    else:
        hand.press("c")
    expect(toast(page)).to_be_visible()
    assert sum(closed(site, event) for event in events) > 1
    assert hand.count <= {"mouse": 3, "keyboard": 4}[by]
    toast(page).get_by_role("button", name=say("Undo")).click()
    expect(page.locator(".toast-success")).to_be_visible()


def test_9_the_stages_of_a_branch_are_closed(
    hand: Hand, branch: str, events: list[int], site: Site, by: str
) -> None:
    page = hand.page
    page.goto(f"/campaigns/?node={branch}")
    if by == "mouse":
        hand.click(page.get_by_role("link", name=say("Close stages…")))
    else:
        hand.press("c")
    done = page.locator("main form[method=post] button.btn-primary")
    expect(done).to_be_visible()
    if by == "mouse":
        hand.click(done)
    else:
        hand.press("Control+Enter")
    expect(toast(page)).to_be_visible()
    assert [closed(site, event) for event in events] == [2, 2]
    assert hand.count <= {"mouse": 4, "keyboard": 5}[by]


def test_10_the_next_record_of_the_list_is_one_step_away(hand: Hand, by: str) -> None:
    page = hand.page
    page.goto("/events/")
    numbers = page.locator("[data-row] .cell-title a").all_inner_texts()[:2]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(numbers[0])
    following = page.locator(".beside [data-key=']']")
    expect(following).to_be_visible()
    if by == "mouse":
        hand.click(following)
    else:
        hand.press("]")
    expect(page.get_by_role("heading", level=1)).to_contain_text(numbers[1])
    assert hand.count == 1


def test_the_first_row_opens_with_two_keys(hand: Hand) -> None:
    hand.page.goto("/events/")
    number = hand.page.locator("[data-row] .cell-title a").first.inner_text()
    hand.press("j", "Enter")
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text(number)
    assert hand.count <= 2
