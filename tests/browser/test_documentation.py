"""The API's documentation in a browser: narrow and wide, light and dark, by keyboard, without a script."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from casecore.api.description.document import document, operations_of
from tests.api.doors import listening, open_door
from tests.browser.accessibility import accessibility_violations

NO_DATABASE = "postgresql://127.0.0.1:1/none"
PAGES = ("/docs", "/docs/problems")
NAMES = [operation["operationId"] for _, _, operation in operations_of(msgspec.json.decode(document()))]
ESCALATE = "post_cases_case_escalate"
IN_SIGHT = """name => {
    const {top, bottom} = document.getElementById(name).getBoundingClientRect();
    return 0 <= top && bottom <= innerHeight;
}"""

SOME = """() => {
    const more = ['section:not(:has(> #who-asks, > #headers, > #part-cases, > #schemas, > [id^=status-4]))',
        '.operation:nth-of-type(n + 4)', '#schemas ~ article:nth-of-type(n + 9)'];
    document.querySelectorAll(more.join()).forEach(one => one.remove());
}"""
"""Leaves some of each kind: of all 14,000 elements axe would take ten seconds to see more of the same."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an API; its documentation needs no database."""
    with (
        open_door(NO_DATABASE, tmp_path_factory.mktemp("documentation")) as door,
        listening(door.client.app) as address,
    ):
        yield address


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_as_wide_as_its_window(api, page, path) -> None:
    page.goto(api + path)
    for width in (1920, 1024, 360):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "colours"), [(360, "dark"), (1024, "light"), (1920, "dark")])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_on_a_page_hinders_people(api, new_page, path, width, colours) -> None:
    page = new_page(width, colours=colours)
    page.goto(api + path)
    page.evaluate(SOME)
    assert accessibility_violations(page) == []


def test_the_keyboard_leads_to_every_operation(api, page) -> None:
    page.goto(f"{api}/docs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#page"
    assert page.get_by_text("Skip the contents").bounding_box()["x"] >= 0
    reached = set()
    for _ in range(2 * len(NAMES)):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.hash ?? ''").removeprefix("#"))
    assert reached >= set(NAMES)

    page.locator(f"nav a[href='#{ESCALATE}']").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(IN_SIGHT, ESCALATE)


def test_a_page_needs_no_script(api, new_page) -> None:
    page = new_page(360, scripts=False)
    page.goto(f"{api}/docs")
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="cases", exact=True).click()
    page.get_by_role("link", name="POST /v1/cases/{case}/escalate").first.click()
    assert page.evaluate(IN_SIGHT, ESCALATE)

    page.get_by_role("link", name="Problems", exact=True).click()
    assert page.get_by_role("heading", level=1).text_content() == "Problems"


def test_on_paper_there_is_what_one_reads_and_no_navigation(api, new_page) -> None:
    page = new_page(colours="dark")
    page.goto(f"{api}/docs")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert page.get_by_role("heading", name="POST /v1/cases/{case}/escalate").is_visible()
    background, text = page.evaluate(
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    )
    assert (background, text) == ("rgb(255, 255, 255)", "rgb(27, 31, 36)")
