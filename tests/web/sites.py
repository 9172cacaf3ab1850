"""The page of one installation, for a test that looks at it as several people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from httpx2 import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.http.protection.peers import Peers
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key
from casecore.serving.application import make_application

ADDRESS = "http://127.0.0.1:9480"
_SETTINGS = {"CASECORE_HEALTH_PORT": "1", "CASECORE_API_PORT": "9480"}
"""Processes are asked for their health where nobody answers, whatever else runs here."""
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Browser:
    """What somebody does with a browser, without its scripts."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def look(self, path: str, **headers: str) -> Response:
        """The page at a path."""
        return self.client.get(path, headers={"Accept": "text/html", **headers})

    def token(self) -> str:
        """What forms of this browser's pages carry."""
        found = FORM_TOKEN.search(self.look("/account").text)
        assert found is not None
        return found[1]

    def send(self, path: str, *, origin: str = ADDRESS, token: str | None = None, **fields: str) -> Response:
        """Press the button of a form with these fields; a form of a page has an id and a token."""
        given = {"form_token": self.token() if token is None else token, "command_id": str(uuid4()), **fields}
        return self.client.post(path, data=given, headers={"Origin": origin})


class Site:
    """The page on a database."""

    def __init__(self, application: Starlette, keys: KeyFile, database: str, opened: ExitStack) -> None:
        self._application = application
        self._keys = keys
        self._opened = opened
        self.database = database

    def browser(
        self, address: str = ADDRESS, proxies: Sequence[str] = (), client: str = "127.0.0.1", **headers: str
    ) -> Browser:
        """A new browser, in which nobody is logged in; it asks for the page at an address, as a client at
        one.

        `proxies` are those that the installation has declared.
        """
        made = TestClient(
            Peers(self._application, proxies, only_proxies=False),
            base_url=address,
            headers=headers,
            follow_redirects=False,
            raise_server_exceptions=False,
            client=(client, 50_000),
        )
        return Browser(made)

    def key(self, actor: str, *scopes: Scope) -> str:
        """A new key of an actor; an agent's unless said otherwise."""
        made = new_key(parse_actor(actor), scopes or (Scope.AGENT,), datetime.now(UTC))
        self._keys.change(lambda keys: (*keys, made.key))
        return made.text

    def revoke_all(self) -> None:
        """Revoke all keys."""
        self._keys.change(lambda _: ())

    def as_(self, actor: str, *scopes: Scope, **headers: str) -> Browser:
        """A browser in which somebody is logged in."""
        browser = self.browser(**headers)
        answer = browser.client.post(
            "/login", data={"key": self.key(actor, *scopes), "back": "/"}, headers={"Origin": ADDRESS}
        )
        assert answer.status_code == 303, answer.text
        return browser


@contextmanager
def open_site(database: str, home: Path, **environ: str) -> Iterator[Site]:
    """The page on a database that is migrated; its keys are below a folder. `environ` are more settings."""
    own = {"CASECORE_DATABASE": database, "CASECORE_HOME": str(home), **_SETTINGS}
    settings = read_settings({**own, **environ})
    with ExitStack() as opened:
        app = opened.enter_context(open_app(settings, Addresses(database, "127.0.0.1:1")))
        application = make_application(app)
        # All browsers speak to one event loop, as they do in the program.
        opened.enter_context(TestClient(application))
        yield Site(application, KeyFile(home / "keys.json"), database, opened)
