"""All pages of a site, found as people find them: by the links of its pages."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from html import unescape
from typing import NamedTuple
from urllib.parse import quote

import httpx2 as httpx
from starlette.routing import compile_path

from casecore.web.pages.catalogue import PAGES
from casecore.web.pages.service_levels.what_if import FORM
from tests.web.everywhere.business import NAME

PATHS = (*(one.path for one in PAGES), f"{FORM.path}/{{run}}")
"""The paths of all pages; that of a run is not in the catalogue, since each server makes its own."""
OF_EACH = 2
"""So many addresses of a page are looked at, and as many with a name that is an attack."""
_PATTERNS = [(path, compile_path(path)[0]) for path in PATHS]
_MARK = quote(NAME)[:20]
_LINK = re.compile(r'href="(/[^"#]*)')
_API = re.compile(r"<code>GET (/v1/[^<]+)</code>")


class Found(NamedTuple):
    """A page at an address; `policy` is what it allows, `api` are the addresses it names for programs."""

    path: str
    address: str
    text: str
    policy: str
    api: Sequence[str]


def path_of(address: str) -> str:
    """The path of the page at an address; empty for what is no page."""
    asked = httpx.URL(address).path
    return next((path for path, pattern in _PATTERNS if pattern.match(asked)), "")


def walked(client: httpx.Client, *first: str) -> Iterator[Found]:
    """The pages to which links lead from that of the account and from `first`: each is there."""
    waiting = deque((*first, "/account"))
    seen: set[str] = set()
    of_each: Counter[tuple[str, bool]] = Counter()
    while waiting:
        address = waiting.popleft()
        path = path_of(address)
        kind = (path, _MARK in address)
        if not path or address in seen or of_each[kind] >= OF_EACH:
            continue
        seen.add(address)
        of_each[kind] += 1
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        waiting += map(unescape, _LINK.findall(answer.text))
        policy = answer.headers["content-security-policy"]
        yield Found(path, address, answer.text, policy, [unescape(one) for one in _API.findall(answer.text)])
