"""The fault profile of a run: which faults it may meet, and how often; drawn at random for each seed."""

from __future__ import annotations

from random import Random
from typing import NamedTuple


class FaultProfile(NamedTuple):
    """Probabilities for each step or request, and mean seconds between faults of servers (0: never)."""

    kill: float
    freeze: float
    freeze_asking: float
    batch_frozen: float
    publish_frozen: float
    slow: float
    slow_disk: float
    request_lost: float
    answer_lost: float
    send_fails: float
    markers_late: float
    markers_skipped: float
    broker_dies_deciding: float
    poison: float
    store_stops_every: float
    views_stop_every: float
    broker_stops_every: float
    session_ends_every: float
    rebalance_every: float
    deaf: float
    clock_off: bool
    fault_seconds: float
    foreign_every: float = 0.0


NO_FAULTS = FaultProfile(*(0.0,) * (len(FaultProfile._fields) - 3), clock_off=False, fault_seconds=0.0)  # type: ignore[misc, arg-type]


def draw_profile(random: Random, foreign: Random) -> FaultProfile:
    """A random profile; each kind of fault is left out now and then, since faults can hide each other.

    `foreign` draws when other programs write into the topics, so that a seed's other choices stay as
    they were.
    """

    def chance(most: float) -> float:
        return most * random.random() if random.random() < 0.65 else 0.0

    def every(least: float) -> float:
        return least + 3 * least * random.random() if random.random() < 0.6 else 0.0

    return FaultProfile(
        kill=chance(0.004),
        freeze=chance(0.001),
        freeze_asking=chance(0.012),
        batch_frozen=chance(0.25),
        publish_frozen=chance(0.06),
        slow=chance(0.04),
        slow_disk=chance(0.2),
        request_lost=chance(0.006),
        answer_lost=chance(0.006),
        send_fails=chance(0.08),
        markers_late=chance(0.5),
        markers_skipped=chance(1.5),
        broker_dies_deciding=chance(0.4),
        poison=chance(0.05),
        store_stops_every=every(6.0),
        views_stop_every=every(5.0),
        broker_stops_every=every(6.0),
        session_ends_every=every(3.0),
        rebalance_every=every(4.0),
        deaf=chance(0.1),
        clock_off=random.random() < 0.3,
        fault_seconds=10.0 + 15.0 * random.random(),
        foreign_every=1.0 + 4.0 * foreign.random() if foreign.random() < 0.3 else 0.0,
    )
