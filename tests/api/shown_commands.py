"""What pages show of curl, as requests of another client: a test runs both."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx2 as httpx

ROOT = Path(__file__).parents[2]
_STATUS = re.compile(r"#\s*(\d{3})\b")


class Shown(NamedTuple):
    """A command of curl as a page shows it; the number in its comment is the status that it gets."""

    text: str

    @property
    def status(self) -> int | None:
        found = _STATUS.search(self.text)
        return int(found[1]) if found else None

    def is_expected(self, status: int) -> bool:
        return status == self.status if self.status else httpx.codes.is_success(status)


class Page(NamedTuple):
    """The commands of a page in their order, and its function `key`, which makes a header."""

    key: str
    commands: list[Shown]


def page(name: str) -> Page:
    """What a page shows."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    [key] = {line for line in text.splitlines() if line.startswith("key() ")}
    return Page(key, [Shown(line) for line in text.splitlines() if line.startswith("curl ")])


def request_of(shown: Shown, variables: Mapping[str, str], key: Callable[[], str]) -> httpx.Request:
    """The request that curl makes; knows the options that the pages show, and no others."""
    text = shown.text.replace("$(key)", key())
    for name, value in variables.items():
        text = text.replace(f"${name}", value)
    words = iter(shlex.split(text, comments=True)[1:])
    headers, body, places = {}, None, []
    for word in words:
        match word:
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "--json":
                body = next(words)
                headers["Content-Type"] = "application/json"
            case "--data-binary":
                body = next(words)
            case _:
                assert not word.startswith("-"), f"{word} is an option that the test does not know"
                places.append(word)
    [place] = places
    return httpx.Request("POST" if body is not None else "GET", place, headers=headers, content=body)
