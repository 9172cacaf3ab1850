"""Who looks at a page: whoever is logged in with the secret in the browser's cookie."""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from casecore.app.identities import viewer_of
from casecore.app.logins import Login, Logins
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.protection.exchange import note_identity
from casecore.identity.identity import Identity
from casecore.visibility.rules import Viewer
from casecore.web.origins import FromElsewhere, check_origin
from casecore.web.rendering.language import language_of

MOST_AT_ONCE = 4
"""Look-ups of logins at a time: each takes less than a millisecond."""

LANGUAGE_COOKIE = "casecore_language"
_YEAR_SECONDS = 365 * 86_400


class NotLoggedIn(CasecoreError):
    """Nobody is logged in: the page leads to where one logs in."""

    kind = Kind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("log in to see this page")


class Visitor(NamedTuple):
    """Who looks, at the page of this vendor's installation. `secret` is the browser's own."""

    login: Login
    secret: str
    vendor: str

    @property
    def identity(self) -> Identity:
        """Who it is."""
        return self.login.identity

    @property
    def viewer(self) -> Viewer:
        """For whom an answer to them is made."""
        return viewer_of(self.identity, self.vendor)

    @property
    def form_token(self) -> str:
        """What a form of this browser's pages carries: nobody can know it who does not know the secret."""
        return urlsafe_b64encode(sha256(b"form " + self.secret.encode()).digest()).decode().rstrip("=")


class Visitors:
    """Finds who looks."""

    def __init__(self, logins: Logins, vendor: str) -> None:
        self._logins = logins
        self._vendor = vendor
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "login")

    async def of(self, request: Request) -> Visitor:
        """Who looks; raises NotLoggedIn, KeysUnavailable, DatabaseUnavailable and TooManyRequests."""
        secret = request.cookies.get(cookie_name(request), "")
        login = None
        if secret:
            loop = asyncio.get_running_loop()
            login = await loop.run_in_executor(self._threads, self._logins.find, secret, datetime.now(UTC))
        if login is None:
            raise NotLoggedIn
        note_identity(request.scope, login.identity)
        return Visitor(login, secret, self._vendor)

    async def begin(
        self,
        request: Request,
        answer: Response,
        identity: Identity,
        *,
        by_key: bool,
        expires_at: datetime | None,
    ) -> None:
        """Log somebody in, with a new secret in the browser's cookie; what the browser had before ends."""
        await self.end(request, answer)
        secret = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: self._logins.begin(identity, datetime.now(UTC), by_key=by_key, expires_at=expires_at),
        )
        answer.set_cookie(
            cookie_name(request), secret, path="/", secure=is_secure(request), httponly=True, samesite="lax"
        )

    async def end(self, request: Request, answer: Response) -> None:
        """Log out whoever is logged in."""
        secret = request.cookies.get(cookie_name(request), "")
        if secret:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._logins.end, secret, datetime.now(UTC))
            answer.delete_cookie(
                cookie_name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax"
            )

    def close(self) -> None:
        """Finish what is being looked up, and leave the database."""
        self._threads.shutdown()
        self._logins.close()


def check_form(request: Request, visitor: Visitor, token: str) -> None:
    """Raise FromElsewhere unless a form comes from a page that this browser was shown."""
    check_origin(request)
    if not hmac.compare_digest(token.encode(), visitor.form_token.encode()):
        raise FromElsewhere


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS, to the server or to its proxy."""
    return request.url.scheme == "https"


def cookie_name(request: Request) -> str:
    """The login's cookie: over TLS under a name that browsers take from this host alone (RFC 6265bis)."""
    return "__Host-casecore" if is_secure(request) else f"casecore_{request.url.port or 80}"


def language_for(request: Request) -> str:
    """The language of the page: that of the switch, or the browser's."""
    return language_of(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))


def keep_language(answer: Response, language: str) -> None:
    """Keep what the switch says."""
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, path="/", samesite="lax")
