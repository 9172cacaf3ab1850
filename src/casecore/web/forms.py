"""Forms: what a browser sends when somebody presses a button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from starlette.requests import Request

from casecore.commands.finding_ids import may_be_of_finding
from casecore.decider.command import Action
from casecore.http.problems import InvalidRequest, UnsupportedMediaType, member_at_fault
from casecore.http.requests.body import read_body
from casecore.http.requests.texts import from_texts
from casecore.identity.identity import Scope
from casecore.web.scopes import check_scopes
from casecore.web.visitors import Visitor, check_form

_MOST_BYTES = 128 * 1024
_MOST_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, each once; raises InvalidRequest, BodyTooLong and UnsupportedMediaType."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise UnsupportedMediaType(f"send the form as {_FORM}")
    body = await read_body(request, _MOST_BYTES)
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_MOST_FIELDS
        )
    except (ValueError, UnicodeDecodeError):
        raise InvalidRequest("the form cannot be read: open its page again") from None
    found = dict(fields)
    if len(found) < len(fields):
        raise InvalidRequest("the form has a field twice: open its page again")
    return found


async def read_sent(request: Request, visitor: Visitor, scopes: Iterable[Scope]) -> dict[str, str]:
    """The fields of a form that somebody may send, and that a page of theirs has sent.

    Raises PageNotYours and FromElsewhere, and what `read_form` raises.
    """
    check_scopes(visitor.identity, scopes)
    fields = await read_form(request)
    check_form(request, visitor, fields.get("form_token", ""))
    return fields


def command_id_of(fields: Mapping[str, str]) -> UUID:
    """The command's id, which its form was given when it was shown: a form sent twice is done once."""
    try:
        found = UUID(fields.get("command_id", ""))
    except ValueError:
        raise InvalidRequest("the form has no id: open its page again") from None
    if may_be_of_finding(found):
        raise InvalidRequest("the form's id is not one of its page: open its page again")
    return found


def action_of(kind: type[Action], fields: Mapping[str, str]) -> Action:
    """The action that a form orders; a field that is left empty is left out. Raises InvalidRequest.

    Browsers send the ends of lines as two characters, and people type one.
    """
    known = set(kind.__struct_fields__)
    given: dict[str, Any] = {
        name: value.replace("\r\n", "\n") for name, value in fields.items() if name in known and value.strip()
    }
    for name in known & {"readers"} & given.keys():
        given[name] = given[name].split()
    try:
        found: Action = from_texts(given, kind)
    except msgspec.ValidationError as wrong:
        raise InvalidRequest(str(wrong), member_at_fault(str(wrong))) from None
    return found
