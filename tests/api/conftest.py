"""The API of one installation, with a key for each of some people."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
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

    def key(self, actor: str, *scopes: Scope) -> dict[str, str]:
        """A new key of an actor, as a header; an agent's unless said otherwise."""
        made = new_key(parse_actor(actor), scopes or (Scope.AGENT,), datetime.now(UTC))
        self._keys.change(lambda keys: (*keys, made.key))
        return {"Authorization": f"Bearer {made.text}"}


@pytest.fixture
def door(database: str, tmp_path: Path) -> Iterator[Door]:
    migrate(database)
    with opened_door(database, tmp_path) as door:
        yield door


@pytest.fixture
def demanding_door(database: str, tmp_path: Path) -> Iterator[Door]:
    """One where commands on what exists must say at which version they were decided."""
    migrate(database)
    with opened_door(database, tmp_path, needs_if_match=True) as door:
        yield door


@pytest.fixture
def door_without_database(tmp_path: Path) -> Iterator[Door]:
    """One whose PostgreSQL does not answer."""
    with opened_door("postgresql://127.0.0.1:1/none", tmp_path) as door:
        yield door


@contextmanager
def opened_door(database: str, tmp_path: Path, *, needs_if_match: bool = False) -> Iterator[Door]:
    settings = read_settings({"CASECORE_DATABASE": database, "CASECORE_HOME": str(tmp_path)})
    with open_app(settings, Addresses(database, "127.0.0.1:1")) as app:
        keys = KeyFile(tmp_path / "keys.json")
        api = make_api(app, Authentication(keys, None), needs_if_match=needs_if_match)
        with TestClient(api, raise_server_exceptions=False) as client:
            yield Door(client, keys)


@pytest.fixture
def address(door: Door) -> Iterator[str]:
    """The address of the same API, listening on a socket of its own."""
    config = uvicorn.Config(door.client.app, lifespan="off", log_config=None, access_log=False)
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
