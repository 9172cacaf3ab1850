"""The program with a defect, to see that the checks find it: `python -m tests.faults.injection.defects NAME …
--`).

    python -m tests.faults.injection.defects NAME [POINT NTH ACTION]… -- relay --health-port 0

runs `casecore relay --health-port 0` with the defect NAME, which is put around the program's functions from
outside; at a named point the process does something besides (see `stopping`): nothing is left to luck.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from casecore.relay.publisher import Publisher
from projections.kit.tables.storage import Storage
from tests.faults.injection import defects_of_bus, defects_of_relay, defects_of_views
from tests.faults.injection.stopping import POINTS, action, before, on_nth

DEFECTS: dict[str, Callable[[], None]] = {
    "receipt-after-its-events": defects_of_bus.receipt_after_its_events,
    "receipt-before-its-events": defects_of_bus.receipt_before_its_events,
    "answer-before-the-commit": defects_of_bus.answer_before_the_commit,
    "append-without-the-lock": defects_of_bus.append_without_the_lock,
    "clock-that-goes-back": defects_of_bus.clock_that_goes_back,
    "future-not-awaited": defects_of_relay.future_not_awaited,
    "place-from-an-uncommitted-tail": defects_of_relay.place_from_an_uncommitted_tail,
    "no-lock-and-an-id-of-its-own": defects_of_relay.no_lock_and_an_id_of_its_own,
    "event-dropped": defects_of_relay.event_dropped,
    "event-doubled": defects_of_relay.event_doubled,
    "events-swapped": defects_of_relay.events_swapped,
    "event-in-another-partition": defects_of_relay.event_in_another_partition,
    "event-altered": defects_of_relay.event_altered,
    "offsets-before-the-rows": defects_of_views.offsets_before_the_rows,
    "rows-before-the-offsets": defects_of_views.rows_before_the_offsets,
    "no-fencing": defects_of_views.no_fencing,
    "parked-key-lets-through": defects_of_views.parked_key_lets_through,
    "rows-by-the-clock": defects_of_views.rows_by_the_clock,
}
"""Each defect: what makes the program have it."""

FAULTS: dict[str, Callable[[], None]] = {"batch-lost": defects_of_relay.batch_lost}
"""What the program must bear: without the defect beside it, all stays well."""

SOUND = "sound"
"""A program without a defect, for its points."""

POINTS.setdefault("relay.batched", lambda act: before(Publisher, "send", act))
POINTS.setdefault("runner.advancing", lambda act: before(Storage, "advance", act))


def main() -> None:
    """Run the command with its defects and points."""
    from casecore.cli.main import main as casecore

    place = sys.argv.index("--")
    names, *points = sys.argv[1:place]
    for name in names.split(","):
        if name != SOUND:
            {**DEFECTS, **FAULTS}[name]()
    for first in range(0, len(points), 3):
        point, nth, what = points[first : first + 3]
        POINTS[point](on_nth(int(nth), action(what)))
    sys.argv = ["casecore", *sys.argv[place + 1 :]]
    casecore()


if __name__ == "__main__":
    main()
