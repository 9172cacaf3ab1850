"""What operators do about the quarantine over HTTP: try again, or leave a record out for good.

Neither needs an Idempotency-Key: what was applied is not parked any more, and a record is left out by its
place, which is never another one's.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import read_asked
from casecore.api.authentication import Authentication, check_scope
from casecore.api.questions.question import Asked
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.engine_room.quarantine import ParkedPlace, retry_as_operator, skip_as_operator
from casecore.app.identities import viewer_of
from casecore.decider.command import Text
from casecore.http.asking import AnswerThreads
from casecore.http.requests.body import decode, read_body
from casecore.identity.identity import Identity, Scope
from casecore.visibility.rules import Viewer
from projections.kit.fold.records import RecordPlace
from projections.kit.quarantine.retrying import Retried

RetriedKey = shape_of(Retried, name="RetriedKey")

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class QuarantineView(Asked, frozen=True):
    """Of which view."""

    view: str


class Retrying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which key is tried again; all of the view if none is named."""

    key: Key | None = None


class PlaceOfRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a record is."""

    topic: str
    partition: int
    offset: int


class Skipping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which record is left out for good, the first one of its key, and why; it cannot be taken back."""

    key: Key
    record: PlaceOfRecord
    because: Text


class RetriedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each key: how many of its records were released, and how many remain, and why."""

    retried: list[RetriedKey]  # type: ignore[valid-type]


_encode = msgspec.json.Encoder().encode
_RETRYING = msgspec.json.Decoder(Retrying)
_SKIPPING = msgspec.json.Decoder(Skipping)


class QuarantineEndpoints:
    """Does what operators decide."""

    def __init__(self, threads: AnswerThreads, authentication: Authentication, vendor: str) -> None:
        self._threads = threads
        self._authentication = authentication
        self._vendor = vendor

    def routes(self) -> list[Route]:
        """A route for each decision."""
        place = "/v1/installation/quarantine/{view}"
        return [
            Route(f"{place}/retry", self._retry, methods=["POST"]),
            Route(f"{place}/skip", self._skip, methods=["POST"]),
        ]

    async def _retry(self, request: Request) -> Response:
        identity, view = await self._operator(request)
        asked = decode(_RETRYING, await read_body(request))

        def retry(app: Application, viewer: Viewer) -> list[Retried]:
            return retry_as_operator(app, viewer, identity.actor, view, asked.key)

        return await self._done(identity, retry)

    async def _skip(self, request: Request) -> Response:
        identity, view = await self._operator(request)
        asked = decode(_SKIPPING, await read_body(request))
        first = RecordPlace(asked.record.topic, asked.record.partition, asked.record.offset)

        def skip(app: Application, viewer: Viewer) -> list[Retried]:
            parked = ParkedPlace(view, asked.key)
            return [skip_as_operator(app, viewer, identity.actor, parked, first, asked.because)]

        return await self._done(identity, skip)

    async def _operator(self, request: Request) -> tuple[Identity, str]:
        identity = check_scope(await self._authentication.identify(request), Scope.OPERATOR)
        asked: QuarantineView = read_asked(request, QuarantineView)
        return identity, asked.view

    async def _done(
        self, identity: Identity, decide: Callable[[Application, Viewer], list[Retried]]
    ) -> Response:
        viewer = viewer_of(identity, self._vendor)
        done = await self._threads.ask(viewer.organisation, 0, lambda app: decide(app, viewer))
        body = _encode(RetriedAnswer(retried=[shaped(one, RetriedKey) for one in done]))
        return Response(body, HTTPStatus.OK, {"Cache-Control": "no-store"}, "application/json")
