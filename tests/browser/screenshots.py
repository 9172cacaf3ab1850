"""Writes the README's pictures of the page: a case and operations, as people of a demo see them.

Run `make screenshots` when the page looks otherwise. No check says that they are old: they have times.
`python -m tests.browser.screenshots http://127.0.0.1:9510/` takes them of a demo that is up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tests.browser.fetch import find_browser

_ROOT = Path(__file__).parents[2]
_CASECORE = (sys.executable, "-m", "casecore.cli")
_WIDTH, _MARGIN = 1280, 8


class _Picture(NamedTuple):
    """A page of the demo, as one of its people sees it, from its top to the end of what `last` finds."""

    file: str
    person: str
    path: str
    last: str


_PICTURES = (
    _Picture(
        "page-case.png", "vendor:vendor:vera", "/cases/C-2005", "li:has-text('Which version has the server')"
    ),
    _Picture(
        "page-operations.png",
        "vendor:vendor:olaf",
        "/operations?seller=helpdesk&since=2013-01-01&until=2013-12-31",
        "section:has(h2:has-text('Load of agents'))",
    ),
)


def main() -> None:
    """Take the pictures of the demo whose address is given, or of one that lasts as long as that takes."""
    if len(sys.argv) > 1:
        _take(sys.argv[1])
    else:
        with _demo() as page:
            _take(page)


@contextmanager
def _demo() -> Iterator[str]:
    """The address of a demo's page; it has a home of its own, so that one that somebody looks at goes on."""
    home = _ROOT / ".casecore" / "screenshots"
    environment = {**os.environ, "CASECORE_HOME": str(home)}
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "cache").exists():
        (home / "cache").symlink_to(home.parent / "cache")
    try:
        told = ""
        with subprocess.Popen(
            (*_CASECORE, "demo", "--keep"), env=environment, stdout=subprocess.PIPE, text=True
        ) as demo:
            for line in demo.stdout or ():
                told += line
                print(line, end="", flush=True)
        page = re.search(r"^ *Page +(http\S+)", told, re.MULTILINE)
        if demo.returncode or not page:
            sys.exit("there is no demo to take pictures of")
        yield page[1]
    finally:
        subprocess.run((*_CASECORE, "down"), env=environment, check=False)
        shutil.rmtree(home, ignore_errors=True)


def _take(page: str) -> None:
    found = find_browser()
    with (
        sync_playwright() as driver,
        driver.chromium.launch(
            executable_path=found.program, env={**os.environ, **found.environment}
        ) as browser,
    ):
        for picture in _PICTURES:
            _take_one(browser, page.rstrip("/"), picture)


def _take_one(browser: Browser, page: str, picture: _Picture) -> None:
    context = browser.new_context(
        viewport={"width": _WIDTH, "height": 900}, locale="en-GB", color_scheme="light"
    )
    tab = context.new_page()
    tab.goto(f"{page}/login")
    tab.click(f'button[value="{picture.person}"]')
    tab.goto(page + picture.path)
    tab.evaluate("for (const one of document.querySelectorAll('details[open]')) one.open = false")
    last = tab.locator(picture.last).bounding_box()
    assert last is not None
    file = _ROOT / "docs" / picture.file
    height = last["y"] + last["height"] + _MARGIN
    tab.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": _WIDTH, "height": height})
    context.close()
    print(f"{file.relative_to(_ROOT)}: {file.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
