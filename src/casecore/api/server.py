"""The API as an ASGI application: its routes, and what holds for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from casecore.api.answers.answers import MOST_AT_ONCE, Answers
from casecore.api.answers.catalogue import FILES, QUESTIONS
from casecore.api.answers.files import file_routes
from casecore.api.authentication import Authentication
from casecore.api.commands.endpoints import CommandEndpoints
from casecore.api.commands.operations import OperationEndpoints
from casecore.api.commands.publishing import PublishingEndpoints
from casecore.api.commands.quarantine import QuarantineEndpoints
from casecore.api.commands.what_ifs import WhatIfEndpoints
from casecore.api.description.routes import description_routes
from casecore.api.feed.endpoint import EventEndpoints
from casecore.api.lines.endpoint import LineEndpoint
from casecore.api.questions.lookups import CaseLookups
from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.seen.rows import CaseRows
from casecore.app.service_levels.what_if_runs import WhatIfRuns
from casecore.http.asking import AnswerThreads
from casecore.http.commanding import Commanding
from casecore.http.protected import protected
from casecore.http.protection.guard import DEFAULT_PROTECTION, Protection


class Api:
    """The API of one installation: its routes, and what they stand on."""

    def __init__(
        self,
        app: Application,
        authentication: Authentication,
        commanding: Commanding,
        feed: EventFeed,
        what_ifs: WhatIfRuns,
        *,
        needs_if_match: bool = False,
    ) -> None:
        vendor = app.settings.vendor
        self._commands = CommandEndpoints(commanding, authentication, vendor, needs_if_match=needs_if_match)
        self._publishing = PublishingEndpoints(commanding, authentication)
        self._operations = OperationEndpoints(app, commanding, authentication)
        self._lines = LineEndpoint(commanding.bus, authentication)
        lookups = CaseLookups(CaseRows(app.database))
        threads = AnswerThreads(app, MOST_AT_ONCE, "answer")
        self._answers = Answers(threads, lookups, authentication, vendor)
        self._quarantine = QuarantineEndpoints(threads, authentication, vendor)
        self._what_ifs = WhatIfEndpoints(what_ifs, threads, authentication, vendor)
        self.events = EventEndpoints(feed, authentication, vendor)

    def routes(self) -> list[BaseRoute]:
        """All routes of the API, and of its documentation."""
        return [
            *self._commands.routes(),
            *self._publishing.routes(),
            *self._operations.routes(),
            *self._lines.routes(),
            *self._quarantine.routes(),
            *self._what_ifs.routes(),
            *self._answers.routes(QUESTIONS),
            *file_routes(self._answers, FILES),
            *self.events.routes(),
            *description_routes(),
        ]

    def end(self) -> None:
        """End the answers that have no end of their own."""
        self.events.end()
        self._lines.end()

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self.events.close()
        self._operations.close()
        self._answers.close()


def make_api(
    app: Application,
    authentication: Authentication,
    *,
    needs_if_match: bool = False,
    protection: Protection = DEFAULT_PROTECTION,
) -> Starlette:
    """The API alone, as an application."""
    commanding, what_ifs = Commanding(app), WhatIfRuns(app)
    api = Api(app, authentication, commanding, EventFeed(app), what_ifs, needs_if_match=needs_if_match)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        what_ifs.close()
        api.close()
        commanding.close()

    made = protected(api.routes(), protection, lifespan)
    made.state.events, made.state.end_streams = api.events, api.end
    return made
