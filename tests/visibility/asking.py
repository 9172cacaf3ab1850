"""Somebody who asks and commands over HTTP, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from httpx2 import Response
from starlette.applications import Starlette
from starlette.routing import Route

from casecore.app.actors import parse_actor
from casecore.identity.identity import Scope
from tests.api.doors import Door
from tests.visibility.questions import ALL_EVENTS, FEED
from tests.visibility.worlds import ASKS

_OF_THE_WHOLE_LOG = re.compile(r'"(as_of|behind|as_of_position)":[^,{}]+')
"""docs/api.md says what can be inferred from it."""
_OF_THE_ENGINE_ROOM = re.compile(
    r'"(looked_at|published_up_to|stored_up_to|complete_to|built_at|next_offset|seconds|offset)":[^,{}]+'
)
"""What only the vendor's operators see: it is of the whole log, and of the moment."""
_ENGINE_ROOM = "/v1/installation/"
_REFUSED = re.compile(r'"code":"(key_parked|installation_not_yours)"')
_CURSOR = re.compile(r'"next":"[^"]+"')
"""Of the event feed: it is another text each time."""


class Endpoint(NamedTuple):
    """A method and a path of the door, such as "GET /v1/cases/{case}"."""

    name: str
    pattern: re.Pattern[str]

    def matches(self, asked: str) -> bool:
        """Whether a request for this is for this endpoint."""
        return self.pattern.fullmatch(unquote(asked)) is not None


class Asking:
    """Somebody who asks at the door of a world."""

    def __init__(self, door: Door, organisation: str) -> None:
        """With everything that a key may be good for."""
        self._door = door
        self._key = door.key_of(parse_actor(ASKS[organisation]), *Scope)

    def routes(self) -> list[Endpoint]:
        """All that there is at the door."""
        api = self._door.client.app
        assert isinstance(api, Starlette)
        routes = [route for route in api.routes if isinstance(route, Route)]
        return [
            Endpoint(f"{method} {route.path}", re.compile(f"{method} {route.path_regex.pattern[1:]}"))
            for route in routes
            for method in sorted((route.methods or set()) - {"HEAD"})
        ]

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """What comes out for a command."""
        return self._door.client.post(path, content=body, headers={**self._key, **headers})

    def answer(self, path: str) -> str:
        """What comes out, on all pages: status, type and body, without what is of the whole log."""
        is_feed = path.startswith(FEED)
        following: str | None = path
        pages: list[str] = []
        while following:
            answer = self._door.client.get(following, headers=self._key)
            is_known = answer.status_code in (200, 400, 404) or _REFUSED.search(answer.text)
            assert is_known, (following, answer.text)
            body = answer.content.decode("latin-1")
            own = [answer.headers.get(name, "") for name in ("etag", "content-disposition")]
            shown = _CURSOR.sub("", body) if is_feed else body
            if path.startswith(_ENGINE_ROOM):
                shown = _OF_THE_ENGINE_ROOM.sub("", shown)
            pages.append(f"{answer.status_code} {own} {_OF_THE_WHOLE_LOG.sub('', shown)}")
            following = answer.links.get("next", {}).get("url")
            if path == ALL_EVENTS and answer.json()["events"]:
                following = f"{ALL_EVENTS}&after={answer.json()['next']}"
        return "\n".join(pages)
