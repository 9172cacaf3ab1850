"""The API of one installation, with a key for each of some people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from httpx2 import Response
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
from projections.billing.projection import BILLING
from tests.api.accounts import ACTORS, open_accounts
from tests.api.reference import Reference
from tests.projections.stored import fold_store
from tests.runs.business import Business
from tests.servers import new_database


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
def open_door(database: str, home: Path) -> Iterator[Door]:
    """The API of an installation that is migrated."""
    settings = read_settings({"CASECORE_DATABASE": database, "CASECORE_HOME": str(home)})
    with open_app(settings, Addresses(database, "127.0.0.1:1")) as app:
        keys = KeyFile(home / "keys.json")
        api = make_api(app, Authentication(keys, None))
        with TestClient(api, raise_server_exceptions=False) as client:
            yield Door(client, keys)


@pytest.fixture
def door(database: str, tmp_path: Path) -> Iterator[Door]:
    migrate(database)
    with open_door(database, tmp_path) as opened:
        yield opened


class Accounts(NamedTuple):
    """The business with accounts, its door, and a key of an accountant of each organisation."""

    business: Business
    door: Door
    keys: dict[str, dict[str, str]]
    reference: Reference


@pytest.fixture(scope="session")
def accounts(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """Made once: the tests that use it only ask."""
    home = tmp_path_factory.mktemp("accounts")
    with (
        new_database(postgres_server) as database,
        open_accounts(database) as business,
        open_door(database, home) as door,
    ):
        fold_store(database, BILLING)
        keys = {name: door.key(actor, Scope.ACCOUNTANT) for name, actor in ACTORS.items()}
        yield Accounts(business, door, keys, Reference(database))
