"""Logging in with a key of this installation, and logging out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.http.protection.exchange import note_identity
from casecore.http.protection.peers import is_from_this_machine
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Identity
from casecore.identity.key_file import KeyFile
from casecore.web.door import WebDoor
from casecore.web.forms import read_form
from casecore.web.frame import frame_of, page_response, rendered
from casecore.web.logging_in.people import DemoPeople, DemoPerson
from casecore.web.origins import check_origin, local_path
from casecore.web.pages.page import Shown
from casecore.web.rendering.refusals import said
from casecore.web.rendering.words import N_
from casecore.web.visitors import Visitor, check_form


class LoginOptions(NamedTuple):
    """How one can log in.

    `keys` is None where no key is taken; `provider` names the provider that is asked, empty for none.
    """

    keys: KeyFile | None
    keys_from_anywhere: bool
    people: DemoPeople
    provider: str = ""


class LoginPage(NamedTuple):
    """How one can log in from where the browser is; `wrong` is why it did not work just now."""

    back: str
    wrong: str
    takes_keys: bool
    people: Sequence[DemoPerson]
    provider: str


class LoginEndpoints:
    """The page on which one logs in, and what its forms do."""

    def __init__(self, door: WebDoor, options: LoginOptions) -> None:
        self._door = door
        self._options = options

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route("/login", self._door.open(self._show), methods=["GET"]),
            Route("/login", self._door.open(self._log_in), methods=["POST"]),
            Route("/logout", self._door.inside(self._log_out), methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        return page_response(self._page(request, local_path(request.query_params.get("back", "/"))))

    async def _log_in(self, request: Request) -> Response:
        check_origin(request)
        fields = await read_form(request)
        back = local_path(fields.get("back", "/"))
        try:
            identity = await asyncio.to_thread(self._identify, request, fields)
        except NotAuthenticated as wrong:
            return page_response(self._page(request, back, wrong), HTTPStatus.UNAUTHORIZED)
        note_identity(request.scope, identity)
        answer = RedirectResponse(back, HTTPStatus.SEE_OTHER)
        await self._door.visitors.begin(request, answer, identity, by_key=True, expires_at=None)
        return answer

    async def _log_out(self, request: Request, visitor: Visitor) -> Response:
        check_form(request, visitor, (await read_form(request)).get("form_token", ""))
        answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        answer.headers["Clear-Site-Data"] = '"cache"'
        await self._door.visitors.end(request, answer)
        return answer

    def _identify(self, request: Request, fields: dict[str, str]) -> Identity:
        options = self._options
        if options.keys is None:
            raise NotAuthenticated("Keys are not taken here: log in with your provider.")
        if not options.keys_from_anywhere and not is_from_this_machine(request.scope):
            raise NotAuthenticated("Keys are taken from this machine only: log in with your provider.")
        key = fields.get("key", "").strip()
        if person := fields.get("person", ""):
            key = options.people.key_of(person) if is_from_this_machine(request.scope) else ""
        return options.keys.identify(key, datetime.now(UTC))

    def _page(self, request: Request, back: str, wrong: NotAuthenticated | None = None) -> bytes:
        options, frame = self._options, frame_of(request, None, self._door.zone)
        near = is_from_this_machine(request.scope)
        page = LoginPage(
            back=back,
            wrong=said(frame.language, wrong, str(wrong)) if wrong else "",
            takes_keys=options.keys is not None and (near or options.keys_from_anywhere),
            people=options.people.read() if near else (),
            provider=options.provider,
        )
        return rendered(frame, "login.html", Shown(N_("Log in"), page))
