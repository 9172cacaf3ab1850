"""How new the answers of one command are: every view that it asks is waited for once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from casecore.app.freshness.known import CompleteViews
from casecore.app.freshness.result import Freshness, OnWait, say_nothing
from casecore.postgres.connection import Connection
from casecore.store.latest import LogHead, read_head
from projections.kit.projection import AnyProjection
from projections.kit.reading.session import before_answers


class AnswersFreshness:
    """How new the answers are that were asked for so far."""

    def __init__(self, limit_seconds: float, complete: CompleteViews | None = None) -> None:
        """A view is waited for at most so long. `complete` is what is known of views from other answers."""
        self.limit_seconds = limit_seconds
        self._complete = complete or CompleteViews()
        self._head: LogHead | None = None
        self._by_view: dict[str, Freshness] = {}

    @property
    def of_answer(self) -> Freshness | None:
        """Of all answers together: as new as the oldest of them; None if no view was asked."""
        found = list(self._by_view.values())
        if not found:
            return None
        instants = [each.as_of for each in found]
        known = [instant for instant in instants if instant is not None]
        return Freshness(
            as_of=min(known) if len(known) == len(instants) else None,
            behind=max(each.behind for each in found),
            parked=tuple(sorted(set().union(*(each.parked for each in found)))),
            at_least=any(each.at_least for each in found),
        )

    @property
    def parked_by_view(self) -> dict[str, tuple[str, ...]]:
        """What is parked of each view that was asked, by name; without those of which nothing is."""
        return {view: found.parked for view, found in self._by_view.items() if found.parked}

    @contextmanager
    def awaiting_views(self, on_wait: OnWait = say_nothing) -> Iterator[None]:
        """Wait for each view before it answers for the first time in the block.

        `on_wait` gets a view's name and the limit in seconds, once that takes longer than a moment, and
        returns what is to be called when it ends.
        """

        def wait(connection: Connection, projection: AnyProjection) -> None:
            if projection.name in self._by_view:
                return
            # Imported here: they load slowly, and commands that ask no view do not need them.
            from casecore.app.freshness.view import ViewBesideLog
            from casecore.app.freshness.waiting import wait_for_view

            if self._head is None:
                self._head = read_head(connection)
            view = ViewBesideLog(connection, projection, self._head)
            self._by_view[projection.name] = self._complete.freshness_of(
                view, partial(wait_for_view, view, self.limit_seconds, on_wait)
            )

        with before_answers(wait):
            yield

    def know(self, view: str, found: Freshness) -> None:
        """Take it as known how new a view's answer is, which is not waited for then."""
        self._by_view[view] = found

    def of_events(self, head: LogHead, recorded_by: datetime | None) -> None:
        """The answer is computed from the events that were recorded by an instant, None for all up to the
        head.

        It lacks nothing, however far a view is.
        """
        as_of = head.recorded_at
        if recorded_by is not None and as_of is not None:
            as_of = min(as_of, recorded_by)
        self._by_view = {"": Freshness(as_of, 0)}
