"""Every page of the site, with data that attack it: its figures are the API's, and it hinders nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx2 as httpx
import pytest

from casecore.identity.identity import Scope
from casecore.web.pages.money.lists import PER_PAGE
from tests.api.accounts import LAST
from tests.browser.accessibility import accessibility_violations
from tests.waiting import wait_until
from tests.web.casework import read
from tests.web.everywhere.business import IDA, NAME, TEXT, VERA
from tests.web.everywhere.looks import phone_faults_of, screen_faults_of, untranslated
from tests.web.everywhere.served import ServedSite, logged_in, sent
from tests.web.everywhere.walking import PATHS, Found, walked

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMED = ("case", "number", "package", "party", "reference")
GOES_ON = re.compile('rel="next" href="[^"]*cursor=')
EVA = "customer:klinik:eva"
WHAT_IF = "/service-levels/what-if"
IN_PART = ("/money", "/money/explain/{figure:path}", "/money/runs/settle", "/money/runs/correct")
"""Pages that say less than the API does at the address that they name: they have tests of their own."""
PHONE, SCREEN, PAPER = 360, 1280, 720


class Seen(NamedTuple):
    """Somebody with a key, and all pages that they are led to."""

    key: str
    pages: list[Found]

    def api(self, client: httpx.Client, address: str, limit: int | None) -> httpx.Response:
        """What the API answers to the same person, with so many rows."""
        given = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        asked = httpx.URL(address)
        return client.get(asked.copy_add_param("limit", limit) if limit else asked, headers=given)


@pytest.fixture(scope="module")
def vera(whole: ServedSite) -> Seen:
    """Who may do all of the vendor's, and has tried a policy and started a run."""
    key = whole.key(VERA, *Scope)
    with whole.client(key) as client:
        begun = client.get(WHAT_IF, params={"policy": f"p{NAME}"}).text
        policy = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", begun, re.DOTALL)
        assert policy is not None
        runs = [
            sent(client, WHAT_IF, policy=unescape(policy[1])),
            sent(client, "/money/runs/charge", until=LAST.isoformat()),
        ]
        for run in runs:
            wait_until(lambda run=run: "hx-trigger" not in client.get(run).text, "the run ends")
        first = (*runs, "/money/runs/invoice", "/money/runs/correct?document=R-000003")
        return Seen(key, list(walked(client, *first)))


def figures_of(answer: Any) -> Iterator[str]:
    """The amounts and the names of an answer of the API, as a page says them."""
    if isinstance(answer, list):
        for one in answer:
            yield from figures_of(one)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name.endswith("_cents") and value:
                yield f"{'-' if value < 0 else ''}€{abs(value) // 100:,}.{abs(value) % 100:02}"
            elif name in NAMED and isinstance(value, str):
                yield " ".join(value.split())
            else:
                yield from figures_of(value)


@pytest.mark.parametrize("who", [VERA, IDA, EVA])
def test_each_page_says_what_the_api_says_at_the_address_that_it_names(whole, vera, who) -> None:
    # Given the pages to which somebody is led, each of which is there
    with whole.client(key := vera.key if who == VERA else whole.key(who, *Scope)) as client:
        seen = vera if who == VERA else Seen(key, list(walked(client)))
        assert who != VERA or {page.path for page in seen.pages} == set(PATHS)
        for page in seen.pages:
            assert "frame-ancestors 'none'" in page.policy, page.address
            assert "unsafe" not in page.policy
            for address in page.api:
                # When the same person asks the API
                answer = seen.api(client, address, PER_PAGE if GOES_ON.search(page.text) else None)
                # Then it answers, and each amount and name of its answer is on the page
                assert answer.status_code == 200, (page.address, address, answer.text)
                if page.path not in IN_PART:
                    said = read(page.text)
                    lacking = [one for one in figures_of(answer.json()) if one not in said]
                    assert lacking == [], (page.address, address)


