"""What is known of views already: one that had all of the log has all of it, as long as nothing is stored.

To find out what a view lacks takes some questions to the database. A door where many ask remembers the
answer. It stays right for the same end of the log and the same building of the view: what was folded is not
unfolded, so that the view can come to lack something only by a new event, or by being built again. Parked
keys are asked for each time where there were any: an operator's decision changes them while nothing is
stored. Where there were none, there are none: what is parked later, of events that are folded already, is
missing nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol
from uuid import UUID

from casecore.app.freshness.result import Freshness
from casecore.store.latest import LogHead


class ViewAtHead(Protocol):
    """A log up to its end at one moment, and a view as it is now."""

    name: str

    @property
    def head(self) -> LogHead:
        """The log's end."""

    def build(self) -> UUID | None:
        """Which building of the view this is; None while there is none."""

    def parked(self) -> tuple[str, ...]:
        """The names of what is in quarantine while events of it are stored that the view lacks."""


class _Complete(NamedTuple):
    """A view had all up to an end of the log, but what is parked.

    The end is told by its instant, too: a store that was restored from a backup has other events at the
    positions that were lost.
    """

    head: LogHead
    build: UUID
    has_parked: bool


class CompleteViews:
    """At which end of the log each view was last known to lack nothing. For many threads."""

    def __init__(self) -> None:
        # Replaced as a whole: if two threads find out at once, either of them is right.
        self._known: dict[str, _Complete] = {}

    def freshness_of(self, view: ViewAtHead, find: Callable[[], Freshness]) -> Freshness:
        """How new a view is: by what is known of it, else as `find` finds out, which may wait for it."""
        build = view.build()
        known = self._known.get(view.name)
        if known is not None and (known.head, known.build) == (view.head, build):
            return Freshness(view.head.recorded_at, 0, view.parked() if known.has_parked else ())
        found = find()
        # A view that was built again meanwhile was searched in part before, and in part behind that.
        if not found.behind and build is not None and view.build() == build:
            self._known[view.name] = _Complete(view.head, build, bool(found.parked))
        return found
