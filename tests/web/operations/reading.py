"""Pages of operations as tests read them, and what the API says at the addresses that they name."""

from __future__ import annotations

import html
import re
from typing import Any

from casecore.identity.identity import Scope
from tests.web.sites import Browser, Site

VENDOR = "vendor:vendor:vera"
_API = re.compile(r"<code>GET ([^<]+)</code>")
_ROWS = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
_CELL = re.compile(r"<t[hd][^>]*>(?:<a [^>]*>)?(.*?)(?:</a>)?</t[hd]>", re.DOTALL)


def page_of(browser: Browser, path: str) -> str:
    answer = browser.look(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def rows_of_api(desk: Site, page: str, name: str = "rows", who: str = VENDOR) -> list[dict[str, Any]]:
    """What the API says at the address that the page names."""
    found = _API.search(page)
    assert found is not None
    key = desk.key(who, Scope.ANALYST)
    answer = desk.browser().client.get(html.unescape(found[1]), headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return list(answer.json()[name])


def table_of(page: str) -> list[list[str]]:
    found = _ROWS.search(page)
    assert found is not None
    return [
        [html.unescape(text).strip() for text in _CELL.findall(row)] for row in found[1].split("</tr>")[:-1]
    ]


def references(page: str) -> list[str]:
    """The cases of a page's table."""
    return [row[0].split("<")[0].strip() for row in table_of(page)]
