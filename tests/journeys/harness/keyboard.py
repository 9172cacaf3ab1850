"""What somebody does on a page who has a keyboard and no mouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_MOST_STEPS = 200
"""More than a page has places to stop at."""


def tab_to(page: Page, selector: str) -> None:
    """Go on from place to place until this one has the focus."""
    for _ in range(_MOST_STEPS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not lead to {selector}")


def press(page: Page, selector: str) -> None:
    """Go there, and press Enter."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def do_by_keyboard(page: Page, verb: str, text: str = "") -> None:
    """What somebody does with a case: unfold the action, write something if it is to be, press its button."""
    press(page, f"#do-{verb} > summary")
    if text:
        tab_to(page, f"#do-{verb} textarea")
        page.keyboard.type(text)
    press(page, f"#do-{verb} button.primary")
    page.wait_for_url(re.compile(rf"done={verb}"))
