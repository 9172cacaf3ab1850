"""Who looks at a page: whoever is logged in with the secret in the browser's cookie."""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from casecore.app.identities import viewer_of
from casecore.app.logging_in.logins import Login, Logins
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.protection.exchange import note_identity
from casecore.identity.identity import Identity
from casecore.visibility.rules import Viewer
from casecore.web.origins import FromElsewhere, check_origin
from casecore.web.rendering.language import language_of

MOST_AT_ONCE = 4
"""Look-ups of logins at a time: each takes less than a millisecond."""

T = TypeVar("T")

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
        login = await self.in_thread(lambda: self._logins.find(secret, datetime.now(UTC))) if secret else None
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
        id_token: str = "",
    ) -> None:
        """Log somebody in, with a new secret in the browser's cookie; what the browser had before ends."""
        await self.end(request)
        now = datetime.now(UTC)
        secret = await self.in_thread(
            lambda: self._logins.begin(identity, now, by_key=by_key, expires_at=expires_at, id_token=id_token)
        )
        set_cookie(request, answer, cookie_name(request), secret)

    async def end(self, request: Request) -> str:
        """Log out whoever is logged in; returns the ID token by which one logs out at the issuer, if any."""
        secret = request.cookies.get(cookie_name(request), "")
        if not secret:
            return ""
        return await self.in_thread(lambda: self._logins.end(secret, datetime.now(UTC)))

    @staticmethod
    def forget(request: Request, answer: Response) -> None:
        """Let the browser forget its secret."""
        delete_cookie(request, answer, cookie_name(request))

    async def in_thread(self, call: Callable[[], T]) -> T:
        """What a short question to the database answers."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """Finish what is being looked up."""
        self._threads.shutdown()


def check_form(request: Request, visitor: Visitor, token: str) -> None:
    """Raise FromElsewhere unless a form comes from a page that this browser was shown."""
    check_origin(request)
    if not hmac.compare_digest(token.encode(), visitor.form_token.encode()):
        raise FromElsewhere


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS, to the server or to its proxy."""
    return request.url.scheme == "https"


def cookie_name(request: Request, what: str = "") -> str:
    """The name of a cookie for `what`, by itself the login.

    Over TLS it is one that browsers take from this host alone (RFC 6265bis).
    """
    return f"__Host-casecore{what}" if is_secure(request) else f"casecore{what}_{request.url.port or 80}"


def set_cookie(
    request: Request, answer: Response, name: str, secret: str, seconds: int | None = None
) -> None:
    """Give the browser a secret, for this host and no script, until it is closed or for so many seconds."""
    answer.set_cookie(
        name, secret, max_age=seconds, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def delete_cookie(request: Request, answer: Response, name: str) -> None:
    """Let the browser forget a secret."""
    answer.delete_cookie(name, path="/", secure=is_secure(request), httponly=True, samesite="lax")


def language_for(request: Request) -> str:
    """The language of the page: that of the switch, or the browser's."""
    return language_of(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))


def keep_language(answer: Response, language: str) -> None:
    """Keep what the switch says."""
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, path="/", samesite="lax")
