"""Fixtures for pages in a real browser: `browser`, `watch`, `new_page` and `page`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, Protocol

import pytest

from tests import tiers
from tests.browser.watching import Watch
from tests.waiting import LIMIT_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NOTHING_LEAVES = (
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class NewPage(Protocol):
    """Opens an empty page that shares nothing with others, as that of another person."""

    def __call__(
        self,
        width: int = 1024,
        *,
        locale: str = "en-GB",
        colours: Literal["light", "dark"] = "light",
        scripts: bool = True,
    ) -> Page:
        """`scripts` says whether the page's own scripts run."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one module; it is there half a second after the first one asks for it.

    Not for those of the whole run: as long as Playwright is there, its thread has a running event loop, and
    no other test of the process could run one.
    """
    tiers.refuse_servers("a browser")
    # Most processes of a run have no test with a browser.
    from playwright.sync_api import sync_playwright

    from tests.browser.fetch import find_browser

    found = find_browser()
    with (
        sync_playwright() as driver,
        driver.chromium.launch(
            executable_path=found.program,
            env={**os.environ, **found.environment},
            args=_NOTHING_LEAVES,
        ) as opened,
    ):
        yield opened


@pytest.fixture
def watch() -> Watch:
    """Has what the pages of the test did and must not do; what is left of it at the end fails the test."""
    return Watch()


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[NewPage]:
    """Makes pages: new_page(360, colours="dark"), each for a person of its own."""
    with ExitStack() as opened:

        def make(
            width: int = 1024,
            *,
            locale: str = "en-GB",
            colours: Literal["light", "dark"] = "light",
            scripts: bool = True,
        ) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 768},
                locale=locale,
                color_scheme=colours,
                java_script_enabled=scripts,
                service_workers="block",
            )
            opened.callback(context.close)
            context.set_default_timeout(LIMIT_SECONDS * 1000)
            watch.follow(context)
            return context.new_page()

        yield make
        assert watch.taken() == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """One page, 1024 pixels wide."""
    return new_page()
