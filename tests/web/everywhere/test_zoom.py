"""Whoever drags over a picture, or has only a keyboard, sees the days that are chosen alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from casecore.identity.identity import Scope
from tests.browser.accessibility import accessibility_violations
from tests.web.everywhere.business import VERA
from tests.web.everywhere.served import ServedSite, logged_in

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PICTURES = ("backlog-flow", "promises-kept", "clock-times", "cumulative-flow")


def days_of(page: Page) -> tuple[date, date]:
    """The days that the address of a page says."""
    said = parse_qs(urlsplit(page.url).query)
    return date.fromisoformat(said["since"][0]), date.fromisoformat(said["until"][0])


def periods_of(picture: Locator) -> list[tuple[date, date]]:
    """The days from left to right."""
    days = (picture.get_attribute("data-days") or "").split()
    pairs = [one.split("/") for one in days]
    return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in pairs]


def place_of(picture: Locator, place: int) -> tuple[float, float]:
    """The middle of a period in the window; a place in the picture's upper half, where lines and bars are."""
    box = picture.bounding_box()
    assert box is not None
    left, right = (float(picture.get_attribute(f"data-{name}") or 0) for name in ("left", "right"))
    step = (right - left) / len(periods_of(picture))
    wide = picture.evaluate("svg => svg.viewBox.baseVal.width")
    return box["x"] + (left + (place + 0.5) * step) * box["width"] / wide, box["y"] + box["height"] * 0.3


def drag(page: Page, picture: Locator, first: int, last: int) -> None:
    page.mouse.move(*place_of(picture, first))
    page.mouse.down()
    page.mouse.move(*place_of(picture, last), steps=4)


@pytest.fixture
def vera(whole: ServedSite, new_page) -> Page:
    page: Page = logged_in(new_page, whole, whole.key(VERA, *Scope), width=1280)
    return page


@pytest.mark.parametrize("name", PICTURES)
def test_dragging_over_days_shows_these_days_and_back_shows_all_again(
    whole: ServedSite, vera: Page, name: str
) -> None:
    # Given a picture of many days, or months
    vera.goto(f"{whole.url}/operations/{name}?priority=normal")
    picture = vera.locator("svg.wide")
    periods = periods_of(picture)
    first, last = len(periods) // 3, len(periods) - 1
    # When somebody drags over some of them, from right to left, and in between sees which they are
    drag(vera, picture, last, first)
    assert vera.locator(".chosen").is_visible()
    assert str(periods[first][0].year) in vera.locator("#said").inner_text()
    vera.mouse.up()
    # Then the page is of these days, which its address says, with the other filters
    vera.wait_for_url("**since=*")
    assert days_of(vera) == (periods[first][0], periods[last][1])
    assert "priority=normal" in vera.url
    shown = periods_of(vera.locator("svg.wide"))
    assert (shown[0][0], shown[-1][1]) == (periods[first][0], periods[last][1])
    assert accessibility_violations(vera) == []
    # and the days before are a step back.
    vera.go_back()
    assert periods_of(vera.locator("svg.wide")) == periods


def test_a_click_is_no_dragging_and_a_dragging_can_be_left(whole: ServedSite, vera: Page) -> None:
    vera.goto(f"{whole.url}/operations/backlog-flow")
    address = vera.url
    drag(vera, vera.locator("svg.wide"), 10, 20)
    vera.keyboard.press("Escape")
    vera.mouse.up()
    assert vera.locator(".chosen").count() == 0
    assert vera.url == address
    vera.locator("svg.wide a.mark").last.click()
    vera.wait_for_url("**/backlog-flow/cases?*")


def test_days_are_chosen_by_the_keyboard_alone(whole: ServedSite, vera: Page) -> None:
    # Given somebody without a mouse, who comes to the picture
    vera.goto(f"{whole.url}/operations/backlog-flow")
    picture = vera.locator("svg.wide")
    periods = periods_of(picture)
    for _ in range(80):
        vera.keyboard.press("Tab")
        if picture.evaluate("svg => svg === document.activeElement"):
            break
    assert vera.locator("#zoom-how").is_visible()
    # When they go to a day and on to the third from it
    for key in ("End", "ArrowLeft", *["Shift+ArrowLeft"] * 2):
        vera.keyboard.press(key)
    assert periods[-4][0].strftime("%-d") in vera.locator("#said").inner_text()
    vera.keyboard.press("Enter")
    # Then the page is of these days
    vera.wait_for_url("**since=*")
    assert days_of(vera) == (periods[-4][0], periods[-2][1])


def test_without_a_script_links_lead_to_earlier_later_and_more_days(whole: ServedSite, new_page) -> None:
    plain = logged_in(new_page, whole, whole.key(VERA, *Scope), width=360, scripts=False)
    plain.goto(f"{whole.url}/operations/backlog-flow?since=2026-03-02&until=2026-03-08")
    assert not plain.locator("#zoom-how").is_visible()
    week, fortnight = 7, 14
    for link, since, days in (
        ("← earlier", "2026-02-23", week),
        ("later →", "2026-03-02", week),
        ("wider", "2026-02-23", fortnight),
    ):
        plain.get_by_role("link", name=link).click()
        plain.wait_for_url(f"**since={since}*")
        first, last = days_of(plain)
        assert (last - first) == timedelta(days - 1)
    plain.goto(f"{whole.url}/operations/promises-kept?since=2026-02-01&until=2026-03-31")
    plain.get_by_role("link", name="wider").click()
    plain.wait_for_url("**since=*")
    assert days_of(plain) == (date(2025, 12, 1), date(2026, 3, 31))
