"""Logging in at a provider of identities: sent there by a button, and back with a code."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.app.logging_in.attempts import LASTS, BegunAttempt, LoginAttempts
from casecore.http.protection.exchange import check_login, note_failed_login, note_identity
from casecore.identity.code_flow import AtIssuer, CodeFlow, new_attempt
from casecore.identity.errors import IssuerUnavailable, NotAuthenticated
from casecore.web.door import WebDoor
from casecore.web.forms import read_form
from casecore.web.frame import page_response
from casecore.web.logging_in.leaving import Leaving, leading_to
from casecore.web.logging_in.login_page import LoginOptions, login_page
from casecore.web.origins import check_origin, local_path, origin_of
from casecore.web.rendering.language import translations
from casecore.web.rendering.words import N_
from casecore.web.visitors import cookie_name, delete_cookie, language_for, set_cookie

CALLBACK = "/login/callback"
"""Where the provider sends browsers back; it has to know this address."""

_MOST_ASKING = 4
"""Threads that wait for the provider; those of whom nobody has to ask it are not among them."""
_ATTEMPT = "_attempt"
_ERROR = re.compile("[a-z_]{1,60}")

_NOT_BEGUN = N_(
    "This login began in another browser, took longer than ten minutes, or was used already: log in again."
)
_REFUSED = N_("The provider did not log you in (%(reason)s): try again, or ask whoever looks after it.")
_UNUSABLE = N_(
    "You have logged in at the provider, but what it says of you cannot be used here. "
    "Show this to whoever looks after this installation: %(reason)s"
)
_DOWN = N_("The provider does not answer now: try again in a moment.")

_log = structlog.get_logger()


class ProviderEndpoints:
    """The way to the provider, and back."""

    def __init__(self, door: WebDoor, options: LoginOptions, flow: CodeFlow, attempts: LoginAttempts) -> None:
        self._door = door
        self._options = options
        self._flow = flow
        self._attempts = attempts
        self._asking = ThreadPoolExecutor(_MOST_ASKING, "login at provider")

    @property
    def name(self) -> str:
        """What people call the provider."""
        return self._flow.name

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route("/login/provider", self._door.open(self._go), methods=["POST"]),
            Route(CALLBACK, self._door.open(self._come_back), methods=["GET"]),
        ]

    def close(self) -> None:
        """Finish what is being asked."""
        self._asking.shutdown()

    async def end_address(self, request: Request, id_token: str) -> str:
        """Where one logs out at the provider; empty if it has no such place."""
        back = f"{origin_of(request, self._options.address)}/login"
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._asking, self._flow.end_address, id_token, back)

    async def _go(self, request: Request) -> Response:
        check_origin(request)
        check_login(request.scope)
        back = local_path((await read_form(request)).get("back", "/"))
        attempt = new_attempt()
        loop = asyncio.get_running_loop()
        try:
            where = await loop.run_in_executor(
                self._asking, self._flow.start_address, attempt, self._callback(request)
            )
        except IssuerUnavailable:
            return self._again(request, back, HTTPStatus.SERVICE_UNAVAILABLE, _DOWN)
        begun, now = BegunAttempt(attempt, back), datetime.now(UTC)
        secret = await self._door.visitors.in_thread(lambda: self._attempts.begin(begun, now))
        answer = leading_to(self._door, request, Leaving(where, self.name))
        set_cookie(request, answer, cookie_name(request, _ATTEMPT), secret, int(LASTS.total_seconds()))
        return answer

    async def _come_back(self, request: Request) -> Response:
        check_login(request.scope)
        begun = await self._begun(request)
        if begun is None:
            return self._again(request, "/", HTTPStatus.UNAUTHORIZED, _NOT_BEGUN)
        answer = await self._answer(request, begun)
        delete_cookie(request, answer, cookie_name(request, _ATTEMPT))
        return answer

    async def _begun(self, request: Request) -> BegunAttempt | None:
        """The attempt that this browser has begun, and the provider names."""
        secret = request.cookies.get(cookie_name(request, _ATTEMPT), "")
        state, now = _parameter(request, "state"), datetime.now(UTC)
        if not secret or not state:
            return None
        return await self._door.visitors.in_thread(lambda: self._attempts.take(secret, state, now))

    async def _answer(self, request: Request, begun: BegunAttempt) -> Response:
        back = begun.return_to
        if "error" in request.query_params:
            error = _parameter(request, "error")
            reason = error if _ERROR.fullmatch(error) else "error"
            return self._again(request, back, HTTPStatus.UNAUTHORIZED, _REFUSED, reason)
        try:
            found = await self._identify(request, begun)
        except IssuerUnavailable:
            return self._again(request, back, HTTPStatus.SERVICE_UNAVAILABLE, _DOWN)
        except NotAuthenticated as wrong:
            note_failed_login(request.scope)
            _log.warning("login_refused", reason=str(wrong))
            return self._again(request, back, HTTPStatus.UNAUTHORIZED, _UNUSABLE, str(wrong))
        note_identity(request.scope, found.identity)
        answer = RedirectResponse(back, HTTPStatus.SEE_OTHER)
        expires_at = datetime.now(UTC) + timedelta(hours=self._flow.client.hours)
        await self._door.visitors.begin(
            request, answer, found.identity, by_key=False, expires_at=expires_at, id_token=found.id_token
        )
        return answer

    async def _identify(self, request: Request, begun: BegunAttempt) -> AtIssuer:
        """Who has logged in; raises NotAuthenticated and IssuerUnavailable."""
        code, issuer = _parameter(request, "code"), _parameter(request, "iss")
        if "iss" in request.query_params and issuer != self._flow.issuer:
            raise NotAuthenticated("The answer is of another provider (iss).")  # RFC 9207
        if not code:
            raise NotAuthenticated("The answer has no code.")
        return await asyncio.get_running_loop().run_in_executor(
            self._asking,
            self._flow.identify,
            code,
            begun.attempt,
            self._callback(request),
            int(datetime.now(UTC).timestamp()),
        )

    def _callback(self, request: Request) -> str:
        return origin_of(request, self._options.address) + CALLBACK

    def _again(self, request: Request, back: str, status: HTTPStatus, why: str, reason: str = "") -> Response:
        """The page on which one logs in, and why it did not work."""
        text = str(translations(language_for(request)).gettext(why))
        wrong = text % {"reason": reason} if reason else text
        return page_response(login_page(self._door, self._options, request, back, wrong), status)


def _parameter(request: Request, name: str) -> str:
    """A parameter of the provider's answer; empty if it is there twice, as it must not be."""
    found = request.query_params.getlist(name)
    return found[0] if len(found) == 1 else ""
