"""Ramps: how fast a counter rises while other processes work, from its first change to its last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg

from bench.consumers import Counter
from bench.measurements import Measurement
from bench.servers import LIMIT_SECONDS, wait
from casecore.app.addresses import Addresses

_LOOK_SECONDS = 0.02
_QUIET_SECONDS = 1.0


def measure_ramp(
    name: str, events: int, unit: str, counter: Counter, least: int, *, to_a_standstill: bool
) -> Measurement:
    """Watch a counter that stands for `events` in all, until it has reached `least`; without the start-up.

    `to_a_standstill` waits until the counter stops, for a counter whose last value is not known before.
    """
    gives_up_at = time.monotonic() + LIMIT_SECONDS
    first = last = (0.0, 0)
    while True:
        now, value = time.monotonic(), counter()
        if value > last[1]:
            last = (now, value)
            first = first if first[1] else last
        if last[1] >= least and (not to_a_standstill or now - last[0] > _QUIET_SECONDS):
            break
        if now > gives_up_at:
            raise SystemExit(f"{name}: {last[1]} of {least} after {LIMIT_SECONDS} seconds")
        time.sleep(_LOOK_SECONDS)
    if last == first:
        raise SystemExit(f"{name}: too few events to be measured, it was complete at the first look")
    return Measurement(name, round(events * (last[1] - first[1]) / last[1]), unit, last[0] - first[0])


class Share(NamedTuple):
    """The offsets that one runner of a view has committed, and the ends of its partitions."""

    offsets: int
    ends: int


def measure_shared_ramp(
    name: str, events: int, shares: Callable[[], list[Share]], runners: int, least: int
) -> Measurement:
    """How fast a view's offsets rise while each of its runners has a share and work left.

    Waits until all is done, but does not count the time before the last runner has joined, and after the
    first one is done: that is not a rate of all.
    """
    gives_up_at = time.monotonic() + LIMIT_SECONDS
    first = last = (0.0, 0)
    while True:
        now, found = time.monotonic(), shares()
        done = sum(share.offsets for share in found)
        if len(found) == runners and all(share.offsets for share in found):
            first = first if first[1] else (now, done)
            if all(share.offsets < share.ends for share in found):
                last = (now, done)
        if done >= least:
            break
        if now > gives_up_at:
            raise SystemExit(f"{name}: {done} of {least} after {LIMIT_SECONDS} seconds")
        time.sleep(_LOOK_SECONDS)
    if last[1] <= first[1]:
        raise SystemExit(f"{name}: too few events to be measured, one runner was done before both had begun")
    return Measurement(name, round(events * (last[1] - first[1]) / least), "events", last[0] - first[0])


def wait_until_still(what: str, counter: Counter, least: int) -> None:
    """Wait until a counter has reached `least` and has stopped."""
    last, moved_at = 0, time.monotonic()

    def is_still() -> bool:
        nonlocal last, moved_at
        now, value = time.monotonic(), counter()
        if value > last:
            last, moved_at = value, now
        return last >= least and now - moved_at > _QUIET_SECONDS

    wait(what, is_still)


@contextmanager
def view_offsets(addresses: Addresses, view: str) -> Iterator[Counter]:
    """The sum of the offsets that a view has committed with its rows; 0 while the view does not exist."""
    with psycopg.connect(addresses.database, autocommit=True) as connection:

        def counter() -> int:
            try:
                found = connection.execute(f"select sum(next_offset)::bigint from {view}.offsets").fetchone()
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                return 0
            return int(found[0] or 0) if found else 0

        yield counter
