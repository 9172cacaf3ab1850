"""A session in which a view can be asked, for an answer that its caller may want to wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeAlias

from casecore.postgres.connection import Connection, connect
from casecore.postgres.errors import mapped_unavailable
from casecore.postgres.limits import VIEW_READER, Limits
from projections.kit.projection import AnyProjection
from projections.kit.tables import schema

BeforeAnswer: TypeAlias = Callable[[Connection, AnyProjection], None]
"""Called with a view's session, and the view, before that is asked."""

_before_answer: ContextVar[BeforeAnswer | None] = ContextVar("before_answer", default=None)


class ViewSessions(Protocol):
    """Sessions that answers borrow one after the other, where many are made side by side."""

    def borrowed(self, limits: Limits) -> AbstractContextManager[Connection]:
        """A session with these limits, for as long as the block lasts."""


_sessions: ContextVar[ViewSessions | None] = ContextVar("view_sessions", default=None)


@contextmanager
def open_view(database: str, projection: AnyProjection, limits: Limits = VIEW_READER) -> Iterator[Connection]:
    """A session on a database that has the view as this program keeps it, for as long as the block lasts.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    with open_session(database, limits) as connection:
        schema.require(connection, projection)
        yield connection


@contextmanager
def open_session(database: str, limits: Limits = VIEW_READER) -> Iterator[Connection]:
    """A session for whoever finds out in the same question whether the view is as this program keeps it.

    Raises DatabaseUnavailable.
    """
    sessions = _sessions.get()
    opened = sessions.borrowed(limits) if sessions else connect(database, limits, "casecore look")
    with mapped_unavailable(), opened as connection:
        yield connection


@contextmanager
def open_for_answer(
    database: str, projection: AnyProjection, limits: Limits = VIEW_READER
) -> Iterator[Connection]:
    """The same for whoever answers from the view's rows: what the caller set with `before_answers` comes
    first.

    Raises what that raises, too.
    """
    with open_view(database, projection, limits) as connection:
        before = _before_answer.get()
        if before is not None:
            before(connection, projection)
        yield connection


@contextmanager
def before_answers(call: BeforeAnswer | None) -> Iterator[None]:
    """Let `call` come before each answer of a view that this thread opens in the block; None for nothing."""
    token = _before_answer.set(call)
    try:
        yield
    finally:
        _before_answer.reset(token)


@contextmanager
def borrowing_sessions(sessions: ViewSessions) -> Iterator[None]:
    """Let all that asks views in the block borrow its sessions, whichever database it names."""
    token = _sessions.set(sessions)
    try:
        yield
    finally:
        _sessions.reset(token)
