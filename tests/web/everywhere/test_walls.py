"""A wall screen: all at once, legible from afar and without colours, one picture after the other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from casecore.app.pictures.catalogue import PICTURES
from casecore.identity.identity import Scope
from tests.web.everywhere.business import VERA
from tests.web.everywhere.served import ServedSite, logged_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

WALLS = [(1920, 1080, "dark"), (2560, 1440, "light")]
LEAST_OF_HEIGHT = 1 / 75
"""How high letters are at least, beside the screen: of 1080 pixels these are 14, the lines of a page at arm's
length, and on a screen of a metre and a half as many millimetres."""
LEAST_BETWEEN_GREYS = 1.15
"""How much lighter one of two surfaces without colours is than the other, if no pattern tells them apart."""
LOOKED_AT = """() => {
    const {scrollWidth, scrollHeight} = document.scrollingElement;
    const small = [], keys = [];
    for (const one of document.querySelectorAll('main h1, main h2, main p, main svg text')) {
        if (!one.checkVisibility() || !one.textContent.trim()) continue;
        if (one.closest('.foot, .ways, .unseen')) continue;
        const svg = one.ownerSVGElement;
        const scale = svg ? svg.getScreenCTM().a : 1;
        small.push([parseFloat(getComputedStyle(one).fontSize) * scale, one.textContent.slice(0, 40)]);
        const box = one.getBoundingClientRect();
        if (box.right > innerWidth + 1 || box.left < -1) small.push([0, `cut: ${one.textContent}`]);
    }
    small.sort((one, other) => one[0] - other[0]);
    for (const svg of document.querySelectorAll('main svg.chart')) {
        for (const label of svg.querySelectorAll('text.label')) {
            let before = label.previousElementSibling, pattern = '';
            if (before?.matches('.pattern')) {
                pattern = before.getAttribute('fill').match(/-([a-z]+)\\)/)[1];
                before = before.previousElementSibling;
            }
            if (!before?.matches('rect')) continue;
            const fill = getComputedStyle(before).fill.match(/[0-9.]+/g).map(Number);
            keys.push({of: svg.querySelector('title').textContent, label: label.textContent, pattern, fill});
        }
    }
    return {scrollWidth, scrollHeight, smallest: small[0], keys};
}"""


def luminance(fill: list[float]) -> float:
    """How light a colour is without its hue (WCAG 2.2, relative luminance)."""
    parts = [one / 255 for one in fill[:3]]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def alike(keys: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """What nobody tells apart without colours: keys of a picture with one pattern and as light a grey."""
    of_pictures = defaultdict(list)
    for one in keys:
        of_pictures[one["of"]].append(one)
    found = []
    for picture, some in of_pictures.items():
        for at, one in enumerate(some):
            for other in some[at + 1 :]:
                if one["pattern"] != other["pattern"] or one["label"] == other["label"]:
                    continue
                low, high = sorted((luminance(one["fill"]) + 0.05, luminance(other["fill"]) + 0.05))
                if high / low < LEAST_BETWEEN_GREYS:
                    found.append((picture, one["label"], other["label"]))
    return found


@pytest.mark.parametrize(("width", "height", "colours"), WALLS)
def test_all_of_it_is_on_the_screen_and_legible_without_colours_too(
    whole: ServedSite, new_page, width: int, height: int, colours: str
) -> None:
    vera: Page = logged_in(new_page, whole, whole.key(VERA, *Scope), width=width, colours=colours)
    vera.set_viewport_size({"width": width, "height": height})
    for path in ("", *(f"/{one.name}" for one in PICTURES)):
        # When a page fills a wall screen
        vera.goto(f"{whole.url}/operations{path}?wall=1")
        seen = vera.evaluate(LOOKED_AT)
        # Then nothing is beside it or below it, nothing too small, and no two surfaces look the same in grey
        assert (seen["scrollWidth"], seen["scrollHeight"]) == (width, height), path
        size, text = seen["smallest"]
        assert size >= height * LEAST_OF_HEIGHT, (path, size, text)
        assert alike(seen["keys"]) == [], path


def test_one_picture_follows_the_other_unless_that_is_paused(whole: ServedSite, new_page) -> None:
    # Given a wall screen that shows one picture after the other
    vera: Page = logged_in(new_page, whole, whole.key(VERA, *Scope), width=1920)
    vera.clock.install()
    vera.goto(f"{whole.url}/operations")
    vera.get_by_role("link", name="One after the other").click()
    # When time goes by, then each comes in its turn, the first after the last
    for one in (*PICTURES[1:], PICTURES[0]):
        vera.clock.fast_forward(21_000)
        vera.wait_for_url(f"**/operations/{one.name}?wall=round")
    # and while it is paused, none does.
    vera.locator("#pause").click()
    vera.clock.fast_forward(60_000)
    vera.wait_for_load_state()
    assert vera.url.endswith(f"/operations/{PICTURES[0].name}?wall=round")
