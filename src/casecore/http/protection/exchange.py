"""An exchange: one request and its answer, and what becomes known of them on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from starlette.types import Scope

from casecore.http.protection.trace_context import TraceContext
from casecore.identity.identity import Identity

_IN_SCOPE = "casecore.exchange"


class Exchange:
    """What is known of a request and its answer."""

    def __init__(
        self,
        trace: TraceContext,
        admit: Callable[[Identity], None],
        check_login: Callable[[], None] = lambda: None,
    ) -> None:
        """`admit` raises TooManyRequests or ServerBusy if the identity, or its organisation, asks too much;
        `check_login` raises TooManyRequests if too many logins from the request's address have failed.

        `waits_for` is the organisation that waits for the answer to begin, once it is known, and
        `is_large_of` the one that is to take a large answer.
        """
        self.trace = trace
        self.identity: Identity | None = None
        self.problem = ""
        self.status = 0
        self.waits_for: str | None = None
        self.is_large_of: str | None = None
        self.is_failed_login = False
        self._admit = admit
        self.check_login = check_login

    def identified(self, identity: Identity) -> None:
        """The request is this identity's; raises TooManyRequests."""
        self.identity = identity
        self._admit(identity)


class AnsweredRequest(NamedTuple):
    """A request that was answered, for those who count: nothing in it is personal.

    `route` is the template of the path, empty if there is none; `problem` is a code, empty for a success.
    """

    method: str
    route: str
    status: int
    problem: str
    seconds: float


def set_exchange(scope: Scope, exchange: Exchange) -> None:
    """Keep the exchange where those who handle the request find it."""
    scope[_IN_SCOPE] = exchange


def note_identity(scope: Scope, identity: Identity) -> None:
    """Say whose request it is; raises TooManyRequests."""
    found = scope.get(_IN_SCOPE)
    if isinstance(found, Exchange):
        found.identified(identity)


def check_login(scope: Scope) -> None:
    """Raise TooManyRequests if too many logins from the request's address have failed lately."""
    found = scope.get(_IN_SCOPE)
    if isinstance(found, Exchange):
        found.check_login()


def note_failed_login(scope: Scope) -> None:
    """Say that somebody tried to log in, and was not known."""
    found = scope.get(_IN_SCOPE)
    if isinstance(found, Exchange):
        found.is_failed_login = True
