"""The forms of cases: each gives one command, and leads back to the case as it is then."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import get_args
from urllib.parse import quote
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.cases.commands import CaseCommand, OpenCase, PlainAction
from casecore.commands.finding_ids import may_be_of_finding
from casecore.contract.streams import CASES
from casecore.decider.command import Action
from casecore.decider.refusal import FieldRefusal, Refusal
from casecore.errors.kinds import CasecoreError
from casecore.http.commanding import Commanding
from casecore.http.problems import InvalidRequest, status_of
from casecore.identity.identity import Scope
from casecore.web.door import WebDoor
from casecore.web.forms import action_of, read_form
from casecore.web.frame import page_response
from casecore.web.pages.case import PAGES as CASE_PAGES
from casecore.web.pages.case import CaseOf
from casecore.web.pages.endpoints import PageEndpoints
from casecore.web.pages.page import Refused
from casecore.web.rendering.refusals import said
from casecore.web.scopes import check_scopes
from casecore.web.visitors import Visitor, check_form, language_for

_ACTIONS: Mapping[str, type[Action]] = MappingProxyType(
    {one.__struct_config__.tag: one for one in get_args(PlainAction) if one is not OpenCase}
)
_WAIT_SECONDS = 3.0


class CaseForms:
    """Gives the commands of forms."""

    def __init__(self, door: WebDoor, pages: PageEndpoints, commanding: Commanding) -> None:
        self._door = door
        self._pages = pages
        self._commanding = commanding

    def routes(self) -> list[Route]:
        """Their routes: one for all actions on a case, and one that opens a case."""
        return [Route("/cases/{case}/{verb}", self._door.inside(self._act), methods=["POST"])]

    async def _act(self, request: Request, visitor: Visitor) -> Response:
        check_scopes(visitor.identity, (Scope.AGENT,))
        case, verb = request.path_params["case"], request.path_params["verb"]
        if verb not in _ACTIONS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        fields = await read_form(request)
        check_form(request, visitor, fields.get("form_token", ""))
        try:
            command = CaseCommand(
                command_id=_command_id(fields),
                actor=visitor.identity.actor,
                case=case,
                do=action_of(_ACTIONS[verb], fields),  # type: ignore[arg-type]
            )
            answer = await (await self._commanding.bus()).ask(command, None)
        except (Refusal, InvalidRequest) as refused:
            return await self._refused(request, visitor, case, verb, fields, refused)
        await self._commanding.is_folded(visitor.identity.actor.organisation, CASES, answer, _WAIT_SECONDS)
        return RedirectResponse(
            f"/cases/{quote(case, safe='')}?done={verb}&version={answer.version}#now", HTTPStatus.SEE_OTHER
        )

    async def _refused(
        self,
        request: Request,
        visitor: Visitor,
        case: str,
        verb: str,
        fields: dict[str, str],
        refused: CasecoreError,
    ) -> Response:
        """The page of the case as it is now, with what was typed, and why it was refused."""
        more = Refused(
            form=verb,
            why=said(language_for(request), refused, str(refused)),
            field=refused.at_fault if isinstance(refused, (FieldRefusal, InvalidRequest)) else "",
            typed=fields,
        )
        body = await self._pages.body_of(request, visitor, CASE_PAGES[0], CaseOf(case), more)
        return page_response(body, status_of(refused))


def _command_id(fields: Mapping[str, str]) -> UUID:
    """The command's id, which its form was given when it was shown: a form sent twice is done once."""
    try:
        found = UUID(fields.get("command_id", ""))
    except ValueError:
        raise InvalidRequest("the form has no id: open its page again") from None
    if may_be_of_finding(found):
        raise InvalidRequest("the form's id is not one of its page: open its page again")
    return found
