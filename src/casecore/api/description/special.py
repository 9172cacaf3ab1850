"""Endpoints that are neither a question nor an action: what the description cannot find in another table."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from casecore.api.answers.answers import JSON
from casecore.api.answers.catalogue import FILES
from casecore.api.commands.operations import OperationOf, OperationsAnswer, OperationsOf, Pinning
from casecore.api.commands.publishing import PUBLISHED
from casecore.api.commands.quarantine import QuarantineView, RetriedAnswer, Retrying, Skipping
from casecore.api.commands.resources import PUBLISHING_SCOPE, SCOPES
from casecore.api.description.special_endpoint import Answered, BodyForm, SpecialEndpoint, found
from casecore.api.description.what_ifs import WHAT_IF_ENDPOINTS
from casecore.api.feed.endpoint import EventsAnswer, EventsOf
from casecore.api.feed.stream import EVENT_STREAM
from casecore.api.lines.endpoint import MEDIA_TYPES
from casecore.api.questions.question import Asked
from casecore.app.background_runs.asked import BillingRun
from casecore.app.background_runs.operation import Operation
from casecore.app.background_runs.rights import BILLING_SCOPE, PINNING_SCOPE
from casecore.identity.identity import Scope


class PinOf(Asked, frozen=True):
    """Which policy is pinned."""

    policy: str


_KEYED = ("Idempotency-Key",)
_KEPT = Answered("The caller has it already.", headers=("ETag",))
_READ = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_BODY = (*_READ, HTTPStatus.UNPROCESSABLE_ENTITY)
_BEGUN = MappingProxyType(
    {
        HTTPStatus.ACCEPTED: Answered(
            "It goes on, or has ended since.",
            (BodyForm(JSON, Operation),),
            ("Location", "Idempotency-Replayed"),
        )
    }
)
SPECIAL: tuple[SpecialEndpoint, ...] = (
    SpecialEndpoint(
        "GET",
        "/v1/openapi.json",
        (),
        "This description",
        "The OpenAPI 3.1 document of this API. It needs no identity, and is the same for all.",
        MappingProxyType(
            {
                HTTPStatus.OK: Answered("The document.", (BodyForm(JSON, dict[str, Any]),), ("ETag",)),
                HTTPStatus.NOT_MODIFIED: _KEPT,
            }
        ),
        headers=("If-None-Match",),
        problems=(HTTPStatus.BAD_REQUEST,),
    ),
    SpecialEndpoint(
        "GET",
        "/v1/events",
        (Scope.SERVICE,),
        "The events that are published, of what the identity sees.",
        "They come in the order of the log, each at least once, as structured CloudEvents, whose data "
        "asyncapi.yaml describes. As JSON they come in pages, and `Prefer: wait=N` waits for the next one. "
        "As a stream of server-sent events, whose ids are cursors, they come as they are published; after "
        "a cut it goes on with `Last-Event-ID`, which counts more than `after`.",
        MappingProxyType(
            {
                HTTPStatus.OK: Answered(
                    "Events, and where the feed goes on.",
                    (BodyForm(JSON, EventsAnswer), BodyForm(EVENT_STREAM)),
                )
            }
        ),
        asked=EventsOf,
        headers=("Last-Event-ID", "Prefer"),
        problems=(HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT),
    ),
    *(
        SpecialEndpoint(
            "GET",
            one.path,
            one.scopes,
            one.meaning,
            "",
            MappingProxyType(
                {
                    HTTPStatus.OK: Answered(
                        "The file.", (BodyForm(one.media_type),), ("ETag", "Content-Disposition")
                    ),
                    HTTPStatus.NOT_MODIFIED: _KEPT,
                }
            ),
            asked=one.asked,
            headers=("If-None-Match", "Prefer"),
            problems=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
        )
        for one in FILES
    ),
    SpecialEndpoint(
        "POST",
        "/v1/commands",
        SCOPES,
        "Give many commands, a line each.",
        "JSON Lines, as `casecore submit` takes them; each is answered with a line, in order, while lines "
        "still arrive. The actor of a line is who asks; a line that names another one is refused.",
        MappingProxyType(
            {HTTPStatus.OK: Answered("A line for each line.", tuple(BodyForm(one) for one in MEDIA_TYPES))}
        ),
        body=BodyForm("application/jsonl"),
        problems=(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.BAD_REQUEST),
    ),
    *(
        SpecialEndpoint(
            "POST",
            one.path,
            (PUBLISHING_SCOPE,),
            f"Publish a {one.name}.",
            "The body is what its file says (docs/service-levels.md), as JSON.",
            MappingProxyType(
                {
                    HTTPStatus.OK: Answered(
                        "The same was published before.",
                        (BodyForm(JSON, one.answer),),
                        ("Preference-Applied", "Idempotency-Replayed"),
                    ),
                    HTTPStatus.CREATED: Answered(
                        "It is published.",
                        (BodyForm(JSON, one.answer),),
                        ("Location", "Preference-Applied", "Idempotency-Replayed"),
                    ),
                }
            ),
            headers=(*_KEYED, "Prefer"),
            body=BodyForm(JSON, dict[str, Any]),
            problems=_BODY,
        )
        for one in PUBLISHED
    ),
    SpecialEndpoint(
        "POST",
        "/v1/billing/runs",
        (BILLING_SCOPE,),
        "Begin a run of billing.",
        "",
        _BEGUN,
        headers=_KEYED,
        body=BodyForm(JSON, BillingRun),
        problems=(*_BODY, HTTPStatus.CONFLICT),
    ),
    SpecialEndpoint(
        "POST",
        "/v1/policies/{policy}/pin",
        (PINNING_SCOPE,),
        "Pin a policy to all cases that it covers.",
        "",
        _BEGUN,
        asked=PinOf,
        headers=_KEYED,
        body=BodyForm(JSON, Pinning),
        problems=(*_BODY, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND),
    ),
    SpecialEndpoint(
        "GET",
        "/v1/operations",
        tuple(Scope),
        "The operations for which somebody of one's organisation asked, the last one first.",
        "They are of the kinds for which the identity may ask, and each is as at its own address.",
        found("How far each is.", OperationsAnswer, "Link"),
        asked=OperationsOf,
        problems=(HTTPStatus.BAD_REQUEST,),
    ),
    SpecialEndpoint(
        "GET",
        "/v1/operations/{operation}",
        tuple(Scope),
        "What became of an operation.",
        "",
        found("How far it is.", Operation),
        asked=OperationOf,
        problems=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
    ),
    *(
        SpecialEndpoint(
            "POST",
            f"/v1/installation/quarantine/{{view}}/{verb}",
            (Scope.OPERATOR,),
            summary,
            description,
            found("It was tried.", RetriedAnswer),
            asked=QuarantineView,
            body=BodyForm(JSON, form),
            problems=(*_READ, HTTPStatus.NOT_FOUND, *more),
        )
        for verb, form, summary, description, more in (
            (
                "retry",
                Retrying,
                "Apply parked records again, in order.",
                "What cannot be applied stays parked, and the answer says why.",
                (),
            ),
            (
                "skip",
                Skipping,
                "Leave the first parked record of a key out for good, and apply the rest.",
                "It cannot be taken back: a rebuild leaves the record out, too. The reason is kept with it, "
                "and who gave it. Nothing is done if the record is not the first one any more.",
                (HTTPStatus.CONFLICT,),
            ),
        )
    ),
    *WHAT_IF_ENDPOINTS,
)
