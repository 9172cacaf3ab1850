"""Somebody who is logged in and looks at pages, one after another, over a connection that is kept open."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from bench.http_load import Address
from bench.stages import Stage
from casecore.app.actors import parse_actor
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key

_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class LoggedIn(NamedTuple):
    """A browser in which somebody is logged in: where it looks, and the cookie by which it is known."""

    address: Address
    cookie: str

    @property
    def origin(self) -> str:
        """What its forms come from."""
        return f"http://{self.address.host}:{self.address.port}"

    def headers(self, **more: str) -> dict[str, str]:
        """What a browser says with each request."""
        return {
            "Host": f"{self.address.host}:{self.address.port}",
            "Cookie": self.cookie,
            "Accept": "text/html",
            "Accept-Language": "en",
            **more,
        }

    def times(self, path: str, most: int, seconds: float) -> list[float]:
        """Load a page so often, or until so many seconds are over; returns the seconds that each took.

        Once before, to have what a page finds in memory once it has been looked at. Ends the bench unless
        every answer is a page.
        """
        took: list[float] = []
        connection = HTTPConnection(*self.address, timeout=60)
        try:
            self._load(connection, path)
            ends_at = time.perf_counter() + seconds
            while len(took) < most and (len(took) < _LEAST or time.perf_counter() < ends_at):
                began_at = time.perf_counter()
                self._load(connection, path)
                took.append(time.perf_counter() - began_at)
        finally:
            connection.close()
        return took

    def page(self, path: str) -> str:
        """A page's text."""
        connection = HTTPConnection(*self.address, timeout=60)
        try:
            return self._load(connection, path).decode()
        finally:
            connection.close()

    def press(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form; returns where it leads to."""
        found = _FORM_TOKEN.search(self.page("/account"))
        assert found is not None
        given = {"form_token": found[1], "command_id": str(uuid4()), **fields}
        return _posted(self.address, path, given, self.headers(Origin=self.origin))[0]

    def _load(self, connection: HTTPConnection, path: str) -> bytes:
        connection.request("GET", path, headers=self.headers())
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} was answered with {answer.status}: {body[-1000:]!r}")
        return body


_LEAST = 5


def log_in(stage: Stage, address: Address, actor: str, scopes: Sequence[Scope]) -> LoggedIn:
    """Log somebody in with a new key."""
    made = new_key(parse_actor(actor), tuple(scopes), datetime.now(UTC))
    KeyFile(stage.settings.home / "keys.json").change(lambda keys: (*keys, made.key))
    visitor = LoggedIn(address, "")
    fields = {"key": made.text, "back": "/"}
    _, cookie = _posted(address, "/login", fields, visitor.headers(Origin=visitor.origin))
    return visitor._replace(cookie=cookie.partition(";")[0])


def _posted(
    address: Address, path: str, fields: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str, str]:
    """Where a form leads to, and the cookie that is set."""
    connection = HTTPConnection(*address, timeout=60)
    given = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request("POST", path, urlencode(fields), given)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 303:
            raise SystemExit(f"{path} was answered with {answer.status}: {body[-1000:]!r}")
        return answer.headers["Location"], answer.headers.get("Set-Cookie", "")
    finally:
        connection.close()
