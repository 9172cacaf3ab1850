"""The page and the API of an installation on a port of this machine, for real browsers and programs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2 as httpx
import uvicorn

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.http.serving.listener import ApiServer
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key
from casecore.serving.application import make_application
from tests.waiting import wait_until
from tests.web.sites import FORM_TOKEN

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.fixtures import NewPage


class ServedSite:
    """Where the page is, and who may log in."""

    def __init__(self, url: str, keys: KeyFile, database: str) -> None:
        self._keys = keys
        self.url = url
        self.database = database

    def key(self, actor: str, *scopes: Scope) -> str:
        """A new key of an actor."""
        made = new_key(parse_actor(actor), scopes, datetime.now(UTC))
        self._keys.change(lambda keys: (*keys, made.key))
        return made.text

    @contextmanager
    def client(self, key: str) -> Iterator[httpx.Client]:
        """What asks for pages without a browser, logged in with a key; given it, it asks the API too."""
        with httpx.Client(base_url=self.url, headers={"Accept": "text/html"}, timeout=60) as client:
            answer = client.post("/login", data={"key": key}, headers={"Origin": self.url})
            assert answer.status_code == 303, answer.text
            yield client


def sent(client: httpx.Client, path: str, **fields: str) -> str:
    """Press the button of a form with these fields: where it leads."""
    token = FORM_TOKEN.search(client.get("/account").text)
    assert token is not None
    given = {"form_token": token[1], "command_id": str(uuid4()), **fields}
    answer = client.post(path, data=given, headers={"Origin": str(client.base_url)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def logged_in(new_page: NewPage, site: ServedSite, key: str, **how: Any) -> Page:
    """A browser in which somebody has logged in with a key."""
    page = new_page(**how)
    page.goto(f"{site.url}/login?back=/account")
    enter(page, key)
    page.wait_for_url("**/account")
    return page


def enter(page: Page, key: str) -> None:
    """Fill the page of the login in, and press its button."""
    page.locator("#key").fill(key)
    page.locator("form:has(#key) button").click()


@contextmanager
def open_served_site(database: str, home: Path) -> Iterator[ServedSite]:
    """Serve a database that is migrated; the keys are below a folder."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
        settings = read_settings(
            {
                "CASECORE_DATABASE": database,
                "CASECORE_HOME": str(home),
                "CASECORE_API_PORT": str(port),
                "CASECORE_HEALTH_PORT": "1",  # nobody answers there, whatever else runs here
            }
        )
        with open_app(settings, Addresses(database, "127.0.0.1:1")) as app:
            application = make_application(app)
            config = uvicorn.Config(application, log_config=None, access_log=False)
            server = ApiServer(config, opened, application.state.end_streams)
            thread = Thread(target=server.serve_until_ended)
            thread.start()
            try:
                wait_until(lambda: server.started, "the server listens")
                yield ServedSite(f"http://127.0.0.1:{port}", KeyFile(home / "keys.json"), database)
            finally:
                server.end()
                thread.join()
