"""Open pages, each with its stream of server-sent events, which ask for the page again when they are told."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from html import unescape
from typing import Any, NamedTuple

import uvloop

from bench.web.browsing import LoggedIn

_LIVE = re.compile(r'hx-sse:connect="([^"]+)"')
_DATA = b"data: "
_FIRST_SECONDS = 20.0


class OpenPage(NamedTuple):
    """A page that somebody has open."""

    who: LoggedIn
    path: str


class Held(NamedTuple):
    """How often pages were told of a change, and how often they asked again; how many of them were told.

    `cores` is the processor time that was used in a second.
    """

    told: int
    loaded: int
    changing: int
    cores: float


class _Tab:
    """What the page's script does: hold the stream, and load the page once more for what it was told."""

    def __init__(self, page: OpenPage) -> None:
        self._who, self._path = page
        self._changed = asyncio.Event()
        self.is_told = asyncio.Event()
        self._number = ""
        self.told = self.loaded = 0

    async def hold(self) -> None:
        """Until it is cancelled; the page is loaded first, and says where its stream is."""
        found = _LIVE.search(await self._get())
        if found is None:
            raise SystemExit(f"{self._path} is told of nothing")
        await asyncio.gather(self._listen(unescape(found[1])), self._load_again())

    async def _listen(self, stream: str) -> None:
        reader, writer = await asyncio.open_connection(*self._who.address)
        writer.write(self._request(stream, Accept="text/event-stream"))
        while line := await reader.readline():
            if line.startswith(_DATA):
                self._number = line[len(_DATA) :].strip().decode()
                self.told += 1
                self.is_told.set()
                self._changed.set()
        raise SystemExit(f"the stream of {self._path} has ended")

    async def _load_again(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            told = {"Casecore-Told": self._number} if self._number else {}
            await self._get(**{"HX-Request": "true"}, **told)
            self.loaded += 1

    async def _get(self, **more: str) -> str:
        """The page, over a connection of its own: the server ends one that is quiet for five seconds."""
        reader, writer = await asyncio.open_connection(*self._who.address)
        try:
            return await self._answer(reader, writer, **more)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, **more: str) -> str:
        writer.write(self._request(self._path, **more))
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise SystemExit(f"{self._path} was answered with {head[:300]!r}")
        return (await reader.readexactly(int(length[1]))).decode()

    def _request(self, path: str, **more: str) -> bytes:
        headers = [f"{name}: {value}" for name, value in self._who.headers(**more).items()]
        return "\r\n".join([f"GET {path} HTTP/1.1", *headers, "", ""]).encode()


def hold_open(
    pages: Sequence[OpenPage], warm_seconds: float, seconds: float, processor_seconds: Callable[[], float]
) -> Held:
    """Hold these pages open, at first to warm up; then count for so many seconds."""
    return uvloop.run(_hold_open([_Tab(page) for page in pages], warm_seconds, seconds, processor_seconds))


async def _hold_open(
    tabs: Sequence[_Tab], warm_seconds: float, seconds: float, processor_seconds: Callable[[], float]
) -> Held:
    held = asyncio.gather(asyncio.Event().wait(), *(tab.hold() for tab in tabs))
    try:
        # Each page is told once when its follower begins: what came before was not heard.
        first: asyncio.Future[Any] = asyncio.create_task(_all_told(tabs))
        await asyncio.wait([held, first], timeout=_FIRST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        first.cancel()
        await _unless_ended(held, warm_seconds)
        before, began_at = Counter({tab: tab.told for tab in tabs}), time.monotonic()
        told, loaded, busy = _sum(tabs, "told"), _sum(tabs, "loaded"), processor_seconds()
        await _unless_ended(held, seconds)
        busy, passed = processor_seconds() - busy, time.monotonic() - began_at
        changing = sum(tab.told > before[tab] for tab in tabs)
        return Held(_sum(tabs, "told") - told, _sum(tabs, "loaded") - loaded, changing, busy / passed)
    finally:
        held.cancel()
        with suppress(asyncio.CancelledError):
            await held


async def _all_told(tabs: Sequence[_Tab]) -> None:
    for tab in tabs:
        await tab.is_told.wait()


async def _unless_ended(held: asyncio.Future[Any], seconds: float) -> None:
    """Let so many seconds pass; raises what ends an open page."""
    await asyncio.wait([held], timeout=seconds)
    if held.done():
        held.result()


def _sum(tabs: Sequence[_Tab], name: str) -> int:
    return sum(getattr(tab, name) for tab in tabs)
