"""A real provider of identities (npm's oidc-provider) on this machine, in a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2 as httpx
from joserfc.jwk import Key

from tests.npm import NODE
from tests.waiting import LIMIT_SECONDS

AUDIENCE = "https://casecore.example.com/api"
SCOPES = "agent accountant operator analyst service"
_PROGRAM = Path(__file__).with_name("provider.mjs")
_BACK = "https://desk.example.com/back"
_DESK = ("desk", "desk")
"""The client at which people log in, and its secret."""


class Account(NamedTuple):
    """A service account: what its tokens say of it, and how they are signed."""

    claims: Mapping[str, object]
    alg: str = "RS256"


class Provider:
    """The provider: who its service accounts and its people are, and with which keys it signs."""

    def __init__(
        self,
        modules: Path,
        keys: Sequence[Key],
        accounts: Mapping[str, Account],
        people: Mapping[str, Mapping[str, object]],
        pages: Sequence[Mapping[str, object]] = (),
    ) -> None:
        """`modules` is where node_modules are; `people` has the claims of each, `pages` are more clients."""
        self._modules = modules
        self._accounts = accounts
        self._people = people
        self._pages = pages
        self._process: subprocess.Popen[str] | None = None
        self.keys: tuple[Key, ...] = ()
        self.issuer = ""
        self.start(keys)

    def start(self, keys: Sequence[Key]) -> None:
        """Start it with these keys, at the same address as before; returns when it listens."""
        self.keys = tuple(keys)
        self._process = subprocess.Popen(
            (NODE, _PROGRAM, self._modules),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        about = {
            "port": urlsplit(self.issuer).port or 0,
            "keys": [key.as_dict(private=True) for key in self.keys],
            "clients": [
                {"client_id": name, "client_secret": f"secret of {name}", **account._asdict()}
                for name, account in self._accounts.items()
            ],
            "people": self._people,
            "pages": self._pages,
        }
        self._process.stdin.write(json.dumps(about) + "\n")
        self._process.stdin.flush()
        self.issuer = self._process.stdout.readline().strip()
        assert self.issuer, "the provider does not start"

    def stop(self) -> None:
        """End it, unless it has ended; also without this it ends with the process that started it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=LIMIT_SECONDS)
            self._process = None

    def abandon(self) -> None:
        """Return when it has ended by itself, as it does when the process that started it is killed."""
        assert self._process is not None
        self._process.communicate(timeout=LIMIT_SECONDS)  # closes its standard input

    def token(self, account: str, scope: str = SCOPES, resource: str | None = AUDIENCE) -> str:
        """An access token for a service account, by client credentials."""
        asked = {"grant_type": "client_credentials", "scope": scope}
        if resource is not None:
            asked["resource"] = resource
        return self._tokens((account, f"secret of {account}"), asked)["access_token"]

    def tokens_of(self, person: str) -> dict[str, str]:
        """The `access_token` and the `id_token` of a person who logs in and consents, in a browser."""
        asked = {
            "client_id": _DESK[0],
            "response_type": "code",
            "redirect_uri": _BACK,
            "scope": f"openid {SCOPES}",
            "resource": AUDIENCE,
        }
        back = self.log_in(f"{self.issuer}/auth?{urlencode(asked)}", person, _BACK)
        [code] = parse_qs(urlsplit(back).query)["code"]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": _BACK}
        return self._tokens(_DESK, {**given, "resource": AUDIENCE})

    def log_in(self, address: str, person: str, back: str) -> str:
        """Where a browser ends that is sent to an address to log in: below `back`, if all goes well."""
        with httpx.Client() as browser:
            page = _followed(browser, browser.get(address), back)
            for form in ({"prompt": "login", "login": person, "password": "any"}, {"prompt": "consent"}):
                if not page.is_redirect:
                    page = _followed(browser, browser.post(page.url, data=form), back)
        return page.headers["location"] if page.is_redirect else str(page.url)

    def _tokens(self, client: tuple[str, str], asked: Mapping[str, str]) -> dict[str, str]:
        answer = httpx.post(f"{self.issuer}/token", auth=client, data=dict(asked))
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, str] = answer.json()
        return found


def _followed(browser: httpx.Client, answer: httpx.Response, back: str) -> httpx.Response:
    """The page to which redirects lead, or the last one if it leads back to the client."""
    while answer.is_redirect and not answer.headers["location"].startswith(back):
        answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
    return answer
