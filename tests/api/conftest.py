"""The API of one installation, with a key for each of some people."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from starlette.testclient import TestClient

from casecore.api.authentication import Authentication
from casecore.api.server import make_api
from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key
from casecore.store.migrations import migrate
from tests.waiting import wait_until


class Door:
    """The API, for a test that speaks for several people."""

    def __init__(self, client: TestClient, keys: KeyFile) -> None:
        self._keys = keys
        self.client = client
        self.api = client.app

    def key(self, actor: str, *scopes: Scope) -> dict[str, str]:
        """A new key of an actor, as a header; an agent's unless said otherwise."""
        made = new_key(parse_actor(actor), scopes or (Scope.AGENT,), datetime.now(UTC))
        self._keys.change(lambda keys: (*keys, made.key))
        return {"Authorization": f"Bearer {made.text}"}


@pytest.fixture
def new_door(database: str, tmp_path: Path) -> Iterator[Callable[..., Door]]:
    """Opens the API of one installation, with these settings, once or several times."""
    migrate(database)
    with ExitStack() as opened:

        def new(*, needs_if_match: bool = False, **others: str) -> Door:
            settings = read_settings(
                {"CASECORE_DATABASE": database, "CASECORE_HOME": str(tmp_path), **others}
            )
            app = opened.enter_context(open_app(settings, Addresses(database, "127.0.0.1:1")))
            keys = KeyFile(tmp_path / "keys.json")
            api = make_api(app, Authentication(keys, None), needs_if_match=needs_if_match)
            client = TestClient(api, raise_server_exceptions=False)
            return Door(opened.enter_context(client), keys)

        yield new


@pytest.fixture
def door(new_door: Callable[..., Door]) -> Door:
    return new_door()


@pytest.fixture
def address(door: Door) -> Iterator[str]:
    """The address of the same API, listening on a socket of its own."""
    config = uvicorn.Config(door.api, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started, "the server listens")
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
