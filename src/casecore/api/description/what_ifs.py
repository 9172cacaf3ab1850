"""The endpoints of what-ifs, as the description has them."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType

from casecore.api.answers.answers import JSON
from casecore.api.commands.what_ifs import (
    WHAT_IF_SCOPES,
    WHAT_IFS,
    TriedPolicy,
    WhatIf,
    WhatIfAsked,
    WhatIfChanges,
    WhatIfChangesAsked,
)
from casecore.api.description.special_endpoint import Answered, BodyForm, SpecialEndpoint, found

_ONE = f"{WHAT_IFS}/{{what_if}}"
_PROBLEMS = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
_KEPT = (
    "It is for who began it alone. It is kept by the server process that tries it, for 15 minutes after its "
    "end, the last three of one person; for all others, and at another process, the answer is 404."
)

WHAT_IF_ENDPOINTS = (
    SpecialEndpoint(
        "POST",
        WHAT_IFS,
        WHAT_IF_SCOPES,
        "Try a policy on all cases that the identity sees.",
        "Nothing is stored, and no Idempotency-Key is needed. One of an organisation goes on at a time, and "
        "two at a server process.",
        MappingProxyType(
            {HTTPStatus.ACCEPTED: Answered("It goes on.", (BodyForm(JSON, WhatIf),), ("Location",))}
        ),
        body=BodyForm(JSON, TriedPolicy),
        problems=(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.CONFLICT,
        ),
    ),
    SpecialEndpoint(
        "GET",
        _ONE,
        WHAT_IF_SCOPES,
        "How far a what-if is, and what came out.",
        _KEPT,
        found("How far it is.", WhatIf),
        asked=WhatIfAsked,
        problems=_PROBLEMS,
    ),
    SpecialEndpoint(
        "GET",
        f"{_ONE}/changes",
        WHAT_IF_SCOPES,
        "The clocks that would end otherwise, page by page.",
        _KEPT,
        found("A page of them.", WhatIfChanges, "Link"),
        asked=WhatIfChangesAsked,
        problems=_PROBLEMS,
    ),
    SpecialEndpoint(
        "DELETE",
        _ONE,
        WHAT_IF_SCOPES,
        "End a what-if, and keep nothing of it.",
        "One that goes on ends within moments; until then its organisation begins no other one.",
        MappingProxyType({HTTPStatus.NO_CONTENT: Answered("It is not there any more.")}),
        asked=WhatIfAsked,
        problems=_PROBLEMS,
    ),
)
