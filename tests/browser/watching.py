"""What a page does in a browser and must not do: ask another machine, and fail in its console."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_WITHIN = frozenset({"about", "blob", "data"})
"""Schemes of what a page has in itself."""


class Watch:
    """Hears of each request, and of each error in the console, of all pages of the contexts it follows."""

    def __init__(self) -> None:
        self._contexts: list[BrowserContext] = []
        self._faults: list[str] = []

    def follow(self, context: BrowserContext) -> None:
        """Watch a context from now on."""
        self._contexts.append(context)
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("page", self._opened)

    def taken(self) -> list[str]:
        """What was found since the last call; a test that leads to a fault on purpose takes it."""
        for context in self._contexts:
            for page in context.pages:
                page.title()  # what a browser says arrives in order, and this answer last
        found, self._faults = self._faults, []
        return found

    def _opened(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _requested(self, request: Request) -> None:
        self._asked(request.url)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _WITHIN and parts.hostname not in _LOOPBACK:
            self._faults.append(f"a request leaves this machine: {url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._faults.append(f"an error in the console: {message.text}")

    def _failed(self, error: WebError) -> None:
        self._faults.append(f"a script fails: {error.error.message}")
