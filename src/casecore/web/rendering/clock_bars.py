"""A clock as a bar over the calendar: what `explain` says in lines, as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from casecore.app.service_levels.case_as_of import ClockInTimes
from casecore.clocks.instants import instant
from casecore.web.rendering.bars import Bar, bar_of


def bar_of_clock(one: ClockInTimes) -> Bar | None:
    """The bar of a clock: open, closed, paused and stopped times, with marks where it is due and turned."""
    times = [(instant(line.start), instant(line.end), line.what.value) for line in one.lines]
    return bar_of(times, _marks(one))


def _marks(one: ClockInTimes) -> Iterator[tuple[datetime, str]]:
    yield from ((at, "warned") for at in one.warned_at)
    yield from ((at, "restarted") for at in one.restarted_at)
    clock = one.clock
    for at, kind in ((clock.due_at, "due"), (clock.missed_at, "missed"), (clock.met_at, "met")):
        if at is not None:
            yield at, kind
