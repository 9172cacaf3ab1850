"""The watch of service levels: what falls due becomes an event of its case, once, look after look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from threading import Event
from typing import NamedTuple
from uuid import UUID

from casecore.app.application import Application
from casecore.app.running.health_checks import serve_checks
from casecore.app.running.stopping import stop_on_signals
from casecore.cases.commands import CaseCommand
from casecore.decider.stored_facts import LeftOut
from casecore.errors.kinds import CasecoreError, Kind
from casecore.evaluation.watch import commands_of_stream, watch_cases
from casecore.evaluation.watch_count import LONG_AGO, ClockAtLevel, NoteCount, NoteCounter
from casecore.evaluation.watch_health import DUE_SOON, WatchHealth
from casecore.store.looks import WatchLook, WatchLooks
from projections.kit.reading.session import before_answers
from projections.sla.open_clocks import due_unassigned
from projections.sla.queries import notes_due

_PAGE = 500
"""Cases that the watch looks at together: a few thousand events in memory, usually."""

RETRY_SECONDS = 2.0
"""After a look that was broken off, unless the next one comes sooner."""


class Listener(NamedTuple):
    """Who hears what the watch does.

    `of_long_ago` hears how many misses of long ago of each clock are about to be recorded, before the first
    of them is, and then of those that come meanwhile; `recorded` how many events a look has recorded, unless
    there are none; `moved` after each page how many more there are.
    """

    of_long_ago: Callable[[Counter[ClockAtLevel]], None] = lambda _: None
    recorded: Callable[[int], None] = lambda _: None
    moved: Callable[[int], None] = lambda _: None


SILENT = Listener()


def record_what_is_due(
    app: Application, stop: Event, left_out: LeftOut, listener: Listener = SILENT
) -> WatchLook:
    """Record warnings, misses and withdrawals that are due now, page by page.

    `left_out` gets the cases to which a newer program wrote. A look that was not stopped is noted in the
    store. Raises TablesMissing, WrongSchema, ViewMissing, ViewOutdated, StreamUnreadable and
    DatabaseUnavailable.
    """
    recorded, bus = 0, app.bus  # opened also where nothing is due, so that a wrong database is noticed
    at = datetime.now(UTC)
    said = _count(app, at, at - LONG_AGO, stop, left_out, listener).long_ago
    if said:
        listener.of_long_ago(said)

    def say_before(commands: list[CaseCommand]) -> None:
        """What the view has learned of since it was counted is said before it is recorded, too."""
        nonlocal said
        page = NoteCounter(at)
        page.add(commands)
        if more := page.long_ago - said:
            listener.of_long_ago(more)
        said = said - page.long_ago  # a new one: the listener may keep the other

    for page in _pages(app, at, stop):
        more = watch_cases(page, at, app.log, bus, left_out, say_before)
        recorded += more
        listener.moved(more)
    look = WatchLook(at, recorded)
    if not stop.is_set():
        with closing(WatchLooks(app.database)) as looks:
            looks.note(look)
    if recorded:
        listener.recorded(recorded)
    return look


def count_what_is_due(
    app: Application, stop: Event, left_out: LeftOut, listener: Listener = SILENT
) -> list[NoteCount]:
    """What a look would record now, clock by clock; records nothing. Raises as `record_what_is_due`."""
    at = datetime.now(UTC)
    return _count(app, at, at, stop, left_out, listener).counts()


def run_watch(
    app: Application, every_seconds: float, listener: Listener, left_out: LeftOut, port: int = 0
) -> int:
    """Record what falls due until SIGTERM or SIGINT; returns how many events were recorded.

    `port` is that of /health and /metrics, 0 for none. Must be called from the main thread. Raises
    TablesMissing, WrongSchema and DatabaseUnavailable at the start, and HealthPortTaken.
    """
    stop, health = stop_on_signals(), WatchHealth(every_seconds)
    app.bus  # noqa: B018  # a wrong database is an error before anyone asks for its health
    serve_checks(app.settings, "watch", port, health.registry, health.check)
    return watch(app, every_seconds, stop, left_out, listener, health)


def watch(
    app: Application,
    every_seconds: float,
    stop: Event,
    left_out: LeftOut,
    listener: Listener,
    health: WatchHealth,
) -> int:
    """Record what is due, again and again until `stop` is set; returns how many events were recorded.

    What is unavailable, such as PostgreSQL or the view, is waited for.
    """
    total = 0

    def moved(events: int) -> None:
        nonlocal total
        total += events
        health.moved(events)
        listener.moved(events)

    def of_long_ago(misses: Counter[ClockAtLevel]) -> None:
        health.recording(misses.total())
        listener.of_long_ago(misses)

    hearing = Listener(of_long_ago, listener.recorded, moved)
    with before_answers(None):  # what a view lacks now, a later look finds
        while True:
            rest_seconds = every_seconds
            try:
                look = record_what_is_due(app, stop, left_out, hearing)
                if not stop.is_set():
                    now = datetime.now(UTC)  # a look may have taken minutes
                    health.due_soon_unassigned(app.ask(due_unassigned, now, now + DUE_SOON))
                    health.looked(*look, left_out=len(left_out.names()))
            except CasecoreError as error:
                if error.kind is not Kind.UNAVAILABLE:
                    raise
                health.troubled(error)
                rest_seconds = min(every_seconds, RETRY_SECONDS)
            finally:
                # A session that listens and is not read holds up others' notifications.
                app.log.close()
            if stop.wait(rest_seconds):
                return total


def _pages(app: Application, due_by: datetime, stop: Event) -> Iterator[list[UUID]]:
    """The cases of which something is due by an instant, as the view has them, the longest due first."""
    last = None
    while not stop.is_set() and (cases := app.ask(notes_due, due_by, last, _PAGE)):
        yield [case.case_id for case in cases]
        last = cases[-1]  # what cannot be recorded now does not hold up what comes after it


def _count(
    app: Application, at: datetime, due_by: datetime, stop: Event, left_out: LeftOut, listener: Listener
) -> NoteCounter:
    """What is to be recorded as of an instant, of the cases of which something was due by another one."""
    counter = NoteCounter(at)
    for page in _pages(app, due_by, stop):
        for stream_id in page:
            counter.add(commands_of_stream(stream_id, at, app.log, left_out))
        listener.moved(0)
    return counter
