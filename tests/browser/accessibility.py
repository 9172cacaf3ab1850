"""What of a page hinders people, as axe finds it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tests.browser.fetch import resolve_axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

_ASKED = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = """async (tags) => {
    const runOnly = {type: 'tag', values: tags};
    const {violations} = await axe.run(document, {runOnly, preload: false, resultTypes: ['violations']});
    return violations.flatMap(({id, help, nodes}) =>
        nodes.map(({target, failureSummary}) => `${id}: ${help}; ${target.join(' ')}: ${failureSummary}`));
}"""


def accessibility_violations(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA, or what axe holds to be good practice: each with its place on the page."""
    page.evaluate(_axe())
    found: list[str] = page.evaluate(_RUN, list(_ASKED))
    return found


@cache
def _axe() -> str:
    return resolve_axe().read_text(encoding="utf-8")