LOOKED_AT = """() => {
    const faults = [];
    const {scrollWidth} = document.scrollingElement;
    if (scrollWidth > innerWidth) faults.push(`is ${scrollWidth} wide`);
    for (const one of document.querySelectorAll('data, main script, main img, main [style]')) {
        faults.push(`has an element that somebody wrote: ${one.outerHTML}`);
    }
    if (document.title === 'owned') faults.push('has run what somebody wrote');
    return faults;
}"""
PRINTED = """() => {
    const faults = [];
    const shown = [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility());
    for (const one of shown) {
        const style = getComputedStyle(one);
        const cuts = style.overflow !== 'visible' && one.clientWidth > 1;
        if (one.matches('nav, button, .button, .skip, [role=search], #zoom-how, .chart.narrow')) {
            faults.push(`prints ${one.outerHTML}`);
        }
        if (cuts && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)) {
            faults.push(`cuts ${one.outerHTML.slice(0, 200)}`);
        }
    }
    if (document.scrollingElement.scrollWidth > innerWidth) faults.push('is wider than paper');
    if (getComputedStyle(document.body).color !== 'rgb(28, 36, 48)') faults.push('prints light text');
    return faults;
}"""


def faults_of(page: Page) -> list[str]:
    """What of the page hinders people, is wider than the window, or was not the page's to show."""
    return [*page.evaluate(LOOKED_AT), *accessibility_violations(page)]


def printing_faults_of(page: Page) -> list[str]:
    """What of the page has no place on paper, or is not all there; it is left as it was."""
    kept = page.viewport_size
    assert kept is not None
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1000})
    found: list[str] = page.evaluate(PRINTED)
    page.emulate_media(media="screen")
    page.set_viewport_size(kept)
    return found


def some_of(pages: list[Found]) -> list[Found]:
    """Of each page the one that says most; of the cases behind figures, which look alike, one in all."""
    chosen: dict[str, Found] = {}
    for page in pages:
        is_behind = page.path.startswith("/operations/") and page.path.endswith("/cases")
        kind = "behind" if is_behind else page.path
        chosen[kind] = max(page, chosen.get(kind, page), key=lambda one: len(one.text))
    return list(chosen.values())


def test_no_page_hinders_anybody_or_shows_more_than_text(whole, vera, new_page) -> None:
    phone = logged_in(new_page, whole, vera.key, width=PHONE)
    german = logged_in(new_page, whole, vera.key, width=SCREEN, locale="de-DE")
    screen = logged_in(new_page, whole, vera.key, width=SCREEN, colours="dark")
    found = []
    for one in some_of(vera.pages):
        for page in (phone, screen):
            page.goto(whole.url + one.address)
            found += [(one.address, fault) for fault in faults_of(page)]
        found += [(one.address, fault) for fault in printing_faults_of(screen)]
        german.goto(whole.url + one.address)
        found += [(one.address, fault) for fault in untranslated(screen, german)]
        found += [(one.address, fault) for fault in (*phone_faults_of(phone), *screen_faults_of(screen))]
        found += [(f"{one.address} in German", fault) for fault in screen_faults_of(german)]
        found += [(f"{one.address} in German", fault) for fault in printing_faults_of(german)]
    assert found == []


@pytest.mark.parametrize(("width", "colours"), [(PHONE, "dark"), (SCREEN, "light")])
def test_what_was_refused_hinders_nobody_either(whole, vera, new_page, watch, width, colours) -> None:
    # Given pages that say that something is not so, before the login and after it
    stranger = new_page(width, colours=colours)
    stranger.goto(f"{whole.url}/login")
    stranger.locator("#key").fill("casecore_X")
    stranger.locator("form:has(#key) button").click()
    stranger.locator("[role=alert]").wait_for()
    assert faults_of(stranger) == []
    ida = logged_in(new_page, whole, whole.key(IDA, Scope.AGENT), width=width, colours=colours)
    for status, path in ((404, "/nowhere"), (404, f"/cases/{quote(NAME)}"), (403, "/engine-room")):
        answer = ida.goto(whole.url + path)
        assert answer.status == status
        assert faults_of(ida) == [], path
    # and a form that was refused, with what was typed
    ida.goto(whole.url + WHAT_IF)
    ida.locator("#policy").fill(f'id = "{TEXT}')
    ida.locator("#form-what_if button.primary").click()
    ida.locator("[role=alert]").wait_for()
    assert ida.locator("#policy").input_value() == f'id = "{TEXT}'
    assert faults_of(ida) == []
    # Then nothing but their statuses was wrong with them.
    assert all("Failed to load resource" in fault for fault in watch.taken())
