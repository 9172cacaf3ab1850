"""The API of one installation, for a test that speaks for several people."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from casecore.api.authentication import Authentication
from casecore.api.server import make_api
from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.decider.command import GivenActor
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key
from tests.waiting import wait_until

NOTHING_RUNS = {"CASECORE_HEALTH_PORT": "1"}
"""Settings by which processes are asked for their health where nobody answers, whatever else runs here."""


class Door:
    """The API on a database."""

    def __init__(self, client: TestClient, keys: KeyFile, database: str) -> None:
        self._keys = keys
        self.client = client
        self.database = database

    def key(self, actor: str, *scopes: Scope) -> dict[str, str]:
        """A new key of an actor, as a header; an agent's unless said otherwise."""
        return self.key_of(parse_actor(actor), *scopes)

    def key_of(self, actor: GivenActor, *scopes: Scope) -> dict[str, str]:
        """The same, of an actor that is read already."""
        made = new_key(actor, scopes or (Scope.AGENT,), datetime.now(UTC))
        self._keys.change(lambda keys: (*keys, made.key))
        return {"Authorization": f"Bearer {made.text}"}

    def revoke_all(self) -> None:
        """Revoke all keys."""
        self._keys.change(lambda _: ())

    def ask(self, path: str, who: dict[str, str], **headers: str) -> Response:
        """The answer to a GET."""
        return self.client.get(path, headers={**who, **headers})

    def pages(self, path: str, who: dict[str, str], name: str) -> list[dict[str, Any]]:
        """All rows of a list, page after page."""
        found: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            answer = self.ask(following, who)
            assert answer.status_code == 200, answer.text
            found += answer.json()[name]
            following = answer.links.get("next", {}).get("url")
        return found


@contextmanager
def open_door(database: str, home: Path, *, needs_if_match: bool = False) -> Iterator[Door]:
    """The API on a database that is migrated; its keys are below a folder."""
    settings = read_settings({"CASECORE_DATABASE": database, "CASECORE_HOME": str(home), **NOTHING_RUNS})
    with open_app(settings, Addresses(database, "127.0.0.1:1")) as app:
        keys = KeyFile(home / "keys.json")
        api = make_api(
            app, Authentication(keys, None, keys_from_anywhere=True), needs_if_match=needs_if_match
        )
        with TestClient(api, raise_server_exceptions=False) as client:
            yield Door(client, keys, database)


@contextmanager
def listening(api: ASGIApp) -> Iterator[str]:
    """The address of an API that listens on a socket of its own."""
    server = uvicorn.Server(uvicorn.Config(api, lifespan="off", log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as opened:
        thread = Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            wait_until(lambda: server.started, "the server listens")
            yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
